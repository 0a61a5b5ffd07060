import { expect, test } from 'vitest';
import { defaultPermissions, noMembership } from '../../../src-shared/member.ts';
import type { MembershipView, MemberView } from '../../../src-shared/member.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { machineLines, machines } from './machines.ts';

const peer = (peerId: string, name: string): SwarmView['peers'][number] => ({
  peerId,
  name,
  state: 'connected',
  addresses: [],
  latencyMs: null,
  offer: null,
  lastSeen: null,
});
const member = (peerId: string, name: string, change: Partial<MemberView> = {}): MemberView => ({
  peerId,
  name,
  role: 'member',
  permissions: defaultPermissions,
  self: false,
  connected: false,
  lastSeen: null,
  usedToday: { answers: 0, tokens: 0 },
  ...change,
});
const of = (peers: SwarmView['peers'], membership: Partial<MembershipView>): string[] => {
  const self = {
    peerId: 'me',
    name: 'me',
    role: { wanted: 'subordinate', actual: { kind: 'off' } },
    engine: null,
  } as unknown as SwarmView['self'];
  return machines({ self, peers, settings: {} as SwarmView['settings'], membership: { ...noMembership, ...membership } }).map(
    ({ name }) => name,
  );
};

test('a member that was never met is there, with the name on the list', () => {
  expect(
    of([peer('a', 'its own name')], { members: [member('me', 'me', { self: true }), member('a', 'attic'), member('b', 'barn')] }),
  ).toEqual(['me', 'attic', 'barn']);
});

test('who knocks and who was removed is no machine of the swarm', () => {
  const knocking = { peerId: 'k', name: 'k', words: '', since: 0, by: 'key' as const };
  expect(of([peer('k', 'k'), peer('r', 'r'), peer('x', 'x')], { applicants: [knocking], removed: [{ peerId: 'r', name: 'r' }] })).toEqual([
    'me',
    'x',
  ]);
});

test('a machine in one line is what it was when only its memory is otherwise', () => {
  const lines = (freeMb: number): unknown => {
    const hardware = { gpus: [{ name: 'a card' }], ram: { totalMb: 8000, freeMb } };
    const self = { peerId: 'me', name: 'me', role: { wanted: 'subordinate', actual: { kind: 'off' } }, engine: null, hardware };
    const view = { self: self as unknown as SwarmView['self'], peers: [], settings: {} as SwarmView['settings'], membership: noMembership };
    return machineLines(view);
  };
  expect(lines(1000)).toEqual(lines(2000));
  expect(lines(1000)).toMatchObject([{ name: 'me', gpus: ['a card'] }]);
});

test('that there is no GPU is said of a machine that was looked at, and of no other', () => {
  const lines = (unknown: string[]): unknown => {
    const self = { peerId: 'me', name: 'me', role: { wanted: 'subordinate', actual: { kind: 'off' } }, engine: null };
    const hardware = { gpus: [], ram: { totalMb: null, freeMb: null }, unknown };
    const view = { self: { ...self, hardware } as unknown as SwarmView['self'], peers: [], settings: {} as SwarmView['settings'] };
    return machineLines({ ...view, membership: noMembership });
  };
  expect(lines(['gpus', 'power'])).toMatchObject([{ gpus: null, told: true }]);
  expect(lines(['power'])).toMatchObject([{ gpus: [], told: true }]);
});
