// Leases end by themselves, on every way out, under a clock that is turned by hand.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { handClock, type HandClock } from '../../test/fakes/hand-clock.ts';
import { admission, type Admission } from './admission.ts';
import { openToAll } from './yielding.ts';

const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 2, tokensPerSecond: 0, timeToFirstTokenMs: 0 } };
const text: ChatChunk = { kind: 'text', text: 'a' };
const request = (id: number): ChatRequest => ({
  id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  messages: [{ role: 'user', content: 'hi' }],
  parameters: {},
});
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
};

type Played = {
  /** The next chunk; undefined: it is done. */
  give(chunk?: ChatChunk): void;
  fail(error: Error): void;
  ended: boolean;
};

/** Answers that go on when told to. deaf: an engine that does not hear an abort. */
function playedEngine(deaf = false) {
  const answers = new Map<string, Played>();
  const chat: Chat = async function* (asked, signal) {
    let next = Promise.withResolvers<ChatChunk | undefined>();
    const played: Played = {
      give: (chunk) => next.resolve(chunk),
      fail: (error) => next.reject(error),
      ended: false,
    };
    answers.set(asked.id, played);
    if (!deaf) signal.addEventListener('abort', () => next.reject(signal.reason), { once: true });
    try {
      for (;;) {
        const chunk = await next.promise;
        next = Promise.withResolvers();
        next.promise.catch(() => undefined);
        if (chunk === undefined) return;
        yield chunk;
        if (!deaf) signal.throwIfAborted();
      }
    } finally {
      played.ended = true;
    }
  };
  return { chat, of: (id: number) => answers.get(request(id).id) };
}

function reader(gate: Admission, id: number, from = 'peer') {
  const stop = new AbortController();
  const seen: ChatChunk[] = [];
  let outcome = 'running';
  const ended = (async () => {
    for await (const chunk of gate.chat(request(id), stop.signal, from)) seen.push(chunk);
  })().then(
    () => (outcome = 'done'),
    (error: Error) => (outcome = error instanceof Failure ? error.code : error.name),
  );
  return { seen, ended, stop, outcome: () => outcome };
}

function gateOf(slots: number, deaf = false) {
  const [clock, engine] = [handClock(), playedEngine(deaf)];
  const patience = { loadingMs: 1000, readingMs: 500, writingMs: 100, endingMs: 50, readerMs: 300 };
  const gate = admission({ clock, chat: engine.chat, slots: () => slots, patience, owner: () => 'me', changed: () => undefined });
  return { clock, engine, gate };
}

const run = async (clock: HandClock, ms: number): Promise<void> => {
  await clock.run(ms);
  await settle();
};

describe.each([
  ['an engine that hears', false],
  ['an engine that is deaf', true],
])('with %s, a lease', (_, deaf) => {
  test('that nothing renews expires: the job ends with engine-stalled and the next one gets the slot', async () => {
    const { clock, engine, gate } = gateOf(1, deaf);
    const [a, b] = [reader(gate, 1), reader(gate, 2)];
    await run(clock, 999);
    expect([a.outcome(), gate.running(), gate.waiting()]).toEqual(['running', 1, 1]);
    await run(clock, 1);
    expect([a.outcome(), gate.running(), gate.waiting()]).toEqual(['engine-stalled', 1, 0]);
    engine.of(2)?.give(text);
    await settle();
    expect(b.seen).toContainEqual(text);
  });

  test('is renewed by every chunk, each kind with its own patience', async () => {
    const { clock, engine, gate } = gateOf(1, deaf);
    const a = reader(gate, 1);
    for (const [chunk, ms] of [
      [{ kind: 'loading', model: 'm' }, 999],
      [{ kind: 'reading' }, 999],
      [text, 499],
      [text, 40],
    ] as const) {
      await run(clock, ms);
      engine.of(1)?.give(chunk);
      await settle();
    }
    await run(clock, 99);
    expect(a.outcome()).toBe('running');
    // two texts 40 ms apart: 20 times as long is no silence for this one
    await run(clock, 700);
    expect(a.outcome()).toBe('running');
    await run(clock, 2);
    expect([a.outcome(), gate.running()]).toEqual(['engine-stalled', 0]);
  });

  test('is renewed by thoughts and signs of life as by text', async () => {
    const { clock, engine, gate } = gateOf(1, deaf);
    const a = reader(gate, 1);
    await settle();
    const thoughts = Array.from({ length: 20 }, (): ChatChunk => ({ kind: 'thinking', text: 'hm' }));
    for (const chunk of [...thoughts, { kind: 'text', text: '' } as const]) {
      await run(clock, 90);
      engine.of(1)?.give(chunk);
      await settle();
    }
    expect(a.outcome()).toBe('running');
    // 20 times the gap between two thoughts would be more than a load may take
    await run(clock, 999);
    expect([a.outcome(), a.seen.length]).toEqual(['running', 21]);
    await run(clock, 2);
    expect(a.outcome()).toBe('engine-stalled');
  });

  test('is given back when the asker stops', async () => {
    const { clock, gate } = gateOf(1, deaf);
    const a = reader(gate, 1);
    await settle();
    a.stop.abort();
    await run(clock, 50);
    expect([a.outcome(), gate.running()]).toEqual(['AbortError', 0]);
  });
});

test('a machine that slept takes no lease away for it', async () => {
  const { clock, engine, gate } = gateOf(1);
  const a = reader(gate, 1);
  await settle();
  await clock.sleep(3_600_000);
  await settle();
  expect(a.outcome()).toBe('running');
  engine.of(1)?.give(text);
  engine.of(1)?.give();
  await settle();
  await run(clock, 1000);
  expect(gate.running()).toBe(0);
});

test('a reader who does not come back loses the slot, and the engine is told', async () => {
  const { clock, engine, gate } = gateOf(1);
  const chunks = gate.chat(request(1), new AbortController().signal, 'peer')[Symbol.asyncIterator]();
  const first = chunks.next();
  await settle();
  engine.of(1)?.give(text);
  expect(await first).toMatchObject({ value: text });
  await run(clock, 300);
  expect([gate.running(), engine.of(1)?.ended]).toEqual([0, true]);
  await expect(chunks.next()).rejects.toMatchObject({ code: 'timed-out' });
});

test('who is granted a slot and never takes it loses it too', async () => {
  const { clock, engine, gate } = gateOf(1);
  reader(gate, 1);
  await settle();
  const waiting = gate.chat(request(2), new AbortController().signal, 'peer')[Symbol.asyncIterator]();
  expect(await waiting.next()).toMatchObject({ value: { kind: 'queued', position: 1 } });
  engine.of(1)?.give();
  await settle();
  expect(gate.running()).toBe(1);
  await run(clock, 300);
  expect(gate.running()).toBe(0);
});

test('no lease leaks, whatever engine, reader, asker, owner and clock do in whatever order', async () => {
  const which = fc.nat(12);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), from: fc.constantFrom('a', 'b', 'me') }),
    fc.record({ kind: fc.constantFrom('text' as const, 'end' as const, 'fail' as const, 'cancel' as const), which }),
    fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 60, 400, 2000) }),
    fc.record({ kind: fc.constantFrom('drain' as const, 'resume' as const, 'pause' as const, 'open' as const, 'sleep' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), fc.boolean(), async (steps, slots, deaf) => {
      const { clock, engine, gate } = gateOf(slots, deaf);
      const readers: ReturnType<typeof reader>[] = [];
      for (const one of steps) {
        const id = 'which' in one ? (one.which % Math.max(1, readers.length)) + 1 : 0;
        if (one.kind === 'ask') readers.push(reader(gate, readers.length + 1, one.from));
        else if (one.kind === 'text') engine.of(id)?.give(text);
        else if (one.kind === 'end') engine.of(id)?.give(done);
        else if (one.kind === 'fail') engine.of(id)?.fail(new Error('died'));
        else if (one.kind === 'cancel') readers[id - 1]?.stop.abort();
        else if (one.kind === 'time') await clock.run(one.ms);
        else if (one.kind === 'sleep') await clock.sleep(60_000);
        else if (one.kind === 'drain') void gate.drain();
        else if (one.kind === 'resume') gate.resume();
        else if (one.kind === 'pause') gate.yieldTo({ mode: 'pause', pause: { why: 'owner' }, busy: null, drainMs: 200 });
        else gate.yieldTo(openToAll);
        await settle();
        expect(gate.running()).toBeLessThanOrEqual(slots);
      }
      // nobody does anything any more: time alone brings every slot and place back
      gate.resume();
      for (let round = 0; round < 60; round += 1) await run(clock, 1000);
      expect([gate.running(), gate.waiting()]).toEqual([0, 0]);
      expect(readers.filter(({ outcome }) => outcome() === 'running')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
