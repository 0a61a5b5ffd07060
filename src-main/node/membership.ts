// Puts the parts of trust together for one node: roster, keys, invites, applicants, this device's own wish to be in, and pairing.
import { Failure, type FailureShape } from '../../src-shared/failure.ts';
import { defaultPermissions, type MembershipView, type Permissions } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { inviteText, parseInvite } from '../membership/invite.ts';
import type { News, Trust } from '../membership/ports.ts';
import { may } from '../membership/rights.ts';
import type { Network } from '../swarm/ports.ts';
import { admitting } from './admitting.ts';
import { applying, type Welcomer } from './applying.ts';
import { fresh as freshness } from './fresh.ts';
import { inviting, nameOf as usableName } from './inviting.ts';
import { hexOf, keyBook } from './key-book.ts';
import { memberActions, type MemberActions } from './member-actions.ts';
import { viewOfMembership } from './membership-view.ts';
import { naming } from './naming.ts';
import type { NodeOptions } from './options.ts';
import { pairing as pairingDoor, type DevicePairing } from './pairing.ts';
import type { KeptInvites } from '../store/trust-files.ts';
import { shortName, type Peers } from './peers.ts';
import { nobodyYet, rosterBook } from './roster-book.ts';
import { trusting, type Trusting } from './trusting.ts';

/** An address that another device named is dialled for so long, ms. */
const reachMs = 5_000;

export type Membership = {
  readonly port: Trust;
  readonly actions: MemberActions;
  readonly pairing: DevicePairing;
  readonly refusal: Trusting['refusal'];
  /** Why nobody answers this device, when that is the reason. met: it is connected to the one that it asks. */
  shutOut(met: boolean): Failure | null;
  nameOf(peerId: PeerId): string;
  /** It is on the list of those who are out. */
  isRemoved(peerId: PeerId): boolean;
  /** This device may ask others, as far as it knows. */
  mayAsk(): boolean;
  /** That device may have models downloaded and deleted on others' machines. */
  mayManageModels(peerId: PeerId): boolean;
  /** The identity is known and the network about to start. Founds the roster of a key that was made here. */
  begin(privateKey: Uint8Array): void;
  /** @param keyed there is a key that can be read */
  view(keyed: boolean): MembershipView;
  /** Of the key in force; null: none that can be read. */
  fingerprint(): string | null;
  troubles(): FailureShape[];
  thrownOut(by: PeerId): void;
  /** The machine woke. */
  woke(): void;
  /** A setting changed that says who is a member. */
  openChanged(): void;
  /** This machine may be called something else by now. */
  nameChanged(): void;
  /** Which of two swarms with one key. @throws Failure not-found */
  choose(peerId: PeerId): void;
  /** Text of swarm.key as every libp2p reads it. @throws Failure no-key */
  keyText(): string;
  createInvite(minutes: number, given: Permissions | undefined): string;
  inviteText(id: string): string;
  cancelInvite(id: string): void;
  /** Takes key and invite over. @throws Failure invite-bad, invite-expired, key-exists */
  acceptInvite(text: string, replace: boolean): Promise<void>;
  /** Another key. founding: it was made on this device. */
  replaceKey(key: Uint8Array, founding: boolean): Promise<void>;
  forgetSwarm(): Promise<void>;
  stop(): Promise<void>;
};

export type MembershipHooks = {
  network: () => Network | null;
  peers: Peers;
  usedToday: (peerId: PeerId) => { answers: number; tokens: number };
  /** For the view, and for answers that run. */
  changed: () => void;
  change: (signal: AbortSignal) => Promise<boolean>;
  /** Starts the network anew, with the key that is there now. */
  relink: () => Promise<void>;
  /** This machine leaves its swarm, whether for another one or for none. */
  left: () => void;
};

export function membership(options: NodeOptions, hooks: MembershipHooks): Membership {
  const { clock, log, settings, signing, trustFiles, keyFormat } = options;
  const { crypto } = signing;
  let identity: { peerId: PeerId; privateKey: Uint8Array } | null = null;
  const self = (): PeerId | null => identity?.peerId ?? null;

  const book = rosterBook(trustFiles.roster, crypto, () => {
    if (identity === null) return nobodyYet();
    return { peerId: identity.peerId, sign: signing.signer(identity.privateKey) };
  });
  if (trustFiles.roster.damaged) log.warn('the list of members could not be read; the one before is in force');
  const keys = keyBook({ keys: trustFiles.keys, keyFile: options.keyFile, keyFormat }, clock, crypto);
  const changed = (): void => {
    names.look();
    hooks.network()?.trustChanged();
    hooks.changed();
  };
  const kept = trustFiles.invites;
  const keep = (what: Partial<KeptInvites>): void => kept.set({ ...kept.get(), ...what });
  const keyHash = (): string | null => {
    const ring = keys.keyring();
    return ring === null ? null : book.hash(ring.current.key);
  };
  const invites = inviting({ clock, file: kept, hash: crypto.hash, keyHash, changed });
  const applicants = admitting(clock, (peerId) => trust.welcome(peerId), hooks.changed);
  const held = () => kept.get().held;
  /** In a swarm: who let it in, and the name that it came in under. */
  const arrived = ({ peerId, name, words, swarm }: Welcomer): void => {
    keep({ held: null, letIn: { peerId, name, words, swarm, at: clock.date() }, named: ownName() });
    names.look();
  };
  const ownName = (): string | null => book.roster()?.members.get(self() ?? '')?.name ?? null;
  const application = applying({
    log,
    name: () => settings.get().name,
    pending: () => trust.standing() === 'pending',
    swarm: () => book.roster()?.swarm ?? null,
    held,
    forgetInvite: () => keep({ held: null }),
    reach,
    adopt(from, news) {
      const swarm = held()?.swarm ?? from.swarm;
      if (!trust.isWelcome(news, swarm)) return false;
      // its person chose, or there was none
      if (book.roster()?.swarm !== swarm) book.forget(new Date(clock.date()));
      const adopted = trust.adopt(news, swarm);
      if (adopted) arrived({ ...from, swarm });
      return adopted;
    },
    changed: hooks.changed,
    trustChanged: changed,
  });
  const fresh = freshness(clock, changed);
  const trust = trusting({
    ...{ clock, log, settings: settings.get, self, book, keys, invites, applicants, application, fresh, changed },
    heard: hooks.changed,
  });
  const connected = (): PeerId[] => hooks.peers.views().flatMap(({ peerId, state }) => (state === 'connected' ? [peerId] : []));

  function reach(peerId: PeerId, address: string): void {
    const network = hooks.network();
    if (network === null || peerId === self() || connected().includes(peerId)) return;
    const full = !address.startsWith('/') || address.includes('/p2p/') ? address : `${address}/p2p/${peerId}`;
    network.dial(full, AbortSignal.timeout(reachMs)).catch((error: unknown) => {
      log.debug('an admin was not reached', { peerId, reason: String(error) });
    });
  }

  const forgetAll = async (): Promise<void> => {
    const now = new Date(clock.date());
    hooks.left();
    await pairing.stop();
    book.forget(now);
    kept.forget(now);
    names.stop();
    invites.clear();
    applicants.clear();
    application.clear();
    trust.forget();
    // other people's machines are not this swarm's
    options.peers.clear();
  };
  const replaceKey = async (key: Uint8Array, founding: boolean): Promise<void> => {
    await forgetAll();
    keys.replace({ epoch: founding ? 1 : 0, key: hexOf(key) }, founding);
    await hooks.relink();
  };
  const forgetSwarm = async (): Promise<void> => {
    await forgetAll();
    keys.forget();
    await hooks.relink();
  };
  const actions = memberActions({
    clock,
    self,
    name: () => usableName(settings.get().name, self() ?? ''),
    connected,
    book,
    keys,
    trust,
    applicants,
    signing,
    forgetSwarm,
    change: hooks.change,
  });

  const names = naming({
    clock,
    log,
    name: () => usableName(settings.get().name, self() ?? ''),
    listed: ownName,
    followed: () => kept.get().named,
    follow: (name) => keep({ named: name }),
    rename: (name) => actions.rename(self() ?? '', name),
  });

  const ownIdentity = async (): Promise<Uint8Array> => {
    const { key } = await options.identity();
    identity ??= { privateKey: key, peerId: signing.peerIdOf(key) };
    return key;
  };
  const checkKeyless = (): void => {
    if (options.keyFile.read() !== undefined) throw new Failure('key-exists', 'This machine is in a swarm already.');
  };
  /** Roster and key came together, from an admin whose screen showed the same words. */
  const joined = async (from: Welcomer & { addresses: string[] }, news: News): Promise<boolean> => {
    const current = news.keys.toSorted((a, b) => b.epoch - a.epoch)[0];
    if (current === undefined || !trust.isWelcome(news, from.swarm)) return false;
    await forgetAll();
    keys.replace(current, false);
    trust.adopt(news, from.swarm);
    arrived(from);
    options.peers.remember(from.peerId, { addresses: from.addresses.map(withoutId), name: from.name });
    await hooks.relink();
    return true;
  };
  const pairing = pairingDoor({
    clock,
    log,
    port: options.pairing,
    name: () => settings.get().name,
    identity: ownIdentity,
    network: hooks.network,
    asAdmin: () => actions.asAdmin(),
    admit: (request, signal) => trust.port.admit(request, signal),
    checkKeyless,
    joined,
    changed: hooks.changed,
  });

  return {
    port: trust.port,
    actions,
    pairing,
    refusal: trust.refusal,
    shutOut(met) {
      const standing = trust.seenStanding();
      if (standing === 'revoked') return new Failure('revoked', 'This device was removed from the swarm.');
      const stranger = standing === 'pending' && !settings.get().open && connected().length === 0;
      if (stranger && (met || application.met())) return new Failure('pending', 'Nobody let this device in yet.');
      return null;
    },
    nameOf: (peerId) => usableName(book.roster()?.members.get(peerId)?.name ?? hooks.peers.get(peerId)?.name ?? shortName(peerId), peerId),
    mayAsk: () => book.roster()?.members.get(self() ?? '')?.permissions.chat ?? true,
    mayManageModels: (peerId) => may(book.roster() ?? { members: new Map() }, peerId, 'models'),
    isRemoved: (peerId) => book.roster()?.revoked.has(peerId) === true,
    begin(privateKey) {
      keys.reload();
      identity = { privateKey, peerId: signing.peerIdOf(privateKey) };
      if (book.roster() === null && keys.isFounding()) {
        actions.found();
        log.info('founded a swarm');
      }
      fresh.up();
      trust.settle();
      names.look();
      const invite = held();
      if (invite !== null) options.peers.remember(invite.issuer, { addresses: invite.addresses.map(withoutId) });
    },
    view: (keyed) =>
      viewOfMembership({
        standing: keyed ? trust.seenStanding() : 'none',
        open: settings.get().open,
        roster: keyed ? book.roster() : null,
        self: self(),
        seen(peerId) {
          const known = hooks.peers.get(peerId);
          return { connected: known?.state === 'connected', lastSeen: known?.lastSeen ?? null };
        },
        usedToday: hooks.usedToday,
        applicants: applicants.list(),
        asked: application.asked(),
        letIn: kept.get().letIn,
        invited: invitedBy(held()),
        invites: invites.list(),
        pairing: pairing.view(),
      }),
    fingerprint() {
      const ring = keys.keyring();
      return ring === null ? null : keyFormat.fingerprint(new Uint8Array(Buffer.from(ring.current.key, 'hex')));
    },
    troubles: () =>
      [application.trouble(), book.damaged ? new Failure('roster-damaged', 'roster.json could not be read.').toShape() : null].filter(
        (trouble) => trouble !== null,
      ),
    thrownOut(by) {
      // who is on its way in was not removed, whatever strangers do
      if (held() === null) trust.shutOut(by);
      else application.shutOut(by);
    },
    woke: fresh.up,
    openChanged: trust.settle,
    nameChanged: names.look,
    choose: application.choose,
    keyText() {
      const content = options.keyFile.read();
      if (content === undefined) throw new Failure('no-key', 'There is no swarm.key.');
      return keyFormat.text(keyFormat.parse(content, { size: content.byteLength }));
    },
    createInvite(minutes, given) {
      const { swarm } = actions.asAdmin();
      const issuer = self();
      if (keys.keyring() === null || issuer === null) return nobodyYet();
      return invites.create({ minutes, permissions: given ?? defaultPermissions }, (token, expires) =>
        inviteText(crypto, {
          swarm,
          key: keys.keyring()?.current.key ?? nobodyYet(),
          issuer,
          name: usableName(settings.get().name, issuer),
          token,
          addresses: (hooks.network()?.addresses() ?? []).filter((address) => address.length <= 300).slice(0, 64),
          expires,
        }),
      );
    },
    inviteText: invites.text,
    cancelInvite: invites.cancel,
    async acceptInvite(text, replace) {
      const invite = parseInvite(crypto, text);
      if (invite.expires <= clock.date() - skewMs) throw new Failure('invite-expired', 'The invite has expired.');
      const mine = book.roster();
      const standing = trust.standing();
      if (mine?.swarm === invite.swarm && (standing === 'member' || standing === 'admin')) return;
      if (keys.keyring() !== null && standing !== 'revoked' && standing !== 'pending' && !replace)
        throw new Failure('key-exists', 'This machine is in another swarm already.');
      await forgetAll();
      const { swarm, issuer, name, token, addresses } = invite;
      keep({ held: { swarm, issuer, name, token, addresses } });
      keys.replace({ epoch: 0, key: invite.key }, false);
      // the network dials the issuer, as whoever is remembered: see begin()
      await hooks.relink();
    },
    replaceKey,
    forgetSwarm,
    async stop() {
      await pairing.stop();
      applicants.clear();
      trust.stop();
      fresh.stop();
      names.stop();
    },
  };
}

function invitedBy(held: KeptInvites['held']): { peerId: PeerId; name: string } | null {
  return held === null ? null : { peerId: held.issuer, name: usableName(held.name, held.issuer) };
}

function withoutId(address: string): string {
  return address.split('/p2p/')[0] ?? address;
}

/** Only the issuer judges, by its own clock; this only spares a hopeless try, ms. */
const skewMs = 86_400_000;
