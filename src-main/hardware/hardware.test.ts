import { describe, expect, test } from 'vitest';
import { hardwareFacts, type HardwareFacts } from '../../src-shared/hardware.ts';
import type { Clock } from '../jobs/ports.ts';
import { hardware } from './hardware.ts';

/** Time turned by hand; turns until everything that was due has run. */
function turnedClock(): Clock & { turn(ms: number): Promise<void>; due(): number } {
  let time = 0;
  let timers: { at: number; run: () => void }[] = [];
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => time,
    date: () => time,
    after(ms, run) {
      const timer = { at: time + ms, run };
      timers.push(timer);
      return () => void (timers = timers.filter((other) => other !== timer));
    },
    due: () => timers.length,
    async turn(ms) {
      const end = time + ms;
      for (;;) {
        await settle();
        const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        time = next.at;
        next.run();
      }
      time = end;
    },
  };
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const gpu = { name: 'a gpu', vramMb: 8192, vramFreeMb: null, unified: false };

function played(broken = false) {
  const calls = { fixed: 0, gpus: 0, battery: 0 };
  const answer = <T>(what: keyof typeof calls, value: T): Promise<T> => {
    calls[what] += 1;
    return broken ? Promise.reject(new Error('no such tool')) : Promise.resolve(value);
  };
  const clock = turnedClock();
  const machine = hardware({
    clock,
    log: quiet,
    probes: {
      fixed: () => answer('fixed', { os: 'An OS', cpu: 'a cpu', cores: 8 }),
      gpus: () => answer('gpus', [gpu]),
      battery: () => answer('battery', null),
    },
  });
  return { machine, clock, calls };
}

describe('hardware', () => {
  test('fixed facts are asked once, the slow ones once a minute, whoever asks how often', async () => {
    const { machine, clock, calls } = played();
    const all = await Promise.all(Array.from({ length: 20 }, () => machine.facts()));
    expect(all[0]).toMatchObject({ os: 'An OS', cpu: { model: 'a cpu', cores: 8 }, gpus: [gpu], battery: null });
    expect(calls).toEqual({ fixed: 1, gpus: 1, battery: 1 });
    await clock.turn(59_000);
    expect(calls).toEqual({ fixed: 1, gpus: 1, battery: 1 });
    await clock.turn(2_000);
    expect(calls).toEqual({ fixed: 1, gpus: 2, battery: 2 });
    machine.stop();
  });

  test('watchers hear each five seconds, until they or the room stop', async () => {
    const { machine, clock } = played();
    const heard: HardwareFacts[] = [];
    const unwatch = machine.watch((facts) => heard.push(facts));
    await clock.turn(15_000);
    expect(heard).toHaveLength(3);
    unwatch();
    await clock.turn(10_000);
    expect(heard).toHaveLength(3);
    machine.stop();
    expect(clock.due()).toBe(0);
  });

  test('a probe that fails leaves the rest: unknown is null or empty, never 0', async () => {
    const { machine } = played(true);
    const facts = hardwareFacts.parse(await machine.facts());
    expect(facts).toMatchObject({ gpus: [], battery: null });
    expect(facts.ram.totalMb).toBeGreaterThan(0);
    machine.stop();
  });

  test('the real probes fit the schema', async () => {
    const machine = hardware({ clock: turnedClock(), log: quiet });
    expect(hardwareFacts.safeParse(await machine.facts()).error).toBeUndefined();
    machine.stop();
  });
});
