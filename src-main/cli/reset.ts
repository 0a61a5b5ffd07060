// `axon reset`: everything of this home, gone.
import { Failure } from '../../src-shared/failure.ts';
import type { Home } from '../store/home.ts';
import { takeLock } from '../store/lock.ts';
import { reset, resetPlan } from '../store/reset.ts';
import { exits } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { findRunning } from './reach.ts';
import { say, sizeWords } from './words.ts';

/** @throws Failure home-in-use while a node runs */
export async function resetHome(home: Home, { yes }: { yes: boolean }, io: Io): Promise<ExitCode> {
  const running = await findRunning(home);
  if (running !== null) {
    await running.close();
    throw new Failure('home-in-use', 'A node runs for this home.');
  }
  const plan = resetPlan(home);
  if (plan.length === 0) {
    await io.out(`${say('reset.nothing')}\n`);
    return exits.done;
  }
  const lines = plan.map(({ path, bytes }) => say('reset.path', { path, size: sizeWords(bytes) }));
  await io.out(`${say('reset.plan')}\n${lines.join('\n')}\n`);
  if (!yes) {
    const answer = await io.question(say('reset.ask'));
    if (answer?.trim().toLowerCase() !== 'yes') {
      await io.out(`${say(answer === null ? 'reset.sure' : 'reset.kept')}\n`);
      return answer === null ? exits.usage : exits.done;
    }
  }
  // Held while it is deleted, with the lock file itself among the deleted.
  const unlock = takeLock(home.lock);
  reset(home);
  unlock();
  await io.out(`${say('reset.done')}\n`);
  return exits.done;
}
