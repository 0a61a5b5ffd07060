// Why nobody can answer, when each machine has a reason of its own.
import type { Exclusion } from '../../src-shared/chat.ts';
import { Failure, type FailureCode } from '../../src-shared/failure.ts';

/** From the nearest to an answer to the farthest. Words for logs; people read a text made from the code. */
const failures: readonly [Exclusion, FailureCode, string][] = [
  ['queue-full', 'queue-full', 'Every leader with this model has a full line.'],
  ['quota-used', 'quota-used', 'This device has used its share of every leader with this model.'],
  ['paused', 'paused', 'Every leader with this model is paused by its owner.'],
  ['no-memory', 'out-of-memory', 'No leader has the memory that this model needs.'],
  ['engine-down', 'engine-failed', 'The engine of every leader with this model has failed.'],
  ['context-too-small', 'prompt-too-long', 'The conversation is longer than what any leader takes.'],
  ['may-not-download', 'not-permitted', 'A leader could download the model, and this device may not have it do so.'],
  ['no-vision', 'no-vision', 'No leader has a model that sees pictures.'],
  ['model-missing', 'model-missing', 'No leader has the model.'],
  ['lost', 'leader-lost', 'The leader was lost before it answered, and no other one is there.'],
  ['suspect', 'leader-lost', 'Every leader failed a moment ago.'],
  ['not-permitted', 'not-permitted', 'This device may not ask others.'],
];

/**
 * The failure that is nearest to an answer.
 * @param wanted the model that was asked for
 * @param pinned one machine alone was asked for
 */
export function nobody(wanted: string | undefined, excluded: ReadonlySet<Exclusion>, pinned: boolean): Failure {
  const found = failures.find(([why]) => excluded.has(why));
  if (found !== undefined) {
    const [why, code, message] = found;
    return new Failure(code, why === 'model-missing' && wanted !== undefined ? `No leader has the model ${wanted}.` : message);
  }
  if (pinned) return new Failure('no-leader', 'The machine that was asked for does not answer for others now.');
  return new Failure('no-leader', 'No machine in this swarm answers for others now.');
}
