import { expect, test, vi } from 'vitest';

vi.mock('../features/chat/index.ts', () => ({}));
vi.mock('../node/index.ts', () => ({}));
const { newsOf } = await import('./answer-news.ts');

const runs = (phases: Record<string, string>) => Object.fromEntries(Object.entries(phases).map(([id, kind]) => [id, { phase: { kind } }]));

test('lost, back and ended, each once however many questions are open', () => {
  expect(newsOf(runs({ a: 'writing', b: 'writing' }), runs({ a: 'waiting', b: 'waiting' }))).toEqual(['leader-lost']);
  expect(newsOf(runs({ a: 'waiting' }), runs({ a: 'waiting' }))).toEqual([]);
  expect(newsOf(runs({ a: 'waiting' }), runs({ a: 'placed' }))).toEqual(['leader-back']);
  expect(newsOf(runs({ a: 'writing' }), runs({}))).toEqual(['answer-ended']);
  expect(newsOf(runs({}), runs({ a: 'sending' }))).toEqual([]);
  expect(newsOf(runs({ a: 'placed' }), runs({ a: 'writing' }))).toEqual([]);
});
