import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unknownHardware, type HardwareFacts } from '../../src-shared/hardware.ts';
import { noMembership } from '../../src-shared/member.ts';
import type { Offer, PeerView } from '../../src-shared/peer.ts';
import { staleMs, swarmSnapshot } from '../../src-shared/snapshot.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { defaultSettings } from '../store/settings-store.ts';
import { snapshotOf } from './snapshot.ts';

const now = 1_800_000_000_000;
const id = (letter: string): string => `12D3KooW${letter.repeat(44)}`;
const whole: HardwareFacts = {
  os: 'An OS',
  arch: 'x64',
  cpu: { model: 'c', cores: 4 },
  ram: { totalMb: 8000, freeMb: 4000, pressure: 0 },
  swap: null,
  disk: { totalMb: 100, freeMb: 50 },
  gpus: [],
  load: 0.2,
  battery: null,
  onAc: true,
  tools: [],
  unknown: [],
};
const card = { name: 'g', vramMb: 24_000, vramFreeMb: 20_000, unified: false };
const leads: Offer['leads'] = {
  models: [{ name: 'm', loaded: true }],
  slots: { total: 4, free: 3 },
  waiting: 2,
  maxWaiting: 16,
  engine: { kind: 'fake', device: { kind: 'cpu', name: '', why: '' } },
};
const offerOf = (hardware: HardwareFacts, more: Partial<Offer> = {}): Offer => ({
  revision: 1,
  name: 'n',
  version: '0',
  role: 'subordinate',
  hardware,
  leads: null,
  ...more,
});
const peer = (letter: string, offer: Offer | null, more: Partial<PeerView> = {}): PeerView => ({
  peerId: id(letter),
  name: `peer ${letter}`,
  state: 'connected',
  addresses: [],
  latencyMs: 1,
  offer,
  lastSeen: now - 1000,
  offerAt: offer === null ? null : now - 1000,
  ...more,
});
const viewOf = (peers: PeerView[], members: SwarmView['membership']['members'] = []): SwarmView => ({
  revision: 1,
  self: {
    peerId: id('Z'),
    name: 'me',
    version: '0',
    addresses: [],
    role: { wanted: 'auto', actual: { kind: 'subordinate', leader: null } },
    hardware: whole,
    engine: null,
    models: [],
    identity: 'file',
    ciphers: 'native',
    paused: null,
  },
  key: { fingerprint: 'x' },
  membership: { ...noMembership, members },
  peers,
  otherSwarms: 0,
  troubles: [],
  settings: defaultSettings('me'),
});
const take = (peers: PeerView[], members: SwarmView['membership']['members'] = []) =>
  swarmSnapshot.parse(snapshotOf(viewOf(peers, members), offerOf(whole, { role: 'auto' }), now));
const nodeOf = (snapshot: ReturnType<typeof take>, letter: string) => snapshot.nodes.find(({ peerId }) => peerId === id(letter));

test('each node has the status that fits, and what is missing has a name', () => {
  const snapshot = take(
    [
      peer('A', offerOf(whole)),
      peer('B', offerOf({ ...whole, load: null, gpus: [{ ...card, vramFreeMb: null }] })),
      peer('C', offerOf(whole), { offerAt: now - staleMs - 1 }),
      peer('D', offerOf(whole), { state: 'away' }),
      peer('E', null),
      peer('F', null, { state: 'found' }),
    ],
    [
      {
        peerId: id('G'),
        name: 'attic',
        role: 'member',
        permissions: { chat: true, models: false, split: false, execute: false },
        self: false,
        connected: false,
        lastSeen: 7,
        usedToday: { answers: 0, tokens: 0 },
      },
    ],
  );
  expect(snapshot.nodes.map(({ peerId, status, unknown }) => [peerId.at(-1), status, unknown])).toEqual([
    ['Z', 'complete', []],
    ['A', 'complete', []],
    ['B', 'partial', ['vramFree', 'load']],
    ['C', 'stale', []],
    ['E', 'partial', ['offer']],
    ['G', 'unreachable', ['offer']],
    ['D', 'unreachable', []],
  ]);
  expect(snapshot.totals).toMatchObject({ nodes: 7, complete: 2, partial: 2, stale: 1, unreachable: 2 });
  expect(nodeOf(snapshot, 'G')).toMatchObject({ name: 'attic', seenAt: 7, toldAt: null, role: null });
});

test('what is not known is counted as not known, and what is away is not counted', () => {
  const { totals } = take([
    peer('A', offerOf({ ...whole, gpus: [card, card] }, { role: 'leader', leads })),
    peer('B', offerOf({ ...whole, ram: { totalMb: null, freeMb: null }, gpus: [card, { ...card, vramMb: null }] })),
    peer('C', offerOf({ ...unknownHardware, unknown: ['gpus'] })),
    peer('D', offerOf({ ...whole, gpus: [card] }, { role: 'leader', leads }), { state: 'away' }),
    peer('E', null),
    peer('F', offerOf({ ...whole, gpus: [{ ...card, vramMb: null, vramFreeMb: null, unified: true }] })),
  ]);
  expect(totals.cores).toEqual({ sum: 16, unknown: 2 });
  expect(totals.ramMb).toEqual({ sum: 24_000, unknown: 3 });
  expect(totals.ramFreeMb).toEqual({ sum: 12_000, unknown: 3 });
  // of two cards the memory of one is not known: so is their sum
  expect(totals.vramMb).toEqual({ sum: 48_000, unknown: 3 });
  expect(totals.vramFreeMb).toEqual({ sum: 80_000, unknown: 2 });
  expect(totals.slots).toEqual({ sum: 4, unknown: 1 });
  expect(totals.freeSlots).toEqual({ sum: 3, unknown: 1 });
  expect(totals.waiting).toEqual({ sum: 2, unknown: 1 });
  expect(totals).toMatchObject({ leaders: 1, models: 1, unified: 1 });
});

test('whatever is known of whom: every reached node is in a sum or among its unknown, and none is twice', () => {
  const mb = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: null });
  const machine = fc.record({
    cores: fc.option(fc.integer({ min: 1, max: 64 }), { nil: null }),
    totalMb: mb,
    freeMb: mb,
    silent: fc.boolean(),
    state: fc.constantFrom('connected' as const, 'away' as const),
  });
  fc.assert(
    fc.property(fc.array(machine, { maxLength: 20 }), (machines) => {
      const peers = machines.map(({ cores, totalMb, freeMb, silent, state }, index) =>
        peer(
          String.fromCodePoint(65 + index),
          silent ? null : offerOf({ ...whole, cpu: { model: 'c', cores }, ram: { totalMb, freeMb } }),
          { state },
        ),
      );
      const { totals } = take(peers);
      const reached = machines.filter(({ state }) => state === 'connected');
      const known = reached.filter(({ silent, cores }) => !silent && cores !== null);
      expect(totals.cores).toEqual({
        sum: known.reduce((sum, { cores }) => sum + (cores ?? 0), 4),
        unknown: reached.length - known.length,
      });
      expect(totals.complete + totals.partial + totals.stale).toBe(reached.length + 1);
      expect(totals.nodes).toBe(machines.length + 1);
    }),
  );
});
