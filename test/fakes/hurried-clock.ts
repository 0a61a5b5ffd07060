// Time that passes faster than ours, for what waits half a minute on purpose.
import type { Clock } from '../../src-main/jobs/ports.ts';

/** @param times how many times as fast */
export function hurriedClock(times: number): Clock {
  const [begun, date] = [performance.now(), Date.now()];
  const passed = (): number => (performance.now() - begun) * times;
  return {
    now: passed,
    date: () => date + passed(),
    after(ms, run) {
      const timer = setTimeout(run, ms / times);
      return () => clearTimeout(timer);
    },
  };
}
