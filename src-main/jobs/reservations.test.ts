import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Chat, ChatChunk } from '../../src-shared/chat.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { memoryHeadroomMb, modelNeedMb, reservationMs, reservations, settleMs } from './reservations.ts';
import { loadReserved, reserving } from './reserving.ts';

const mib = 1024 * 1024;
const room = (mb: number): number => mb + memoryHeadroomMb;
const start = (free: number | null) => {
  const clock = handClock();
  return { clock, held: reservations({ clock, freeMb: () => free, changed: () => undefined }) };
};

test('what a model needs: its file, buffers, and a cache that grows with the context', () => {
  expect(modelNeedMb({})).toBeNull();
  // TinyLlama 1.1B Q4: 22 layers x 4 heads x 64 x 2 x 2 bytes x 2048 tokens = 44 MiB of cache, besides its 638 MiB
  const tiny = modelNeedMb({ sizeBytes: 638 * mib, contextLength: 2048 }) ?? 0;
  expect(tiny).toBeGreaterThan(638 + 44);
  expect(tiny).toBeLessThan(638 * 1.2);
  // an eight times longer context is not held for: the engine shrinks it
  expect(modelNeedMb({ sizeBytes: 1000 * mib, contextLength: 131_072 })).toBe(modelNeedMb({ sizeBytes: 1000 * mib, contextLength: 4096 }));
});

describe('reservations', () => {
  test('two models that fit alone do not fit together: the second is refused with need and free', () => {
    const { held } = start(room(1000));
    const first = held.reserve('a', 600);
    expect(() => held.reserve('b', 600)).toThrow(
      expect.objectContaining({ code: 'out-of-memory', message: expect.stringMatching(/600 .* 400 /) }),
    );
    first.release();
    expect(held.reserve('b', 600)).toBeDefined();
  });

  test('one model is held once, until the last who wants it lets go', () => {
    const { held } = start(room(1000));
    const [one, other] = [held.reserve('a', 600), held.reserve('a', 600)];
    one.release();
    one.release();
    expect(held.reservedMb()).toBe(600);
    other.release();
    expect(held.reservedMb()).toBe(0);
  });

  test('nobody renews: it is given back in time; renewed it stays; loaded it goes soon', async () => {
    const { clock, held } = start(null);
    const one = held.reserve('a', 600);
    await clock.run(reservationMs - 1);
    one.renew();
    await clock.run(reservationMs - 1);
    expect(held.reservedMb()).toBe(600);
    one.settle();
    one.renew();
    await clock.run(settleMs);
    expect([held.reservedMb(), clock.timers()]).toEqual([0, 0]);
  });

  test('never negative, never above what was free, and nothing is left at the end', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('reserve' as const), model: fc.constantFrom('a', 'b', 'c'), mb: fc.integer({ min: 0, max: 700 }) }),
      fc.record({ kind: fc.constantFrom('release' as const, 'renew' as const, 'settle' as const), at: fc.nat(20) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2 * reservationMs }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, held } = start(room(1000));
        const taken: ReturnType<typeof held.reserve>[] = [];
        for (const one of steps) {
          if (one.kind === 'wait') await clock.run(one.ms);
          else if (one.kind === 'reserve') {
            try {
              taken.push(held.reserve(one.model, one.mb));
            } catch (error) {
              expect(error).toMatchObject({ code: 'out-of-memory' });
            }
          } else taken[one.at]?.[one.kind]();
          expect(held.reservedMb()).toBeGreaterThanOrEqual(0);
          expect(held.reservedMb()).toBeLessThanOrEqual(1000);
        }
        await clock.run(reservationMs);
        expect([held.reservedMb(), clock.timers()]).toEqual([0, 0]);
      }),
    );
  });
});

describe('an answer of a model that is not loaded', () => {
  const models: ModelInfo[] = [{ name: 'big', sizeBytes: 500 * mib, loaded: false }];
  const request = { id: '00000000-0000-4000-8000-000000000000', model: 'big', messages: [], parameters: {} };
  const text: ChatChunk = { kind: 'text', text: 'x' };
  const drain = async (chat: Chat, take = Infinity): Promise<void> => {
    let count = 0;
    for await (const _ of chat(request, new AbortController().signal)) if ((count += 1) >= take) return;
  };

  test.each(['done', 'failed', 'reader gone', 'cancelled'])('gives its memory back: %s', async (way) => {
    const { clock, held } = start(room(5000));
    let while_ = 0;
    const chat = reserving({ held, models: () => models }, async function* () {
      yield { kind: 'loading', model: 'big' } as const;
      while_ = held.reservedMb();
      yield text;
      if (way === 'failed') throw new Error('crashed');
      if (way === 'cancelled') throw new DOMException('stop', 'AbortError');
      yield text;
    });
    await drain(chat, way === 'reader gone' ? 2 : Infinity).catch(() => undefined);
    expect(while_).toBeGreaterThan(500);
    expect([held.reservedMb(), clock.timers()]).toEqual([0, 0]);
  });

  test('is refused before the engine hears of it, when it does not fit', async () => {
    const { held } = start(room(400));
    let asked = false;
    const chat = reserving({ held, models: () => models }, async function* () {
      asked = true;
      yield text;
    });
    await expect(drain(chat)).rejects.toMatchObject({ code: 'out-of-memory' });
    const load = async (): Promise<void> => void (asked = true);
    await expect(loadReserved({ held, models: () => models }, 'big', load)).rejects.toMatchObject({ code: 'out-of-memory' });
    expect(asked).toBe(false);
  });

  test('one that is in memory needs nothing more', async () => {
    const { held } = start(room(0));
    await drain(
      reserving({ held, models: () => [{ ...models[0], name: 'big', loaded: true }] }, async function* () {
        expect(held.reservedMb()).toBe(0);
        yield text;
      }),
    );
  });
});
