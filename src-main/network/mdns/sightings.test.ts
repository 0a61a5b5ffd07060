import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowance, intake, sightings } from './sightings.ts';

/** A clock that one turns by hand. */
function handClock(): { now(): number; pass(ms: number): void } {
  let time = 1000;
  return {
    now: () => time,
    pass(ms) {
      time += ms;
    },
  };
}

const address = ['/ip4/10.0.0.7/tcp/1'];

describe('peers', () => {
  test('the same is passed on once a second, a new address at once', () => {
    const clock = handClock();
    const seen = sightings(clock);
    expect(seen.heard('a', 'eth0', 'x', address)).toBe(true);
    expect(seen.heard('a', 'eth0', 'x', address)).toBe(false);
    expect(seen.heard('a', 'wlan0', 'x', ['/ip4/10.0.1.7/tcp/1'])).toBe(true);
    clock.pass(intake.againMs);
    expect(seen.heard('a', 'eth0', 'x', address)).toBe(true);
  });

  test('a peer that changes its address all the time is held back', () => {
    const seen = sightings(handClock());
    const passed = Array.from({ length: 1000 }, (_, index) => seen.heard('a', 'eth0', 'x', [`/ip4/10.0.0.7/tcp/${index}`]));
    expect(passed.filter(Boolean).length).toBeLessThanOrEqual(intake.addressesAgain);
  });

  test('of thousands of unknown ones 64 are kept, and room comes back with time', () => {
    const clock = handClock();
    const seen = sightings(clock);
    const flood = (prefix: string): number =>
      Array.from({ length: 3000 }, (_, index) => seen.heard(`${prefix}${index}`, 'eth0', `${index}`, address)).filter(Boolean).length;
    expect(flood('a')).toBe(intake.unknown);
    expect(flood('b')).toBe(0);
    clock.pass(intake.forgetMs + 1);
    expect(flood('c')).toBe(intake.unknown);
  });

  test('peers that proved themselves take no room', () => {
    const seen = sightings(handClock());
    for (let index = 0; index < 300; index += 1) {
      expect(seen.heard(`peer ${index}`, 'eth0', `${index}`, address)).toBe(true);
      seen.met(`peer ${index}`);
    }
  });

  test('known are those of the last minute, where they were heard, until they say goodbye', () => {
    const clock = handClock();
    const seen = sightings(clock);
    seen.heard('a', 'eth0', 'one', address);
    expect([seen.known('eth0'), seen.known('wlan0')]).toEqual([['one'], []]);
    seen.heard('a', 'eth0', 'two', address);
    expect(seen.known('eth0')).toEqual(['two']);
    seen.gone('two');
    expect(seen.known('eth0')).toEqual([]);
    seen.heard('a', 'eth0', 'two', address);
    clock.pass(intake.forgetMs / 2);
    expect(seen.known('eth0')).toEqual([]);
  });
});

describe('other swarms', () => {
  test('are counted once each, for two minutes after the last word', () => {
    const clock = handClock();
    const seen = sightings(clock);
    seen.other('a');
    seen.other('b');
    seen.other('a');
    expect(seen.others()).toBe(2);
    clock.pass(intake.forgetMs - 1);
    seen.other('a');
    clock.pass(2);
    expect(seen.others()).toBe(1);
    seen.otherGone('a');
    expect(seen.others()).toBe(0);
  });

  test('are 64 at most', () => {
    const seen = sightings(handClock());
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), (ids) => {
        for (const id of ids) seen.other(id);
        expect(seen.others()).toBeLessThanOrEqual(intake.otherSwarms);
      }),
    );
  });
});

test('a bucket lets no more through than it holds and is refilled with', () => {
  const clock = handClock();
  const may = allowance(clock, 10, 3);
  const tries = (count: number): number => Array.from({ length: count }, may).filter(Boolean).length;
  expect(tries(10)).toBe(3);
  clock.pass(100);
  expect(tries(10)).toBe(1);
  clock.pass(60_000);
  expect(tries(10)).toBe(3);
});
