import { expect, test } from 'vitest';
import { ownSpeed, ownSpeedBounds } from './own-speed.ts';

test('the mean of the answers, the newer the more; short ones and impossible ones tell nothing', () => {
  const own = ownSpeed();
  expect(own.of('m')).toBeNull();
  own.wrote('m', { tokens: 7, tokensPerSecond: 1000 });
  own.wrote('m', { tokens: 100, tokensPerSecond: 0 });
  own.wrote('m', { tokens: 100, tokensPerSecond: Number.POSITIVE_INFINITY });
  expect(own.of('m')).toBeNull();
  own.wrote('m', { tokens: 100, tokensPerSecond: 40 });
  own.wrote('m', { tokens: 100, tokensPerSecond: 80 });
  expect(own.of('m')).toBe(50);
  for (let times = 0; times < 40; times += 1) own.wrote('m', { tokens: 100, tokensPerSecond: 20 });
  expect(own.of('m')).toBeGreaterThanOrEqual(20);
  expect(own.of('m')).toBeLessThanOrEqual(22);
});

test('a little more or less is no news', () => {
  const own = ownSpeed();
  own.wrote('m', { tokens: 100, tokensPerSecond: 41.234 });
  expect(own.of('m')).toBe(41);
  for (const tokensPerSecond of [44, 38, 42, 40]) own.wrote('m', { tokens: 100, tokensPerSecond });
  expect(own.of('m')).toBe(41);
});

test('is kept over a restart, bounded, and never what is no dump', () => {
  const own = ownSpeed();
  for (let at = 0; at <= ownSpeedBounds.models; at += 1) own.wrote(`m${at}`, { tokens: 100, tokensPerSecond: 10 });
  expect([own.of('m0'), own.of('m1')]).toEqual([null, 10]);
  const again = ownSpeed();
  again.restore(own.dump());
  expect(again.dump()).toEqual(own.dump());
  expect(() => again.restore([{ model: 'm', tokensPerSecond: 1e9 }])).toThrow();
});

test('the last answers one by one, of whichever model; what tells little is none, and there is a bound', () => {
  const own = ownSpeed();
  own.wrote('m', { tokens: 100, tokensPerSecond: 41.26 });
  own.wrote('n', { tokens: 100, tokensPerSecond: 7.04 });
  own.wrote('m', { tokens: 2, tokensPerSecond: 900 });
  expect(own.recent()).toEqual([41, 7]);
  for (let one = 1; one <= 40; one += 1) own.wrote('m', { tokens: 100, tokensPerSecond: one });
  expect(own.recent()).toEqual([29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
});
