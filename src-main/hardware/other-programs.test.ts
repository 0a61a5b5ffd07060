import { describe, expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { otherPrograms, programOfPs, programOfStat, shareOfNvidia, type OtherProgramsProbes } from './other-programs.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function machine(probes: Partial<OtherProgramsProbes> = {}) {
  const clock = handClock();
  const cpuMs = new Map<number, number>();
  const rows: [pid: number, parent: number, name: string][] = [
    [10, 1, 'axon'],
    [11, 10, 'engine-child'],
    [12, 11, 'helper'],
    [20, 1, 'ollama'],
    [21, 20, 'runner'],
    [30, 1, 'game'],
  ];
  const others = otherPrograms({
    clock,
    log,
    probes: {
      cores: 4,
      root: 10,
      programs: async () => rows.map(([pid, parent, name]) => ({ pid, parent, name, cpuMs: cpuMs.get(pid) ?? 0 })),
      gpu: async () => null,
      ...probes,
    },
  });
  return { others, clock, works: (pid: number, ms: number) => void cpuMs.set(pid, (cpuMs.get(pid) ?? 0) + ms) };
}

describe('the share of other programs', () => {
  test('is the load less what Axon, its children and the engines took since the look before', async () => {
    const { others, clock, works } = machine();
    expect(await others.look(0.9, true)).toEqual({ cpu: null, gpu: null });
    await clock.run(5_000);
    // 20 s of processor time on 4 cores in 5 s: half of it ours
    for (const pid of [10, 11, 12, 20, 21]) works(pid, 2_000);
    works(30, 8_000);
    expect((await others.look(0.9, true)).cpu).toBeCloseTo(0.4);
    await clock.run(5_000);
    works(11, 18_000);
    expect((await others.look(0.9, true)).cpu).toBeCloseTo(0);
  });

  test('is the whole load while the engine rests, and nobody is counted on a quiet machine', async () => {
    let looked = 0;
    const { others } = machine({ programs: async () => ((looked += 1), null) });
    expect((await others.look(0.1, true)).cpu).toBe(0.1);
    expect(looked).toBe(0);
    expect((await others.look(0.8, false)).cpu).toBe(0.8);
    expect((await others.look(0.8, true)).cpu).toBeNull();
    expect((await others.look(null, false)).cpu).toBeNull();
  });

  test('of a graphics card is not known while the engine may be what is seen there', async () => {
    const { others } = machine({ gpu: async () => 0.9 });
    expect([(await others.look(0.1, false)).gpu, (await others.look(0.1, true)).gpu]).toEqual([0.9, null]);
  });

  test('a tool that fails three times in a row is asked again after ten minutes', async () => {
    let asked = 0;
    let works = false;
    const { others, clock } = machine({
      gpu: async () => {
        asked += 1;
        if (!works) throw new Error('no driver');
        return 0.7;
      },
    });
    for (let times = 0; times < 6; times += 1) expect((await others.look(0.1, false)).gpu).toBeNull();
    expect(asked).toBe(3);
    await clock.run(599_999);
    await others.look(0.1, false);
    expect(asked).toBe(3);
    await clock.run(1);
    // once: it is no better, so the next one is ten minutes away again
    for (let times = 0; times < 3; times += 1) await others.look(0.1, false);
    expect(asked).toBe(4);
    works = true;
    await clock.run(600_000);
    expect((await others.look(0.1, false)).gpu).toBe(0.7);
    expect((await others.look(0.1, false)).gpu).toBe(0.7);
    expect(asked).toBe(6);
  });

  test('failures that are not in a row, or those of the list of programs, do not switch the card off', async () => {
    let asked = 0;
    const { others } = machine({
      gpu: async () => {
        asked += 1;
        if (asked % 3 !== 0) throw new Error('busy');
        return 0.5;
      },
      programs: () => Promise.reject(new Error('no list')),
    });
    const seen = [];
    for (let times = 0; times < 9; times += 1) seen.push((await others.look(0.9, false)).gpu);
    expect(seen).toEqual([null, null, 0.5, null, null, 0.5, null, null, 0.5]);
  });
});

test('what the system says is read, whatever a program is called', () => {
  const stat = '4242 (a) b (c) S 17 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 12345 0 0';
  expect(programOfStat(stat)).toEqual({ pid: 4242, parent: 17, name: 'a) b (c', cpuMs: 3_000 });
  expect(programOfStat('nothing')).toBeNull();
  expect(programOfPs('  501     1   2:03.45 /usr/local/bin/ollama')).toEqual({ pid: 501, parent: 1, name: 'ollama', cpuMs: 123_450 });
  expect(programOfPs('    7     1 1-02:00:01.00 /sbin/some thing')).toMatchObject({ name: 'some thing', cpuMs: 26 * 3_600_000 + 1_000 });
  expect(programOfPs('  PID  PPID     TIME COMM')).toBeNull();
  expect([shareOfNvidia('37\n80\n'), shareOfNvidia('[N/A]\n'), shareOfNvidia('')]).toEqual([0.8, null, null]);
});
