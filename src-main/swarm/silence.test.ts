import { expect, test } from 'vitest';
import { randomFor } from '../../test/swarm/simulator/random.ts';
import { gapMeter } from './silence.ts';

test('the median of the last 64 gaps, whatever their order', () => {
  const random = randomFor('gaps');
  for (let round = 0; round < 20; round += 1) {
    const meter = gapMeter();
    const gaps: number[] = [];
    expect(meter.median()).toBe(0);
    for (let count = 0; count < 200; count += 1) {
      // many are equal, as those of an engine with an even pace are
      const gap = random.below(30);
      meter.note(gap);
      gaps.push(gap);
      const last = gaps.slice(-64).toSorted((a, b) => a - b);
      expect(meter.median()).toBe(last[Math.floor(last.length / 2)]);
    }
  }
});
