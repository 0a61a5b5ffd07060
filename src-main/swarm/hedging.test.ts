import { describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { done, kinds, lost, run, seenFirst, shown, swarm, text, type Step } from '../../test/fakes/asked-swarm.ts';
import { fakeLeader } from '../../test/fakes/fake-offer.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { silencePace } from './silence.ts';
import { suspectPace, suspects } from './suspects.ts';

const silent: Step[] = [10_000_000];
const times = (names: string): Record<string, number> => Object.fromEntries(names.split('').map((name) => [name, 500]));
const bound = 500 * silencePace.times;

describe('a first token that is late', () => {
  test('is asked for elsewhere too; the first to speak is heard, the other is stopped, and nothing is doubled', async () => {
    const world = swarm(
      { a: [60_000, text('a'), done()], b: [200, { kind: 'reading' }, text('b'), done()] },
      { observed: seenFirst({ a: 500, b: 100 }) },
    );
    const { chunks, at } = await run(world);
    expect(kinds(chunks)).toBe('placed:a seam placed:b reading text done');
    expect(chunks[1]).toMatchObject({ code: 'timed-out', at: 0 });
    expect(at[1]).toBe(1500 + 200);
    expect([world.open.size, world.clock.timers()]).toEqual([0, 0]);
    const other = swarm({ a: [1600, text('a'), done()], b: [200, text('b'), done()] }, { observed: seenFirst({ a: 500, b: 100 }) });
    const first = await run(other);
    expect([kinds(first.chunks), shown(first.chunks)]).toEqual(['placed:a text done', 'a']);
    expect([other.asked.length, other.open.size]).toEqual([2, 0]);
  });

  test('the silent one is not chosen again at once, and after a time it is tried again', async () => {
    const clock = handClock();
    const shared = suspects(clock);
    const world = swarm(
      { a: [60_000, text('a'), done()], b: [100, text('b'), done()] },
      { clock, suspects: shared, observed: seenFirst({ a: 500 }) },
    );
    const leaders: string[] = [];
    for (let question = 0; question < 4; question += 1) {
      const { chunks } = await run(world);
      leaders.push(kinds(chunks));
    }
    expect(leaders).toEqual(['placed:a seam placed:b text done', ...Array.from({ length: 3 }, () => 'placed:b text done')]);
    await clock.run(suspectPace.firstMs);
    expect(kinds((await run(world)).chunks)).toBe('placed:a seam placed:b text done');
  });

  test('line, load and reading count as life', async () => {
    const steps: Step[] = [
      { kind: 'queued', position: 2 },
      300_000,
      { kind: 'queued', position: 1 },
      300_000,
      { kind: 'loading', model: 'tiny' },
      100_000,
      { kind: 'loading', model: 'tiny', progress: 0.5 },
      100_000,
      { kind: 'reading', progress: 0 },
      900,
      { kind: 'reading', progress: 0.5 },
      900,
      text('x'),
      done(),
    ];
    const world = swarm({ a: steps, b: [done()] }, { observed: seenFirst({ a: 300, b: 300 }) });
    const { chunks } = await run(world);
    expect(world.asked.map(({ who }) => who)).toEqual(['a']);
    expect(kinds(chunks)).toContain('text done');
  });

  test('with nobody else to ask there is more patience, and an end to it', async () => {
    const patient = swarm({ a: [50_000, text('x'), done()] }, { observed: seenFirst({ a: 100 }) });
    expect((await run(patient)).error).toBeNull();
    const silent = swarm({ a: [10_000_000, text('x'), done()] }, { observed: seenFirst({ a: 100 }) });
    expect((await run(silent)).error).toMatchObject({ code: 'timed-out' });
    expect(silent.clock.now()).toBe(silencePace.aloneMs);
  });

  test('when the first one fails meanwhile, the second one is heard', async () => {
    const world = swarm(
      { a: [2000, lost], b: [{ kind: 'queued', position: 1 }, 3000, text('b'), done()] },
      { observed: seenFirst({ a: 100 }) },
    );
    const { chunks } = await run(world);
    expect(kinds(chunks)).toBe('placed:a seam placed:b queued text done');
  });
});

describe('more leaders that are late', () => {
  test('two are silent: the third is asked after the bound of the second', async () => {
    const world = swarm({ a: silent, b: silent, c: [100, text('c'), done()] }, { observed: seenFirst(times('abc')) });
    const { chunks, at } = await run(world);
    expect(kinds(chunks)).toBe('placed:a seam placed:c text done');
    expect(at.at(-1)).toBe(2 * bound + 100);
    expect([world.open.size, world.clock.timers()]).toEqual([0, 0]);
  });

  test('the second fails at once: the third is asked at once', async () => {
    const full = new Failure('queue-full', 'no');
    const world = swarm({ a: silent, b: [10, full], c: [100, text('c'), done()] }, { observed: seenFirst(times('abc')) });
    const { chunks, at } = await run(world);
    expect(shown(chunks)).toBe('c');
    expect(at.at(-1)).toBe(bound + 10 + 100);
    expect(world.clock.timers()).toBe(0);
  });

  test('the first fails while the second is on its way: that one has its time', async () => {
    const world = swarm(
      { a: [bound + 100, lost], b: [bound - 200, text('b'), done()], c: [text('c'), done()] },
      { observed: seenFirst(times('abc')) },
    );
    expect(shown((await run(world)).chunks)).toBe('b');
    expect(world.asked.map(({ who }) => who)).toEqual(['a', 'b']);
  });

  test('somebody who comes while all are silent is asked', async () => {
    const world = swarm(
      { a: silent, b: [100, text('b'), done()] },
      {
        observed: seenFirst(times('ab')),
        nodes: () => (world.clock.now() < 20_000 ? [fakeLeader('a')] : [fakeLeader('a'), fakeLeader('b')]),
      },
    );
    const { chunks, at } = await run(world);
    expect(shown(chunks)).toBe('b');
    expect(at.at(-1)).toBeLessThan(21_000);
  });

  test('the line counts as life, but somebody who has time may be faster', async () => {
    const world = swarm(
      { a: silent, b: [{ kind: 'queued', position: 1 }, 600_000], c: [text('c'), done()] },
      { observed: seenFirst(times('abc')) },
    );
    const { chunks, at } = await run(world);
    expect(shown(chunks)).toBe('c');
    expect(at.at(-1)).toBe(2 * bound);
  });

  test('so many at the same time and no more; one that is at work keeps its turn, one that never said a word gives way', async () => {
    const names = 'abcdefghi';
    const busy: Step[] = [{ kind: 'reading', progress: 0 }, 50_000, text('late'), done()];
    const scripts = Object.fromEntries(names.split('').map((name) => [name, name === 'a' ? busy : silent]));
    const most: number[] = [];
    const world = swarm(scripts, {
      observed: seenFirst(times(names)),
      nodes: (all) => {
        most.push(world.open.size);
        return all.map((name) => fakeLeader(name));
      },
    });
    const { chunks } = await run(world);
    expect(Math.max(...most)).toBe(silencePace.lanes);
    // all of them had their chance, and the one at work was heard in the end
    expect(world.asked.map(({ who }) => who)).toEqual(names.split(''));
    expect(shown(chunks)).toBe('late');
    expect([world.open.size, world.clock.timers()]).toEqual([0, 0]);
  });
});
