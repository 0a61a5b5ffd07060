import { describe, expect, test } from 'vitest';
import type { PauseHours } from '../../src-shared/settings.ts';
import { pausedFailure, scheduledUntil, type YieldSettings, yieldWatch } from './yielding.ts';

const settings = (change: Partial<YieldSettings['yielding']> = {}, pausedUntil: number | null = null): YieldSettings => ({
  yielding: { battery: 'pause', busy: 'lower', hours: [], ...change },
  pausedUntil,
});
/** Saturday, 21 November 2026, local time. */
const at = (hour: number, minute = 0, day = 21): number => new Date(2026, 10, day, hour, minute).getTime();

function machine(of: YieldSettings) {
  const watch = yieldWatch();
  let now = 0;
  let date = at(12);
  return (
    seconds: number,
    facts: { cpu?: number | null; gpu?: number | null; battery?: boolean | null; metered?: boolean | null } = {},
  ) => {
    now += seconds * 1000;
    date += seconds * 1000;
    const { cpu = 0, gpu = null, battery = false, metered = null } = facts;
    return watch.look({ now, date, onBattery: battery, metered, others: { cpu, gpu } }, of);
  };
}

describe('the owner', () => {
  test('pauses until a time, whatever else there is', () => {
    const look = machine(settings({}, at(13)));
    expect(look(0, { battery: true })).toMatchObject({ mode: 'pause', pause: { why: 'owner', until: at(13) } });
    expect(look(3600)).toMatchObject({ mode: 'open', pause: null });
  });
});

describe('a metered network', () => {
  test('holds others back as far as its owner said, who said nothing at first; unknown is not metered', () => {
    expect(machine(settings())(0, { metered: true }).mode).toBe('open');
    expect(machine(settings({ metered: 'pause' }))(0, { metered: true })).toMatchObject({ mode: 'pause', pause: { why: 'metered' } });
    expect(machine(settings({ metered: 'lower' }))(0, { metered: true })).toMatchObject({ mode: 'lower', pause: null });
    for (const metered of [false, null]) expect(machine(settings({ metered: 'pause' }))(0, { metered }).mode).toBe('open');
  });
});

describe('the battery', () => {
  test('pauses, lowers, or does not matter', () => {
    expect(machine(settings())(0, { battery: true })).toMatchObject({ mode: 'pause', pause: { why: 'battery' } });
    expect(machine(settings({ battery: 'lower' }))(0, { battery: true })).toMatchObject({ mode: 'lower', pause: null });
    expect(machine(settings({ battery: 'ignore' }))(0, { battery: true }).mode).toBe('open');
    expect(machine(settings())(0, { battery: null }).mode).toBe('open');
  });
});

describe('other programs', () => {
  test('at the very first look: a restart amid a game takes no work of others until it is known to be none', () => {
    const pauses = settings({ busy: 'pause' });
    const game = machine(pauses);
    expect([game(0, { cpu: 0.9 }).mode, game(5, { cpu: 0.9 }).mode, game(10, { cpu: 0.9 }).mode]).toEqual(['pause', 'pause', 'pause']);
    expect([game(5, { cpu: 0.1 }).mode, game(55, { cpu: 0.1 }).mode, game(5, { cpu: 0.1 }).mode]).toEqual(['pause', 'pause', 'open']);
    // the start of a program, its own included, is none
    const start = machine(pauses);
    expect([start(0, { cpu: 0.9 }).mode, start(5, { cpu: 0.3 }).mode, start(5, { cpu: 0.9 }).mode]).toEqual(['pause', 'open', 'open']);
    // where it only lowers, nothing is lost by looking twice
    expect(machine(settings())(0, { cpu: 0.9 }).mode).toBe('open');
  });

  test('count when they last, and are over when it stays quiet', () => {
    const look = machine(settings());
    expect(look(0).busy).toBe(false);
    expect([look(5, { cpu: 0.9 }).mode, look(10, { cpu: 0.9 }).mode, look(5, { cpu: 0.9 }).mode]).toEqual(['open', 'open', 'lower']);
    // a loading screen, then the game goes on
    expect(look(30, { cpu: 0.1 }).mode).toBe('lower');
    expect(look(29, { cpu: 0.1 }).mode).toBe('lower');
    expect(look(5, { cpu: 0.6 }).mode).toBe('lower');
    expect(look(5, { cpu: 0.1 }).mode).toBe('lower');
    expect(look(59, { cpu: 0.1 }).mode).toBe('lower');
    expect(look(1, { cpu: 0.1 }).mode).toBe('open');
  });

  test('one moment is nothing, and neither is what lies between the two bounds', () => {
    const look = machine(settings());
    look(0, { cpu: 0.9 });
    look(10, { cpu: 0.4 });
    expect(look(10, { cpu: 0.9 }).mode).toBe('open');
    expect(look(10, { cpu: 0.9 }).mode).toBe('open');
    expect(look(5, { cpu: 0.9 }).mode).toBe('lower');
    for (let minute = 0; minute < 10; minute += 1) expect(look(60, { cpu: 0.4 }).mode).toBe('lower');
  });

  test('a game may need only the graphics card', () => {
    const look = machine(settings({ busy: 'pause' }));
    look(0, { cpu: 0.1, gpu: 0.95 });
    expect(look(15, { cpu: 0.1, gpu: 0.95 })).toMatchObject({ mode: 'pause', pause: { why: 'busy' } });
  });

  test('while nobody can tell, the last answer holds; after minutes there is none', () => {
    const look = machine(settings());
    expect(look(0, { cpu: null }).busy).toBeNull();
    look(0, { cpu: 0.9 });
    look(15, { cpu: 0.9 });
    expect(look(200, { cpu: null })).toMatchObject({ mode: 'lower', busy: true });
    expect(look(101, { cpu: null })).toMatchObject({ mode: 'open', busy: null });
  });

  test('do not matter where the owner says so', () => {
    const look = machine(settings({ busy: 'ignore' }));
    look(0, { cpu: 1 });
    expect(look(60, { cpu: 1 })).toMatchObject({ mode: 'open', busy: true });
  });
});

describe("the owner's hours", () => {
  const hours = (days: number[], from: number, to: number): PauseHours[] => [{ days, from: from * 60, to: to * 60 }];

  test.each<[string, PauseHours[], number, number | null]>([
    ['inside', hours([6], 9, 17), at(9), at(17)],
    ['the last minute', hours([6], 9, 17), at(16, 59), at(17)],
    ['the end is outside', hours([6], 9, 17), at(17), null],
    ['another day', hours([0, 5], 9, 17), at(12), null],
    ['the evening of a night', hours([6], 22, 6), at(23), at(6, 0, 22)],
    ['the morning after it', hours([5], 22, 6), at(3), at(6)],
    ['the morning of a night that begins tonight', hours([6], 22, 6), at(3), null],
    ['all day', hours([6], 0, 24), at(23, 59), at(0, 0, 22)],
    ['the longer of two', [...hours([6], 9, 13), ...hours([6], 12, 15)], at(12, 30), at(15)],
    ['none', [], at(12), null],
  ])('%s', (_, all, date, until) => {
    expect(scheduledUntil(all, date)).toBe(until);
  });

  test('pause the machine until they end, and askers are told when', () => {
    const state = machine(settings({ hours: hours([6], 9, 17) }))(0);
    expect(state).toMatchObject({ mode: 'pause', pause: { why: 'schedule', until: at(17) } });
    expect(pausedFailure(state, at(12)).toShape()).toMatchObject({ code: 'paused', retryAfterMs: 5 * 3_600_000 });
  });
});
