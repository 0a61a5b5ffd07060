import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { leaderWatch, type LeaderNews } from './leader-watch.ts';

const view = (leader: string | null): SwarmView =>
  ({
    key: {},
    self: { role: { actual: { kind: 'subordinate', leader: leader === null ? null : { name: leader, peerId: leader } } } },
  }) as unknown as SwarmView;
const leading = { key: {}, self: { role: { actual: { kind: 'leader' } } } } as unknown as SwarmView;

const told: LeaderNews[] = [];
const watch = () => leaderWatch((news) => told.push(news) > 0);
const minutes = (count: number) => vi.advanceTimersByTime(count * 60_000);

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

test('the last machine that answered went away, and is back: each is told once', () => {
  const { see } = watch();
  see(view(null));
  minutes(1);
  expect(told, 'nobody was there yet').toEqual([]);
  see(view('DESK'));
  see(view(null));
  see(view(null));
  minutes(1);
  expect(told).toEqual([{ kind: 'nobody', name: 'DESK' }]);
  minutes(60);
  see(view('DESK'));
  minutes(1);
  expect(told.slice(1)).toEqual([{ kind: 'somebody', name: 'DESK' }]);
});

test('what comes and goes is no news: within seconds not at all, over minutes once', () => {
  const { see } = watch();
  see(view('DESK'));
  for (let turn = 0; turn < 20; turn += 1) {
    see(view(turn % 2 === 0 ? null : 'DESK'));
    vi.advanceTimersByTime(10_000);
  }
  expect(told).toEqual([]);
  for (let turn = 0; turn < 8; turn += 1) {
    see(view(turn % 2 === 0 ? null : 'DESK'));
    minutes(1);
  }
  expect(told.map(({ kind }) => kind)).toEqual(['nobody', 'somebody']);
});

test('who answers for himself misses nobody, and what the person heard about a question is not told again', () => {
  const one = watch();
  one.see(view('DESK'));
  one.see(view(null));
  one.see(leading);
  minutes(1);
  one.see(view(null));
  one.heard();
  minutes(1);
  expect(told).toEqual([]);
  one.see(null);
  one.see(view('MINI'));
  minutes(1);
  expect(told).toEqual([]);
});

test('who saw it in the window, and was not told, is not told of its end', () => {
  const seen: LeaderNews[] = [];
  const { see } = leaderWatch((news) => {
    seen.push(news);
    return false;
  });
  see(view('DESK'));
  see(view(null));
  minutes(1);
  see(view('DESK'));
  minutes(1);
  expect(seen.map(({ kind }) => kind)).toEqual(['nobody']);
});
