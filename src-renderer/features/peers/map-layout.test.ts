import { expect, test } from 'vitest';
import { cardGap, cardSize, labelSize, linkBetween, mapLayout, neighbour } from './map-layout.ts';
import type { Point, Size } from './map-layout.ts';

/** Ids as the swarm has them: their ends differ, and their order says nothing. */
const others = (count: number): string[] => Array.from({ length: count }, (_, at) => `12D3KooW${(at * 7919) % 104_729}`);

const touch = (a: Point, b: Point, { width, height }: Size): boolean => Math.abs(a.x - b.x) < width && Math.abs(a.y - b.y) < height;

test.each(Array.from({ length: 12 }, (_, at) => at + 1))('no card of %i machines touches another one', (count) => {
  const places = [...mapLayout('self', others(count - 1)).values()];
  expect(places).toHaveLength(count);
  const wide: Size = { width: cardSize.width + cardGap.width, height: cardSize.height + cardGap.height };
  places.forEach((one, at) => {
    for (const other of places.slice(at + 1)) expect(touch(one, other, wide), JSON.stringify([one, other])).toBe(false);
  });
});

test.each(Array.from({ length: 11 }, (_, at) => at + 2))('the words on the lines of %i machines stand free', (count) => {
  const layout = mapLayout('self', others(count - 1));
  const [self = { x: 0, y: 0 }, ...ring] = layout.values();
  const words = ring.map((place) => linkBetween(self, place).middle);
  words.forEach((one, at) => {
    for (const other of words.slice(at + 1)) expect(touch(one, other, labelSize), JSON.stringify([one, other])).toBe(false);
    const half: Size = { width: (cardSize.width + labelSize.width) / 2, height: (cardSize.height + labelSize.height) / 2 };
    for (const card of layout.values()) expect(touch(one, card, half), JSON.stringify([one, card])).toBe(false);
  });
});

test('twelve fit a window at a size that can be read', () => {
  const places = [...mapLayout('self', others(11)).values()];
  const width = Math.max(...places.map(({ x }) => x)) - Math.min(...places.map(({ x }) => x)) + cardSize.width;
  const height = Math.max(...places.map(({ y }) => y)) - Math.min(...places.map(({ y }) => y)) + cardSize.height;
  // the page of a 1280 x 800 window has about 960 x 580 for it; 12 px at 0.85 are 10 px
  expect(Math.min(960 / width, 580 / height), `${width} x ${height}`).toBeGreaterThan(0.84);
});

test('the same machines stand in the same places, in whatever order they came', () => {
  const ids = others(9);
  expect(mapLayout('self', ids.toReversed())).toEqual(mapLayout('self', ids));
  expect(mapLayout('self', ids).get('self')).toEqual({ x: 0, y: 0 });
});

test('forty machines are apart as well', () => {
  const places = [...mapLayout('self', others(39)).values()];
  places.forEach((one, at) => {
    for (const other of places.slice(at + 1)) expect(touch(one, other, cardSize)).toBe(false);
  });
});

test('an arrow goes to the machine that lies there, and nowhere where none does', () => {
  const layout = mapLayout('self', ['a', 'b']);
  expect(neighbour(layout, 'self', 'left')).toBe('a');
  expect(neighbour(layout, 'self', 'right')).toBe('b');
  expect(neighbour(layout, 'a', 'right')).toBe('self');
  expect(neighbour(layout, 'b', 'right')).toBeNull();
  expect(neighbour(layout, 'gone', 'left')).toBeNull();
});

test.each([2, 3, 5, 8, 12])('by arrows every one of %i machines is reached', (count) => {
  const layout = mapLayout('self', others(count - 1));
  const reached = new Set(['self']);
  for (const from of reached)
    for (const direction of ['left', 'right', 'up', 'down'] as const) {
      const next = neighbour(layout, from, direction);
      if (next !== null) reached.add(next);
    }
  expect([...reached].toSorted()).toEqual([...layout.keys()].toSorted());
});

test('a line begins and ends at the edges of its cards', () => {
  const { from, to } = linkBetween({ x: 0, y: 0 }, { x: 300, y: 0 });
  expect({ from, to }).toEqual({ from: { x: cardSize.width / 2, y: 0 }, to: { x: 300 - cardSize.width / 2, y: 0 } });
});
