// A remote leader's answer over a link that may break: comes back to the same answer by the number of its next chunk.
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';

export const resumePace = {
  /** Between two tries to come back, ms; half as long again after each. A redial takes 0.2 to 2 s. */
  firstMs: 100,
  mostMs: 1000,
  /** A leader keeps an answer for a minute. */
  giveUpMs: 60_000,
  /** Its port refuses: its program has ended, or is being started again, which takes two seconds or so. */
  refusedMs: 3000,
  /** Silences in a row over links that work. */
  silences: 2,
} as const;

/** The link broke; the answer may still be there. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost';
  /** Nothing broke: the leader took the question and said nothing at all for too long. */
  readonly silent: boolean;
  /** Nobody listens at the leader's address any more. */
  readonly refused: boolean;

  constructor(message: string, options: { silent?: boolean; refused?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.silent = options.silent === true;
    this.refused = options.refused === true;
  }
}

export type NumberedChunk = { n: number; chunk: ChatChunk };
export type AnswerKey = { id: string; attempt: number };

/** The ways to one leader. Both end after `done`, fail with what the leader says, and throw LinkLost when the link breaks. */
export type Line = {
  ask(request: ChatRequest, signal: AbortSignal): AsyncIterable<NumberedChunk>;
  /** From that number on. Fails with not-found when the leader has that answer no more, with not-reachable while it cannot be reached. */
  resume(key: AnswerKey & { next: number }, signal: AbortSignal): AsyncIterable<NumberedChunk>;
  /** The link is broken, and nobody waits for that answer any more: the leader may hear of it when it is back. */
  abandon(key: AnswerKey): void;
};

/**
 * The answer, with `reconnecting` where the link broke, and once more, `refused`, when nobody listens at the leader's address. Fails with
 * what the leader says; with not-found when it does not have the answer any more; with leader-lost when it is away for a minute, or refuses
 * for a moment, or sends something that is no continuation.
 */
export async function* resuming(
  line: Line,
  leader: PeerId,
  request: ChatRequest,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<ChatChunk> {
  const key = { id: request.id, attempt: request.attempt ?? 0 };
  let next = 0;
  /** Since when the link is broken, and the port refuses; the pause before the next try. */
  let broken: { at: number; pause: number; refusedAt: number | null } | undefined;
  let opened = line.ask(request, signal);
  let resumed = false;
  let silences = 0;
  let over = false;
  try {
    for (;;) {
      try {
        for await (const { n, chunk } of opened) {
          if (n !== next) throw new Failure('leader-lost', 'The leader sent something that is no answer.');
          next += 1;
          broken = undefined;
          silences = 0;
          over = chunk.kind === 'done';
          yield chunk;
          if (over) return;
        }
        throw new Failure('leader-lost', 'The leader broke off before the answer was complete.');
      } catch (error) {
        signal.throwIfAborted();
        if (next === 0 && resumed && isFailure(error, 'not-found')) {
          // the question never came in
          resumed = false;
          opened = line.ask(request, signal);
          continue;
        }
        if (!(error instanceof LinkLost) && !(resumed && isFailure(error, 'not-reachable'))) {
          over = true;
          throw error;
        }
        if (error instanceof LinkLost && error.silent) silences += 1;
        if (silences >= resumePace.silences) throw new Failure('leader-lost', 'The leader fell silent.', { cause: error });
        if (broken === undefined) {
          broken = { at: clock.now(), pause: resumePace.firstMs, refusedAt: null };
          yield { kind: 'reconnecting', leader: { peerId: leader, name: '' } };
        } else if (clock.now() - broken.at >= resumePace.giveUpMs) {
          throw new Failure('leader-lost', 'The link to the leader broke and did not come back.', { cause: error });
        }
        if (!(error instanceof LinkLost && error.refused)) broken.refusedAt = null;
        else if (broken.refusedAt === null) {
          broken.refusedAt = clock.now();
          yield { kind: 'reconnecting', leader: { peerId: leader, name: '' }, refused: true };
        } else if (clock.now() - broken.refusedAt >= resumePace.refusedMs) {
          throw new Failure('leader-lost', 'The leader has ended: nobody listens at its address any more.', { cause: error });
        }
        await delay(broken.pause, clock, signal);
        broken.pause = Math.min(broken.pause * 1.5, resumePace.mostMs);
        resumed = true;
        opened = line.resume({ ...key, next }, signal);
      }
    }
  } finally {
    // on a link that works, leaving says so itself
    if (!over && broken !== undefined) line.abandon(key);
  }
}

function isFailure(error: unknown, code: Failure['code']): boolean {
  return error instanceof Failure && error.code === code;
}

/** Resolves when `ms` have passed; rejects with the signal's reason when that comes first, and leaves no timer then. */
export function delay(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}
