// Fair between members, by a leader that is played under a clock turned by hand: figures for reports/reliability.json.
import { afterAll, describe, expect, test } from 'vitest';
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { report } from '../../test/report.ts';
import { admission } from './admission.ts';
import type { Limits } from './limits.ts';
import { limits } from './limits.ts';
import { openToAll } from './yielding.ts';

const figures = report('reliability');
afterAll(() => void figures.write());

/** Park and Miller's generator, so that a run can be repeated. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

let asked = 0;
/** The played engine reads its length from the question: so many tokens of answer. */
const request = (tokens: number, more: Partial<ChatRequest> = {}): ChatRequest => ({
  id: `00000000-0000-4000-8000-${String((asked += 1)).padStart(12, '0')}`,
  messages: [{ role: 'user', content: String(tokens) }],
  parameters: {},
  ...more,
});

const tokenMs = 10;

type World = Partial<{ slots: number; slotsOf: (model: string) => number | null; limits: Limits; maxWaiting: number }>;

function leader({ slots = 1, ...more }: World = {}) {
  const clock = handClock();
  const written = new Map<string, number>();
  const order: string[] = [];
  const chat: Chat = async function* (question, signal) {
    const tokens = Number(question.messages[0]?.content);
    for (let token = 0; token < tokens; token += 1) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const cancel = clock.after(tokenMs, resolve);
      const stop = (): void => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      await promise.finally(() => {
        cancel();
        signal.removeEventListener('abort', stop);
      });
      yield { kind: 'text', text: 'a' };
    }
    yield {
      kind: 'done',
      reason: 'stop',
      model: 'm',
      figures: { tokens, promptTokens: 1, tokensPerSecond: 0, timeToFirstTokenMs: 0 },
    };
  };
  const gate = admission({
    clock,
    chat,
    slots: () => slots,
    modelOf: ({ model }) => model ?? 'm',
    owner: () => 'owner',
    changed: () => undefined,
    ...more,
  });
  /** Reads in the background. */
  const ask = (from: string, tokens: number, extra: Partial<ChatRequest> = {}) => {
    const chunks: ChatChunk[] = [];
    const stop = new AbortController();
    const state = { outcome: 'running', firstAt: -1, failure: null as Failure | null };
    const ended = (async () => {
      for await (const chunk of gate.chat(request(tokens, extra), stop.signal, from)) {
        chunks.push(chunk);
        if (chunk.kind !== 'text') continue;
        if (state.firstAt < 0) {
          state.firstAt = clock.now();
          order.push(from);
        }
        written.set(from, (written.get(from) ?? 0) + 1);
      }
    })().then(
      () => void (state.outcome = 'done'),
      (error: unknown) => {
        state.failure = error instanceof Failure ? error : null;
        state.outcome = error instanceof Failure ? error.code : String(error);
      },
    );
    return { chunks, state, ended, stop };
  };
  const run = async (ms: number): Promise<void> => {
    await clock.run(ms);
    await settle();
  };
  return { clock, gate, ask, run, written, order };
}

/** Jain's index: 1 when all have the same, 1/n when one has everything. */
function jain(shares: readonly number[]): number {
  const sum = shares.reduce((a, b) => a + b, 0);
  return sum ** 2 / (shares.length * shares.reduce((a, b) => a + b ** 2, 0));
}

describe('ten equal members who always have questions', () => {
  test.each<[string, number, (member: number, roll: (below: number) => number) => number]>([
    ['answers of 5 to 204 tokens', 2, (_, roll) => 5 + roll(200)],
    // by questions, the tenth would have ten times as much as the first
    ['one asks for long answers, another for short ones', 2, (member) => 20 * (member + 1)],
    ['one slot', 1, (member, roll) => 10 + roll(20 * (member + 1))],
  ])('%s: Jain index of tokens', async (name, slots, lengthOf) => {
    const world = leader({ slots, maxWaiting: 40 });
    const roll = dice(7);
    const member = async (index: number): Promise<void> => {
      for (;;) {
        const { ended, state } = world.ask(`member ${index}`, lengthOf(index, roll));
        await ended;
        if (state.outcome !== 'done') return;
      }
    };
    for (let index = 0; index < 10; index += 1) for (const _ of [1, 2, 3]) void member(index);
    await world.run(180_000);
    const shares = Array.from({ length: 10 }, (_, index) => world.written.get(`member ${index}`) ?? 0);
    const index = jain(shares);
    figures.row({
      name: `Jain index of tokens, 10 equal members, ${name}`,
      value: index,
      unit: '',
      limit: 0.98,
      direction: 'min',
      note: `simulated 3 min, ${slots} slots, 3 questions of each at a time; fewest ${Math.min(...shares)}, most ${Math.max(...shares)}`,
    });
    expect(index).toBeGreaterThanOrEqual(0.98);
    void world.gate.drain();
  });
});

describe('one who has 200 questions in line', () => {
  test("does not keep another one's first token longer than the running job", async () => {
    const roll = dice(3);
    let latest = 0;
    for (let round = 0; round < 20; round += 1) {
      const world = leader();
      const flood = Array.from({ length: 200 }, () => world.ask('flooder', 50 + roll(100)));
      await world.run(roll(10_000));
      const running = flood.filter(({ state, chunks }) => state.outcome === 'running' && chunks.some(({ kind }) => kind === 'text')).length;
      const before = world.order.length;
      const quiet = world.ask('quiet', 5);
      await world.run(2_000);
      const jobsBefore = world.order.slice(before).indexOf('quiet');
      // the one whose turn had just come may write its own first token meanwhile
      expect([jobsBefore, running]).toEqual([running === 1 ? 0 : expect.any(Number), running]);
      expect(jobsBefore).toBeLessThanOrEqual(1);
      latest = Math.max(latest, jobsBefore);
      expect(quiet.state.outcome).toBe('done');
      for (const { stop } of flood) stop.abort();
    }
    figures.row({
      name: 'jobs of a member with 200 questions that began before another one had its first token',
      value: latest,
      unit: 'jobs',
      limit: 1,
      note: '20 moments, one slot; the running job is not interrupted',
    });
  });

  test('many short answers are no way around it, nor is asking only when the last one ended', async () => {
    const world = leader();
    // never two at a time, but always one, 10 times as long as the other's
    const loop = async (): Promise<void> => {
      for (;;) {
        const { ended, state } = world.ask('loop', 200);
        await ended;
        if (state.outcome !== 'done') return;
      }
    };
    const steady = async (): Promise<void> => {
      for (;;) {
        const { ended, state } = world.ask('steady', 20);
        await ended;
        if (state.outcome !== 'done') return;
      }
    };
    void loop();
    for (let times = 0; times < 4; times += 1) void steady();
    await world.run(60_000);
    const [much, little] = [world.written.get('loop') ?? 0, world.written.get('steady') ?? 0];
    expect(jain([much, little])).toBeGreaterThan(0.98);
    void world.gate.drain();
  });

  test('cannot fill the memory: what waits of one member is bounded in number and in length', async () => {
    const world = leader();
    world.ask('flooder', 100);
    await world.run(50);
    const long = Array.from({ length: 10 }, () =>
      world.ask('flooder', 1, { messages: [{ role: 'user', content: 'x'.repeat(6 * 2 ** 20) }] }),
    );
    await settle();
    expect(long.map(({ state }) => state.outcome).filter((outcome) => outcome === 'running')).toHaveLength(2);
    expect(long.at(-1)?.state.failure).toMatchObject({ code: 'queue-full' });
    const many = Array.from({ length: 500 }, (_, at) => world.ask('flooder', 1, { model: `model ${at}` }));
    await settle();
    expect(world.gate.waiting()).toBe(64);
    expect(many.filter(({ state }) => state.outcome === 'queue-full')).toHaveLength(500 - 62);
    // and there is room for somebody else all the same
    const other = world.ask('other', 1);
    await settle();
    expect([other.state.outcome, world.gate.waiting()]).toEqual(['running', 64]);
  });
});

describe('the owner of the machine', () => {
  test('goes before everybody who waits, and interrupts nobody', async () => {
    const world = leader();
    const running = world.ask('a', 100);
    await world.run(10);
    const [first, second] = [world.ask('a', 10), world.ask('b', 10)];
    const own = [world.ask('owner', 10), world.ask('owner', 10)];
    await world.run(5_000);
    expect(world.order).toEqual(['a', 'owner', 'owner', 'b', 'a']);
    expect([running, first, second, ...own].map(({ state }) => state.outcome)).toEqual(Array.from({ length: 5 }, () => 'done'));
  });

  test('finds a place in a full line', async () => {
    const world = leader({ maxWaiting: 2 });
    world.ask('a', 100);
    await world.run(10);
    const [, last] = [world.ask('a', 10), world.ask('b', 10)];
    const own = world.ask('owner', 10);
    await settle();
    expect(last.state.outcome).toBe('queue-full');
    await world.run(5_000);
    expect(own.state.outcome).toBe('done');
  });
});

test('an answer that lost its leader goes before what the same member asked anew, and before nobody else', async () => {
  const world = leader();
  world.ask('a', 50);
  await world.run(10);
  const [fresh, other] = [world.ask('a', 10), world.ask('b', 10)];
  const moved = world.ask('a', 10, { continued: { text: 'so far' } });
  await world.run(2_000);
  expect(other.state.firstAt).toBeLessThan(moved.state.firstAt);
  expect(moved.state.firstAt).toBeLessThan(fresh.state.firstAt);
});

describe('the estimate', () => {
  const etas = (chunks: ChatChunk[]) => chunks.flatMap((chunk) => (chunk.kind === 'queued' ? [[chunk.position, chunk.etaMs]] : []));

  test('comes from what was measured here, and nobody waits twice as long', async () => {
    const world = leader({ slots: 2 });
    // nothing was measured yet: no number is better than a wrong one
    const early = [world.ask('a', 100), world.ask('a', 100), world.ask('b', 100)];
    await settle();
    expect(etas(early[2]?.chunks ?? [])).toEqual([[1, undefined]]);
    await world.run(5_000);
    expect(world.gate.offered('others')).toMatchObject({ waitMs: 0 });
    const asked = Array.from({ length: 8 }, (_, at) => ({ at: world.clock.now(), ...world.ask(`m${at % 4}`, 100) }));
    await settle();
    expect(world.gate.offered('others').waitMs).toBeGreaterThan(0);
    await world.run(20_000);
    const worst = asked.map(({ at, chunks, state }) => {
      const [first] = etas(chunks);
      return first?.[1] === undefined ? 1 : (state.firstAt - tokenMs - at) / first[1];
    });
    figures.row({
      name: 'longest wait against the first estimate',
      value: Math.max(...worst),
      unit: 'x',
      limit: 2,
      note: 'reliability.md, fault 12; 8 questions on 2 slots, simulated',
    });
    for (const share of worst) expect(share).toBeLessThanOrEqual(2);
  });

  test('a refusal says when to try again', async () => {
    const world = leader({ maxWaiting: 1 });
    world.ask('a', 1);
    world.ask('a', 1);
    await world.run(100);
    world.ask('a', 500);
    world.ask('a', 10);
    await settle();
    const refused = world.ask('a', 10);
    await settle();
    expect(refused.state.failure).toMatchObject({ code: 'queue-full', retryAfterMs: expect.any(Number) });
  });
});

describe('slots', () => {
  test('of one model, where the engine says so, are not lent twice, and other models use the rest', async () => {
    const world = leader({ slots: 3, slotsOf: (model) => (model === 'large' ? 1 : null) });
    const large = [world.ask('a', 10, { model: 'large' }), world.ask('b', 10, { model: 'large' })];
    const small = [world.ask('a', 10, { model: 'small' }), world.ask('b', 10, { model: 'small' })];
    await world.run(20);
    expect([...large, ...small].map(({ state }) => state.firstAt >= 0)).toEqual([true, false, true, true]);
    await world.run(500);
    expect(large[1]?.state.outcome).toBe('done');
  });

  test('each model has a line of its own', async () => {
    const world = leader({ maxWaiting: 1 });
    world.ask('a', 100, { model: 'one' });
    await settle();
    const [one, full, two] = [
      world.ask('a', 1, { model: 'one' }),
      world.ask('a', 1, { model: 'one' }),
      world.ask('a', 1, { model: 'two' }),
    ];
    await settle();
    expect([one, full, two].map(({ state }) => state.outcome)).toEqual(['running', 'queue-full', 'running']);
  });
});

describe('bounds', () => {
  const bounded = (tokensPerDay: number) => {
    const clock = handClock();
    const settings = () => ({ limits: { tokensPerDay, questionsPerMinute: null }, memberTokensPerDay: {} });
    return limits({ clock, settings, usedToday: () => 0 });
  };

  test('an answer ends when the day is used up, and the owner has no bounds', async () => {
    const world = leader({ slots: 2, limits: bounded(50) });
    const [cut, own] = [world.ask('a', 100), world.ask('owner', 100)];
    await world.run(5_000);
    expect([cut.state.outcome, own.state.outcome]).toEqual(['quota-used', 'done']);
    expect(cut.chunks.filter(({ kind }) => kind === 'text')).toHaveLength(49);
    expect(world.gate.running()).toBe(0);
    const again = world.ask('a', 1);
    await settle();
    expect(again.state.outcome).toBe('quota-used');
  });

  test('many at once do not slip through together', async () => {
    const world = leader({ slots: 8, limits: bounded(100) });
    for (let times = 0; times < 8; times += 1) world.ask('a', 100);
    await world.run(5_000);
    expect(world.written.get('a')).toBeLessThanOrEqual(100);
  });
});

describe('a machine that its owner wants for himself', () => {
  const pause = { mode: 'pause', pause: { why: 'owner', until: 60_000 }, busy: null, drainMs: 2_000 } as const;

  test('refuses others with the time, lets running answers end for a while, and answers its owner', async () => {
    const world = leader({ slots: 2 });
    const [short, long] = [world.ask('a', 100), world.ask('b', 1_000)];
    await world.run(10);
    const waiting = world.ask('c', 10);
    await settle();
    world.gate.yieldTo(pause);
    await settle();
    expect(waiting.state.failure).toMatchObject({ code: 'paused', retryAfterMs: 60_000 - 10 });
    const [refused, own] = [world.ask('d', 10), world.ask('owner', 10)];
    await world.run(1_500);
    expect([short, long, refused, own].map(({ state }) => state.outcome)).toEqual(['done', 'running', 'paused', 'done']);
    expect(world.gate.offered('others')).toMatchObject({ paused: { why: 'owner' } });
    expect(world.gate.offered('self')).not.toHaveProperty('paused');
    await world.run(500);
    expect([long.state.outcome, world.gate.running()]).toEqual(['paused', 0]);
    world.gate.yieldTo(openToAll);
    const back = world.ask('d', 10);
    await world.run(500);
    expect(back.state.outcome).toBe('done');
  });

  test('ends them at once when he says so; a pause that is over in time ends nothing', async () => {
    const world = leader({ slots: 3 });
    const [one, own] = [world.ask('a', 100), world.ask('owner', 100)];
    await world.run(10);
    world.gate.yieldTo(pause);
    world.gate.yieldTo(openToAll);
    await world.run(400);
    expect(one.state.outcome).toBe('running');
    world.gate.yieldTo({ ...pause, drainMs: 0 });
    await settle();
    expect([one.state.outcome, own.state.outcome]).toEqual(['paused', 'running']);
  });

  test('lends one slot while it works for him too', async () => {
    const world = leader({ slots: 3 });
    world.gate.yieldTo({ ...openToAll, mode: 'lower', busy: true });
    const others = [world.ask('a', 100), world.ask('b', 100)];
    const own = [world.ask('owner', 100), world.ask('owner', 100)];
    await world.run(10);
    expect([...others, ...own].map(({ state }) => state.firstAt >= 0)).toEqual([true, false, true, true]);
    expect(world.gate.offered('others')).toMatchObject({ slots: { total: 1, free: 0 }, ownerActive: true, paused: null });
    await world.run(5_000);
    expect(others[1]?.state.outcome).toBe('done');
  });
});
