// A machine: it runs, sleeps (or hangs), is switched off and on again. What runs on it is one life; after a crash nothing of that life happens
// any more. Its clock is what the shipping code gets: timers of a sleeping machine are late.
import type { PeerId } from '../../../src-shared/peer.ts';
import type { Clock } from '../../../src-main/jobs/ports.ts';
import type { Timeline } from './timeline.ts';

export type Life = {
  readonly clock: Clock;
  readonly isOver: boolean;
  /** Now, or when the machine wakes; never after the end of this life. */
  do(run: () => void): void;
  /** Timers that wait. */
  timers(): number;
};

export type Machine = {
  readonly peerId: PeerId;
  readonly name: string;
  readonly state: 'up' | 'asleep' | 'off';
  readonly life: Life;
  boot(): Life;
  sleep(): void;
  wake(): void;
  crash(): void;
};

const longestTimerMs = 2 ** 31 - 1;

/** Wall clock ms at the beginning; any day would do. */
const firstDay = Date.UTC(2026, 10, 21);

/** @param options.stops its monotonic clock stands still while it sleeps, as on Linux; else it jumps, as a hung process sees it */
export function machine(time: Timeline, options: { peerId: PeerId; name: string; stops: boolean; skewMs: number }): Machine {
  let state: Machine['state'] = 'off';
  let asleepAt = 0;
  let lost = 0;
  const now = (): number => (state === 'asleep' && options.stops ? asleepAt : time.now()) - lost;
  let life = newLife();

  function newLife(): Life & { end(): void; wake(): void } {
    let over = false;
    let timers = 0;
    let waiting: (() => void)[] = [];
    const run = (what: () => void): void => {
      if (over) return;
      if (state === 'asleep') waiting.push(what);
      else what();
    };
    const after: Clock['after'] = (asked, what) => {
      // as Node's own timers: never at once, and what is too long for them would come at once
      if (!(asked <= longestTimerMs)) throw new Error(`a timer of ${asked} ms`);
      const ms = Math.max(1, asked);
      const due = now() + ms;
      let left = true;
      timers += 1;
      const done = (): void => {
        if (left) timers -= 1;
        left = false;
      };
      const look = (): void => {
        if (!left) return;
        const early = due - now();
        // it slept with its clock stopped
        if (early > 1e-6) cancel = time.after(early, fire);
        else {
          done();
          what();
        }
      };
      const fire = (): void => run(look);
      let cancel = time.after(ms, fire);
      return () => {
        done();
        cancel();
      };
    };
    return {
      clock: { now, date: () => firstDay + options.skewMs + time.now(), after },
      get isOver() {
        return over;
      },
      do: run,
      timers: () => timers,
      end: () => void (over = true),
      wake() {
        const late = waiting;
        waiting = [];
        for (const what of late) time.after(0, () => run(what));
      },
    };
  }

  return {
    peerId: options.peerId,
    name: options.name,
    get state() {
      return state;
    },
    get life() {
      return life;
    },
    boot() {
      life.end();
      state = 'up';
      life = newLife();
      return life;
    },
    sleep() {
      if (state !== 'up') return;
      state = 'asleep';
      asleepAt = time.now();
    },
    wake() {
      if (state !== 'asleep') return;
      if (options.stops) lost += time.now() - asleepAt;
      state = 'up';
      life.wake();
    },
    crash() {
      state = 'off';
      life.end();
    },
  };
}
