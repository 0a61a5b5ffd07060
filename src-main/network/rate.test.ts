import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { ratePerPeer } from './rate.ts';

test('so many at once, then so many a second, each peer for itself', async () => {
  const clock = handClock();
  const take = ratePerPeer(clock, { burst: 3, perSecond: 2 });
  const takes = (peer: string, times: number): number => Array.from({ length: times }, () => take(peer)).filter(Boolean).length;
  expect([takes('a', 10), takes('b', 2)]).toEqual([3, 2]);
  await clock.run(1000);
  expect(takes('a', 10)).toBe(2);
  // asking in vain costs nothing, and waiting saves no more than the burst
  await clock.run(500);
  expect(takes('a', 10)).toBe(1);
  await clock.run(3_600_000);
  expect(takes('a', 10)).toBe(3);
});
