import { expect, test } from 'vitest';
import type { ChatChunk } from './chat.ts';
import type { RouteStep } from './conversation.ts';
import { routeAfter, routeEnded, writtenSteps } from './route.ts';

const machine = (name: string) => ({ peerId: `id-${name}`, name });
const placed = (name: string, model = 'm'): ChatChunk => ({
  kind: 'placed',
  placement: { leader: machine(name), model, local: false, reason: 'speed', candidates: [] },
});
const seam = (name: string, at: number): ChatChunk => ({ kind: 'seam', lost: machine(name), code: 'leader-lost', at });
const text = (length: number): ChatChunk => ({ kind: 'text', text: 'x'.repeat(length) });

/** The route and the length of the text after these chunks. */
function after(chunks: ChatChunk[], from: { route: readonly RouteStep[]; length: number } = { route: [], length: 0 }) {
  let { route, length } = from;
  for (const chunk of chunks) {
    route = routeAfter(route, chunk, length);
    if (chunk.kind === 'text') length += chunk.text.length;
  }
  return { route, length, steps: route.map(({ leader, from: at, lost }) => [leader.name, at, lost]) };
}

test('one machine from the first to the last word is one step', () => {
  expect(after([placed('A'), { kind: 'reading' }, text(5), text(4)]).steps).toEqual([['A', 0, null]]);
});

test('a machine that went away and the one that went on', () => {
  expect(after([placed('A'), text(5), seam('A', 5), placed('B'), text(4)]).steps).toEqual([
    ['A', 0, 'leader-lost'],
    ['B', 5, null],
  ]);
});

test('who wrote nothing is not in it', () => {
  expect(
    after([placed('A'), seam('A', 0), placed('B'), text(3), seam('B', 3), placed('C'), seam('C', 3), placed('D'), text(1)]).steps,
  ).toEqual([
    ['B', 0, 'leader-lost'],
    ['D', 3, null],
  ]);
  expect(after([placed('A'), placed('B'), text(2)]).steps).toEqual([['B', 0, null]]);
});

test('a seam of somebody else changes nothing', () => {
  expect(after([placed('A'), text(2), seam('B', 2)]).steps).toEqual([['A', 0, null]]);
});

test('an answer that is continued later: the same machine keeps its step, another one gets its own', () => {
  const half = after([placed('A'), text(5)]);
  expect(after([placed('A'), text(2)], half).steps).toEqual([['A', 0, null]]);
  expect(after([placed('B'), text(2)], half).steps).toEqual([
    ['A', 0, null],
    ['B', 5, null],
  ]);
});

test('steps with text: a last one that was chosen and never wrote is none', () => {
  const { route, length } = after([placed('A'), text(5), seam('A', 5), placed('B')]);
  expect(writtenSteps(route, length).map(({ leader }) => leader.name)).toEqual(['A']);
  expect(writtenSteps(route, length + 1).map(({ leader }) => leader.name)).toEqual(['A', 'B']);
});

test('a thousand steps are the most', () => {
  const chunks = Array.from({ length: 1500 }, (_, at) => [placed(`M${at}`), text(1), seam(`M${at}`, at + 1)]).flat();
  expect(after(chunks).route).toHaveLength(1000);
});

test('the last machine of an answer that nobody went on with says why its part ended', () => {
  const { route, length } = after([placed('A'), text(5), seam('A', 5), placed('B'), text(4)]);
  expect(routeEnded(route, 'engine-crashed', length).map(({ leader, lost }) => [leader.name, lost])).toEqual([
    ['A', 'leader-lost'],
    ['B', 'engine-crashed'],
  ]);
  // it is out already, or wrote nothing
  const left = after([placed('A'), text(5), seam('A', 5)]);
  expect(routeEnded(left.route, 'no-leader', left.length)).toEqual(left.route);
  expect(routeEnded(after([placed('A')]).route, 'queue-full', 0)).toEqual([]);
  expect(routeEnded([], 'no-leader', 0)).toEqual([]);
});
