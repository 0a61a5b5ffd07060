import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { beatMs, watchLife } from './life.ts';

function watched(quietMs = 15_000) {
  const clock = handClock();
  let alarms = 0;
  const life = watchLife(clock, quietMs, () => (alarms += 1));
  return { clock, life, alarms: () => alarms };
}

test('silence is told once, when it has lasted', async () => {
  const { clock, alarms } = watched();
  await clock.run(14_999);
  expect(alarms()).toBe(0);
  await clock.run(1);
  expect(alarms()).toBe(1);
  await clock.run(600_000);
  expect(alarms()).toBe(1);
});

test('each sign of life begins it anew', async () => {
  const { clock, life, alarms } = watched();
  for (let turn = 0; turn < 20; turn += 1) {
    await clock.run(14_000);
    life.heard();
  }
  expect(alarms()).toBe(0);
  await clock.run(15_000);
  expect(alarms()).toBe(1);
});

test('time in which this machine or this process slept is nobody’s silence', async () => {
  const { clock, life, alarms } = watched();
  for (let night = 0; night < 5; night += 1) {
    await clock.sleep(8 * 3_600_000);
    expect(alarms()).toBe(0);
    // what came meanwhile is read after the late timer
    life.heard();
  }
  // a process that is starved, its timers late each time, still finds one that says nothing at all
  for (let turn = 0; turn < 10; turn += 1) await clock.sleep(3 * beatMs);
  expect(alarms()).toBe(1);
});

test('an end is an end', async () => {
  const { clock, life, alarms } = watched();
  life.end();
  await clock.run(60_000);
  expect(alarms()).toBe(0);
  expect(clock.timers()).toBe(0);
});
