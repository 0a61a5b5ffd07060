import type { Connection } from '@libp2p/interface';
import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { pulsePace, pulses } from './pulse.ts';

/** Nobody says how many links they have. */
const unknown = (): number => 0;

/** A connection on which nothing answers. */
function silentConnection(): { connection: Connection; hear(): void; pings: () => number; aborted: () => boolean } {
  const transport = new EventTarget();
  let pings = 0;
  let aborted = false;
  const connection = Object.assign(new EventTarget(), {
    maConn: transport,
    remotePeer: 'other',
    streams: [],
    newStream: async () => {
      pings += 1;
      return new Promise<never>(() => undefined);
    },
    abort() {
      aborted = true;
      connection.dispatchEvent(new Event('close'));
    },
  });
  return {
    connection: connection as unknown as Connection,
    hear: () => void transport.dispatchEvent(new Event('message')),
    pings: () => pings,
    aborted: () => aborted,
  };
}

test('silence is noticed after 2.5 s, asked about before', async () => {
  const clock = handClock();
  const { connection, aborted, pings } = silentConnection();
  pulses(clock, unknown)(connection);
  await clock.run(pulsePace.goneMs - 1);
  expect(aborted()).toBe(false);
  expect(pings()).toBeGreaterThanOrEqual(2);
  await clock.run(1);
  expect(aborted()).toBe(true);
});

test('any byte is a sign of life, and traffic needs few pings', async () => {
  const clock = handClock();
  const { connection, aborted, hear, pings } = silentConnection();
  pulses(clock, unknown)(connection);
  for (let step = 0; step < 200; step += 1) {
    await clock.run(300);
    hear();
  }
  expect(aborted()).toBe(false);
  expect(pings()).toBeLessThanOrEqual(60_000 / pulsePace.measureMs + 1);
  await clock.run(pulsePace.goneMs);
  expect(aborted()).toBe(true);
});

test('after its own sleep it gives the other side time anew', async () => {
  const clock = handClock();
  const { connection, aborted } = silentConnection();
  pulses(clock, unknown)(connection);
  await clock.run(900);
  await clock.sleep(60_000);
  expect(aborted()).toBe(false);
  await clock.run(pulsePace.goneMs);
  expect(aborted()).toBe(true);
});

test('a closed connection is no longer watched', async () => {
  const clock = handClock();
  const { connection, aborted, pings } = silentConnection();
  pulses(clock, unknown)(connection);
  await clock.run(1);
  connection.dispatchEvent(new Event('close'));
  const before = pings();
  await clock.run(60_000);
  expect([aborted(), pings()]).toEqual([false, before]);
});

/** One whose other side answers pings until it falls silent. */
function answeringConnection() {
  const transport = new EventTarget();
  const seen = { pings: 0, silent: false, aborted: false };
  const stream = Object.assign(new EventTarget(), {
    status: 'open',
    abort: () => undefined,
    send(data: Uint8Array) {
      seen.pings += 1;
      if (seen.silent) return;
      transport.dispatchEvent(new Event('message'));
      stream.dispatchEvent(Object.assign(new Event('message'), { data }));
    },
  });
  const connection = Object.assign(new EventTarget(), {
    maConn: transport,
    remotePeer: 'other',
    streams: [] as { protocol: string }[],
    newStream: () => Promise.resolve(stream),
    abort() {
      seen.aborted = true;
      connection.dispatchEvent(new Event('close'));
    },
  });
  return { connection, seen, pulse: connection as unknown as Connection };
}

/** @returns so many links of one node, a quarter of a minute old */
async function manyLinks(count: number, linksOf = unknown) {
  const clock = handClock();
  const watch = pulses(clock, linksOf);
  const links = Array.from({ length: count }, answeringConnection);
  for (const { pulse } of links) watch(pulse);
  await clock.run(15_000);
  const pings = (): number => links.reduce((sum, { seen }) => sum + seen.pings, 0);
  return { clock, links, pings };
}

test('links without work share the questions: 300 cost little more than 15', async () => {
  // three times each
  const seconds = (3 * 300) / pulsePace.asksPerSecond;
  const { clock, links, pings } = await manyLinks(300);
  const [before, each] = [pings(), links.map(({ seen }) => seen.pings)];
  await clock.run(seconds * 1000);
  expect(pings() - before).toBeLessThan(seconds * pulsePace.asksPerSecond * 1.2);
  // and nobody is forgotten
  for (const [index, { seen }] of links.entries()) expect(seen.pings - (each[index] ?? 0)).toBeGreaterThanOrEqual(2);
  expect(links.some(({ seen }) => seen.aborted)).toBe(false);
});

test('a few are asked every second, as ever', async () => {
  const { clock, pings } = await manyLinks(10);
  const before = pings();
  await clock.run(30_000);
  expect(pings() - before).toBeGreaterThanOrEqual(10 * 29);
});

test('one that falls silent is missed among 300 too, and as fast as ever when an answer runs on it', async () => {
  const { clock, links } = await manyLinks(300);
  const [idle, busy] = links;
  if (idle === undefined || busy === undefined) throw new Error('no links');
  idle.seen.silent = true;
  busy.seen.silent = true;
  busy.connection.streams.push({ protocol: '/axon/chat/1' });
  await clock.run(pulsePace.goneMs);
  expect([busy.seen.aborted, idle.seen.aborted]).toEqual([true, false]);
  await clock.run(300_000 / pulsePace.asksPerSecond);
  expect(idle.seen.aborted).toBe(true);
  expect(links.filter(({ seen }) => seen.aborted)).toHaveLength(2);
});

test('one that has 300 links is asked no more often than it asks them, and every second while an answer runs', async () => {
  const { clock, links, pings } = await manyLinks(2, () => 300);
  const [busy] = links;
  const before = pings();
  await clock.run(30_000);
  expect(pings() - before).toBeLessThanOrEqual(2 * Math.ceil((30 * pulsePace.asksPerSecond) / 300));
  expect(pings() - before).toBeGreaterThanOrEqual(2 * Math.floor((30 * pulsePace.asksPerSecond) / 300));
  busy?.connection.streams.push({ protocol: '/axon/chat/1' });
  await clock.run(30_000);
  expect(busy?.seen.pings).toBeGreaterThanOrEqual(29);
});

test('300 that rest are looked at together, and no timer of each wakes the machine', async () => {
  const { clock } = await manyLinks(300);
  expect(clock.timers()).toBe(1);
});

test('those that rest get their time anew after a sleep, too', async () => {
  const { clock, links } = await manyLinks(300);
  for (const { seen } of links) seen.silent = true;
  await clock.sleep(600_000);
  expect(links.some(({ seen }) => seen.aborted)).toBe(false);
  await clock.run(300_000 / pulsePace.asksPerSecond + 2 * pulsePace.goneMs);
  expect(links.every(({ seen }) => seen.aborted)).toBe(true);
});
