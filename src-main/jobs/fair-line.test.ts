import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { admission } from './admission.ts';
import { turns } from './fair-line.ts';

const line = (...from: string[]) => from.map((one, index) => ({ from: one, index, cost: 10 }));
const order = (places: ReturnType<typeof line>, turn = turns()): string =>
  turn
    .order(places)
    .map((place) => `${place.from}${place.index}`)
    .join(' ');

describe('the line', () => {
  test("goes round between members, and keeps each one's own order", () => {
    expect(order(line('a', 'a', 'a', 'b', 'c', 'b'))).toBe('a0 b3 c4 a1 b5 a2');
  });

  test('of one member is first in, first out', () => {
    expect(order(line('a', 'a', 'a'))).toBe('a0 a1 a2');
  });

  test('counts what runs, and whose turn was last', () => {
    const turn = turns();
    turn.next(line('a'));
    expect(order(line('a', 'b'), turn)).toBe('b1 a0');
    turn.next(line('b'));
    turn.gave('a');
    turn.gave('b');
    expect(order(line('b', 'a'), turn)).toBe('a1 b0');
    turn.rest();
    expect(order(line('b', 'a'), turn)).toBe('b0 a1');
  });

  test('makes way for who has less in it, by the newest of who has most', () => {
    const turn = turns();
    expect(turn.makesWay(line('a', 'a', 'b', 'a'), 'c')).toMatchObject({ from: 'a', index: 3 });
    expect(turn.makesWay(line('a', 'a', 'a', 'b'), 'b')).toMatchObject({ from: 'a', index: 2 });
    expect(turn.makesWay(line('a', 'a', 'b'), 'b')).toBeUndefined();
    expect(turn.makesWay(line('a', 'b'), 'c')).toBeUndefined();
    expect(turn.makesWay(line('a', 'a'), 'a')).toBeUndefined();
    expect(turn.makesWay([], 'a')).toBeUndefined();
  });

  test('is the same questions in another order, whoever asks', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 16 }), (members) => {
        const places = line(...members);
        const ordered = turns().order(places);
        expect(new Set(ordered)).toEqual(new Set(places));
        // nobody is behind more than one turn of anyone else for each of his own
        for (const [at, place] of ordered.entries()) {
          const own = ordered.slice(0, at).filter(({ from }) => from === place.from).length;
          for (const other of ['a', 'b', 'c', 'd'])
            expect(ordered.slice(0, at).filter(({ from }) => from === other).length).toBeLessThanOrEqual(own + 1);
        }
      }),
    );
  });
});

describe('one who floods', () => {
  const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 1, tokensPerSecond: 0, timeToFirstTokenMs: 0 } };
  const request = { id: '00000000-0000-4000-8000-000000000000', messages: [{ role: 'user' as const, content: '' }], parameters: {} };

  test('waits for himself: another one gets the next slot, and each slot after that in turn', async () => {
    const served: string[] = [];
    const ends: (() => void)[] = [];
    const gate = admission({
      clock: handClock(),
      chat: async function* (asked) {
        served.push(asked.messages[0]?.content ?? '');
        await new Promise<void>((resolve) => ends.push(resolve));
        yield done;
      },
      slots: () => 1,
      changed: () => undefined,
    });
    const ask = async (from: string): Promise<string> => {
      try {
        const named = { ...request, messages: [{ role: 'user' as const, content: from }] };
        for await (const _ of gate.chat(named, new AbortController().signal, from));
        return 'done';
      } catch (error) {
        return (error as Failure).code;
      }
    };
    const flood = Array.from({ length: 200 }, () => ask('flooder'));
    const quiet = [ask('quiet'), ask('quiet'), ask('quiet')];
    const ended = Promise.all([...flood, ...quiet]);
    while (gate.running() > 0) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const codes = await ended;
    expect(served.slice(0, 7)).toEqual(['flooder', 'quiet', 'flooder', 'quiet', 'flooder', 'quiet', 'flooder']);
    expect(codes.slice(200)).toEqual(['done', 'done', 'done']);
    expect(codes.slice(0, 200).filter((code) => code === 'queue-full')).toHaveLength(200 - (served.length - 3));
  });
});
