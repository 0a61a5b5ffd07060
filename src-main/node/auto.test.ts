// Role auto and an owner at play, together: pausing and auto-role as node.ts wires them, with the offers of one other machine.
import { describe, expect, test } from 'vitest';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { fakeEngine } from '../../test/fakes/fake-engine.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import type { OtherLoad } from '../jobs/ports.ts';
import { defaultSettings } from '../store/settings-store.ts';
import { autoRole } from './auto.ts';
import type { Leading } from './leading.ts';
import { pausing } from './pausing.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const minute = 60_000;

/** @param look what other programs take; asked only as often as the machine wants to know */
async function household(look: () => OtherLoad) {
  const clock = handClock();
  const settings: Settings = {
    ...defaultSettings('desk'),
    role: 'auto',
    yielding: { battery: 'ignore', busy: 'pause', hours: [] },
  };
  const machine: HardwareFacts = { ...unknownHardware, ram: { totalMb: 64_000, freeMb: 64_000 }, load: 0.1 };
  const engine = fakeEngine({ clock, models: ['m'] });
  let leads = false;
  let looks = 0;
  const turns: { at: number; leads: boolean }[] = [];
  const lead = { engine: () => (leads ? engine : null), models: () => [{ name: 'm', loaded: true }] } as unknown as Leading;
  /** A weaker machine that leads whenever this one does not. */
  const other = (): Offer => ({
    ...{ revision: 1, name: 'weak', version: '0', role: 'auto', willing: true, couldLead: ['m'] },
    hardware: { ...unknownHardware, ram: { totalMb: 4000, freeMb: 4000 } },
    leads: leads
      ? null
      : {
          models: [{ name: 'm', loaded: true }],
          slots: { total: 1, free: 1 },
          ...{ waiting: 0, maxWaiting: 16, engine: { kind: 'fake', device: { kind: 'cpu', name: '', why: '' } } },
        },
  });
  const pauses = pausing({
    clock,
    settings: { get: () => settings, update: () => settings },
    machine: () => machine,
    others: {
      look: async () => {
        looks += 1;
        return look();
      },
    },
    wanted: () => (leads ? 'now' : 'perhaps'),
    gate: { yieldTo: () => undefined, idleMs: () => 1e9 },
    changed: () => auto.look(),
  });
  const auto = autoRole({
    ...{ clock, log, settings: () => settings, self: () => 'desk', machine: () => machine, lead, engine: () => engine },
    candidates: () => [{ peerId: 'weak', name: 'weak', local: false, connected: true, latencyMs: 1, offer: other() }],
    withheld: () => pauses.now().mode === 'pause',
    atPlay: () => pauses.now().pause?.why === 'busy',
    turned() {
      leads = auto.leads();
      turns.push({ at: clock.now(), leads });
      auto.look();
    },
    changed: () => auto.look(),
  });
  await engine.start();
  auto.up();
  pauses.start(Promise.resolve());
  // offers come and go
  const beat = (): void => {
    auto.look();
    clock.after(1000, beat);
  };
  beat();
  await clock.run(2 * minute);
  return { clock, turns, looks: () => looks, words: () => auto.words() };
}

describe('a game on the fittest machine', () => {
  test('is two turns: it hands over when it begins, and leads again some minutes after its end', async () => {
    let share = 0;
    const { clock, turns, words } = await household(() => ({ cpu: share, gpu: null }));
    expect(turns.map(({ leads }) => leads)).toEqual([true]);
    const began = clock.now();
    share = 0.9;
    await clock.run(120 * minute);
    expect(turns.map(({ leads }) => leads)).toEqual([true, false]);
    expect(turns[1]?.at).toBeLessThan(began + minute);
    expect(words()).toMatchObject({ willing: false });
    const over = clock.now();
    share = 0;
    await clock.run(30 * minute);
    expect(turns.map(({ leads }) => leads)).toEqual([true, false, true]);
    expect(turns[2]?.at).toBeGreaterThan(over + 5 * minute);
  });

  test('with pauses in it is no more', async () => {
    let share = 0;
    const { clock, turns } = await household(() => ({ cpu: share, gpu: null }));
    for (let round = 0; round < 10; round += 1) {
      share = 0.9;
      await clock.run(8 * minute);
      share = 0;
      await clock.run(4 * minute);
    }
    expect(turns.map(({ leads }) => leads)).toEqual([true, false]);
  });

  test('that can be seen only now and then makes a turn in ten minutes at most', async () => {
    let known = true;
    const { clock, turns } = await household(() => (known ? { cpu: 0.9, gpu: null } : { cpu: null, gpu: null }));
    for (let round = 0; round < 120; round += 1) {
      // what is unknown for long counts as quiet
      known = turns.at(-1)?.leads === true;
      await clock.run(minute);
    }
    expect(turns.length).toBeLessThanOrEqual(2 * (120 / 10) + 1);
  });
});

test('a machine that only might lead looks less often', async () => {
  const { clock, turns, looks } = await household(() => ({ cpu: 0.9, gpu: null }));
  await clock.run(10 * minute);
  const before = looks();
  expect(turns.at(-1)?.leads ?? false).toBe(false);
  await clock.run(10 * minute);
  expect(looks() - before).toBeLessThanOrEqual(21);
});
