import { describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { done, kinds, lost, run, seenFirst, shown, swarm, text, type Step } from '../../test/fakes/asked-swarm.ts';
import { fakeLeader } from '../../test/fakes/fake-offer.ts';
import { silencePace } from './silence.ts';

const silent: Step[] = [10_000_000];
const times = (names: string): Record<string, number> => Object.fromEntries(names.split('').map((name) => [name, 500]));
const bound = 500 * silencePace.times;

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
