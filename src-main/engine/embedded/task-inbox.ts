// Messages of one task, in order, for the one reader that waits for them.
import type { Failure } from '../../../src-shared/failure.ts';
import type { Clock } from '../../jobs/ports.ts';
import type { TaskMessage } from './protocol.ts';

export type TaskInbox = {
  put(message: TaskMessage): void;
  /** The task will not go on. */
  fail(failure: Failure): void;
  /** The next message. Rejects with the failure, the signal's reason, or `late()` when nothing came for `patienceMs`. */
  next(signal: AbortSignal, patienceMs: number, late: () => Failure): Promise<TaskMessage>;
};

export function taskInbox(clock: Clock): TaskInbox {
  const waiting: TaskMessage[] = [];
  let failure: Failure | undefined;
  let wake: (() => void) | undefined;
  return {
    put(message) {
      waiting.push(message);
      wake?.();
    },
    fail(reason) {
      failure ??= reason;
      wake?.();
    },
    async next(signal, patienceMs, late) {
      let tooLate = false;
      const cancel = clock.after(patienceMs, () => {
        tooLate = true;
        wake?.();
      });
      const abort = (): void => wake?.();
      signal.addEventListener('abort', abort, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          const message = waiting.shift();
          if (message !== undefined) return message;
          if (failure !== undefined) throw failure;
          if (tooLate) throw late();
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        wake = undefined;
        cancel();
        signal.removeEventListener('abort', abort);
      }
    },
  };
}
