import type { Connection } from '@libp2p/interface';
import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { pulsePace, watchPulse } from './pulse.ts';

/** A connection on which nothing answers. */
function silentConnection(): { connection: Connection; hear(): void; pings: () => number; aborted: () => boolean } {
  const transport = new EventTarget();
  let pings = 0;
  let aborted = false;
  const connection = Object.assign(new EventTarget(), {
    maConn: transport,
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
  watchPulse(connection, clock);
  await clock.run(pulsePace.goneMs - 1);
  expect(aborted()).toBe(false);
  expect(pings()).toBeGreaterThanOrEqual(2);
  await clock.run(1);
  expect(aborted()).toBe(true);
});

test('any byte is a sign of life, and traffic needs few pings', async () => {
  const clock = handClock();
  const { connection, aborted, hear, pings } = silentConnection();
  watchPulse(connection, clock);
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
  watchPulse(connection, clock);
  await clock.run(900);
  await clock.sleep(60_000);
  expect(aborted()).toBe(false);
  await clock.run(pulsePace.goneMs);
  expect(aborted()).toBe(true);
});

test('a closed connection is no longer watched', async () => {
  const clock = handClock();
  const { connection, aborted, pings } = silentConnection();
  watchPulse(connection, clock);
  await clock.run(1);
  connection.dispatchEvent(new Event('close'));
  const before = pings();
  await clock.run(60_000);
  expect([aborted(), pings()]).toEqual([false, before]);
});
