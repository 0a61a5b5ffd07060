import { expect, test } from 'vitest';
import type { Offer, PeerView } from '../../src-shared/peer.ts';
import type { RoleActual } from '../../src-shared/role.ts';
import { noMembership } from '../../src-shared/member.ts';
import { defaultSettings } from '../store/settings-store.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { viewEvents } from './view-events.ts';

const hardware = {
  os: 'Linux',
  arch: 'x64',
  cpu: { model: 'cpu', cores: 2 },
  ram: { totalMb: 1, freeMb: 1 },
  gpus: [],
  load: null,
  battery: null,
};
const leads: Offer['leads'] = {
  models: [],
  slots: { total: 1, free: 1 },
  waiting: 0,
  maxWaiting: 16,
  engine: { kind: 'fake', device: { kind: 'cpu', name: 'cpu', why: 'because' } },
};
const peerId = '12D3KooWNRXQvZkfTsiPj2C4WoqTzMzwTbTQYQUH4GeQfc2UsqGz';
const peer = (change: Partial<PeerView> = {}): PeerView => ({
  peerId,
  name: 'desk',
  state: 'connected',
  addresses: [],
  latencyMs: 1,
  offer: null,
  lastSeen: 0,
  ...change,
});

function view(
  change: { actual?: RoleActual; peers?: PeerView[]; otherSwarms?: number; models?: string[]; troubles?: SwarmView['troubles'] } = {},
): SwarmView {
  return {
    revision: 1,
    self: {
      peerId: null,
      name: 'self',
      version: '0',
      addresses: [],
      role: { wanted: 'leader', actual: change.actual ?? { kind: 'off' } },
      hardware,
      engine: null,
      models: (change.models ?? []).map((name) => ({ name, loaded: false })),
      identity: 'file',
      ciphers: 'native',
      paused: null,
    },
    key: null,
    membership: noMembership,
    peers: change.peers ?? [],
    otherSwarms: change.otherSwarms ?? 0,
    troubles: change.troubles ?? [],
    settings: { ...defaultSettings('self'), role: 'leader', swarmPort: 0, webPort: 0 },
  };
}

const leader = (running: number, waiting = 0): RoleActual => ({ kind: 'leader', models: 1, running, waiting });

test('the words of whoever may let this machine in, and who did; with an invite there is nothing to press', () => {
  const asked = { peerId, name: 'desk', words: 'otter-lemon-river', swarm: 'a'.repeat(64), state: 'waiting' as const };
  const letIn = { peerId, name: 'desk', words: 'otter-lemon-river', swarm: 'a'.repeat(64), at: 5 };
  const now = (membership: Partial<SwarmView['membership']>): SwarmView => ({ ...view(), membership: { ...noMembership, ...membership } });
  const { state: _, ...words } = { event: 'words', ...asked };
  expect(viewEvents(view(), now({ asked: [asked] }))).toEqual([words]);
  expect(viewEvents(now({ asked: [asked] }), now({ asked: [{ ...asked, state: 'offered' }] }))).toEqual([]);
  expect(viewEvents(view(), now({ asked: [asked], invited: { peerId, name: 'desk' } }))).toEqual([]);
  const { at: __, ...said } = { event: 'let-in', ...letIn };
  expect(viewEvents(view(), now({ letIn }))).toEqual([said]);
  expect(viewEvents(now({ letIn }), now({ letIn: { ...letIn } }))).toEqual([]);
});

test('what did not change is no news', () => {
  const same = view({ peers: [peer()], actual: leader(1) });
  expect(viewEvents(same, { ...same, revision: 2 })).toEqual([]);
  expect(viewEvents(view({ peers: [peer()] }), view({ peers: [peer({ latencyMs: 9, lastSeen: 5 })] }))).toEqual([]);
});

test('peers come, get a name, begin to lead, go away and are forgotten', () => {
  const event = { event: 'peer', peerId, name: 'desk', state: 'connected', leads: false };
  expect(viewEvents(view(), view({ peers: [peer()] }))).toEqual([event]);
  expect(viewEvents(view({ peers: [peer({ name: 'x' })] }), view({ peers: [peer()] }))).toEqual([event]);
  const offer: Offer = { revision: 1, name: 'desk', version: '0', role: 'leader', hardware, leads };
  expect(viewEvents(view({ peers: [peer()] }), view({ peers: [peer({ offer })] }))).toEqual([{ ...event, leads: true }]);
  expect(viewEvents(view({ peers: [peer()] }), view({ peers: [peer({ state: 'away' })] }))).toEqual([{ ...event, state: 'away' }]);
  expect(viewEvents(view({ peers: [peer()] }), view())).toEqual([{ ...event, state: 'forgotten' }]);
});

test('questions come in and end', () => {
  expect(viewEvents(view({ actual: leader(0) }), view({ actual: leader(1) }))).toEqual([{ event: 'asked', running: 1, waiting: 0 }]);
  expect(viewEvents(view({ actual: leader(1) }), view({ actual: leader(1, 1) }))).toEqual([{ event: 'asked', running: 1, waiting: 1 }]);
  expect(viewEvents(view({ actual: leader(1, 1) }), view({ actual: leader(1) }))).toEqual([{ event: 'answered', running: 1, waiting: 0 }]);
});

test('the role, the models, other swarms and troubles', () => {
  expect(viewEvents(view(), view({ actual: leader(0) }))).toEqual([{ event: 'role', wanted: 'leader', actual: 'leader' }]);
  expect(viewEvents(view(), view({ models: ['a'] }))).toEqual([{ event: 'models', models: ['a'] }]);
  expect(viewEvents(view(), view({ otherSwarms: 2 }))).toEqual([{ event: 'other-swarm', count: 2 }]);
  const failure = { code: 'engine-failed' as const, message: 'no' };
  expect(viewEvents(view({ actual: leader(0) }), view({ actual: { kind: 'troubled', failure } }))).toEqual([
    { event: 'role', wanted: 'leader', actual: 'troubled' },
    { event: 'trouble', code: 'engine-failed', message: 'no' },
  ]);
  const trouble = { code: 'port-in-use' as const, message: 'taken' };
  expect(viewEvents(view(), view({ troubles: [trouble] }))).toEqual([{ event: 'trouble', ...trouble }]);
});
