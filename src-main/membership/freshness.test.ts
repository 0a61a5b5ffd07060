import { describe, expect, test } from 'vitest';
import { fakePeer } from '../../test/fakes/fake-signing.ts';
import { defaultPermissions, type MemberRole } from '../../src-shared/member.ts';
import { freshness, graceMs } from './freshness.ts';
import { may } from './rights.ts';
import type { RosterMember } from './roster-state.ts';

const [self, peer, other, stranger] = ['A', 'B', 'C', 'D'].map(fakePeer) as [string, string, string, string];
const state = (roles: Record<string, MemberRole>): { members: Map<string, RosterMember> } => ({
  members: new Map(Object.entries(roles).map(([peerId, role]) => [peerId, { name: 'x', role, permissions: defaultPermissions }])),
});
const three = state({ [self]: 'member', [peer]: 'member', [other]: 'admin' });

describe('a second opinion', () => {
  test('is waited for, no longer than the grace', () => {
    const fresh = freshness();
    expect(graceMs).toBe(3_000);
    expect(fresh.may(peer, 0, three, self)).toBe(false);
    expect(fresh.may(peer, 10_000, three, self)).toBe(false);
    fresh.cameUp(10_000);
    expect(fresh.may(peer, 10_000, three, self)).toBe(false);
    expect(fresh.may(peer, 12_999, three, self)).toBe(false);
    expect(fresh.may(peer, 13_000, three, self)).toBe(true);
  });

  test('comes from a member that is neither of the two', () => {
    const fresh = freshness();
    fresh.cameUp(0);
    for (const one of [peer, self, fakePeer('E')]) fresh.compared(one);
    expect(fresh.may(peer, 1, three, self)).toBe(false);
    expect(fresh.may(other, 1, three, self)).toBe(true);
    fresh.compared(other);
    expect(fresh.may(peer, 1, three, self)).toBe(true);
    // one is enough
    expect(fresh.may(peer, 1, state({ [self]: 'member', [peer]: 'member', [other]: 'admin', [stranger]: 'admin' }), self)).toBe(true);
  });

  test('of before a sleep is old', () => {
    const fresh = freshness();
    fresh.cameUp(0);
    fresh.compared(other);
    expect(fresh.may(peer, 1, three, self)).toBe(true);
    fresh.cameUp(100_000);
    expect(fresh.may(peer, 100_001, three, self)).toBe(false);
    expect(fresh.may(peer, 103_000, three, self)).toBe(true);
  });

  test('is not waited for where nobody could give it, or nobody else could have removed anyone', () => {
    const fresh = freshness();
    fresh.cameUp(0);
    expect(fresh.may(peer, 1, state({ [self]: 'member', [peer]: 'admin' }), self)).toBe(true);
    expect(fresh.may(peer, 1, state({ [self]: 'admin', [peer]: 'member', [other]: 'member' }), self)).toBe(true);
    expect(fresh.may(peer, 1, state({ [self]: 'admin', [peer]: 'member', [other]: 'admin' }), self)).toBe(false);
    expect(fresh.may(peer, 1, state({ [self]: 'admin', [peer]: 'admin', [other]: 'member' }), self)).toBe(false);
    expect(fresh.may(peer, 1, state({ [self]: 'member', [peer]: 'admin', [other]: 'member' }), self)).toBe(false);
    expect(fresh.may(peer, 1, state({}), self)).toBe(true);
  });
});

test('a member may do what it was granted, and a stranger nothing', () => {
  const permissions = { chat: true, models: false, split: true, execute: false };
  const members = new Map<string, RosterMember>([[peer, { name: 'x', role: 'member', permissions }]]);
  expect([may({ members }, peer, 'chat'), may({ members }, peer, 'models'), may({ members }, peer, 'split')]).toEqual([true, false, true]);
  expect(may({ members }, other, 'chat')).toBe(false);
});
