import { expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { signal } from './change.ts';
import { viewing } from './viewing.ts';

const everyMs = 100;

function looked() {
  const clock = handClock();
  const changes = signal(clock, everyMs, () => views.renew());
  // what is in a view does not matter here
  const views = viewing(() => ({ otherSwarms: clock.now() }) as unknown as SwarmView, changes);
  const change = async (): Promise<void> => {
    changes.mark();
    await clock.run(everyMs);
  };
  return { views, changes, change };
}

test('each view has a greater number than the one before, and whoever looks hears of each', async () => {
  const { views, change } = looked();
  const seen: number[] = [];
  const first = views.now().revision;
  const unsubscribe = views.onView(({ revision }) => seen.push(revision));
  await change();
  await change();
  unsubscribe();
  await change();
  expect(seen).toEqual([first + 1, first + 2]);
  expect(views.now().revision).toBe(first + 3);
});

test('whoever follows is shown nothing that was built before the node was ready, and then what is', async () => {
  const clock = handClock();
  const changes = signal(clock, everyMs, () => views.renew());
  let ready = false;
  const views = viewing(
    () => ({ key: ready ? {} : null }) as unknown as SwarmView,
    changes,
    () => ready,
  );
  const seen: unknown[] = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const { key } of views.watch(stop.signal)) seen.push(key);
  })();
  changes.mark();
  await clock.run(everyMs);
  // it knows now, and what it said last is still what it did not know
  ready = true;
  const late = views.watch(stop.signal).next();
  await clock.run(0);
  expect(seen).toEqual([]);
  changes.mark();
  await clock.run(everyMs);
  expect(seen).toEqual([{}]);
  expect((await late).value?.key).toEqual({});
  stop.abort();
  await following;
});

test('one that is made for a single question is newer, and nobody else gets it', () => {
  const { views } = looked();
  const before = views.now();
  expect(views.fresh().revision).toBeGreaterThan(before.revision);
  expect(views.now()).toBe(before);
});

test('whoever changed something and looks at once sees it, before the interval is over', async () => {
  const clock = handClock();
  const changes = signal(clock, everyMs, () => views.renew());
  let downloads = 0;
  const views = viewing(() => ({ otherSwarms: downloads }) as unknown as SwarmView, changes);
  changes.mark();
  await clock.run(0);
  downloads = 1;
  changes.mark();
  const told: number[] = [];
  views.onView(({ otherSwarms }) => told.push(otherSwarms));
  const watch = views.watch(new AbortController().signal);
  expect((await watch.next()).value?.otherSwarms).toBe(1);
  // all the others as well, and nobody a second time
  expect(told).toEqual([1]);
  await clock.run(everyMs);
  expect(told).toEqual([1]);
  changes.stop();
});

test('watching gives the view as it is, then each change, never one twice, until it is stopped', async () => {
  const { views, changes, change } = looked();
  const stop = new AbortController();
  const watch = views.watch(stop.signal);
  const revision = async (): Promise<number | undefined> => (await watch.next()).value?.revision;
  const first = await revision();
  const second = revision();
  await change();
  expect(await second).toBe((first ?? 0) + 1);
  // two changes while nobody read: only the last one is to be had
  await change();
  await change();
  expect(await revision()).toBe((first ?? 0) + 3);
  const last = watch.next();
  stop.abort();
  expect(await last).toEqual({ value: undefined, done: true });
  changes.stop();
});
