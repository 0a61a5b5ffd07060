import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { text } from '../../test/fakes/asked-swarm.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { done, id, leader, now, question, settle, shown, still } from '../../test/fakes/written-answers.ts';
import { heldAnswers, heldLimits, TakenOver } from './held-answers.ts';

describe('bounds of what is kept', () => {
  test('an engine waits when what has not arrived is too much, and goes on when it did', async () => {
    const { held, work } = leader();
    const reader = held.begin(question(), 'a');
    for (let piece = 0; piece < 100; piece += 1) work().write(text('x'.repeat(10_000)));
    await settle();
    reader.leave();
    const kept = held.size().bytes;
    expect(kept).toBeGreaterThanOrEqual(heldLimits.answerBytes);
    expect(kept).toBeLessThan(heldLimits.answerBytes + 2 * heldLimits.chunkText + 100);
    const stoppedAt = work().written;
    expect(stoppedAt).toBeLessThan(20);
    await settle();
    expect(work().written).toBe(stoppedAt);
    const back = held.resume({ id: id(0), attempt: 0, next: 0 }, 'a');
    let length = 0;
    for (let round = 0; round < 50; round += 1) {
      for (const entry of await now(back)) {
        if ('chunk' in entry && entry.chunk.kind === 'text') length += entry.chunk.text.length;
        back.arrived(entry.n + 1);
      }
      await settle();
    }
    // of the answer nothing is left, and its question is worked on still
    expect(length).toBe(1_000_000);
    expect(held.size().bytes).toBeLessThan(200);
  });

  test('how long it waits is known, and word of an arrival counts', async () => {
    const { held, clock, work } = leader();
    const reader = held.begin(question(), 'a');
    for (let piece = 0; piece < 10; piece += 1) work().write(text('x'.repeat(60_000)));
    const entries = await now(reader);
    await clock.run(7000);
    expect(reader.blockedMs()).toBe(7000);
    reader.arrived((entries[0]?.n ?? 0) + 1);
    expect(reader.blockedMs()).toBe(0);
  });

  test('answers of one member, and answers of who is away: the oldest of whoever has most ends', async () => {
    const { held, clock, works } = leader();
    for (let n = 0; n < heldLimits.perMember; n += 1) held.begin(question(n), 'a');
    expect(() => held.begin(question(999), 'a')).toThrow(expect.objectContaining({ code: 'queue-full' }));
    held.begin(question(), 'b').leave();
    held.keep((from) => from !== 'a');
    for (let n = 1; n < heldLimits.awayPerMember + 4; n += 1) held.begin(question(n), 'c').leave();
    const alive = (from: string): number => works.filter((work) => work.from === from && !work.aborted).length;
    expect([alive('b'), alive('c')]).toEqual([1, heldLimits.awayPerMember]);
    for (let member = 0; member < 20; member += 1) for (let n = 0; n < 10; n += 1) held.begin(question(n), `m${member}`).leave();
    expect(held.size().away).toBe(heldLimits.away);
    // a flood of others does not push out who has few
    expect(alive('b')).toBe(1);
    await clock.run(heldLimits.graceMs);
    expect([held.size().answers, clock.timers(), works.filter(({ aborted }) => !aborted).length]).toEqual([0, 0, 0]);
  });

  const large = (n: number, characters: number): ChatRequest => ({
    ...question(n),
    messages: [{ role: 'user', content: 'x'.repeat(characters) }],
  });

  test('questions of one member, in bytes: while they are worked on, whether their asker is there or away', async () => {
    const { held, works, work, clock } = leader();
    const most = heldLimits.memberBytes / 2;
    held.begin(large(0, most / 2), 'a').leave();
    const second = held.begin(large(1, most / 2 - 2000), 'a');
    expect(held.size().bytes).toBeGreaterThan(heldLimits.memberBytes - 10_000);
    expect(() => held.begin(large(2, 10_000), 'a')).toThrow(expect.objectContaining({ code: 'queue-full' }));
    // that is nobody else's trouble
    held.begin(large(2, 10_000), 'b').stop();
    expect(works).toHaveLength(3);
    // over, its question is nobody's any more
    work(1).write(done);
    await settle();
    expect(held.size().bytes).toBeLessThan(heldLimits.memberBytes / 2 + 10_000);
    held.begin(large(2, 10_000), 'a').stop();
    second.stop();
    await clock.run(heldLimits.graceMs);
    expect([held.size().bytes, clock.timers()]).toEqual([0, 0]);
  });

  test('questions of all, in bytes: answers whose askers are away make way, of who has most first', async () => {
    const { held, works } = leader();
    const size = heldLimits.memberBytes / 2 - 2000;
    const members = heldLimits.bytes / heldLimits.memberBytes;
    held.begin(question(), 'small').leave();
    for (let member = 0; member < members; member += 1) held.begin(large(member, size), `m${member}`).leave();
    expect(held.size().bytes).toBeLessThanOrEqual(heldLimits.bytes);
    const fresh = held.begin(large(0, size), 'fresh');
    expect(held.size().bytes).toBeLessThanOrEqual(heldLimits.bytes);
    const alive = works.filter(({ aborted }) => !aborted).map(({ from }) => from);
    expect(alive).toContain('small');
    expect(alive).toHaveLength(1 + members);
    fresh.stop();
    // of those who wait for theirs nobody is pushed out
    const readers = Array.from({ length: members }, (_, n) => held.begin(large(0, size), `r${n}`));
    expect(() => held.begin(large(0, size), 'late')).toThrow(expect.objectContaining({ code: 'queue-full' }));
    for (const reader of readers) reader.stop();
  });

  test('an answer takes an hour at most', async () => {
    const { held, clock, work } = leader();
    const reader = held.begin(question(), 'a');
    await clock.run(heldLimits.answerMs);
    expect(shown(await now(reader))).toEqual(['0 timed-out']);
    expect(work().aborted).toBe(true);
    reader.arrived(1);
    expect(held.size().answers).toBe(0);
  });

  test('one that just ends, and one that ignores Stop', async () => {
    const { held, work } = leader();
    const reader = held.begin(question(), 'a');
    work().end();
    expect(shown(await now(reader))).toEqual(['0 leader-lost']);
    const deaf = heldAnswers({
      clock: handClock(),
      serve: async function* () {
        yield text('x');
        await new Promise(() => undefined);
      },
    });
    const one = deaf.begin(question(), 'a');
    await now(one);
    one.stop();
    await expect(one.next(still)).rejects.toBeInstanceOf(TakenOver);
    expect(deaf.size().answers).toBe(0);
  });

  test('the leader stops: who reads is told, who is away is forgotten', async () => {
    const { held, clock, work } = leader();
    const reader = held.begin(question(0), 'a');
    held.begin(question(1), 'b').leave();
    held.close(new Failure('leader-lost', 'stopped'));
    expect(shown(await now(reader))).toEqual(['0 leader-lost']);
    expect([work(0).aborted, work(1).aborted, held.size().answers]).toEqual([true, true, 1]);
    held.keep(() => false);
    expect([held.size().answers, clock.timers()]).toEqual([0, 0]);
  });
});
