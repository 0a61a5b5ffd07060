import { describe, expect, test } from 'vitest';
import { hardwareFacts, unknownFacts, type HardwareFacts } from '../../src-shared/hardware.ts';
import type { Clock } from '../jobs/ports.ts';
import { addressesOf, hardware } from './hardware.ts';

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

function played({ broken = false, never = false } = {}) {
  const calls = { machine: 0, memory: 0, gpus: 0, power: 0, disk: 0, addresses: 0, tools: 0 };
  const answer = <T>(what: keyof typeof calls, value: T): Promise<T> => {
    calls[what] += 1;
    if (never && what === 'gpus') return new Promise(() => undefined);
    return broken ? Promise.reject(new Error('no such tool')) : Promise.resolve(value);
  };
  const clock = turnedClock();
  const machine = hardware({
    clock,
    log: quiet,
    probes: {
      machine: () => answer('machine', { os: 'An OS', cpu: 'a cpu', cores: 8 }),
      memory: () => answer('memory', { ram: { totalMb: 1000, freeMb: 500, pressure: 0 }, swap: null }),
      gpus: () => answer('gpus', [gpu]),
      power: () => answer('power', { battery: null, onAc: true }),
      disk: () => answer('disk', { totalMb: 100, freeMb: 50 }),
      addresses: () => answer('addresses', [{ name: 'eth0', address: '192.0.2.1' }]),
      tools: () => answer('tools', [{ name: 'git', version: '2.1' }]),
    },
  });
  return { machine, clock, calls };
}

describe('hardware', () => {
  test('each group is looked at as often as it changes, whoever asks how often', async () => {
    const { machine, clock, calls } = played();
    const all = await Promise.all(Array.from({ length: 20 }, () => machine.facts()));
    expect(all[0]).toMatchObject({ os: 'An OS', cpu: { model: 'a cpu', cores: 8 }, gpus: [gpu], battery: null, onAc: true });
    expect(calls).toEqual({ machine: 1, memory: 1, gpus: 1, power: 1, disk: 1, addresses: 1, tools: 1 });
    await clock.turn(56_000);
    expect(calls).toEqual({ machine: 1, memory: 12, gpus: 1, power: 2, disk: 1, addresses: 2, tools: 1 });
    await clock.turn(5_000);
    expect(calls).toMatchObject({ machine: 1, gpus: 2, disk: 2, tools: 1 });
    await clock.turn(600_000);
    expect(calls).toMatchObject({ machine: 1, tools: 2 });
    machine.stop();
  });

  test('each group says when it was looked at, and what is asked for freshly is', async () => {
    const { machine, clock } = played();
    await clock.turn(1000);
    await machine.facts();
    await clock.turn(16_500);
    const kept = await machine.facts();
    expect(kept.lookedAt).toEqual({
      machine: 1000,
      memory: 15_000,
      load: 15_000,
      gpus: 1000,
      power: 1000,
      disk: 1000,
      addresses: 1000,
      tools: 1000,
    });
    const { lookedAt } = await machine.fresh();
    expect(new Set(Object.values(lookedAt ?? {}))).toEqual(new Set([17_500]));
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

  test('a probe that fails leaves the rest, and what it was about is named as unknown', async () => {
    const { machine } = played({ broken: true });
    const facts = hardwareFacts.parse(await machine.facts());
    expect(facts).toMatchObject({ gpus: [], battery: null, onAc: null, ram: { totalMb: null, freeMb: null } });
    expect(unknownFacts(facts)).toEqual(['ram', 'ramFree', 'pressure', 'swap', 'disk', 'gpus', 'load', 'power', 'tools']);
    machine.stop();
  });

  test('what fails later leaves what was known, with its age', async () => {
    let broken = false;
    const clock = turnedClock();
    const disk = (): Promise<{ totalMb: number; freeMb: number }> =>
      broken ? Promise.reject(new Error('gone')) : Promise.resolve({ totalMb: 9, freeMb: 5 });
    const machine = hardware({ clock, log: quiet, probes: { disk } });
    await machine.facts();
    broken = true;
    await clock.turn(120_000);
    const facts = await machine.facts();
    expect(facts).toMatchObject({ disk: { totalMb: 9, freeMb: 5 }, lookedAt: { disk: 0 } });
    machine.stop();
  });

  test('a probe that never ends holds nobody up', async () => {
    const { machine, clock, calls } = played({ never: true });
    const asked = machine.facts();
    await clock.turn(20_000);
    const facts = await asked;
    expect(facts).toMatchObject({ os: 'An OS', gpus: [] });
    expect(unknownFacts(facts)).toContain('gpus');
    await clock.turn(45_000);
    expect(calls.gpus).toBe(2);
    machine.stop();
  });

  test('the real probes fit the schema, and know this machine', async () => {
    const clock = turnedClock();
    const machine = hardware({ clock, log: quiet });
    const facts = await machine.fresh();
    expect(hardwareFacts.safeParse(facts).error).toBeUndefined();
    expect(facts.ram.totalMb).toBeGreaterThan(0);
    expect(facts.disk?.totalMb).toBeGreaterThan(0);
    expect(facts.tools?.find(({ name }) => name === 'node')?.version).toMatch(/^\d+\.\d+/);
    expect(facts.tools?.find(({ name }) => name === 'git')?.version).toMatch(/^\d+\.\d+/);
    machine.stop();
  });
});

test('addresses of this machine only, and none that are good on one wire', () => {
  const one = { netmask: '', mac: '', cidr: null };
  expect(
    addressesOf({
      lo: [{ ...one, address: '127.0.0.1', family: 'IPv4', internal: true }],
      eth0: [
        { ...one, address: '192.0.2.7', family: 'IPv4', internal: false },
        { ...one, address: 'fe80::1', family: 'IPv6', internal: false, scopeid: 2 },
        { ...one, address: '2001:db8::7', family: 'IPv6', internal: false, scopeid: 0 },
      ],
    }),
  ).toEqual([
    { name: 'eth0', address: '192.0.2.7' },
    { name: 'eth0', address: '2001:db8::7' },
  ]);
});
