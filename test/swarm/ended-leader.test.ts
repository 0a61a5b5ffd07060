// A leader whose program has ended: its port refuses. What an asker makes of it: swarm/resume.test.ts, and test/fault with real processes.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { nobodyListens } from '../../src-main/network/diagnose.ts';
import { cleanUp, ending } from './network-fixtures.ts';

afterEach(cleanUp);

async function listening(): Promise<{ server: Server; address: string; close(): Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  ending(() => (server.listening ? close() : undefined));
  return { server, address: `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`, close };
}

test('nobody listens: all ports where it was reached refuse, and it is nowhere else', async () => {
  const [one, other] = [await listening(), await listening()];
  const id = '/p2p/12D3KooWGzBaQwzdkpWmcTrDkMyv3bTqbJCUBhiCvkmc6jvdHHHH';
  expect(await nobodyListens([one.address + id], '127.0.0.1')).toBe(false);
  await one.close();
  expect(await nobodyListens([one.address + id], '127.0.0.1')).toBe(true);
  // its port changed, or it moved
  expect(await nobodyListens([one.address + id, other.address + id], '127.0.0.1')).toBe(false);
  expect(await nobodyListens([one.address, other.address.replace('127.0.0.1', '127.0.0.2')], '127.0.0.1')).toBe(true);
  // nothing is known of where it was reached
  expect(await nobodyListens([one.address], '192.0.2.1')).toBe(false);
  expect(await nobodyListens(['no address'], '127.0.0.1')).toBe(false);
});
