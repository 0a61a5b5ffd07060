import { expect, test } from 'vitest';
import { maxNearbyDoors, nearbyDoor, type NearbyDoor } from '../../src-shared/member.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import type { Discover } from './discovery.ts';
import { newIdentity, peerIdOf } from './identity.ts';
import { nearby, nearbyDoors } from './nearby-doors.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const peers = Array.from({ length: maxNearbyDoors + 4 }, () => peerIdOf(newIdentity()));
const [desk = '', attic = ''] = peers;

/** A local network that says what the test wants; the lists as they came. */
async function listening() {
  const clock = handClock();
  const leaving = new AbortController();
  let says: (peerId: string, addresses: string[], name: string) => void = () => undefined;
  let running = false;
  const discover: Discover = ({ swarmTags }) => {
    expect(swarmTags()).toEqual({ announced: null, ours: [] });
    return {
      start: ({ addresses }) => {
        expect(addresses()).toEqual([]);
        running = true;
      },
      stop: () => void (running = false),
      onPairing: (found) => void (says = found),
      ...{ onFound: () => undefined, onOtherSwarm: () => undefined, onInterfaces: () => undefined },
      ...{ setPairing: () => undefined, changed: () => undefined },
    };
  };
  const lists: NearbyDoor[][] = [];
  const done = (async () => {
    for await (const list of nearbyDoors({ discover, clock, log, signal: leaving.signal })) lists.push(list);
  })();
  await clock.run(0);
  return {
    clock,
    lists,
    running: () => running,
    says: (...words: Parameters<typeof says>) => says(...words),
    async leave() {
      leaving.abort();
      await done;
    },
  };
}

test('lists who adds a device, with what to dial; forgets who closes or falls silent; stops to listen when nobody reads', async () => {
  const lan = await listening();
  expect(lan.lists).toEqual([[]]);
  lan.says(desk, ['/ip4/192.168.1.20/tcp/5000', '/ip4/10.0.0.1/tcp/5000'], 'DESK');
  lan.says(attic, ['/ip4/192.168.1.30/tcp/5001'], '');
  await lan.clock.run(nearby.lookMs);
  const both = [
    { peerId: desk, name: 'DESK', host: '192.168.1.20', address: `/ip4/192.168.1.20/tcp/5000/p2p/${desk}` },
    { peerId: attic, name: '', host: '192.168.1.30', address: `/ip4/192.168.1.30/tcp/5001/p2p/${attic}` },
  ];
  expect(lan.lists.at(-1)).toEqual(both);
  for (const door of both) expect(nearbyDoor.parse(door)).toEqual(door);
  lan.says(desk, [], '');
  await lan.clock.run(nearby.lookMs);
  expect(lan.lists.at(-1)).toEqual([both[1]]);
  await lan.clock.run(nearby.forgetMs);
  expect(lan.lists.at(-1)).toEqual([]);
  expect(lan.running()).toBe(true);
  await lan.leave();
  expect([lan.running(), lan.clock.timers()]).toEqual([false, 0]);
});

test('whatever is announced: no more than so many, and the list changes once a second at most', async () => {
  const lan = await listening();
  for (let round = 0; round < 50; round += 1)
    for (const peer of peers) {
      lan.says(peer, [`/ip4/192.168.1.20/tcp/${5000 + round}`], `name ${round}`);
      await lan.clock.run(1);
    }
  expect(lan.lists.length).toBeLessThanOrEqual(3);
  for (const list of lan.lists) expect(list.length).toBeLessThanOrEqual(maxNearbyDoors);
  await lan.leave();
});
