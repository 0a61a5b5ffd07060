import { describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { done, kinds, lost, request, run, shown, swarm, text } from '../../test/fakes/asked-swarm.ts';
import { fakeLeader } from '../../test/fakes/fake-offer.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { backoffPace } from './backoff.ts';

describe('waiting for somebody', () => {
  test('says so, and goes on when one comes', async () => {
    const clock = handClock();
    const world = swarm(
      { a: [text('x'), lost], b: [text('y'), done()] },
      { clock, wait: true, nodes: () => (clock.now() === 0 ? [fakeLeader('a')] : clock.now() < 90_000 ? [] : [fakeLeader('b')]) },
    );
    const { chunks, at, error } = await run(world);
    expect(error).toBeNull();
    expect([kinds(chunks), shown(chunks)]).toEqual(['placed:a text seam waiting placed:b text done', 'xy']);
    expect(at[4]).toBeGreaterThanOrEqual(90_000);
    expect(at[4]).toBeLessThan(121_000);
  });

  test('is woken by a change', async () => {
    const clock = handClock();
    let here = false;
    let wake = (): void => undefined;
    const world = swarm(
      { b: [text('y'), done()] },
      { clock, wait: true, nodes: () => (here ? [fakeLeader('b')] : []), change: () => new Promise((resolve) => void (wake = resolve)) },
    );
    clock.after(700, () => {
      here = true;
      wake();
    });
    const { chunks, at } = await run(world);
    expect(kinds(chunks)).toBe('waiting placed:b text done');
    expect(at[1]).toBe(700);
  });

  test('ends with Stop, and with what no other leader mends', async () => {
    const stop = new AbortController();
    const waiting = swarm({}, { wait: true });
    waiting.clock.after(5000, () => stop.abort());
    expect((await run(waiting, request, stop.signal)).error).toMatchObject({ name: 'AbortError' });
    expect(waiting.clock.timers()).toBe(0);
    expect((await run(swarm({ a: [new Failure('bad-request', 'no')] }, { wait: true }))).error).toMatchObject({ code: 'bad-request' });
  });

  const minutes = 60_000;

  test('a leader that says when it is worth trying again is left alone until then', async () => {
    const clock = handClock();
    const full = new Failure('rate-limited', 'later', { retryAfterMs: 4 * minutes });
    const world = swarm({ a: [[full], [text('x'), done()]] }, { clock, wait: true });
    const { at, error } = await run(world);
    expect(error).toBeNull();
    expect(world.asked).toHaveLength(2);
    expect(at.at(-1)).toBeGreaterThanOrEqual(4 * minutes);
    expect(at.at(-1)).toBeLessThan(5 * minutes);
  });

  test('one that wants to be left alone for days is looked at now and then: its owner may have changed his mind', async () => {
    const world = swarm(
      { a: [[new Failure('quota-used', 'tomorrow', { retryAfterMs: 100 * 3_600_000 })], [text('x'), done()]] },
      { wait: true },
    );
    const { at } = await run(world);
    expect(at.at(-1)).toBeGreaterThanOrEqual(backoffPace.hintMostMs);
    expect(at.at(-1)).toBeLessThan(backoffPace.hintMostMs + minutes);
  });

  test('one that fails again and again is asked less and less, however often something changes', async () => {
    const clock = handClock();
    const stop = new AbortController();
    const world = swarm(
      { a: [new Failure('engine-crashed', 'no')] },
      { clock, wait: true, change: () => new Promise((resolve) => void clock.after(500, resolve)) },
    );
    clock.after(30 * minutes, () => stop.abort());
    await run(world, request, stop.signal);
    // doubled from a second to five minutes: about nine tries on the way there, and then one in five minutes
    expect(world.asked.length).toBeGreaterThan(8);
    expect(world.asked.length).toBeLessThan(20);
  });

  test('one that got on in between is as good as new', async () => {
    const crash = new Failure('draining', 'no');
    const world = swarm({ a: [[crash], [crash], [crash], [crash], [text('x'), crash], [text('y'), done()]] }, { wait: true });
    const { chunks, at } = await run(world);
    expect(shown(chunks)).toBe('xy');
    const [x = 0, y = 0] = chunks.flatMap(({ kind }, index) => (kind === 'text' ? [at[index]] : []));
    expect(y - x).toBeLessThan(2 * backoffPace.firstMs);
  });

  test('one that refused in mid-answer is not asked again before its time, though it is the only one', async () => {
    const paused = new Failure('paused', 'mine', { retryAfterMs: 2 * minutes });
    const world = swarm({
      a: [
        [text('x'), paused],
        [text('z'), done()],
      ],
      b: [[text('y'), lost], [lost]],
    });
    const { chunks, error } = await run(world);
    expect([shown(chunks), (error as Failure).code]).toEqual(['xy', 'leader-lost']);
  });

  test('a thousand attempts are the most that one question makes', async () => {
    const world = swarm({ a: [text('x'), lost] }, { wait: true });
    const { chunks, error } = await run(world, { ...request, attempt: 990 });
    expect(world.asked.map((one) => one.request.attempt)).toEqual(Array.from({ length: 11 }, (_, n) => 990 + n));
    expect([shown(chunks).length, (error as Failure).code]).toEqual([11, 'leader-lost']);
    expect([world.clock.timers(), world.open.size]).toEqual([0, 0]);
  });
});
