import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { done, kinds, link, lost, request, run, seenFirst, shown, swarm, text, type Step } from '../../test/fakes/asked-swarm.ts';
import { fakeLeader } from '../../test/fakes/fake-offer.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { reconnectPace } from './leg.ts';
import type { Candidate } from './placement.ts';

describe('a link that breaks', () => {
  test('comes back: nothing is asked anew', async () => {
    const world = swarm({ a: [text('x'), link('a'), 1400, text('y'), done()], b: [done()] });
    const { chunks } = await run(world);
    expect(kinds(chunks)).toBe('placed:a text reconnecting text done');
    expect(chunks[2]).toEqual({ kind: 'reconnecting', leader: { peerId: 'a', name: 'a' } });
  });

  test('what lay in the buffer meanwhile tells nothing about the speed of who wrote it', async () => {
    const seen: { tokensPerSecond: number; tokens: number }[] = [];
    const observed = {
      ...seenFirst({}),
      answered: (_peer: string, _model: string, figures: (typeof seen)[number]) => void seen.push(figures),
    };
    const steady = (count: number): Step[] => Array.from({ length: count }, () => [100, text('x')]).flat();
    const burst = Array.from({ length: 90 }, () => text('y'));
    const { chunks } = await run(swarm({ a: [...steady(11), link('a'), 9000, ...burst, ...steady(10), done(111)] }, { observed }));
    expect(chunks.at(-1)).toMatchObject({ figures: { tokens: 111, tokensPerSecond: 10 } });
    expect(seen).toMatchObject([{ tokensPerSecond: 10, tokens: 10 }]);
    // nothing came before the break: this side has seen no speed, and shows what the leader says
    await run(swarm({ a: [link('a'), 9000, ...burst, done(90)] }, { observed }));
    expect(seen.at(-1)).toMatchObject({ tokensPerSecond: 0, tokens: 0 });
  });

  test('is left after a moment when another one is warm, later when it is not, and after a minute when there is nobody', async () => {
    const cold = { models: [{ name: 'tiny', loaded: false }] };
    const lateOf = async (b: Candidate | null): Promise<number | undefined> => {
      const world = swarm(
        { a: [text('x'), link('a'), 1_000_000, text('y'), done()], b: [text('z'), done()] },
        {
          nodes: () => (b === null ? [fakeLeader('a')] : [fakeLeader('a'), b]),
        },
      );
      const { chunks, at, error } = await run(world);
      return error === null ? at[chunks.findIndex(({ kind }) => kind === 'seam')] : world.clock.now();
    };
    expect(await lateOf(fakeLeader('b'))).toBe(reconnectPace.warmMs);
    expect(await lateOf(fakeLeader('b', { leads: cold }))).toBe(reconnectPace.coldMs);
    expect(await lateOf(null)).toBeGreaterThanOrEqual(reconnectPace.aloneMs);
    expect(await lateOf(null)).toBeLessThan(reconnectPace.aloneMs + 1001);
  });

  test('of a leader whose program has ended is left at once when somebody else is there', async () => {
    const refused: ChatChunk = { kind: 'reconnecting', leader: { peerId: 'a', name: '' }, refused: true };
    const steps: Step[] = [text('x'), link('a'), 100, refused, 3000, lost];
    const cold = { models: [{ name: 'tiny', loaded: false }] };
    const b = fakeLeader('b', { leads: cold });
    const { chunks, at } = await run(swarm({ a: steps, b: [text('y'), done()] }, { nodes: () => [fakeLeader('a'), b] }));
    expect(kinds(chunks)).toBe('placed:a text reconnecting seam placed:b text done');
    expect(at[3]).toBe(100);
    const alone = await run(swarm({ a: steps }));
    expect([kinds(alone.chunks), (alone.error as Failure).code]).toEqual(['placed:a text reconnecting', 'leader-lost']);
  });

  test('before the first text is left at once', async () => {
    const world = swarm({ a: [30, link('a'), 60_000, text('x'), done()], b: [text('y'), done()] });
    const { chunks, at } = await run(world);
    expect(kinds(chunks)).toBe('placed:a seam placed:b text done');
    expect(at[1]).toBe(30);
  });

  test('somebody who comes meanwhile goes on', async () => {
    const clock = handClock();
    const world = swarm(
      { a: [text('x'), link('a'), 1_000_000, done()], b: [text('z'), done()] },
      {
        clock,
        nodes: () => (clock.now() < 20_000 ? [fakeLeader('a')] : [fakeLeader('a'), fakeLeader('b')]),
      },
    );
    const { chunks, at } = await run(world);
    expect(shown(chunks)).toBe('xz');
    expect(at[3]).toBeGreaterThanOrEqual(20_000);
    expect(at[3]).toBeLessThan(21_000);
  });

  test('this machine slept meanwhile: the time does not count', async () => {
    const clock = handClock();
    const { chat } = swarm({ a: [text('x'), link('a'), 61_000, text('y'), done()] }, { clock });
    const chunks: ChatChunk[] = [];
    const reading = (async () => {
      for await (const chunk of chat(request, new AbortController().signal)) chunks.push(chunk);
    })();
    await clock.run(500);
    await clock.sleep(60_000);
    await clock.run(2000);
    await reading;
    expect(kinds(chunks)).toBe('placed:a text reconnecting text done');
  });

  test('a device that was removed does not wait for it', async () => {
    const world = swarm({ a: [text('x'), link('a'), 1_000_000, done()] }, { gone: () => new Failure('revoked', 'out') });
    const { error } = await run(world);
    expect(error).toMatchObject({ code: 'revoked' });
    expect([world.clock.now(), world.clock.timers(), world.open.size]).toEqual([1000, 0, 0]);
  });
});
