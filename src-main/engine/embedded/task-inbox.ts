// Messages of one task, in order, for the one reader that waits for them.
import type { Failure } from '../../../src-shared/failure.ts';
import type { Clock } from '../../jobs/ports.ts';
import type { TaskMessage } from './protocol.ts';

export type TaskInbox = {
  put(message: TaskMessage): void;
  /** The task will not go on. */
  fail(failure: Failure): void;
  /** The next message; undefined: nothing came for `patienceMs`. Rejects with the failure, or the signal's reason. */
  next(signal: AbortSignal, patienceMs: number): Promise<TaskMessage | undefined>;
};

/** A timer that is later than this has slept with the machine, ms. */
const sleptMs = 2000;

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
    async next(signal, patienceMs) {
      let tooLate = false;
      let cancel = (): void => {};
      const wait = (): void => {
        const due = clock.now() + patienceMs;
        cancel = clock.after(patienceMs, () => {
          if (clock.now() - due > sleptMs) return wait();
          tooLate = true;
          wake?.();
        });
      };
      wait();
      const abort = (): void => wake?.();
      signal.addEventListener('abort', abort, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          const message = waiting.shift();
          if (message !== undefined) return message;
          if (failure !== undefined) throw failure;
          if (tooLate) return undefined;
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
