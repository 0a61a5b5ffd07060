import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { downloadPace } from './download-pace.ts';

test('what is there already is no speed; before a second nobody can tell', async () => {
  const clock = handClock();
  const pace = downloadPace(clock, 5_000_000);
  await clock.run(900);
  pace.came(5_900_000);
  expect(pace.perSecond()).toBeNull();
  await clock.run(100);
  expect(pace.perSecond()).toBeCloseTo(900_000, -3);
});

test('over the last five seconds only, and nothing where nothing comes', async () => {
  const clock = handClock();
  const pace = downloadPace(clock, 0);
  for (let second = 1; second <= 20; second += 1) {
    await clock.run(1000);
    pace.came(second <= 10 ? second * 1_000_000 : 10_000_000 + (second - 10) * 2_000_000);
  }
  expect(pace.perSecond()).toBeCloseTo(2_000_000, -3);
  await clock.run(6000);
  expect(pace.perSecond()).toBe(0);
});
