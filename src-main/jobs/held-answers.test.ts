import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { text, thought } from '../../test/fakes/asked-swarm.ts';
import { done, id, leader, now, question, settle, shown, still } from '../../test/fakes/written-answers.ts';
import { heldLimits, TakenOver, type HeldEntry } from './held-answers.ts';

describe('an answer whose asker loses the link', () => {
  test('goes on, and who comes back gets what is missing, once', async () => {
    const { held, work } = leader();
    const first = held.begin(question(), 'a');
    work().write(text('one '));
    work().write(text('two '));
    expect(shown(await now(first))).toEqual(['0 one ', '1 two ']);
    first.arrived(1);
    first.leave();
    work().write(text('three '));
    work().write(text('four'));
    work().write(done);
    await settle();
    // what was given once keeps its number; what nobody saw yet may be joined
    const second = held.resume({ id: id(0), attempt: 0, next: 1 }, 'a');
    expect(shown(await now(second))).toEqual(['1 two ', '2 three four', '3 done']);
    expect(held.size().answers).toBe(1);
    second.arrived(4);
    expect(held.size()).toEqual({ answers: 0, away: 0, bytes: 0 });
    expect(work().aborted).toBe(false);
  });

  test('is kept for a minute; then the work ends and nothing is left', async () => {
    const { held, clock, work } = leader();
    const reader = held.begin(question(), 'a');
    work().write(text('one'));
    await now(reader);
    reader.leave();
    await clock.run(heldLimits.graceMs - 1);
    expect([work().aborted, held.size().answers]).toEqual([false, 1]);
    await clock.run(1);
    expect([work().aborted, held.size().answers, clock.timers()]).toEqual([true, 0, 0]);
    expect(() => held.resume({ id: id(0), attempt: 0, next: 1 }, 'a')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('a whole answer and a failure wait for who comes back, as long', async () => {
    const { held, clock, work } = leader();
    for (const [n, last] of [done, new Failure('engine-crashed', 'x')].entries()) {
      const reader = held.begin(question(n), 'a');
      reader.leave();
      work(n).write(text('x'));
      work(n).write(last);
      await settle();
      const back = held.resume({ id: id(n), attempt: 0, next: 0 }, 'a');
      expect(shown(await now(back))).toEqual(['0 x', last === done ? '1 done' : '1 engine-crashed']);
      back.leave();
    }
    await clock.run(heldLimits.graceMs);
    expect([held.size().answers, clock.timers()]).toEqual([0, 0]);
  });

  test('who is still reading when the same one comes back is over', async () => {
    const { held, work } = leader();
    const old = held.begin(question(), 'a');
    const waiting = old.next(still);
    const fresh = held.resume({ id: id(0), attempt: 0, next: 0 }, 'a');
    await expect(waiting).rejects.toBeInstanceOf(TakenOver);
    // what the old stream still says is of no account
    old.leave();
    old.arrived(1);
    work().write(text('x'));
    expect(shown(await now(fresh))).toEqual(['0 x']);
    expect(held.size().away).toBe(0);
  });
});

describe('the same question once more', () => {
  test('joins the work that is under way, from its beginning; whoever read it before is over', async () => {
    const { held, works, work } = leader();
    const first = held.begin(question(), 'a');
    work().write(text('one '));
    expect(shown(await now(first))).toEqual(['0 one ']);
    const waiting = first.next(still);
    const second = held.begin(question(), 'a');
    await expect(waiting).rejects.toBeInstanceOf(TakenOver);
    work().write(text('two'));
    work().write(done);
    await settle();
    expect(shown(await now(second))).toEqual(['0 one ', '1 two', '2 done']);
    expect([works.length, held.size().answers]).toEqual([1, 1]);
    second.arrived(3);
    expect(held.size()).toEqual({ answers: 0, away: 0, bytes: 0 });
  });

  test('also when it has ended and waits for its asker', async () => {
    const { held, works, work } = leader();
    held.begin(question(), 'a').leave();
    work().write(new Failure('engine-crashed', 'x'));
    await settle();
    expect(shown(await now(held.begin(question(), 'a')))).toEqual(['0 engine-crashed']);
    expect(works).toHaveLength(1);
  });

  test('never runs again: its beginning has arrived, it is over, or Stop came before it', async () => {
    const { held, clock, works, work } = leader();
    const reader = held.begin(question(), 'a');
    work().write(text('one '));
    await now(reader);
    reader.arrived(1);
    expect(() => held.begin(question(), 'a')).toThrow(expect.objectContaining({ code: 'bad-request' }));
    work().write(done);
    await settle();
    await now(reader);
    reader.arrived(2);
    expect(held.size().answers).toBe(0);
    const over = expect.objectContaining({ code: 'not-found' });
    expect(() => held.begin(question(), 'a')).toThrow(over);
    // overtaken by the word that it is not wanted
    held.stop({ id: id(1), attempt: 0 }, 'a');
    expect(() => held.begin(question(1), 'a')).toThrow(over);
    expect(works).toHaveLength(1);
    // another attempt, and the question of somebody else, are others
    held.begin(question(0, 1), 'a').stop();
    held.begin(question(1), 'b').stop();
    expect([works.length, clock.timers()]).toEqual([3, 0]);
    // what is over is remembered as long as an answer is kept
    await clock.run(heldLimits.graceMs + 1);
    held.begin(question(), 'a').stop();
    expect(works).toHaveLength(4);
  });
});

describe('nobody else gets it', () => {
  test('a stranger, another member, another attempt, and a number that was never given', async () => {
    const { held, work } = leader();
    const reader = held.begin(question(), 'a');
    work().write(text('secret'));
    work().write(text('more'));
    await now(reader);
    reader.arrived(1);
    reader.leave();
    const refused = (key: { id: string; attempt: number; next: number }, from: string) =>
      expect(() => held.resume(key, from)).toThrow(
        expect.objectContaining({ code: 'not-found', message: 'That answer is not here any more.' }),
      );
    refused({ id: id(0), attempt: 0, next: 1 }, 'b');
    refused({ id: id(0), attempt: 1, next: 1 }, 'a');
    refused({ id: id(1), attempt: 0, next: 1 }, 'a');
    // gone already, and not there yet
    refused({ id: id(0), attempt: 0, next: 0 }, 'a');
    refused({ id: id(0), attempt: 0, next: 3 }, 'a');
    held.stop({ id: id(0), attempt: 0 }, 'b');
    expect(work().aborted).toBe(false);
    expect(shown(await now(held.resume({ id: id(0), attempt: 0, next: 1 }, 'a')))).toEqual(['1 more']);
  });

  test('the same key of two members is two answers', async () => {
    const { held, work } = leader();
    const [one, other] = [held.begin(question(), 'a'), held.begin(question(), 'b')];
    work(0).write(text('for a'));
    work(1).write(text('for b'));
    expect([shown(await now(one)), shown(await now(other))]).toEqual([['0 for a'], ['0 for b']]);
  });

  test('who may have none any more: dropped at once, whoever reads is over', async () => {
    const { held, clock, work } = leader();
    const [mine, theirs] = [held.begin(question(0), 'a'), held.begin(question(1), 'b')];
    held.begin(question(2), 'b').leave();
    const reading = theirs.next(still);
    held.keep((from) => from === 'a');
    await expect(reading).rejects.toBeInstanceOf(TakenOver);
    expect([0, 1, 2].map((n) => work(n).aborted)).toEqual([false, true, true]);
    expect(held.size()).toMatchObject({ answers: 1, away: 0 });
    mine.stop();
    expect(clock.timers()).toBe(0);
  });
});

describe('texts that wait are joined', () => {
  const joined = async (...chunks: ChatChunk[]): Promise<ChatChunk[]> => {
    const { held, work } = leader();
    const reader = held.begin(question(), 'a');
    for (const chunk of chunks) work().write(chunk);
    await settle();
    return (await now(reader)).flatMap((entry) => ('chunk' in entry ? [entry.chunk] : []));
  };

  test('with their tokens, and never one with and one without', async () => {
    expect(await joined(text('a', [1]), text('', [2]), text('b', [3, 4]))).toEqual([text('ab', [1, 2, 3, 4])]);
    expect(await joined(text('a'), text('b'))).toEqual([text('ab')]);
    expect(await joined(text('a', [1]), text('b'), text('c', [2]))).toEqual([text('a', [1]), text('b'), text('c', [2])]);
    const reading: ChatChunk = { kind: 'reading', progress: 1 };
    expect(await joined(text('a'), reading, text('b'), text('c'))).toEqual([text('a'), reading, text('bc')]);
  });

  test('thoughts with thoughts, and a mere sign of life with what is there', async () => {
    expect(await joined(thought('a', [1]), thought('b', [2]), text('c', [3]), text(''), text('d', [4]))).toEqual([
      thought('ab', [1, 2]),
      text('cd', [3, 4]),
    ]);
    expect((await joined(thought('x'.repeat(100_000)))).map((chunk) => chunk.kind)).toEqual(['thinking', 'thinking']);
  });

  test('within what a chunk may hold; one that is too large is cut, without its tokens', async () => {
    expect(
      (await joined(text('x'.repeat(60_000)), text('y'.repeat(6000)))).map((chunk) => (chunk.kind === 'text' ? chunk.text.length : 0)),
    ).toEqual([60_000, 6000]);
    const large = await joined(text('x'.repeat(100_000), [1, 2]));
    expect(large.map((chunk) => (chunk.kind === 'text' ? [chunk.text.length, chunk.tokens] : []))).toEqual([
      [65_536, undefined],
      [34_464, undefined],
    ]);
  });
});

test('whenever the link breaks and whatever got lost on it: every word once, in order', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('write' as const), words: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('read' as const) }),
    // of what was given, that much arrived before the link broke; of that, that much was told
    fc.record({ do: fc.constant('break' as const), arrived: fc.nat(10), told: fc.nat(10) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { held, work } = leader();
      let reader = held.begin(question(), 'a');
      let [written, seen, next] = ['', '', 0];
      let onTheWay: HeldEntry[] = [];
      let word = 0;
      const arrive = (count: number): void => {
        for (const entry of onTheWay.splice(0, count)) {
          expect(entry.n).toBe(next);
          next += 1;
          if ('chunk' in entry && entry.chunk.kind === 'text') seen += entry.chunk.text;
        }
      };
      for (const one of steps) {
        if (one.do === 'write')
          for (let count = 0; count < one.words; count += 1) {
            const words = `${(word += 1)} `;
            written += words;
            work().write(text(words, [word]));
          }
        else if (one.do === 'read') onTheWay.push(...(await now(reader)));
        else {
          arrive(one.arrived);
          reader.arrived(Math.max(0, next - one.told));
          onTheWay = [];
          reader.leave();
          reader = held.resume({ id: id(0), attempt: 0, next }, 'a');
        }
        await settle();
      }
      work().write(done);
      await settle();
      onTheWay.push(...(await now(reader)));
      arrive(Infinity);
      expect(seen).toBe(written);
      reader.arrived(next);
      expect(held.size().answers).toBe(0);
    }),
    { numRuns: 300 },
  );
});
