// Where each machine stands on the map. Pure and repeatable: the same machines stand in the same places, in every window.
import { forceManyBody, forceSimulation, forceX, forceY } from 'd3-force';
import type { Force, SimulationNodeDatum } from 'd3-force';

export type Point = { x: number; y: number };
export type Size = { width: number; height: number };
/** A line between the edges of two cards, and the middle of it, where its words stand. */
export type MapLink = { from: Point; to: Point; middle: Point };

/** How much of each machine is shown; px at zoom 1. */
export type MapForm = {
  /** whole: every fact in a line; wrapped: in as many as it needs; some: the rest is told, and not drawn. */
  facts: 'whole' | 'wrapped' | 'some';
  /** One machine's card. */
  card: Size;
  /** The room between two of them. */
  gap: Size;
  /** Half axes of the ellipse for that many others. */
  ring: (others: number) => Point;
  /** No card stands farther to a side; what does not fit beside another one goes above or below it. */
  widest: number;
  /** Numbers of others with which the first one stands above and not at the left, where two would come too near to the words in the corners. */
  fromAbove: readonly number[];
};

/** All facts of each machine, on an ellipse as wide as windows are: room for the words on the lines inside of it, and for that many cards on it. */
export const fullForm: MapForm = {
  facts: 'whole',
  card: { width: 224, height: 108 },
  gap: { width: 18, height: 16 },
  ring: (others) => ({ x: 312 + 18 * Math.max(0, others - 4), y: 176 + 13 * Math.max(0, others - 4) }),
  widest: Infinity,
  fromAbove: [5],
};

/** Three in a row, where the window is too narrow for the full cards: narrower and higher ones, since there is height to spare. */
export const rowForm: MapForm = {
  facts: 'wrapped',
  card: { width: 200, height: 164 },
  gap: { width: 12, height: 12 },
  ring: () => ({ x: 286, y: 0 }),
  widest: 286,
  fromAbove: [],
};

/** Its name, its graphics and what it does, where all facts could not be read. As wide as three cards and two lines; more of them make it higher. */
export const compactForm: MapForm = {
  facts: 'some',
  card: { width: 184, height: 72 },
  gap: { width: 12, height: 12 },
  ring: (others) => ({ x: 278, y: 130 + 8 * Math.min(7, Math.max(0, others - 4)) + 28 * Math.max(0, others - 11) }),
  widest: 278,
  fromAbove: [5, 7],
};

/** At less the smallest words on a card, which are 12 px high, have less than 11 px. */
export const leastZoom = 11 / 12;
/** So much more than the cards is the frame. */
export const framePadding = 0.04;

/** What is around all cards. */
export function extentOf(places: ReadonlyMap<string, Point>, { card }: MapForm): Size {
  const all = [...places.values()];
  const span = (values: number[]): number => Math.max(...values) - Math.min(...values);
  return { width: span(all.map(({ x }) => x)) + card.width, height: span(all.map(({ y }) => y)) + card.height };
}

/** The frame in which cards of that extent can still be read. */
export function leastFrame({ width, height }: Size): Size {
  const scale = leastZoom * (1 + framePadding);
  return { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
}
/** The words on a line: "writing · 120 ms" at the small size. */
export const labelSize: Size = { width: 76, height: 18 };

type Spot = SimulationNodeDatum & { id: string; x: number; y: number; home: Point };

/**
 * This machine in the middle, the others around it on an ellipse, pushed apart until no two cards touch.
 * @param self id of this machine
 * @param others ids of the others; their order does not matter
 * @returns the middle of each card, px, this machine's at 0, 0
 */
export function mapLayout(self: string, others: readonly string[], form: MapForm): ReadonlyMap<string, Point> {
  const ring = others.toSorted();
  const radius = form.ring(ring.length);
  const spots: Spot[] = ring.map((id, at) => {
    const angle = beginsAt(ring.length, form) + (2 * Math.PI * at) / ring.length;
    const home = { x: radius.x * Math.cos(angle), y: radius.y * Math.sin(angle) };
    return { id, ...home, home };
  });
  const middle: Spot = { id: self, x: 0, y: 0, fx: 0, fy: 0, home: { x: 0, y: 0 } };
  const simulation = forceSimulation<Spot>([middle, ...spots])
    .randomSource(seeded(ring.length + 1))
    .force('x', forceX<Spot>(({ home }) => home.x).strength(0.35))
    .force('y', forceY<Spot>(({ home }) => home.y).strength(0.35))
    .force('charge', forceManyBody<Spot>().strength(-120).distanceMax(400))
    .force('apart', apart(form))
    .stop();
  // d3's own cooling takes 300 ticks
  simulation.tick(300);
  settle([middle, ...spots], form);
  return new Map([middle, ...spots].map(({ id, x, y }) => [id, { x: Math.round(x), y: Math.round(y) }]));
}

/** One other stands beside it, where a line is read as a sentence. */
function beginsAt(count: number, { fromAbove }: MapForm): number {
  if (count === 1) return 0;
  return fromAbove.includes(count) ? -Math.PI / 2 : Math.PI;
}

/** A force that moves overlapping cards apart, along the shorter way. */
function apart(form: MapForm): Force<Spot, undefined> {
  let nodes: Spot[] = [];
  const force: Force<Spot, undefined> = () => void separate(nodes, 0.5, form);
  force.initialize = (given) => {
    nodes = given;
  };
  return force;
}

/** Until none overlap. Each round moves the worst ones by all that they overlap; many rounds are for many cards only. */
function settle(nodes: Spot[], form: MapForm): void {
  for (let round = 0; round < 4000; round++) if (!separate(nodes, 1, form)) return;
}

/** @returns whether any two were too near */
function separate(nodes: Spot[], share: number, { card, gap, widest }: MapForm): boolean {
  let moved = false;
  nodes.forEach((one, at) => {
    for (const other of nodes.slice(at + 1)) {
      const dx = other.x - one.x;
      const dy = other.y - one.y;
      // half a pixel more than the gap, so that rounding takes nothing of it
      const overX = card.width + gap.width + 1 - Math.abs(dx);
      const overY = card.height + gap.height + 1 - Math.abs(dy);
      if (overX <= 0 || overY <= 0) continue;
      moved = true;
      const alongX = overX < overY;
      const by = share * (alongX ? overX * (dx < 0 ? -1 : 1) : overY * (dy < 0 ? -1 : 1));
      shift(one, other, alongX, by);
    }
  });
  for (const spot of nodes) spot.x = Math.max(-widest, Math.min(widest, spot.x));
  return moved;
}

/** The one that is held in the middle stays; then the other goes all the way. */
function shift(one: Spot, other: Spot, alongX: boolean, by: number): void {
  const axis = alongX ? 'x' : 'y';
  const held = (spot: Spot): boolean => spot.fx != null;
  if (held(one)) other[axis] += by;
  else if (held(other)) one[axis] -= by;
  else {
    one[axis] -= by / 2;
    other[axis] += by / 2;
  }
}

/** Lehmer's generator with the constants of Park and Miller (1988): the same row of numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The line between two cards, from edge to edge. */
export function linkBetween(from: Point, to: Point, { card }: MapForm): MapLink {
  const start = edgeTowards(from, to, card);
  const end = edgeTowards(to, from, card);
  return { from: start, to: end, middle: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } };
}

/** Where the line from the middle of a card to `to` leaves the card. */
function edgeTowards(card: Point, to: Point, size: Size): Point {
  const dx = to.x - card.x;
  const dy = to.y - card.y;
  const share = Math.min(dx === 0 ? Infinity : size.width / 2 / Math.abs(dx), dy === 0 ? Infinity : size.height / 2 / Math.abs(dy), 1);
  return { x: card.x + dx * share, y: card.y + dy * share };
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/**
 * The nearest machine in that direction; what lies aside counts double, so that an arrow goes where it points.
 * @returns null: there is none
 */
export function neighbour(places: ReadonlyMap<string, Point>, from: string, direction: Direction): string | null {
  const here = places.get(from);
  if (here === undefined) return null;
  let best: { id: string; cost: number } | null = null;
  for (const [id, { x, y }] of places) {
    if (id === from) continue;
    const dx = x - here.x;
    const dy = y - here.y;
    const [ahead, aside] = {
      left: [-dx, dy],
      right: [dx, dy],
      up: [-dy, dx],
      down: [dy, dx],
    }[direction] as [number, number];
    if (ahead < 1) continue;
    const cost = ahead + 2 * Math.abs(aside);
    if (best === null || cost < best.cost) best = { id, cost };
  }
  return best?.id ?? null;
}
