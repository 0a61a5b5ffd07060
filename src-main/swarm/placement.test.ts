import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placement as placementSchema, type ChatRequest } from '../../src-shared/chat.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { place, type Candidate } from './placement.ts';

const hardware = {
  os: 'Linux',
  arch: 'x64',
  cpu: { model: 'c', cores: 1 },
  ram: { totalMb: 1, freeMb: 1 },
  gpus: [],
  load: null,
  battery: null,
};
type Leads = NonNullable<Offer['leads']>;

function leader(name: string, more: Partial<Omit<Candidate, 'offer'>> & { leads?: Partial<Leads> | null } = {}): Candidate {
  const { leads = {}, ...rest } = more;
  const offered: Leads | null =
    leads === null
      ? null
      : {
          models: [{ name: 'tiny', loaded: true }],
          slots: { total: 2, free: 2 },
          waiting: 0,
          maxWaiting: 4,
          engine: { kind: 'fake', device: { kind: 'cpu', name: '', why: '' } },
          ...leads,
        };
  return {
    peerId: `12D3KooW${name.padEnd(44, name)}`.slice(0, 52),
    name,
    local: false,
    connected: true,
    latencyMs: 5,
    offer: { revision: 1, name, version: '0.1.0', role: leads === null ? 'subordinate' : 'leader', hardware, leads: offered },
    ...rest,
  };
}
const ask = (model?: string): ChatRequest => ({
  id: '00000000-0000-4000-8000-000000000000',
  messages: [{ role: 'user', content: 'hi' }],
  parameters: {},
  ...(model === undefined ? {} : { model }),
});
const failureOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('placement', () => {
  test.each([
    ['loaded', leader('a', { leads: { models: [{ name: 'tiny', loaded: false }] } }), leader('b')],
    ['wait', leader('a', { leads: { slots: { total: 2, free: 0 } } }), leader('b', { leads: { waiting: 3 } })],
    [
      'wait',
      leader('a', { leads: { slots: { total: 1, free: 0 }, waiting: 2 } }),
      leader('b', { leads: { slots: { total: 1, free: 0 }, waiting: 1 } }),
    ],
    ['latency', leader('a', { latencyMs: 9 }), leader('b', { latencyMs: 3 })],
    ['latency', leader('a', { latencyMs: null }), leader('b', { latencyMs: 9 })],
    ['latency', leader('a', { latencyMs: 300 }), leader('b', { latencyMs: null })],
    ['locality', leader('a', { latencyMs: 1 }), leader('b', { local: true, latencyMs: null })],
    ['name', leader('c'), leader('b')],
  ] as const)('chooses by %s', (reason, worse, better) => {
    for (const candidates of [
      [worse, better],
      [better, worse],
    ]) {
      const placed = place(ask(), candidates);
      expect([placed.leader.name, placed.reason]).toEqual(['b', reason]);
    }
  });

  test('the only one that can answer is chosen for that', () => {
    const placed = place(ask('tiny'), [leader('a'), leader('b', { leads: null }), leader('d', { connected: false })]);
    expect(placed.reason).toBe('only-one');
    expect(placed.candidates.map(({ excluded }) => excluded)).toEqual([undefined, 'not-a-leader', 'not-connected']);
  });

  test('asks for the model by name, and for a loaded one when any will do', () => {
    const models = [
      { name: 'big', loaded: false },
      { name: 'tiny', loaded: true },
    ];
    expect(place(ask(), [leader('a', { leads: { models } })]).model).toBe('tiny');
    expect(place(ask('big'), [leader('a', { leads: { models } })]).model).toBe('big');
  });

  test('the pinned one answers though others are better', () => {
    const [slow, fast] = [leader('a', { latencyMs: 90 }), leader('b')];
    const placed = place(ask(), [slow, fast], { pinned: slow.peerId });
    expect([placed.leader.name, placed.reason, placed.candidates[1]?.excluded]).toEqual(['a', 'pinned', 'not-pinned']);
  });

  test('this machine needs no link', () => {
    expect(place(ask(), [leader('a', { local: true, connected: false })]).local).toBe(true);
  });

  test('says what is missing', () => {
    const a = leader('a');
    expect(failureOf(() => place(ask(), []))).toBe('no-leader');
    expect(failureOf(() => place(ask(), [leader('a', { leads: null })]))).toBe('no-leader');
    expect(failureOf(() => place(ask('big'), [a]))).toBe('model-missing');
    expect(failureOf(() => place(ask(), [leader('a', { leads: { models: [] } })]))).toBe('model-missing');
    expect(failureOf(() => place(ask(), [leader('a', { leads: { slots: { total: 1, free: 0 }, waiting: 4 } })]))).toBe('queue-full');
    expect(failureOf(() => place(ask(), [a], { lost: new Set([a.peerId]) }))).toBe('leader-lost');
  });

  test('is the same on every node, whatever order the peers came in, and fits the wire', () => {
    const candidate = fc
      .record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        latencyMs: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
        connected: fc.boolean(),
        loaded: fc.boolean(),
        free: fc.integer({ min: 0, max: 2 }),
        waiting: fc.integer({ min: 0, max: 4 }),
      })
      .map(({ loaded, free, waiting, ...rest }) =>
        leader(rest.name, { ...rest, leads: { models: [{ name: 'tiny', loaded }], slots: { total: 2, free }, waiting } }),
      );
    const candidates = fc.uniqueArray(candidate, { selector: ({ name }) => name, maxLength: 6 });
    fc.assert(
      fc.property(
        candidates.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const [one, other] = [failureOf(() => place(ask(), all)), failureOf(() => place(ask(), shuffled))];
          if (typeof one === 'string') {
            expect(other).toBe(one);
            return;
          }
          const placed = placementSchema.parse(one);
          expect({ ...placed, candidates: [] }).toEqual({ ...placementSchema.parse(other), candidates: [] });
          expect(placed.candidates.find((row) => row.leader.peerId === placed.leader.peerId)?.excluded).toBeUndefined();
        },
      ),
    );
  });
});
