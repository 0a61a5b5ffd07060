import { describe, expect, test } from 'vitest';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { fakeOffer } from '../../test/fakes/fake-offer.ts';
import { isNear, knownPeers } from './peers.ts';

test('candidates tell the newest, and those of whom nothing was heard are the same as before', () => {
  const peers = knownPeers(
    () => 0,
    () => undefined,
  );
  peers.hear({ kind: 'found', peerId: 'a', addresses: ['/ip4/10.0.0.2/tcp/1'] });
  peers.hear({ kind: 'connected', peerId: 'b', address: '/ip4/203.0.113.9/tcp/1' });
  const [a, b] = peers.candidates();
  expect(a).toMatchObject({ connected: false, latencyMs: null });
  peers.hear({ kind: 'connected', peerId: 'a', address: '/ip4/10.0.0.2/tcp/1' });
  expect(peers.candidates()[0]).toMatchObject({ connected: true, near: true });
  expect(peers.candidates()[1]).toBe(b);
  peers.hear({ kind: 'latency', peerId: 'a', ms: 7 });
  expect(peers.candidates()[0]?.latencyMs).toBe(7);
  peers.hear({ kind: 'disconnected', peerId: 'a', why: 'lost' });
  expect(peers.candidates()[0]).toMatchObject({ connected: false, latencyMs: null });
  peers.forget('b');
  peers.hear({ kind: 'found', peerId: 'b', addresses: [] });
  expect(peers.candidates().find(({ peerId }) => peerId === 'b')).toMatchObject({ connected: false });
  peers.clear([{ peerId: 'a', addresses: [], name: 'STUDIO' }]);
  expect(peers.candidates()).toMatchObject([{ peerId: 'a', name: 'STUDIO', connected: false }]);
});

test('a machine is too old until it is met again, or says what it lends', () => {
  const peers = knownPeers(
    () => 0,
    () => undefined,
  );
  const old = (): boolean | undefined => peers.views()[0]?.tooOld;
  const meet = (): void => peers.hear({ kind: 'connected', peerId: 'a', address: '/ip4/10.0.0.2/tcp/1' });
  meet();
  expect(old()).toBeUndefined();
  peers.hear({ kind: 'too-old', peerId: 'a' });
  expect(old()).toBe(true);
  meet();
  expect(old()).toBeUndefined();
  peers.hear({ kind: 'too-old', peerId: 'a' });
  const offer = { revision: 1, name: 'A', version: '0', role: 'subordinate' as const, hardware: unknownHardware, leads: null };
  peers.hear({ kind: 'offer', peerId: 'a', offer });
  expect(old()).toBeUndefined();
});

test('a machine stopped answering others once it led and was told not to; not by a fault, nor for a change of engine', () => {
  const peers = knownPeers(
    () => 0,
    () => undefined,
  );
  const leads = fakeOffer('desk');
  const stopped = (change: Partial<Offer>): boolean => {
    peers.hear({ kind: 'offer', peerId: 'a', offer: { ...leads, ...change } });
    return peers.views()[0]?.stopped === true;
  };
  const ended = { role: 'subordinate', leads: null } as const;
  expect([
    stopped(ended),
    stopped({}),
    stopped({ leads: null }),
    stopped({}),
    stopped({ role: 'auto', leads: null, engineDown: true }),
  ]).toEqual([false, false, false, false, false]);
  stopped({});
  expect([stopped(ended), stopped({ ...ended, name: 'DESK' }), stopped({})]).toEqual([true, true, false]);
  stopped(ended);
  // met again, it says anew what it is
  peers.hear({ kind: 'connected', peerId: 'a', address: '/ip4/10.0.0.2/tcp/1' });
  expect(peers.views()[0]?.stopped).toBeUndefined();
});

test('what a machine said in an earlier run is told while it is away, and never used to choose whom to ask', () => {
  const peers = knownPeers(
    () => 5000,
    () => undefined,
  );
  const offer = fakeOffer('desk');
  peers.clear([{ peerId: 'a', addresses: [], name: 'desk', lastSeen: 4000, said: { offer, at: 3000 } }]);
  expect(peers.views()).toMatchObject([{ state: 'away', offer: { role: 'leader' }, lastSeen: 4000, offerAt: 3000 }]);
  expect(peers.candidates()).toMatchObject([{ connected: false, offer: null }]);
  expect(peers.sightings()).toEqual([{ peerId: 'a', lastSeen: 4000, said: { offer, at: 3000 } }]);
  peers.hear({ kind: 'connected', peerId: 'a', address: '/ip4/10.0.0.2/tcp/1' });
  expect(peers.views()).toMatchObject([{ state: 'connected', offer: null, lastSeen: 5000, offerAt: null }]);
  const now = { ...offer, role: 'subordinate' as const, leads: null };
  peers.hear({ kind: 'offer', peerId: 'a', offer: now });
  peers.hear({ kind: 'disconnected', peerId: 'a', why: 'lost' });
  expect(peers.views()).toMatchObject([{ state: 'away', offer: { role: 'subordinate' } }]);
  expect(peers.sightings()).toEqual([{ peerId: 'a', lastSeen: 5000, said: { offer: now, at: 5000 } }]);
});

test('no machine was here in the future, though the clock was set back', () => {
  const peers = knownPeers(
    () => 5000,
    () => undefined,
  );
  peers.clear([{ peerId: 'a', addresses: [], lastSeen: 9000, said: { offer: fakeOffer('desk'), at: 9000 } }]);
  expect(peers.views()).toMatchObject([{ lastSeen: 5000, offerAt: 5000 }]);
});

test.each([
  ['/ip4/192.168.1.7/tcp/4101', true],
  ['/ip4/10.0.0.2/tcp/4101', true],
  ['/ip4/172.16.0.1/tcp/1', true],
  ['/ip4/172.32.0.1/tcp/1', false],
  ['/ip4/169.254.3.3/tcp/1', true],
  ['/ip4/127.0.0.1/tcp/1', true],
  ['/ip4/100.64.0.1/tcp/1', false],
  ['/ip4/203.0.113.9/tcp/1', false],
  ['/ip6/fe80::1/tcp/1', true],
  ['/ip6/fd12:3456::1/tcp/1', true],
  ['/ip6/2001:db8::1/tcp/1', false],
  ['/dns4/fd.example/tcp/1', false],
  ['/ip4/192.168.1.7/tcp/4101/p2p/x/p2p-circuit', false],
])('%s is in the house: %s', (address, near) => expect(isNear(address)).toBe(near));

describe('near is who is on a link in the house', () => {
  const [home, abroad] = ['/ip4/192.168.1.7/tcp/4101', '/ip4/203.0.113.9/tcp/4101'];
  const known = (addresses: string[]) => {
    const peers = knownPeers(
      () => 0,
      () => undefined,
    );
    peers.hear({ kind: 'found', peerId: 'p', addresses });
    return { peers, near: () => peers.candidates()[0]?.near };
  };

  test('whatever else is known of where it is', () => {
    const { peers, near } = known([home, abroad]);
    peers.hear({ kind: 'connected', peerId: 'p', address: abroad });
    expect(near()).toBe(false);
    peers.hear({ kind: 'disconnected', peerId: 'p', why: 'lost' });
    expect(near()).toBeUndefined();
    peers.hear({ kind: 'connected', peerId: 'p', address: home });
    expect(near()).toBe(true);
  });

  test('also when another address was found since, and when the link is another one', () => {
    const { peers, near } = known([]);
    peers.hear({ kind: 'connected', peerId: 'p', address: home });
    peers.hear({ kind: 'found', peerId: 'p', addresses: [abroad] });
    expect(near()).toBe(true);
    peers.hear({ kind: 'latency', peerId: 'p', ms: 30, address: abroad });
    expect(near()).toBe(false);
  });
});
