import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exclusion, placement as placementSchema, placementSurvey, type ChatRequest, type Exclusion } from '../../src-shared/chat.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import {
  asksFor as ask,
  candidateLeader as leader,
  codeOf as failureOf,
  engineOf,
  peerCalled as peer,
  plainHardware as hardware,
} from '../../test/fakes/candidates.ts';
import type { Leads } from '../../test/fakes/fake-offer.ts';
import { observed } from './observed.ts';
import { place, survey, type Candidate, type PlaceOptions } from './placement.ts';

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

  test('goes by the context that is asked for: Ollama gives it, other engines at most what they have', () => {
    const question = (contextTokens?: number): ChatRequest => ({
      ...ask('tiny'),
      messages: [{ role: 'user', content: 'x'.repeat(6000) }],
      parameters: contextTokens === undefined ? {} : { contextTokens },
    });
    const models = [{ name: 'tiny', loaded: true, contextLength: 8192, servedContext: 2048 }];
    const device = { kind: 'cpu' as const, name: '', why: '' };
    const own = leader('a', { leads: { models, engine: { kind: 'embedded', device } } });
    const ollama = leader('b', { leads: { models, engine: { kind: 'ollama', device } } });
    const out = (contextTokens?: number) =>
      survey(question(contextTokens), [own, ollama]).candidates.map(({ leader: { name }, excluded }) => [name, excluded]);
    expect(out(4096)).toEqual([
      ['b', undefined],
      ['a', 'context-too-small'],
    ]);
    expect(out(512)).toEqual([
      ['a', 'context-too-small'],
      ['b', 'context-too-small'],
    ]);
    expect(out().every(([, excluded]) => excluded === undefined)).toBe(true);
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
        has: fc.boolean(),
        mayDownload: fc.boolean(),
      })
      .map(({ loaded, free, waiting, has, ...rest }) => {
        const models = [has ? { name: 'tiny', loaded } : { name: 'other', loaded: false }];
        return leader(rest.name, { ...rest, leads: { models, downloads: [{ name: 'tiny' }], slots: { total: 2, free }, waiting } });
      });
    const candidates = fc.uniqueArray(candidate, { selector: ({ name }) => name, maxLength: 6 });
    fc.assert(
      fc.property(
        candidates.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        fc.constantFrom(undefined, 'tiny', 'other'),
        ([all, shuffled], model) => {
          const [one, other] = [failureOf(() => place(ask(model), all)), failureOf(() => place(ask(model), shuffled))];
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

const big = { name: 'tiny', loaded: false, needMb: 5000 };
const roomy = { ...hardware, ram: { totalMb: 8000, freeMb: 6000 } };
const offering = (leads: Partial<Leads>, machine: HardwareFacts = hardware): Candidate => {
  const one = leader('a', { leads });
  return { ...one, offer: one.offer && { ...one.offer, hardware: machine } };
};

/** A small PNG's first bytes are all that placement could look at, and it looks at none. */
const picture: Partial<ChatRequest> = { messages: [{ role: 'user', content: 'what is it', images: ['AAAA'] }] };
const seeing = (engine: { images?: boolean }, capabilities: ('vision' | 'tools')[], name = 'a'): Candidate =>
  leader(name, { leads: { engine: engineOf(engine), models: [{ name: 'tiny', loaded: true, capabilities }] } });

describe('pictures', () => {
  const models = [
    { name: 'tiny', loaded: true },
    { name: 'eyes', loaded: false, capabilities: ['vision' as const] },
  ];
  const both = leader('a', { leads: { engine: engineOf({ images: true }), models } });

  test('go to a model that sees them where any will do, though another one is loaded', () => {
    const { model: _, ...any } = ask();
    expect(place(any, [both]).model).toBe('tiny');
    expect(place({ ...any, ...picture }, [both]).model).toBe('eyes');
  });

  test('go to nobody that does not say it takes them, whatever its models could see', () => {
    const older = seeing({}, ['vision']);
    expect(failureOf(() => place({ ...ask('tiny'), ...picture }, [older]))).toBe('no-vision');
    expect(place(ask('tiny'), [older]).model).toBe('tiny');
  });

  test('take room in the context', () => {
    const small = [{ name: 'tiny', loaded: true, capabilities: ['vision' as const], servedContext: 4096 }];
    const two: Partial<ChatRequest> = { messages: [{ role: 'user', content: '', images: Array.from({ length: 10 }, () => 'AAAA') }] };
    const full = leader('a', {
      leads: { engine: engineOf({ images: true }), models: [{ ...small[0], name: 'tiny', loaded: true, servedContext: 2048 }] },
    });
    const roomier = leader('b', { leads: { engine: engineOf({ images: true }), models: small } });
    expect(place({ ...ask('tiny'), ...two }, [full, roomier]).leader.name).toBe('b');
    expect(failureOf(() => place({ ...ask('tiny'), ...two }, [full]))).toBe('prompt-too-long');
  });
});

describe('why a machine cannot answer', () => {
  const rows: Record<Exclusion, [candidate: Candidate, failure: string, options?: PlaceOptions, more?: Partial<ChatRequest>]> = {
    'not-pinned': [leader('a'), 'no-leader', { pinned: peer('b') }],
    lost: [leader('a'), 'leader-lost', { lost: new Set([peer('a')]) }],
    suspect: [leader('a'), 'leader-lost', { suspect: new Set([peer('a')]) }],
    'quota-used': [leader('a'), 'quota-used', { spent: new Set([peer('a')]) }],
    'not-a-member': [leader('a', { member: false }), 'no-leader'],
    'not-connected': [leader('a', { connected: false }), 'no-leader'],
    'not-permitted': [leader('a', { permitted: false }), 'not-permitted'],
    'not-a-leader': [leader('a', { leads: null }), 'no-leader'],
    'engine-down': [leader('a', { leads: { engine: engineOf({ healthy: false }) } }), 'engine-failed'],
    'model-missing': [leader('a', { leads: { models: [{ name: 'other', loaded: true }] } }), 'model-missing'],
    'may-not-download': [leader('a', { leads: { models: [], downloads: [{ name: 'tiny' }] } }), 'not-permitted'],
    'no-vision': [seeing({ images: true }, ['tools']), 'no-vision', {}, picture],
    'context-too-small': [offering({ models: [{ name: 'tiny', loaded: true, contextLength: 8 }] }), 'prompt-too-long'],
    paused: [leader('a', { leads: { paused: { why: 'owner' } } }), 'paused'],
    'no-memory': [offering({ models: [big], reservedMb: 2000 }, roomy), 'out-of-memory'],
    'queue-full': [leader('a', { leads: { slots: { total: 1, free: 0 }, waiting: 4 } }), 'queue-full'],
  };

  test.each(Object.entries(rows))('%s', (why, [candidate, failure, options = {}, more = {}]) => {
    const question = { ...ask('tiny'), ...more };
    const alone = survey(question, [candidate], options);
    expect(placementSurvey.parse(alone)).toMatchObject({ placement: null, failure: { code: failure } });
    expect(alone.candidates).toMatchObject([{ leader: { name: 'a' }, excluded: why, score: 0, parts: {} }]);
    expect(failureOf(() => place(question, [candidate], options))).toBe(failure);
    // with another one there it is no failure, and the reason stands in the list
    const other = more === picture ? seeing({ images: true }, ['vision'], 'b') : leader('b', { latencyMs: 80 });
    const both = survey(question, [candidate, other], options);
    expect(both.failure).toBeNull();
    expect(both.placement?.leader.name).toBe('b');
    expect(both.candidates.map(({ leader: { name }, excluded }) => [name, excluded])).toEqual([
      ['b', undefined],
      ['a', why],
    ]);
  });

  test('no reason is without an example', () => {
    expect(Object.keys(rows).toSorted()).toEqual(exclusion.options.toSorted());
  });

  test('one that leads no more because its engine failed says that, and not that it does not answer', () => {
    const idle = leader('a', { leads: null });
    const failed = { ...idle, offer: idle.offer && { ...idle.offer, role: 'leader' as const, engineDown: true } };
    expect(survey(ask(), [failed])).toMatchObject({ failure: { code: 'engine-failed' }, candidates: [{ excluded: 'engine-down' }] });
  });

  test('a machine has one reason, the one that a person can do the most about', () => {
    const broken = leader('a', { connected: false, permitted: false, leads: { models: [], paused: { why: 'busy' } } });
    expect(survey(ask('tiny'), [broken]).candidates[0]?.excluded).toBe('not-connected');
  });

  test('memory: what is loaded, what others rest on, what is reserved, and what nobody knows', () => {
    const placed = (leads: Partial<Leads>, machine = roomy) => failureOf(() => place(ask('tiny'), [offering(leads, machine)]));
    const idle = { name: 'old', loaded: true, needMb: 1500 };
    expect(placed({ models: [big] })).toMatchObject({ leader: { name: 'a' } });
    expect(placed({ models: [big], reservedMb: 1001 })).toBe('out-of-memory');
    expect(placed({ models: [big, idle], reservedMb: 2000 })).toMatchObject({ leader: { name: 'a' } });
    // the other model is being used
    expect(placed({ models: [big, idle], reservedMb: 2000, slots: { total: 2, free: 1 } })).toBe('out-of-memory');
    expect(placed({ models: [{ ...big, loaded: true }], reservedMb: 6000 })).toMatchObject({ leader: { name: 'a' } });
    expect(placed({ models: [{ ...big, needMb: null }] })).toMatchObject({ leader: { name: 'a' } });
    expect(placed({ models: [big] }, { ...hardware, ram: { totalMb: 1, freeMb: 1 } })).toBe('out-of-memory');
  });

  test('memory of the machine in front of a remote engine says nothing, nor does its other work', () => {
    const front = { ...hardware, ram: { totalMb: 1000, freeMb: 100, pressure: 1 }, load: 1 };
    const remote = survey(ask('tiny'), [offering({ models: [big], engine: engineOf({ remote: true }) }, front)]);
    expect(remote).toMatchObject({ failure: null, placement: { leader: { name: 'a' } } });
    expect(remote.candidates[0]).toMatchObject({ freeMb: null, parts: { memory: 4, pressure: 3 } });
    expect(survey(ask('tiny'), [offering({ models: [big] }, front)]).failure?.code).toBe('out-of-memory');
  });

  test('its own owner is never paused', () => {
    const own = leader('a', { local: true, leads: { paused: { why: 'battery' } } });
    expect(place(ask('tiny'), [own]).local).toBe(true);
  });

  test('nobody is sure to have the room: then whoever may have it', () => {
    const long: ChatRequest = { ...ask('tiny'), messages: [{ role: 'user', content: 'x'.repeat(1200) }] };
    const of = (contextLength: number) => offering({ models: [{ name: 'tiny', loaded: true, contextLength }] });
    expect(place(long, [of(220)]).leader.name).toBe('a');
    expect(failureOf(() => place(long, [of(200)]))).toBe('prompt-too-long');
    const sure = { ...leader('b', { latencyMs: 90, leads: { models: [{ name: 'tiny', loaded: true, contextLength: 4096 }] } }) };
    expect(place(long, [of(220), sure]).leader.name).toBe('b');
  });
});

describe('what a person wants, and what was seen', () => {
  test('the preferred one goes first as long as it can answer', () => {
    const [slow, fast] = [leader('a', { latencyMs: 90 }), leader('b', { latencyMs: 1 })];
    const options = { preferred: slow.peerId };
    expect(place(ask(), [slow, fast], options)).toMatchObject({ leader: { name: 'a' }, reason: 'preferred' });
    const rows = place(ask(), [fast, slow], options).candidates;
    expect(rows.map(({ leader: { name } }) => name)).toEqual(['a', 'b']);
    expect(rows[0]?.score).toBeLessThan(rows[1]?.score ?? 0);
    const full = { ...slow, offer: leader('a', { leads: { slots: { total: 1, free: 0 }, waiting: 4 } }).offer };
    expect(place(ask(), [full, fast], options)).toMatchObject({ leader: { name: 'b' }, reason: 'only-one' });
  });

  test('a conversation goes where it is remembered, the more so the longer it is; unless that one is gone', () => {
    const talk = (words: number): ChatRequest => ({ ...ask(), messages: [{ role: 'user', content: 'word '.repeat(words) }] });
    const [here, there] = [leader('a', { latencyMs: 30 }), leader('b', { latencyMs: 1 })];
    const last = { last: here.peerId };
    expect(place(talk(2000), [here, there], last)).toMatchObject({ leader: { name: 'a' }, reason: 'affinity' });
    expect(place(talk(2000), [here, there])).toMatchObject({ leader: { name: 'b' }, reason: 'latency' });
    const points = (words: number) => place(talk(words), [here], last).candidates[0]?.parts.affinity ?? 0;
    expect(points(2000)).toBeGreaterThan(points(10));
    expect(place(talk(2000), [{ ...here, connected: false }, there], last).leader.name).toBe('b');
  });

  test('a claim is bounded: without a size by what is worth waiting for, with one by what memory can give; what was seen is believed', () => {
    const claiming = (tokensPerSecond: number, sizeBytes?: number) =>
      leader('a', {
        leads: { models: [{ name: 'tiny', loaded: true, tokensPerSecond, ...(sizeBytes === undefined ? {} : { sizeBytes }) }] },
      });
    const shown = (one: Candidate, options: PlaceOptions = {}) => {
      const [row] = place(ask('tiny'), [one], options).candidates;
      return [row?.tokensPerSecond, row?.measured];
    };
    expect(shown(claiming(25))).toEqual([25, false]);
    expect(shown(claiming(1e6))).toEqual([40, false]);
    expect(shown(claiming(1e6, 1e9))).toEqual([400, false]);
    // 70 GB through 614 GB/s, an eighth of it for each token
    expect(shown(claiming(1e6, 70e9))).toEqual([70.9, false]);
    const seen = observed();
    seen.answered(peer('a'), 'tiny', { tokensPerSecond: 7, timeToFirstTokenMs: 100, tokens: 50 });
    expect(shown(claiming(1e6, 1e9), { observed: seen })).toEqual([7, true]);
    const honest = leader('b', { leads: { models: [{ name: 'tiny', loaded: true, tokensPerSecond: 30 }] } });
    expect(place(ask('tiny'), [claiming(1e6, 1e9), honest], { observed: seen })).toMatchObject({ leader: { name: 'b' }, reason: 'speed' });
  });
});
