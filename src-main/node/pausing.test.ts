import { expect, test } from 'vitest';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { defaultSettings } from '../store/settings-store.ts';
import { pausing } from './pausing.ts';

/** A leader on a network that may be metered, and how often that was asked. */
function leader(yielding: Partial<Settings['yielding']>) {
  const clock = handClock();
  let settings = defaultSettings('desk');
  settings = { ...settings, yielding: { ...settings.yielding, ...yielding } };
  let metered: boolean | null = null;
  let asked = 0;
  const pauses = pausing({
    clock,
    settings: { get: () => settings, update: () => settings },
    machine: () => unknownHardware,
    others: { look: async () => ({ cpu: null, gpu: null }) },
    metered: async () => ((asked += 1), metered),
    wanted: () => 'now',
    gate: { yieldTo: () => undefined, idleMs: () => 1e9 },
    changed: () => undefined,
  });
  pauses.start(Promise.resolve());
  return { clock, pauses, asked: () => asked, become: (next: boolean | null) => void (metered = next) };
}

test('a network that turns out to be metered pauses, for as long as it is; unknown does not', async () => {
  const { clock, pauses, become } = leader({ metered: 'pause' });
  await clock.run(60_000);
  expect([pauses.now().mode, pauses.metered()]).toEqual(['open', null]);
  become(true);
  await clock.run(60_000);
  expect([pauses.now().pause?.why, pauses.metered()]).toEqual(['metered', true]);
  become(false);
  await clock.run(60_000);
  expect([pauses.now().mode, pauses.metered()]).toEqual(['open', false]);
  pauses.stop();
});

test('nobody is asked where it is ignored, and not at every look elsewhere', async () => {
  const ignored = leader({});
  await ignored.clock.run(300_000);
  expect(ignored.asked()).toBe(0);
  ignored.pauses.stop();
  const heeded = leader({ metered: 'lower' });
  await heeded.clock.run(300_000);
  expect(heeded.asked()).toBeLessThanOrEqual(11);
  expect(heeded.asked()).toBeGreaterThan(5);
  heeded.pauses.stop();
});
