// `axon pair`: "Add a device" in a terminal; `axon pair CODE` on the machine that comes.
import { Failure, isCancel } from '../../src-shared/failure.ts';
import type { Applicant } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { Home } from '../store/home.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { joinedLine, isIn } from './invite.ts';
import { call, isYes, tidyWords } from './members.ts';
import { reachOrStart, waitForView } from './reach.ts';
import type { Reached } from './reach.ts';
import { say } from './words.ts';

export type PairOptions = { json: boolean; yesWords?: string; mdns: boolean; listen?: string[] };

/**
 * Shows the code, and lets in whoever comes with it once the words were compared. Ends with the first device that is in.
 * @throws Failure code-expired when nobody came in time
 */
export async function pair(home: Home, options: PairOptions, io: Io): Promise<void> {
  const wishes = { settings: {}, mdns: options.mdns, door: false, ...(options.listen === undefined ? {} : { listen: options.listen }) };
  const reached = await reachOrStart(home, wishes, { waitMs: 5_000, stop: io.stop });
  const over = new AbortController();
  const stop = AbortSignal.any([io.stop, over.signal]);
  try {
    const hold = await call(reached, reached.client.pairing.hold(undefined, { signal: stop }));
    const holding = held(hold, over);
    const joined = await watch(reached, stop, options, io);
    over.abort();
    await holding;
    io.stop.throwIfAborted();
    if (joined === null) throw new Failure('code-expired', say('pair.nobody'));
  } finally {
    over.abort();
    await reached.close();
  }
}

/** The code works for as long as this is read; when it ends so does the watching. */
async function held(hold: AsyncIterable<true>, over: AbortController): Promise<void> {
  try {
    for await (const _open of hold);
  } catch (error) {
    if (!isCancel(error)) throw error;
  } finally {
    over.abort();
  }
}

/** null: the time is over, or it was stopped. */
async function watch(reached: Reached, stop: AbortSignal, options: PairOptions, io: Io): Promise<Applicant | null> {
  let code = '';
  const asked = new Map<string, Applicant>();
  const known = new Set<string>();
  let first = true;
  const look = async (view: SwarmView): Promise<Applicant | null> => {
    const { pairing, applicants, members } = view.membership;
    const before = new Set(known);
    for (const { peerId } of members) known.add(peerId);
    const joined = first ? undefined : [...asked.values()].find(({ peerId }) => known.has(peerId) && !before.has(peerId));
    first = false;
    if (joined !== undefined) {
      await tell(io, options, { event: 'joined', peerId: joined.peerId, name: joined.name }, say('members.letIn', { name: joined.name }));
      return joined;
    }
    if (pairing !== null && pairing.code !== code) {
      code = pairing.code;
      const { expiresAt, addresses } = pairing;
      const words = [
        say('pair.code', { code }),
        say('pair.type', { code }),
        ...addresses.map((address) => say('pair.address', { address, code })),
      ];
      await tell(io, options, { event: 'code', code, expiresAt, addresses }, words.join('\n'));
    }
    for (const one of applicants) {
      if (asked.get(one.peerId)?.words === one.words) continue;
      asked.set(one.peerId, one);
      await decide(reached, one, options, io);
    }
    return null;
  };
  try {
    for await (const view of await reached.client.view(undefined, { signal: stop })) {
      const joined = await look(view);
      if (joined !== null) return joined;
    }
  } catch (error) {
    if (!stop.aborted) throw reached.failure(error);
  }
  return null;
}

async function decide(reached: Reached, one: Applicant, options: PairOptions, io: Io): Promise<void> {
  const { peerId, name, words } = one;
  await tell(io, options, { event: 'applicant', peerId, name, words, by: one.by }, say('pair.applicant', { name, words }));
  if (options.yesWords !== undefined) {
    if (tidyWords(options.yesWords) === words) await call(reached, reached.client.members.allow({ peerId, words }));
    return;
  }
  if (options.json) return;
  const answer = await io.question(say('pair.ask', { name }));
  // nobody sits here: another command, or the window, says yes
  if (answer === null) return;
  if (isYes(answer)) await call(reached, reached.client.members.allow({ peerId, words }));
  else await call(reached, reached.client.members.refuse({ peerId }));
}

export type JoinByCodeOptions = { address?: string; json: boolean; mdns: boolean };

/** @throws Failure code-wrong, code-expired, not-reachable, key-exists, not-allowed */
export async function joinByCode(home: Home, code: string, options: JoinByCodeOptions, io: Io): Promise<void> {
  const reached = await reachOrStart(home, { settings: {}, mdns: options.mdns, door: false }, { waitMs: 5_000, stop: io.stop });
  try {
    const input = { code, ...(options.address === undefined ? {} : { address: options.address }) };
    const steps = await call(reached, reached.client.pairing.join(input, { signal: io.stop }));
    try {
      for await (const step of steps) {
        if (step.kind === 'searching') await tell(io, options, { event: 'searching' }, say('pair.searching'));
        if (step.kind === 'words')
          await tell(
            io,
            options,
            { event: 'words', name: step.name, words: step.words },
            say('members.asked', { name: step.name, words: step.words }),
          );
      }
    } catch (error) {
      io.stop.throwIfAborted();
      throw reached.failure(error);
    }
    const view = await waitForView(reached, isIn, { waitMs: 10_000, stop: io.stop });
    if (view === null) throw new Failure('not-reachable', say('join.notThere'));
    await io.out(joinedLine(view, options.json));
  } finally {
    await reached.close();
  }
}

async function tell(io: Io, { json }: { json: boolean }, event: Record<string, unknown>, words: string): Promise<void> {
  await io.out(json ? jsonLine(event) : `${words}\n`);
}
