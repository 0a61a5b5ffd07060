// The Trust port over roster and keys: who is what at this moment, what others are told, and what follows from what they tell.
import { randomBytes } from 'node:crypto';
import { Failure } from '../../src-shared/failure.ts';
import { defaultPermissions, type Standing } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { keysFor } from '../membership/keyring.ts';
import type { JoinAnswer, JoinRequest, News, PeerStanding, Trust } from '../membership/ports.ts';
import type { Applying } from './applying.ts';
import type { Admitting } from './admitting.ts';
import type { Fresh } from './fresh.ts';
import { nameOf, type Inviting } from './inviting.ts';
import type { KeyBook } from './key-book.ts';
import type { KeptRoster, RosterBook } from './roster-book.ts';

/** An admin waits this much longer than the one before it in the roster, so that not all make a new key at once, ms. */
const rotateStepMs = 1_000;

export type TrustingOptions = {
  clock: Clock;
  log: Log;
  settings: () => Settings;
  self: () => PeerId | null;
  book: RosterBook;
  keys: KeyBook;
  invites: Inviting;
  applicants: Admitting;
  application: Applying;
  fresh: Fresh;
  /** Roster, keys or standing changed: connections, answers and the view are looked at anew. */
  changed: () => void;
  /** Something for the view, and for those who wait. */
  heard: () => void;
};

export type Trusting = {
  readonly port: Trust;
  /** By this device's own roster. */
  standing(): Standing;
  /** As the person sees it: `revoked` also when the others say so and this device could not be told why. */
  seenStanding(): Standing;
  /** Why that device may have no answer from this machine; null: it may. */
  refusal(from: PeerId): Failure | null;
  /** For a device that is a member now; null: it is none. */
  welcome(peerId: PeerId): JoinAnswer | null;
  /** Out, with a new key for the others. */
  remove(peerId: PeerId): void;
  /** A roster of that swarm in which this device is a member, and the key of its epoch. */
  isWelcome(news: News, swarm: string): boolean;
  /** Takes such a one over. False: it is none, or this device has that of another swarm. */
  adopt(news: News, swarm: string): boolean;
  /** That device threw this one out though it holds the right key. */
  shutOut(by: PeerId): void;
  /** After every change of roster, keys or settings. */
  settle(): void;
  /** Another swarm. */
  forget(): void;
  /** Members that heard of this device's last statement. */
  told(): ReadonlySet<PeerId>;
  stop(): void;
};

export function trusting(options: TrustingOptions): Trusting {
  const { clock, log, settings, self, book, keys, invites, applicants, application } = options;
  const told = new Set<PeerId>();
  /** When this process heard of each removal, wall clock; those of earlier runs are older than all. */
  const removedAt = new Map<PeerId, number>([...(book.roster()?.revoked.keys() ?? [])].map((peerId) => [peerId, 0]));
  let thrownOutBy: PeerId | null = null;
  let rotation: (() => void) | null = null;

  const standing = (): Standing => {
    const own = self();
    const roster = book.roster();
    if (keys.keyring() === null) return 'none';
    if (own === null || roster === null) return 'pending';
    return roster.members.get(own)?.role ?? (roster.revoked.has(own) ? 'revoked' : 'pending');
  };
  const isAdmin = (): boolean => standing() === 'admin';

  const standingOf = (peerId: PeerId): PeerStanding => {
    const roster = book.roster();
    // out means out: this device trusts nobody by a list that it is no longer on
    if (standing() === 'revoked') return 'revoked';
    if (roster?.members.has(peerId) === true) return 'member';
    // with an invite made for it afterwards a device that was removed may knock again; it needs the newest key for that
    if (roster?.revoked.has(peerId) === true) return invites.isOpen(removedAt.get(peerId) ?? clock.date()) ? 'pending' : 'revoked';
    if (settings().open || (roster === null && application.isOpen(peerId))) return 'member';
    return 'pending';
  };

  const newsFor = (peerId: PeerId): News => {
    const roster = book.roster();
    const ring = keys.keyring();
    if (roster?.members.has(peerId) === true)
      return { statements: book.statements(), keys: ring === null ? [] : keysFor(ring, roster, book.crypto) };
    // it may know that, and by whom, it was removed
    return { statements: roster?.revoked.has(peerId) === true ? book.statements() : [], keys: [] };
  };
  const welcome = (peerId: PeerId): JoinAnswer | null =>
    book.roster()?.members.has(peerId) === true ? { kind: 'welcome', news: newsFor(peerId) } : null;

  const settle = (): void => {
    told.clear();
    const roster = book.roster();
    if (roster !== null) {
      for (const peerId of roster.revoked.keys()) if (!removedAt.has(peerId)) removedAt.set(peerId, clock.date());
      for (const peerId of removedAt.keys()) if (!roster.revoked.has(peerId)) removedAt.delete(peerId);
      keys.take(roster, []);
      if (roster.needsRotation && isAdmin()) rotateSoon(roster);
    }
    applicants.settle();
    options.changed();
  };
  const rotateSoon = (roster: KeptRoster): void => {
    const admins = [...roster.members].flatMap(([peerId, { role }]) => (role === 'admin' ? [peerId] : [])).toSorted();
    rotation ??= clock.after(Math.max(0, admins.indexOf(self() ?? '')) * rotateStepMs, () => {
      rotation = null;
      if (book.roster()?.needsRotation !== true || !isAdmin()) return;
      book.write(newEpoch());
      settle();
    });
  };
  /** The statement about a key that is on disk already. */
  const newEpoch = () => {
    const number = (book.roster()?.epoch?.number ?? 1) + 1;
    const key = randomBytes(32).toString('hex');
    keys.keep({ epoch: number, key });
    log.info('the swarm gets a new key', { epoch: number });
    return { op: 'epoch', number, keyHash: book.hash(key) } as const;
  };

  const take = (from: PeerId, news: News): Promise<void> => {
    if (book.roster() === null) return Promise.resolve();
    const before = standing();
    const staged = book.stage(news.statements);
    // the key is on disk before the statement that names it: the other way round a crash between the two would lock this device out
    const keyed = staged.roster !== null && keys.take(staged.roster, news.keys);
    if (staged.changed) staged.store();
    if (staged.changed || keyed) settle();
    if (standing() !== before) log.info('standing changed', { from: before, to: standing(), by: from });
    return Promise.resolve();
  };

  const admit = async (request: JoinRequest, signal: AbortSignal): Promise<JoinAnswer> => {
    const known = welcome(request.peerId);
    if (known !== null) return known;
    if (request.by === 'invite') return redeem(request);
    const removed = book.roster()?.revoked.has(request.peerId) === true;
    if (!isAdmin() || (request.by === 'key' && removed)) return { kind: 'refused', why: 'no' };
    return await applicants.wait(request, signal);
  };
  const redeem = (request: JoinRequest): JoinAnswer => {
    const { peerId, name } = request;
    if (!isAdmin()) return { kind: 'refused', why: 'invite-bad' };
    const redeemed = invites.redeem(request);
    if (redeemed.kind !== 'ok') return { kind: 'refused', why: redeemed.kind };
    // used, and then removed: the invite is no way back
    if (redeemed.again && book.roster()?.revoked.has(peerId) === true) return { kind: 'refused', why: 'invite-used' };
    book.write({ op: 'admit', device: peerId, name: nameOf(name, peerId), permissions: redeemed.permissions, invite: redeemed.id });
    settle();
    return welcome(peerId) ?? { kind: 'refused', why: 'invite-bad' };
  };

  const isWelcome = (news: News, swarm: string): boolean => {
    const own = self();
    const { roster } = book.stage(news.statements, true);
    if (own === null || roster === null || !roster.members.has(own)) return false;
    const ring = keys.keyring();
    const known = ring === null ? news.keys : [...news.keys, ring.current];
    return roster.swarm === swarm && known.some(({ key }) => book.hash(key) === roster.epoch?.keyHash);
  };

  const port: Trust = {
    standing: standingOf,
    keyring: () => keys.keyring() ?? keyless(),
    digest: () => {
      const roster = book.roster();
      return { swarm: roster?.swarm ?? null, heads: roster?.heads ?? [], epoch: keys.keyring()?.current.epoch ?? 0 };
    },
    newsFor,
    take,
    admit,
    host: () => ({
      name: settings().name,
      admin: isAdmin(),
      open: settings().open,
      admins: [...(book.roster()?.members ?? [])].flatMap(([peerId, { role, name }]) => (role === 'admin' ? [{ peerId, name }] : [])),
    }),
    application: (to) => application.application(to),
    heard: (from, news) => application.heard(from, news),
    fresh: (peerId) => {
      const roster = book.roster();
      return roster?.members.has(peerId) !== true || options.fresh.may(peerId, roster, self() ?? '');
    },
    compared(peerId) {
      told.add(peerId);
      options.fresh.compared(peerId);
      thrownOutBy = null;
      options.heard();
    },
  };

  return {
    port,
    standing,
    seenStanding: () => (thrownOutBy !== null && standing() !== 'none' ? 'revoked' : standing()),
    refusal(from) {
      if (from === self()) return null;
      const is = standingOf(from);
      if (is === 'revoked') return new Failure('revoked', 'That device was removed from the swarm.');
      const member = book.roster()?.members.get(from);
      if (member === undefined && !settings().open) return new Failure('pending', 'That device is not let in yet.');
      if ((member?.permissions ?? defaultPermissions).chat) return null;
      return new Failure('not-permitted', 'An admin turned off answers for that device.');
    },
    welcome,
    remove(peerId) {
      // together, so that no crash leaves a removal without its key
      const epoch = newEpoch();
      book.write({ op: 'revoke', device: peerId, why: 'removed' }, epoch);
      settle();
    },
    isWelcome,
    adopt(news, swarm) {
      // from one founder's list to another's only by way of forgetting the first: somebody has to want that
      const own = book.roster();
      if (!isWelcome(news, swarm) || (own !== null && own.swarm !== swarm)) return false;
      const staged = book.stage(news.statements, true);
      if (staged.roster !== null) keys.take(staged.roster, news.keys);
      staged.store();
      thrownOutBy = null;
      settle();
      return true;
    },
    shutOut(by) {
      const roster = book.roster();
      // a stranger's word is nothing; a member's is believed until another one speaks with this device (see compared)
      if (roster !== null && !roster.members.has(by)) return;
      thrownOutBy = by;
      options.heard();
    },
    settle,
    forget() {
      thrownOutBy = null;
      removedAt.clear();
    },
    told: () => told,
    stop: () => rotation?.(),
  };
}

function keyless(): never {
  throw new Failure('no-key', 'There is no swarm.key.');
}
