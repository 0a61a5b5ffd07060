// What the window and the command line show of the swarm's members. Pure.
import type { MembershipView, MemberView, PairingView, Standing } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { KeptRoster } from './roster-book.ts';

export type MembershipFacts = {
  standing: Standing;
  letIn: MembershipView['letIn'];
  invited: MembershipView['invited'];
  open: boolean;
  roster: KeptRoster | null;
  self: PeerId | null;
  /** When and whether that device is here. */
  seen: (peerId: PeerId) => { connected: boolean; lastSeen: number | null };
  usedToday: (peerId: PeerId) => MemberView['usedToday'];
  applicants: MembershipView['applicants'];
  asked: MembershipView['asked'];
  invites: MembershipView['invites'];
  pairing: PairingView | null;
};

export function viewOfMembership(facts: MembershipFacts): MembershipView {
  const { roster, standing, self, open, applicants, asked, invites, pairing } = facts;
  const members = [...(roster?.members ?? [])].map(([peerId, { name, role, permissions }]): MemberView => {
    const own = peerId === self;
    const seen = own ? { connected: true, lastSeen: null } : facts.seen(peerId);
    return { peerId, name, role, permissions, self: own, ...seen, usedToday: facts.usedToday(peerId) };
  });
  return {
    standing,
    swarm: roster?.swarm ?? null,
    // of the swarm that it is in now, and of no other
    letIn: facts.letIn?.swarm === roster?.swarm ? facts.letIn : null,
    invited: standing === 'pending' ? facts.invited : null,
    open,
    members: members.toSorted((a, b) => Number(b.self) - Number(a.self) || compare(a.name, b.name) || compare(a.peerId, b.peerId)),
    removed: [...(roster?.revoked ?? [])].map(([peerId, { name }]) => ({ peerId, name })),
    applicants,
    asked,
    invites,
    pairing,
    epoch: roster?.epoch?.number ?? 0,
    recovery: roster !== null && roster.recovery !== null,
  };
}

/** Code units, not locale: the same order on every node. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
