// `axon recovery new` and `axon recover`: a swarm that outlives its only admin. The words never come on the command line.
import type { Home } from '../store/home.ts';
import type { Io } from './io.ts';
import { Failure } from '../../src-shared/failure.ts';
import { call } from './members.ts';
import { writeNewPrivate } from './private-file.ts';
import { reachOrStart } from './reach.ts';
import { say } from './words.ts';

type Options = { mdns: boolean; out?: string };
const wishesOf = ({ mdns }: Options) => ({ settings: { swarmPort: 0, role: 'subordinate' as const }, mdns, door: false });

/** Makes a new code; the one before ends. */
export async function recoveryNew(home: Home, options: Options, io: Io): Promise<void> {
  const reached = await reachOrStart(home, wishesOf(options), { waitMs: 5_000, stop: io.stop });
  try {
    const code = await call(reached, reached.secret({ kind: 'recovery' }));
    if (options.out === undefined) await io.out(`${code.trim()}\n`);
    else {
      await writeNewPrivate(options.out, code);
      await io.out(`${say('recovery.written', { path: options.out })}\n`);
    }
    io.err(`${say('recovery.keep')}\n`);
  } finally {
    await reached.close();
  }
}

/** Asks for the words, or reads them from standard input. */
export async function recover(home: Home, options: Options, io: Io): Promise<void> {
  const code = ((await io.question(say('recovery.ask'))) ?? (await io.input())).trim();
  if (code === '') throw new Failure('recovery-wrong', 'No words were given.');
  const reached = await reachOrStart(home, wishesOf(options), { waitMs: 5_000, stop: io.stop });
  try {
    await call(reached, reached.client.members.recover({ code }));
    await io.out(`${say('recovery.done')}\n`);
  } finally {
    await reached.close();
  }
}
