// "Something changed", for many waiters, at most once per interval.
import type { Clock } from '../jobs/ports.ts';

export type ChangeSignal = {
  /** Something changed; `settled` runs soon, once for all marks in an interval. */
  mark(): void;
  /** Settles what is marked at once, for somebody who asks now. */
  flush(): void;
  /** True after the next settled change; false when the signal aborted or the node stopped. */
  next(signal: AbortSignal): Promise<boolean>;
  stop(): void;
};

export function signal(clock: Clock, everyMs: number, settled: () => void): ChangeSignal {
  const waiters = new Set<(changed: boolean) => void>();
  let cancel: (() => void) | null = null;
  let lastAt = -Infinity;
  let stopped = false;

  const settle = (): void => {
    cancel = null;
    lastAt = clock.now();
    settled();
    const all = [...waiters];
    waiters.clear();
    for (const waiter of all) waiter(true);
  };

  return {
    mark() {
      if (stopped || cancel !== null) return;
      cancel = clock.after(Math.max(0, lastAt + everyMs - clock.now()), settle);
    },
    flush() {
      if (cancel === null) return;
      cancel();
      settle();
    },
    next(abort) {
      if (stopped || abort.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const aborted = (): void => {
          waiters.delete(done);
          resolve(false);
        };
        const done = (changed: boolean): void => {
          abort.removeEventListener('abort', aborted);
          resolve(changed);
        };
        waiters.add(done);
        abort.addEventListener('abort', aborted, { once: true });
      });
    },
    stop() {
      stopped = true;
      cancel?.();
      cancel = null;
      for (const waiter of waiters) waiter(false);
      waiters.clear();
    },
  };
}

/** The next change as a promise: rejects with the signal's reason, and with an AbortError when the node stopped. */
export function changeOf(changes: ChangeSignal): (signal: AbortSignal) => Promise<void> {
  return async (abort) => {
    if (await changes.next(abort)) return;
    // a node that stops ends what waits for it, and whoever waits may ask again at once: never with nothing to throw
    throw abort.aborted ? abort.reason : new DOMException('This node was stopped.', 'AbortError');
  };
}
