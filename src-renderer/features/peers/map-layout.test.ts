import { expect, test } from 'vitest';
import { compactForm, extentOf, fullForm, labelSize, leastFrame, linkBetween, mapLayout, neighbour } from './map-layout.ts';
import type { Point, Size } from './map-layout.ts';

/** Ids as the swarm has them: their ends differ, and their order says nothing. */
const others = (count: number): string[] => Array.from({ length: count }, (_, at) => `12D3KooW${(at * 7919) % 104_729}`);

const touch = (a: Point, b: Point, { width, height }: Size): boolean => Math.abs(a.x - b.x) < width && Math.abs(a.y - b.y) < height;

const forms = { full: fullForm, compact: compactForm };
/** Each number of machines in each form. */
const each = (...counts: number[]) => counts.flatMap((count) => (['full', 'compact'] as const).map((name) => [count, name] as const));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

test.each(each(...upTo(12)))('no card of %i machines touches another one, %s', (count, name) => {
  const form = forms[name];
  const places = [...mapLayout('self', others(count - 1), form).values()];
  expect(places).toHaveLength(count);
  const wide: Size = { width: form.card.width + form.gap.width, height: form.card.height + form.gap.height };
  places.forEach((one, at) => {
    for (const other of places.slice(at + 1)) expect(touch(one, other, wide), JSON.stringify([one, other])).toBe(false);
  });
});

test.each(each(...upTo(12).slice(1)))('the words on the lines of %i machines stand free, %s', (count, name) => {
  const form = forms[name];
  const layout = mapLayout('self', others(count - 1), form);
  const [self = { x: 0, y: 0 }, ...ring] = layout.values();
  const words = ring.map((place) => linkBetween(self, place, form).middle);
  words.forEach((one, at) => {
    for (const other of words.slice(at + 1)) expect(touch(one, other, labelSize), JSON.stringify([one, other])).toBe(false);
    const half: Size = { width: (form.card.width + labelSize.width) / 2, height: (form.card.height + labelSize.height) / 2 };
    for (const card of layout.values()) expect(touch(one, card, half), JSON.stringify([one, card])).toBe(false);
  });
});

test('twelve fit the window that the app opens with, at a size that can be read; all facts of each would not', () => {
  const least = (form: typeof fullForm): Size => leastFrame(extentOf(mapLayout('self', others(11), form), form));
  // the page of a 1100 x 760 window has 778 x 494 for it
  const { width, height } = least(compactForm);
  expect([width <= 778, height <= 494], `${width} x ${height}`).toEqual([true, true]);
  expect(least(fullForm).width).toBeGreaterThan(960);
});

test.each(upTo(40))('%i machines are as wide as three cards at most, in the small form', (count) => {
  const { width } = extentOf(mapLayout('self', others(count - 1), compactForm), compactForm);
  expect(width).toBeLessThanOrEqual(2 * compactForm.widest + compactForm.card.width);
});

test('the same machines stand in the same places, in whatever order they came', () => {
  const ids = others(9);
  expect(mapLayout('self', ids.toReversed(), fullForm)).toEqual(mapLayout('self', ids, fullForm));
  expect(mapLayout('self', ids, fullForm).get('self')).toEqual({ x: 0, y: 0 });
});

test.each(each(24, 40))('%i machines are apart as well, %s', (count, name) => {
  const places = [...mapLayout('self', others(count - 1), forms[name]).values()];
  places.forEach((one, at) => {
    for (const other of places.slice(at + 1)) expect(touch(one, other, forms[name].card)).toBe(false);
  });
});

test('an arrow goes to the machine that lies there, and nowhere where none does', () => {
  const layout = mapLayout('self', ['a', 'b'], fullForm);
  expect(neighbour(layout, 'self', 'left')).toBe('a');
  expect(neighbour(layout, 'self', 'right')).toBe('b');
  expect(neighbour(layout, 'a', 'right')).toBe('self');
  expect(neighbour(layout, 'b', 'right')).toBeNull();
  expect(neighbour(layout, 'gone', 'left')).toBeNull();
});

test.each(each(2, 3, 5, 8, 12, 24))('by arrows every one of %i machines is reached, %s', (count, name) => {
  const layout = mapLayout('self', others(count - 1), forms[name]);
  const reached = new Set(['self']);
  for (const from of reached)
    for (const direction of ['left', 'right', 'up', 'down'] as const) {
      const next = neighbour(layout, from, direction);
      if (next !== null) reached.add(next);
    }
  expect([...reached].toSorted()).toEqual([...layout.keys()].toSorted());
});

test('a line begins and ends at the edges of its cards', () => {
  const { from, to } = linkBetween({ x: 0, y: 0 }, { x: 300, y: 0 }, fullForm);
  expect({ from, to }).toEqual({ from: { x: 112, y: 0 }, to: { x: 188, y: 0 } });
});
