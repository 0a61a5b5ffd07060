import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { autoBegins, autoNode, autoPace, autoStep, byFitness, fitness, type AutoNode, type AutoState } from './auto-role.ts';

type Machine = Pick<AutoNode, 'peerId' | 'fitness' | 'models'> & { fixed?: boolean; willing?: boolean };
type Turn = { at: number; peerId: string; leads: boolean };

/** Nodes that see each other as `sees` says, under a clock that is turned; what one decides, the others see with their next look. */
function world(machines: readonly Machine[], sees: (a: string, b: string) => boolean = () => true) {
  let time = 0;
  let linked = sees;
  const alive = new Map(machines.map((machine) => [machine.peerId, machine]));
  const states = new Map<string, AutoState>();
  const turns: Turn[] = [];
  for (const { peerId, fixed = false } of machines) if (!fixed) states.set(peerId, autoBegins(0, false));

  const nodeOf = ({ peerId, models, fixed = false, willing = true, ...machine }: Machine): AutoNode => ({
    ...machine,
    peerId,
    models,
    fixed,
    willing: !fixed && willing,
    leading: fixed || states.get(peerId)?.leads === true ? models : null,
  });
  /** The time of the next look that may change something. */
  const look = (): number => {
    let wakeAt = Number.POSITIVE_INFINITY;
    // all look at the same moment, and nobody at what another one is deciding in it
    const nodes = [...alive.values()].map(nodeOf);
    for (const self of nodes) {
      const state = states.get(self.peerId);
      if (state === undefined) continue;
      const others = nodes.filter((other) => other !== self && linked(self.peerId, other.peerId));
      const next = autoStep(state, self, others, time);
      if (next.state.leads !== state.leads) {
        turns.push({ at: time, peerId: self.peerId, leads: next.state.leads });
        wakeAt = time + 1000;
      }
      wakeAt = Math.min(wakeAt, Math.max(time + 1000, next.wakeAt ?? wakeAt));
      states.set(self.peerId, next.state);
    }
    return wakeAt;
  };
  return {
    turns,
    leaders: () => [...alive.keys()].filter((peerId) => states.get(peerId)?.leads === true).toSorted(),
    run(ms: number) {
      for (const end = time + ms; time < end;) {
        time += 1000;
        look();
      }
    },
    see: (now: (a: string, b: string) => boolean) => void (linked = now),
    die(peerId: string) {
      alive.delete(peerId);
      states.delete(peerId);
    },
    come(machine: Machine) {
      alive.set(machine.peerId, machine);
      states.set(machine.peerId, autoBegins(time, false));
    },
    become(peerId: string, change: Partial<Machine>) {
      const before = alive.get(peerId);
      if (before !== undefined) alive.set(peerId, { ...before, ...change });
    },
  };
}

const machine = (peerId: string, fit: number, models: readonly string[] = ['m']): Machine => ({ peerId, fitness: fit, models });
const trio = [machine('a', 100), machine('b', 300), machine('c', 200)];
const minute = 60_000;

describe('who leads', () => {
  test('the fittest, after the time in which others are found, and nobody else', () => {
    const swarm = world(trio);
    swarm.run(autoPace.joinMs - 1000);
    expect(swarm.leaders()).toEqual([]);
    swarm.run(10 * minute);
    expect(swarm.turns).toEqual([{ at: autoPace.joinMs, peerId: 'b', leads: true }]);
  });

  test('of equals the one with the lower peer id', () => {
    const swarm = world([machine('b', 5), machine('a', 5), machine('c', 5)]);
    swarm.run(10 * minute);
    expect(swarm.leaders()).toEqual(['a']);
  });

  test('nobody, where a person said who leads', () => {
    const swarm = world([...trio, { ...machine('d', 1), fixed: true }]);
    swarm.run(60 * minute);
    expect(swarm.turns).toEqual([]);
  });

  test('one for each model that has no leader', () => {
    const swarm = world([machine('a', 1, ['x', 'only-here']), machine('b', 9, ['x']), { ...machine('d', 5, ['y']), fixed: true }]);
    swarm.run(10 * minute);
    expect(swarm.leaders()).toEqual(['a', 'b']);
  });

  test('the leader dies: the next one within seconds', () => {
    const swarm = world(trio);
    swarm.run(minute);
    swarm.die('b');
    swarm.run(autoPace.startMs + 1000);
    expect(swarm.leaders()).toEqual(['c']);
  });

  test('one that cannot leads only where nobody else could, and makes way for anyone who can', () => {
    const swarm = world([{ ...machine('a', 9), willing: false }, machine('b', 1)]);
    swarm.run(minute);
    expect(swarm.leaders()).toEqual(['b']);
    const alone = world([{ ...machine('a', 9), models: [] }]);
    alone.run(minute);
    expect(alone.leaders()).toEqual(['a']);
    alone.come(machine('b', 1));
    alone.run(minute);
    expect(alone.leaders()).toEqual(['b']);
  });

  test('a fitter one that never begins is passed over after its turn', () => {
    const self = { peerId: 'b', fitness: 1, fixed: false, willing: true, models: ['m'], leading: null };
    const silent = { ...self, peerId: 'a', fitness: 2 };
    let state = autoBegins(0, false);
    let leadsAt = -1;
    for (let now = 0; now < minute; now += 1000) {
      state = autoStep(state, self, [silent], now).state;
      if (state.leads && leadsAt < 0) leadsAt = now;
    }
    expect(leadsAt).toBe(autoPace.startMs + autoPace.turnMs);
    const claims = Array.from({ length: 50 }, (_, index) => ({ ...silent, peerId: `a${index}` }));
    const waits = autoStep(autoBegins(0, false), self, claims, 0).wakeAt;
    expect(waits).toBe(autoPace.startMs + autoPace.maxTurns * autoPace.turnMs);
  });
});

describe('no flapping', () => {
  test('a much fitter machine takes over, a little fitter one does not, and both say when', () => {
    const swarm = world([machine('a', 100)]);
    swarm.run(minute);
    swarm.come(machine('b', 120));
    swarm.run(30 * minute);
    expect(swarm.leaders()).toEqual(['a']);
    swarm.come(machine('c', 126));
    swarm.run(30 * minute);
    expect(swarm.leaders()).toEqual(['c']);
    expect(swarm.turns).toHaveLength(3);
  });

  test('two sides of a partition both lead; after it the less fit one steps back once, after a while', () => {
    const swarm = world(trio);
    swarm.run(minute);
    swarm.see((one, other) => (one === 'b') === (other === 'b'));
    swarm.run(minute);
    expect(swarm.leaders()).toEqual(['b', 'c']);
    swarm.see(() => true);
    swarm.run(autoPace.yieldMs - 2000);
    expect(swarm.leaders()).toEqual(['b', 'c']);
    swarm.run(minute);
    expect(swarm.leaders()).toEqual(['b']);
    expect(swarm.turns).toHaveLength(3);
  });

  test('a link that comes and goes each minute makes a handful of turns in an hour, not one each time', () => {
    const swarm = world(trio);
    for (let round = 0; round < 60; round += 1) {
      swarm.see((one, other) => round % 2 === 0 || (one === 'b') === (other === 'b'));
      swarm.run(minute);
    }
    expect(swarm.turns.length).toBeLessThanOrEqual(6);
  });

  test('a blip that is shorter than the wait changes nothing', () => {
    const swarm = world(trio);
    swarm.run(minute);
    for (let round = 0; round < 20; round += 1) {
      swarm.see((one, other) => (one === 'b') === (other === 'b'));
      swarm.run(autoPace.startMs - 1000);
      swarm.see(() => true);
      swarm.run(20_000);
    }
    expect(swarm.turns).toHaveLength(1);
  });

  test('told to be auto while it leads, it goes on', () => {
    const self = { peerId: 'a', fitness: 1, fixed: false, willing: true, models: ['m'], leading: null };
    expect(autoStep(autoBegins(0, true), self, [], 5000).state.leads).toBe(true);
  });
});

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 });
const models = fc.uniqueArray(fc.constantFrom<string[]>('x', 'y', 'z'), { minLength: 1 });
const machines = names.chain((ids) =>
  fc.tuple(
    ...ids.map((peerId) =>
      fc
        .record({ fitness: fc.integer({ min: 0, max: 6 }), models, fixed: fc.boolean() })
        .map((more) => ({ peerId, ...more, fixed: more.fixed && more.fitness === 0 })),
    ),
  ),
);

test('any nodes that see the same agree: each model has a leader, and the fittest of its holders where no person said who', () => {
  fc.assert(
    fc.property(machines, (all) => {
      const swarm = world(all);
      swarm.run(10 * minute);
      const leaders = swarm.leaders();
      for (const model of new Set(all.flatMap((one) => one.models))) {
        const holders = all.filter((one) => one.models.includes(model));
        if (holders.some(({ fixed }) => fixed)) continue;
        const [fittest] = holders.map((one) => ({ ...one, willing: true, leading: null })).toSorted(byFitness);
        expect(leaders).toContain(fittest?.peerId);
      }
      // and nobody without need: each leader is the fittest for one of its models
      for (const peerId of leaders) {
        const own = all.find((one) => one.peerId === peerId);
        const needed = own?.models.some((model) => {
          const holders = all.filter((one) => one.models.includes(model));
          return (
            !holders.some(({ fixed }) => fixed) &&
            holders.map((one) => ({ ...one, willing: true, leading: null })).toSorted(byFitness)[0]?.peerId === peerId
          );
        });
        expect(needed).toBe(true);
      }
      const turns = swarm.turns.length;
      swarm.run(60 * minute);
      expect(swarm.turns).toHaveLength(turns);
    }),
    { numRuns: 100 },
  );
});

test('whatever splits and merges happen, the swarm comes to rest, each model led, and stays so', () => {
  const splits = fc.array(
    fc.record({ side: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')), seconds: fc.integer({ min: 1, max: 400 }) }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(machines, splits, (all, parts) => {
      const swarm = world(all);
      for (const { side, seconds } of parts) {
        swarm.see((one, other) => side.includes(one as 'a') === side.includes(other as 'a'));
        swarm.run(seconds * 1000);
      }
      swarm.see(() => true);
      swarm.run(30 * minute);
      const turns = swarm.turns.length;
      swarm.run(120 * minute);
      expect(swarm.turns).toHaveLength(turns);
      const leaders = swarm.leaders();
      for (const model of new Set(all.flatMap((one) => one.models))) {
        const holders = all.filter((one) => one.models.includes(model));
        expect(holders.some(({ fixed, peerId }) => fixed || leaders.includes(peerId))).toBe(true);
      }
      // nobody leads only what fitter ones lead too
      for (const peerId of leaders) {
        const own = all.find((one) => one.peerId === peerId);
        const better = (model: string): boolean =>
          all.some(
            (other) =>
              other.models.includes(model) &&
              (other.fixed ||
                (leaders.includes(other.peerId) &&
                  own !== undefined &&
                  byFitness({ ...other, willing: true, leading: null }, { ...own, willing: true, leading: null }) < 0)),
          );
        expect(own?.models.every(better)).toBe(false);
      }
    }),
    { numRuns: 60 },
  );
});

describe('what is looked at', () => {
  const hardware = { ...unknownHardware, cpu: { model: 'c', cores: 8 }, ram: { totalMb: 16_384, freeMb: null }, onAc: true };
  const card = { name: 'g', vramMb: 24_576, vramFreeMb: null, unified: false };

  test('a graphics card counts more than memory, battery less than mains, and what is unknown nothing', () => {
    expect(fitness({ ...hardware, gpus: [card] })).toBeGreaterThan(fitness({ ...hardware, ram: { totalMb: 65_536, freeMb: null } }));
    expect(fitness({ ...hardware, gpus: [{ ...card, vramMb: null, unified: true }] })).toBeGreaterThan(fitness(hardware));
    expect(fitness({ ...hardware, onAc: false })).toBeLessThan(fitness(hardware));
    expect(fitness({ ...hardware, onAc: null })).toBe(fitness(hardware));
    expect(fitness(unknownHardware)).toBe(0);
  });

  test('of a leader that is paused or whose engine is down nobody waits for an answer', () => {
    const leads = {
      models: [{ name: 'm', loaded: true }],
      slots: { total: 1, free: 1 },
      waiting: 0,
      maxWaiting: 16,
      engine: { kind: 'fake' as const, device: { kind: 'cpu' as const, name: '', why: '' } },
    };
    const offer: Offer = { revision: 1, name: 'n', version: '0', role: 'leader', hardware, leads };
    expect(autoNode('p', offer)).toMatchObject({ fixed: true, leading: ['m'], models: ['m'], willing: false });
    expect(autoNode('p', { ...offer, leads: { ...leads, paused: { why: 'owner' } } }).leading).toBeNull();
    expect(autoNode('p', { ...offer, leads: { ...leads, engine: { ...leads.engine, healthy: false } } }).leading).toBeNull();
    expect(autoNode('p', { ...offer, role: 'auto', leads: null, willing: true, couldLead: ['x'] })).toMatchObject({
      fixed: false,
      willing: true,
      models: ['x'],
      leading: null,
    });
    // only who says auto is taken at his word
    expect(autoNode('p', { ...offer, role: 'subordinate', leads: null, willing: true, couldLead: ['x'] }).willing).toBe(false);
  });
});
