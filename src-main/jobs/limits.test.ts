import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { limits } from './limits.ts';

type Bounds = { tokensPerDay?: number | null; questionsPerMinute?: number | null; own?: Record<string, number | null> };

function bounded({ tokensPerDay = null, questionsPerMinute = null, own = {} }: Bounds, ledger: Record<string, number> = {}) {
  const clock = handClock();
  let offset = new Date(2026, 10, 21, 12).getTime();
  const asked: string[] = [];
  const made = limits({
    clock: { ...clock, date: () => offset + clock.now() },
    settings: () => ({ limits: { tokensPerDay, questionsPerMinute }, memberTokensPerDay: own }),
    usedToday: (from) => {
      asked.push(from);
      return ledger[from] ?? 0;
    },
  });
  const outcome = (from: string, promptTokens = 1): unknown => {
    try {
      made.admit(from, promptTokens);
      return 'in';
    } catch (error) {
      return (error as Failure).toShape();
    }
  };
  return { made, clock, outcome, asked, jump: (ms: number) => void (offset += ms) };
}

describe("a day's share", () => {
  test('is over when it is used, with the time until midnight, and new the next day', () => {
    const { made, outcome, jump } = bounded({ tokensPerDay: 100 });
    expect(outcome('a')).toBe('in');
    expect(made.use('a', 99)).toBeNull();
    expect(made.left('a')).toBe(1);
    expect(made.use('a', 2)).toMatchObject({ code: 'quota-used', retryAfterMs: 12 * 3_600_000 });
    expect(outcome('a')).toMatchObject({ code: 'quota-used' });
    expect(outcome('b')).toBe('in');
    jump(12 * 3_600_000);
    expect(outcome('a')).toBe('in');
  });

  test('is of the day that the clock says now, when somebody sets it back too', () => {
    const { outcome, made, jump, asked } = bounded({ tokensPerDay: 100 });
    outcome('a');
    jump(-24 * 3_600_000);
    expect(made.left('a')).toBe(100);
    jump(36 * 3_600_000 - 1);
    expect(made.left('a')).toBe(100);
    jump(1);
    expect(made.left('a')).toBe(100);
    // each day is given once, and the one before the first goes with that
    expect(asked).toHaveLength(2);
  });

  test('begins with what the ledger has of today, so that a restart gives nothing back', () => {
    const { outcome, made, asked } = bounded({ tokensPerDay: 100 }, { a: 95 });
    expect(outcome('a')).toBe('in');
    expect(made.left('a')).toBe(5);
    made.use('a', 5);
    expect(outcome('a')).toMatchObject({ code: 'quota-used' });
    // counted here from then on: the ledger's own lines of these answers are not counted again
    expect(asked).toEqual(['a']);
  });

  test('a question that is longer than what is left is refused before it is read', () => {
    const { outcome } = bounded({ tokensPerDay: 100 });
    expect(outcome('a', 100)).toMatchObject({ code: 'quota-used' });
    expect(outcome('a', 99)).toBe('in');
  });

  test('of one member may be another, or none', () => {
    const { outcome, made } = bounded({ tokensPerDay: 10, own: { rich: null, poor: 0 } });
    expect(made.use('rich', 1_000_000)).toBeNull();
    expect(outcome('rich', 5000)).toBe('in');
    expect(outcome('poor')).toMatchObject({ code: 'quota-used' });
  });

  test('a clock that is corrected over midnight gives nothing anew, and takes nothing', () => {
    const { made, outcome, jump } = bounded({ tokensPerDay: 100 });
    const day = 24 * 3_600_000;
    made.use('a', 60);
    made.use('b', 101);
    // a day ahead by mistake, and back
    jump(day);
    expect(made.left('a')).toBe(100);
    made.use('a', 30);
    jump(-day);
    expect([made.left('a'), outcome('b')]).toEqual([40, expect.objectContaining({ code: 'quota-used' })]);
    made.use('a', 10);
    // back over the midnight before, and forth again: that day is over and has nothing to give
    jump(-day);
    expect([made.left('a'), outcome('b')]).toEqual([30, expect.objectContaining({ code: 'quota-used' })]);
    made.use('a', 5);
    jump(day);
    expect(made.left('a')).toBe(25);
    expect(outcome('b')).toMatchObject({ code: 'quota-used' });
    // the next day has what it would have had
    jump(day);
    expect([made.left('a'), made.left('b')]).toEqual([70, 100]);
    // a clock that stood on another century does not keep anybody out when it is right again
    jump(40_000 * day);
    made.use('a', 101);
    jump(-40_000 * day);
    expect(made.left('a')).toBe(70);
    // years later
    for (let times = 0; times < 20; times += 1) {
      jump(day);
      expect(made.left('a')).toBe(100);
    }
  });

  test('counts an answer that took less than was said', () => {
    const { made } = bounded({ tokensPerDay: 100 });
    made.use('a', 90);
    made.use('a', -60);
    expect(made.left('a')).toBe(70);
  });
});

describe('questions a minute', () => {
  test('so many at once, then one for each part of the minute, and the hint says when', async () => {
    const { outcome, clock } = bounded({ questionsPerMinute: 6 });
    expect(Array.from({ length: 6 }, () => outcome('a'))).toEqual(Array.from({ length: 6 }, () => 'in'));
    expect(outcome('a')).toMatchObject({ code: 'rate-limited', retryAfterMs: 10_000 });
    expect(outcome('b')).toBe('in');
    await clock.run(9_999);
    expect(outcome('a')).toMatchObject({ code: 'rate-limited', retryAfterMs: 1 });
    await clock.run(1);
    expect([outcome('a'), outcome('a')]).toEqual(['in', expect.objectContaining({ code: 'rate-limited' })]);
  });

  test('waiting saves no more than one minute', async () => {
    const { outcome, clock } = bounded({ questionsPerMinute: 2 });
    await clock.run(3_600_000);
    expect([outcome('a'), outcome('a'), outcome('a')]).toEqual(['in', 'in', expect.objectContaining({ code: 'rate-limited' })]);
  });

  test('midnight does not fill it', () => {
    const { outcome, jump } = bounded({ questionsPerMinute: 1 });
    expect(outcome('a')).toBe('in');
    jump(86_400_000);
    expect(outcome('a')).toMatchObject({ code: 'rate-limited' });
  });
});
