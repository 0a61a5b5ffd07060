import { describe, expect, test } from 'vitest';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { listedAtMost, machineChoices, optionValue, pickedBy, pickerGroups } from './choices.ts';

type Models = { name: string; loaded?: boolean; sizeBytes?: number; needMb?: number; [more: string]: unknown }[];
const gib = 1024;

const machine = (name: string, models: Models, more: { hardware?: object; engine?: object; leads?: object; state?: string } = {}) => ({
  peerId: `id-${name}`,
  state: more.state ?? 'connected',
  offer: {
    name,
    hardware: { ram: { totalMb: 16 * gib, freeMb: null }, gpus: [], ...more.hardware },
    leads: {
      engine: { device: { kind: 'cpu' }, ...more.engine },
      models: models.map((model) => ({ loaded: false, ...model })),
      ...more.leads,
    },
  },
});
const view = (peers: object[], preferred: string | null = null, actual = 'subordinate', self: Models = [], allowed = true): SwarmView =>
  ({
    self: {
      peerId: 'me',
      name: 'thinkpad',
      role: { actual: { kind: actual } },
      hardware: { ram: { totalMb: 8 * gib, freeMb: null }, gpus: [] },
      engine: { device: { kind: 'cpu' } },
      models: self,
    },
    peers,
    membership: { members: [{ self: true, permissions: { chat: allowed } }] },
    settings: { preferred },
  }) as unknown as SwarmView;

describe('machines', () => {
  const desk = machine('DESK', [{ name: 'small' }, { name: 'big' }]);
  const studio = machine('STUDIO', [{ name: 'big' }], { leads: { paused: { why: 'busy' } } });
  const attic = machine('ATTIC', [{ name: 'small' }], { state: 'away' });
  const laptop = { peerId: 'id-LAPTOP', state: 'connected', offer: { name: 'LAPTOP', leads: null } };

  test('that answer now, this one first', () => {
    const all = [studio, desk, attic, laptop];
    const told = machineChoices(view(all, 'id-DESK', 'leader', [{ name: 'small', loaded: false }]));
    expect(told.map(({ name, self, preferred, paused }) => [name, self, preferred, paused])).toEqual([
      ['thinkpad', true, false, false],
      ['DESK', false, true, false],
      ['STUDIO', false, false, true],
    ]);
    expect(machineChoices(view(all)).map(({ name }) => name)).toEqual(['DESK', 'STUDIO']);
  });

  test('are none but this one, where an admin does not let this device ask', () => {
    expect(machineChoices(view([desk], null, 'subordinate', [], false))).toEqual([]);
    expect(machineChoices(view([desk], null, 'leader', [{ name: 'small' }], false)).map(({ name }) => name)).toEqual(['thinkpad']);
  });

  test('loaded models first, those that cannot fit last, others by name', () => {
    const models = [
      { name: 'huge', needMb: 17 * gib },
      { name: 'zebra', loaded: true },
      { name: 'apple' },
      { name: 'mango', needMb: 15 * gib },
    ];
    const [desk] = machineChoices(view([machine('DESK', models)]));
    expect(desk?.models.map(({ name, tooBig }) => [name, tooBig])).toEqual([
      ['zebra', null],
      ['apple', null],
      ['mango', null],
      ['huge', { needMb: 17 * gib, totalMb: 16 * gib }],
    ]);
  });

  test('too big is said only where it is known', () => {
    const huge = [{ name: 'huge', sizeBytes: 20 * gib * 1024 * 1024 }];
    const tooBig = (more: Parameters<typeof machine>[2], models: Models = huge): boolean =>
      machineChoices(view([machine('DESK', models, more)]))[0]?.models[0]?.tooBig !== null;
    const card = (vramMb: number | null, unified = false) => ({
      hardware: { gpus: [{ vramMb, unified }] },
      engine: { device: { kind: 'gpu' } },
    });
    expect(tooBig({})).toBe(true);
    // a card of its own adds to the RAM, one that shares it does not, and one that is not used neither
    expect(tooBig(card(8 * gib))).toBe(false);
    expect(tooBig(card(8 * gib, true))).toBe(true);
    expect(tooBig({ ...card(8 * gib), engine: { device: { kind: 'cpu' } } })).toBe(true);
    for (const unknown of [card(null), { engine: { remote: true } }, { engine: { device: { kind: 'unknown' } } }])
      expect(tooBig(unknown)).toBe(false);
    expect(tooBig({ hardware: { ram: { totalMb: null, freeMb: null } } })).toBe(false);
    expect(tooBig({}, [{ name: 'unsized' }])).toBe(false);
    // it runs: whatever was reckoned, it fits
    expect(tooBig({}, [{ ...huge[0], name: 'huge', loaded: true }])).toBe(false);
  });

  test('the context is what the engine reads; what the model was made for only where that is not known', () => {
    const models = [{ name: 'a', contextLength: 32_768, servedContext: 4096 }, { name: 'b', contextLength: 32_768 }, { name: 'c' }];
    expect(machineChoices(view([machine('DESK', models)]))[0]?.models.map(({ context }) => context)).toEqual([4096, 32_768, null]);
  });
});

describe('the list of the picker', () => {
  const machines = machineChoices(
    view([
      machine('DESK', [
        { name: 'small', parameters: '135M' },
        { name: 'llama-vision', quantization: 'Q4_K_M', capabilities: ['vision'] },
      ]),
      machine('STUDIO', [{ name: 'small', loaded: true }]),
    ]),
  );
  const listed = (search: string) => {
    const { shared, machines: groups } = pickerGroups(machines, search);
    return [shared.map(({ name }) => name), ...groups.map(({ name, models }) => [name, ...models.map((model) => model.name)])];
  };

  test('has each machine with its models, and what several can answer with', () => {
    expect(listed('')).toEqual([['small'], ['DESK', 'llama-vision', 'small'], ['STUDIO', 'small']]);
    expect(pickerGroups(machines, '').shared).toEqual([{ name: 'small', machines: ['DESK', 'STUDIO'], loaded: true }]);
  });

  test('is searched by all words, in models and machines', () => {
    expect(listed('SMALL')).toEqual([['small'], ['DESK', 'small'], ['STUDIO', 'small']]);
    expect(listed('desk small')).toEqual([[], ['DESK', 'small']]);
    expect(listed('q4 vision')).toEqual([[], ['DESK', 'llama-vision']]);
    expect(listed('135m')).toEqual([[], ['DESK', 'small']]);
    expect(listed('studio')).toEqual([[], ['STUDIO', 'small']]);
    expect(listed('nowhere')).toEqual([[]]);
  });

  test('stays drawable whatever is offered, and says how much it leaves out', () => {
    const many = Array.from({ length: 200 }, (_, at) => ({ name: `model ${at}` }));
    const groups = pickerGroups(machineChoices(view([machine('A', many), machine('B', many.slice(0, 100))])), '');
    const drawn = groups.shared.length + groups.machines.reduce((sum, { models }) => sum + models.length, 0);
    expect([drawn, groups.hidden]).toEqual([listedAtMost, 250]);
  });
});

test('an option stands for a model, a machine, both or none, whatever the model is called', () => {
  for (const picked of [
    { model: null, machine: null },
    { model: 'qwen3:8b', machine: null },
    { model: null, machine: 'id-DESK' },
    { model: 'qwen3:8b', machine: 'id-DESK' },
  ])
    expect(pickedBy(optionValue(picked))).toEqual(picked);
});
