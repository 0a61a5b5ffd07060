import { expect, test, vi } from 'vitest';

vi.mock('../features/chat/index.ts', () => ({}));
const { routesOf } = await import('./answer-routes.ts');

const run = (kind: string, peerId: string | null) => ({ phase: { kind }, placement: peerId === null ? null : { leader: { peerId } } });

test('a question goes to its machine, and its answer comes from there', () => {
  expect(routesOf({ a: run('queued', 'one') })).toEqual([{ peerId: 'one', writing: false }]);
  expect(routesOf({ a: run('writing', 'one') })).toEqual([{ peerId: 'one', writing: true }]);
  expect(routesOf({ a: run('thinking', 'one') })).toEqual([{ peerId: 'one', writing: true }]);
});

test('two questions to one machine are one way, on which an answer comes when one of them does', () => {
  expect(routesOf({ a: run('writing', 'one'), b: run('loading', 'one'), c: run('placed', 'two') })).toEqual([
    { peerId: 'one', writing: true },
    { peerId: 'two', writing: false },
  ]);
});

test('there is no way while no machine is found, or the one that had it is gone', () => {
  expect(routesOf({ a: run('sending', null), b: run('moving', 'gone'), c: run('waiting', 'gone'), d: run('sending', 'gone') })).toEqual([]);
});
