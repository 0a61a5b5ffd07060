// A clock that one turns by hand.
import type { Clock } from '../../src-main/jobs/ports.ts';

export type HandClock = Clock & {
  /** Lets time pass; every timer runs when it is due. */
  run(ms: number): Promise<void>;
  /** The machine sleeps: time passes, then the timers that came due run late. */
  sleep(ms: number): Promise<void>;
  /** Timers that wait. */
  timers(): number;
};

/** Time turned by hand; run() lets promises settle between timers. */
export function handClock(): HandClock {
  let time = 0;
  let timers: { at: number; run: () => void }[] = [];
  const settle = async (): Promise<void> => {
    // a chunk passes some dozens of promises on its way through the rooms
    for (let step = 0; step < 100; step += 1) await Promise.resolve();
  };
  return {
    timers: () => timers.length,
    now: () => time,
    date: () => time,
    after(ms, run) {
      const timer = { at: time + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async run(ms) {
      const end = time + ms;
      for (;;) {
        await settle();
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        time = next.at;
        next.run();
      }
      time = end;
      await settle();
    },
    async sleep(ms) {
      time += ms;
      const due = timers.filter((timer) => timer.at <= time);
      timers = timers.filter((timer) => timer.at > time);
      for (const timer of due) timer.run();
      await settle();
    },
  };
}
