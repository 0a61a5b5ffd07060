import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { admission, type Admission, type EngineDown } from './admission.ts';

const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 1, tokensPerSecond: 0, timeToFirstTokenMs: 0 } };
const request = (id: number): ChatRequest => ({
  id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  messages: [{ role: 'user', content: 'hi' }],
  parameters: {},
});

/** An engine whose answers end when told to; counts how many run at once. */
function gatedEngine() {
  const open = new Map<string, { end: () => void; fail: (error: Error) => void }>();
  let most = 0;
  const chat: Chat = async function* (asked, signal) {
    const ending = new Promise<void>((end, fail) => {
      open.set(asked.id, { end, fail });
      signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
    });
    ending.catch(() => undefined);
    most = Math.max(most, open.size);
    try {
      yield { kind: 'text', text: 'a' };
      await ending;
      yield done;
    } finally {
      open.delete(asked.id);
    }
  };
  return { chat, open, most: () => most };
}

/** Reads in the background what an answer yields, as a door does. */
function reader(gate: Admission, id: number) {
  const stop = new AbortController();
  const seen: ChatChunk[] = [];
  const ended = (async () => {
    for await (const chunk of gate.chat(request(id), stop.signal, 'peer')) seen.push(chunk);
  })().then(
    () => 'done',
    (error: Error) => (error instanceof Failure ? error.code : error.name),
  );
  return {
    id: request(id).id,
    seen,
    ended,
    stop,
    positions: () => seen.flatMap((chunk) => (chunk.kind === 'queued' ? [chunk.position] : [])),
  };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

function gateOf(slots: number, maxWaiting = 16) {
  const engine = gatedEngine();
  let now = slots;
  let down: EngineDown | null = null;
  const gate = admission({
    clock: handClock(),
    chat: engine.chat,
    slots: () => now,
    maxWaiting,
    down: () => down,
    changed: () => undefined,
  });
  const breakFor = (next: EngineDown | null): void => {
    down = next;
    gate.recheck();
  };
  return { engine, gate, setSlots: (next: number) => void (now = next), breakFor };
}

describe('an engine that is down', () => {
  function breakable(slots = 1) {
    const engine = gatedEngine();
    const clock = handClock();
    let down: EngineDown | null = null;
    const gate = admission({ clock, chat: engine.chat, slots: () => slots, down: () => down, holdMs: 15_000, changed: () => undefined });
    const become = async (next: EngineDown | null): Promise<void> => {
      down = next;
      gate.recheck();
      await settle();
    };
    return { engine, clock, gate, become };
  }
  const restarting: EngineDown = { why: new Failure('engine-crashed', 'It is started again.'), final: false };
  const gone: EngineDown = { why: new Failure('engine-crashed', 'It is out of service.'), final: true };

  test('keeps the line where it is, and goes on with it when it is up again', async () => {
    const { engine, clock, gate, become } = breakable();
    const [a, b, c] = [reader(gate, 1), reader(gate, 2), reader(gate, 3)];
    await settle();
    await become(restarting);
    engine.open.get(a.id)?.fail(restarting.why);
    expect(await a.ended).toBe('engine-crashed');
    const d = reader(gate, 4);
    await clock.run(14_000);
    expect([gate.running(), gate.waiting(), engine.open.size]).toEqual([0, 3, 0]);
    expect(gate.offered('others')).toMatchObject({ slots: { total: 1, free: 0 }, waitMs: null });
    await become(null);
    for (const one of [b, c, d]) {
      expect(engine.open.has(one.id)).toBe(true);
      engine.open.get(one.id)?.end();
      expect(await one.ended).toBe('done');
      await settle();
    }
    expect(engine.most()).toBe(1);
    expect(clock.timers()).toBe(0);
  });

  test('lets nobody wait for it longer than the bound, each counted from when it began to wait for that', async () => {
    const { engine, clock, gate, become } = breakable();
    const [a, b] = [reader(gate, 1), reader(gate, 2)];
    await settle();
    await clock.run(10_000);
    await become(restarting);
    engine.open.get(a.id)?.fail(restarting.why);
    await a.ended;
    await clock.run(10_000);
    const c = reader(gate, 3);
    await clock.run(4_999);
    expect(gate.waiting()).toBe(2);
    await clock.run(1);
    expect(await b.ended).toBe('engine-crashed');
    expect(gate.waiting()).toBe(1);
    await become(null);
    expect(engine.open.has(c.id)).toBe(true);
    c.stop.abort();
    await c.ended;
    // an outage later is another one
    const [d, e] = [reader(gate, 4), reader(gate, 5)];
    await become(restarting);
    engine.open.get(d.id)?.fail(restarting.why);
    await clock.run(14_999);
    expect(gate.waiting()).toBe(1);
    await clock.run(1);
    expect(await e.ended).toBe('engine-crashed');
  });

  test('for good: whoever waits and whoever comes is told at once', async () => {
    const { engine, gate, become } = breakable();
    const [a, b] = [reader(gate, 1), reader(gate, 2)];
    await settle();
    await become(restarting);
    engine.open.get(a.id)?.fail(restarting.why);
    await become(gone);
    expect([await b.ended, await reader(gate, 3).ended]).toEqual(['engine-crashed', 'engine-crashed']);
    expect([gate.running(), gate.waiting(), engine.open.size]).toEqual([0, 0, 0]);
  });
});

describe('admission', () => {
  test('lets as many run as there are slots, the rest wait in order and see the line move', async () => {
    const { engine, gate } = gateOf(1);
    const [a, b, c] = [reader(gate, 1), reader(gate, 2), reader(gate, 3)];
    await settle();
    expect([gate.running(), gate.waiting()]).toEqual([1, 2]);
    expect([a.positions(), b.positions(), c.positions()]).toEqual([[], [1], [2]]);
    engine.open.get(a.id)?.end();
    await settle();
    expect(await a.ended).toBe('done');
    expect(c.positions()).toEqual([2, 1]);
    engine.open.get(b.id)?.end();
    await settle();
    engine.open.get(c.id)?.end();
    expect([await b.ended, await c.ended]).toEqual(['done', 'done']);
    expect(engine.most()).toBe(1);
    expect([gate.running(), gate.waiting()]).toEqual([0, 0]);
  });

  test('counts the people that it answers or lets wait, each once, and not its owner', async () => {
    const owner = 'me';
    const engine = gatedEngine();
    const gate = admission({ clock: handClock(), chat: engine.chat, slots: () => 1, changed: () => undefined, owner: () => owner });
    expect(gate.people()).toBe(0);
    for (const [id, who] of [owner, 'a', 'b', 'a'].entries())
      void gate.chat(request(id), new AbortController().signal, who)[Symbol.asyncIterator]().next();
    await settle();
    expect([gate.running(), gate.waiting(), gate.people()]).toEqual([1, 3, 2]);
  });

  test('refuses with queue-full beyond the bound', async () => {
    const { gate } = gateOf(1, 1);
    reader(gate, 1);
    reader(gate, 2);
    await settle();
    expect(await reader(gate, 3).ended).toBe('queue-full');
    expect([gate.running(), gate.waiting()]).toEqual([1, 1]);
  });

  test('with no line allowed a free slot is still given', async () => {
    const { gate, engine } = gateOf(1, 0);
    const only = reader(gate, 1);
    await settle();
    expect(await reader(gate, 2).ended).toBe('queue-full');
    engine.open.get(only.id)?.end();
    expect(await only.ended).toBe('done');
  });

  test('cancelling in line frees the place and moves the others up', async () => {
    const { gate } = gateOf(1);
    reader(gate, 1);
    const [b, c] = [reader(gate, 2), reader(gate, 3)];
    await settle();
    b.stop.abort();
    expect(await b.ended).toBe('AbortError');
    await settle();
    expect(c.positions()).toEqual([2, 1]);
    expect([gate.running(), gate.waiting()]).toEqual([1, 1]);
  });

  test('an aborted signal never enters', async () => {
    const { gate } = gateOf(1);
    const chunks = gate.chat(request(1), AbortSignal.abort(), 'peer')[Symbol.asyncIterator]();
    await expect(chunks.next()).rejects.toMatchObject({ name: 'AbortError' });
    expect([gate.running(), gate.waiting()]).toEqual([0, 0]);
  });

  test('a reader that goes away gives its lease back', async () => {
    const { gate } = gateOf(1);
    for await (const chunk of gate.chat(request(1), new AbortController().signal, 'peer')) if (chunk.kind === 'text') break;
    expect(gate.running()).toBe(0);
  });

  test('a failing engine gives the lease back', async () => {
    const { gate, engine } = gateOf(1);
    const a = reader(gate, 1);
    await settle();
    engine.open.get(a.id)?.fail(new Error('engine died'));
    expect(await a.ended).toBe('Error');
    expect(gate.running()).toBe(0);
  });

  test('draining refuses new and waiting ones, lets running ones finish, and resumes', async () => {
    const { gate, engine } = gateOf(1);
    const [a, b] = [reader(gate, 1), reader(gate, 2)];
    await settle();
    let drained = false;
    const draining = gate.drain().then(() => void (drained = true));
    expect(await b.ended).toBe('draining');
    expect(await reader(gate, 3).ended).toBe('draining');
    expect(drained).toBe(false);
    engine.open.get(a.id)?.end();
    await draining;
    expect(await a.ended).toBe('done');
    gate.resume();
    const d = reader(gate, 4);
    await settle();
    expect(gate.running()).toBe(1);
    d.stop.abort();
    expect(await d.ended).toBe('AbortError');
  });

  test('more slots are given to whoever waits', async () => {
    const { gate, setSlots } = gateOf(1);
    [1, 2, 3].forEach((id) => reader(gate, id));
    await settle();
    setSlots(3);
    gate.recheck();
    await settle();
    expect([gate.running(), gate.waiting()]).toEqual([3, 0]);
  });

  test('no lease leaks, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const) }),
      fc.record({ kind: fc.constantFrom('end' as const, 'fail' as const, 'cancel' as const), which: fc.nat(20) }),
      fc.record({ kind: fc.constant('slots' as const), which: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constantFrom('drain' as const, 'resume' as const, 'break' as const, 'give-up' as const, 'mend' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 4 }),
        async (steps, slots, maxWaiting) => {
          const { gate, engine, setSlots, breakFor } = gateOf(slots, maxWaiting);
          const readers: ReturnType<typeof reader>[] = [];
          let most = slots;
          for (const one of steps) {
            const chosen = 'which' in one ? readers[one.which % Math.max(1, readers.length)] : undefined;
            if (one.kind === 'ask') readers.push(reader(gate, readers.length + 1));
            else if (one.kind === 'end') engine.open.get(chosen?.id ?? '')?.end();
            else if (one.kind === 'fail') engine.open.get(chosen?.id ?? '')?.fail(new Error('died'));
            else if (one.kind === 'cancel') chosen?.stop.abort();
            else if (one.kind === 'drain') void gate.drain();
            else if (one.kind === 'resume') gate.resume();
            else if (one.kind === 'mend') breakFor(null);
            else if (one.kind === 'break' || one.kind === 'give-up')
              breakFor({ why: new Failure('engine-crashed', 'It died.'), final: one.kind === 'give-up' });
            else if (one.kind === 'slots') {
              setSlots(one.which);
              most = Math.max(most, one.which);
              gate.recheck();
            }
            await settle();
            expect(gate.running()).toBe(engine.open.size);
            expect(gate.waiting()).toBeLessThanOrEqual(maxWaiting);
          }
          for (const one of readers) one.stop.abort();
          await Promise.all(readers.map(({ ended }) => ended));
          expect([gate.running(), gate.waiting()]).toEqual([0, 0]);
          expect(engine.most()).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 300 },
    );
  });
});
