// Who is a member, on one machine: the shipping roster and freshness over the simulated network; signatures are fake-signing's.
import { defaultPermissions } from '../../../src-shared/member.ts';
import { Failure } from '../../../src-shared/failure.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { Clock } from '../../../src-main/jobs/ports.ts';
import { emptyRoster, foundRoster, merge, state, statements, write, type Roster } from '../../../src-main/membership/roster.ts';
import type { Statement } from '../../../src-main/membership/ports.ts';
import { fresh as freshness } from '../../../src-main/node/fresh.ts';
import { fakeCrypto, fakePeer, fakeSigner } from '../../fakes/fake-signing.ts';

/** What stays on the machine's disk over its lives. */
export type Disk = { roster: Roster };

export type SimTrust = {
  isMember(peerId: PeerId): boolean;
  /** Whether this machine takes itself for a member: by its roster, and by what the others do. */
  isIn(): boolean;
  /** A member does not let it in: believed until another one speaks with it, as node/trusting.ts does. */
  shutOut(by: PeerId): void;
  /** Why that device may have no answer here; null: it may. */
  refusal(from: PeerId): Failure | null;
  fresh(from: PeerId): boolean;
  compared(peerId: PeerId): void;
  news(): Statement[];
  /** True: something is new. */
  take(news: readonly Statement[]): boolean;
  revoke(peerId: PeerId): void;
  admit(peerId: PeerId, name: string): void;
};

/** Thousands of small swarms begin with the same few names. */
const founded = new Map<string, Roster>();

/** The first one founds, and lets the others in; all have heard of it. */
export function foundedRoster(members: readonly { peerId: PeerId; name: string }[]): Roster {
  const names = members.map(({ peerId, name }) => `${peerId} ${name}`).join('\n');
  const roster = founded.get(names) ?? found(members);
  founded.set(names, roster);
  return roster;
}

function found(members: readonly { peerId: PeerId; name: string }[]): Roster {
  const [first] = members;
  if (first === undefined) return emptyRoster();
  const { peerId: by, name } = first;
  let { roster } = foundRoster(fakeCrypto, fakeSigner(by), by, { name, epochHash: fakeCrypto.hash('key 1'), recovery: fakePeer('R') });
  const all = members
    .slice(1)
    .map(({ peerId, name: called }) => ({ op: 'admit', device: peerId, name: called, permissions: defaultPermissions }) as const);
  for (const op of all) ({ roster } = write(fakeCrypto, fakeSigner(by), by, roster, op));
  return roster;
}

const bodies = new WeakMap<Roster, ReadonlySet<string>>();

/** As network/ compares heads first: most of what is told is known. */
function bodiesOf(roster: Roster): ReadonlySet<string> {
  const found = bodies.get(roster) ?? new Set(statements(roster).map(({ body }) => body));
  bodies.set(roster, found);
  return found;
}

/** @param changed who is waited for may be fresh now */
export function simTrust(self: PeerId, disk: Disk, clock: Clock, changed: () => void): SimTrust {
  const judge = freshness(clock, changed);
  judge.up();
  const members = () => state(disk.roster).members;
  let thrownOut = false;

  return {
    isMember: (peerId) => members().has(peerId),
    isIn: () => !thrownOut && members().has(self),
    shutOut(by) {
      if (members().has(by)) thrownOut = true;
    },
    refusal(from) {
      if (from === self || members().get(from)?.permissions.chat === true) return null;
      return new Failure('revoked', 'That device was removed from the swarm.');
    },
    fresh: (from) => judge.may(from, { members: members() } as Parameters<typeof judge.may>[1], self),
    compared(peerId) {
      thrownOut = false;
      judge.compared(peerId);
    },
    news: () => statements(disk.roster),
    take(news) {
      const known = bodiesOf(disk.roster);
      const unknown = news.filter(({ body }) => !known.has(body));
      if (unknown.length === 0) return false;
      const { roster, added } = merge(fakeCrypto, disk.roster, unknown);
      disk.roster = roster;
      return added.length > 0;
    },
    revoke(peerId) {
      disk.roster = write(fakeCrypto, fakeSigner(self), self, disk.roster, { op: 'revoke', device: peerId, why: 'removed' }).roster;
    },
    admit(peerId, name) {
      const op = { op: 'admit', device: peerId, name, permissions: defaultPermissions } as const;
      disk.roster = write(fakeCrypto, fakeSigner(self), self, disk.roster, op).roster;
    },
  };
}
