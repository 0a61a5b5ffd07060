import { expect, test } from 'vitest';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { knownPeers } from './peers.ts';

const offer: Offer = { revision: 1, name: 'desk', version: '0', role: 'subordinate', hardware: unknownHardware, leads: null };

test('what a peer says of itself has the age of its last word or nod; a round trip is a sign of life and no more', () => {
  let now = 1000;
  const peers = knownPeers(
    () => now,
    () => undefined,
  );
  const ages = (): unknown => peers.views().map(({ offerAt, lastSeen }) => [offerAt, lastSeen]);
  peers.hear({ kind: 'connected', peerId: 'p', address: '/ip4/192.0.2.1/tcp/1' });
  expect(ages()).toEqual([[null, 1000]]);
  now = 2000;
  peers.hear({ kind: 'offer', peerId: 'p', offer });
  now = 3000;
  peers.hear({ kind: 'latency', peerId: 'p', ms: 1 });
  expect(ages()).toEqual([[2000, 3000]]);
  now = 4000;
  peers.hear({ kind: 'offer-confirmed', peerId: 'p' });
  expect(ages()).toEqual([[4000, 4000]]);
  peers.hear({ kind: 'disconnected', peerId: 'p', why: 'lost' });
  now = 5000;
  expect(ages()).toEqual([[4000, 4000]]);
});
