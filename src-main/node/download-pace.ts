// How fast bytes come, over the last few seconds: so that a download that goes on, stutters or stands still tells the truth.
import type { Clock } from '../jobs/ports.ts';

/** What is looked back on, ms. */
const windowMs = 5_000;
/** Before that nobody can tell, ms. */
const leastMs = 1_000;

export type DownloadPace = {
  /** So many are here now. */
  came(bytes: number): void;
  /** null: too early to tell; 0: nothing came in the window */
  perSecond(): number | null;
};

/** @param bytes that were here before */
export function downloadPace(clock: Clock, bytes: number): DownloadPace {
  let marks = [{ at: clock.now(), bytes }];
  return {
    came(now) {
      marks.push({ at: clock.now(), bytes: now });
    },
    perSecond() {
      const since = clock.now() - windowMs;
      // the last one before the window is where it begins
      const first = marks.findLastIndex(({ at }) => at <= since);
      marks = marks.slice(Math.max(0, first));
      const [begin, end] = [marks[0], marks.at(-1)];
      if (begin === undefined || end === undefined) return null;
      const span = clock.now() - Math.max(begin.at, since);
      return span < leastMs ? null : Math.max(0, end.bytes - begin.bytes) / (span / 1000);
    },
  };
}
