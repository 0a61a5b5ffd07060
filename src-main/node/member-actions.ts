// What the owner does to the roster. Everything here is said by a statement, and shows its effect in the view.
import { Failure } from '../../src-shared/failure.ts';
import type { MemberRole, Permissions } from '../../src-shared/member.ts';
import { defaultPermissions } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import type { Admitting } from './admitting.ts';
import type { KeyBook } from './key-book.ts';
import type { Signing } from './options.ts';
import type { KeptRoster, RosterBook } from './roster-book.ts';
import type { Trusting } from './trusting.ts';

/** How long those that are connected may take to hear that this device leaves, ms. */
const farewellMs = 2_000;

export type MemberActionsOptions = {
  clock: Clock;
  self: () => PeerId | null;
  name: () => string;
  connected: () => readonly PeerId[];
  book: RosterBook;
  keys: KeyBook;
  trust: Trusting;
  applicants: Admitting;
  signing: Signing;
  /** Forgets key, roster, invites and peers; the network stops. */
  forgetSwarm: () => Promise<void>;
  /** Resolves at the next change of anything. */
  change: (signal: AbortSignal) => Promise<boolean>;
};

export type MemberActions = ReturnType<typeof memberActions>;

export function memberActions(options: MemberActionsOptions) {
  const { book, keys, trust, applicants, signing } = options;

  const ownId = (): PeerId => {
    const own = options.self();
    if (own === null) throw new Failure('no-key', 'This machine is in no swarm yet.');
    return own;
  };
  const asAdmin = (): KeptRoster => {
    ownId();
    const roster = book.roster();
    if (roster === null || trust.standing() !== 'admin') throw new Failure('not-admin', 'This device is no admin of the swarm.');
    return roster;
  };
  const member = (roster: KeptRoster, peerId: PeerId) => {
    const found = roster.members.get(peerId);
    if (found === undefined) throw new Failure('not-found', 'There is no such member.');
    return found;
  };
  const admins = (roster: KeptRoster): PeerId[] => [...roster.members].flatMap(([peerId, { role }]) => (role === 'admin' ? [peerId] : []));
  const say = (...ops: Parameters<RosterBook['write']>): void => {
    book.write(...ops);
    trust.settle();
  };

  return {
    asAdmin,
    found(): void {
      ownId();
      const key = keys.keyring()?.current;
      if (key === undefined) throw new Failure('no-key', 'This machine is in no swarm yet.');
      if (book.roster() !== null) throw new Failure('key-exists', 'This machine knows the members of its swarm already.');
      book.found({ name: options.name(), epochHash: book.hash(key.key) });
      keys.founded();
      trust.settle();
    },
    allow(peerId: PeerId, words: string): void {
      asAdmin();
      const { name } = applicants.find(peerId, words);
      say({ op: 'admit', device: peerId, name, permissions: defaultPermissions });
    },
    refuse(peerId: PeerId): void {
      asAdmin();
      applicants.refuse(peerId);
    },
    revoke(peerId: PeerId): void {
      const roster = asAdmin();
      const { role } = member(roster, peerId);
      if (role === 'admin' && admins(roster).length === 1) throw new Failure('last-admin', 'This is the only admin.');
      trust.remove(peerId);
    },
    rename(peerId: PeerId, name: string): void {
      const own = ownId();
      const roster = book.roster();
      // everybody may change its own name
      if (roster === null || !(peerId === own && roster.members.has(own))) asAdmin();
      if (roster !== null && member(roster, peerId).name !== name) say({ op: 'rename', device: peerId, name });
    },
    setRole(peerId: PeerId, role: MemberRole): void {
      const roster = asAdmin();
      if (member(roster, peerId).role === role) return;
      if (role === 'member' && admins(roster).length === 1) throw new Failure('last-admin', 'This is the only admin.');
      say({ op: 'role', device: peerId, role });
    },
    setPermissions(peerId: PeerId, permissions: Permissions): void {
      member(asAdmin(), peerId);
      say({ op: 'permissions', device: peerId, permissions });
    },
    async leave(): Promise<void> {
      const own = ownId();
      const roster = book.roster();
      const others = roster !== null && roster.members.size > 1;
      if (roster?.members.has(own) === true && others) {
        if (roster.members.get(own)?.role === 'admin' && admins(roster).length === 1)
          throw new Failure('last-admin', 'This is the only admin, and there are other members.');
        say({ op: 'revoke', device: own, why: 'left' });
        await farewell();
      }
      await options.forgetSwarm();
    },
    recover(code: string): void {
      const own = ownId();
      const roster = book.roster();
      if (roster === null) throw new Failure('pending', 'This device has no list of members yet.');
      const name = roster.members.has(own) ? {} : { name: options.name() };
      const { peerId, privateKey } = signing.recoveryIdentity(code);
      if (peerId !== roster.recovery)
        throw new Failure('recovery-wrong', 'A newer recovery code was made, or this one is of another swarm.');
      book.writeAs({ peerId, sign: signing.signer(privateKey) }, { op: 'recover', device: own, ...name });
      trust.settle();
    },
    /** A new recovery code as text; the one before ends. */
    newRecovery(): string {
      asAdmin();
      const words = signing.newRecoveryWords();
      say({ op: 'recovery', recovery: signing.recoveryIdentity(words).peerId });
      return `${words}\n`;
    },
  };

  /** Until all that are connected have heard, or went away (which is what they do once they heard). */
  async function farewell(): Promise<void> {
    const over = new AbortController();
    const cancel = options.clock.after(farewellMs, () => over.abort());
    const deaf = (): boolean => options.connected().some((peerId) => !trust.told().has(peerId));
    while (deaf() && (await options.change(over.signal)));
    cancel();
  }
}
