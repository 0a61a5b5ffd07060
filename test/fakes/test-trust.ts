// A device's trust, real but for disk, clock and window: membership/ with the crypto of network/. node/trusting.ts is the real one.
import { randomBytes } from 'node:crypto';
import type { PeerId } from '../../src-shared/peer.ts';
import { defaultPermissions } from '../../src-shared/member.ts';
import { keepKey, newKeyring, takeKeys } from '../../src-main/membership/keyring.ts';
import type { EpochKey, JoinAnswer, JoinNews, JoinRequest, Keyring, News, Trust } from '../../src-main/membership/ports.ts';
import {
  emptyRoster,
  foundRoster,
  heads,
  merge,
  state,
  statements,
  swarmOf,
  write,
  type Roster,
} from '../../src-main/membership/roster.ts';
import type { Op } from '../../src-main/membership/statement.ts';
import { newIdentity, peerIdOf } from '../../src-main/network/identity.ts';
import { crypto, signer } from '../../src-main/network/signing.ts';

export type TestTrust = Trust & {
  readonly privateKey: Uint8Array;
  readonly peerId: PeerId;
  readonly name: string;
  /** What waits for a person here. */
  readonly applicants: (JoinRequest & { answer(allow: boolean): void })[];
  /** What was heard as an applicant, by whom. */
  readonly news: { from: PeerId; news: JoinNews }[];
  readonly comparedWith: Set<PeerId>;
  /** Every key that this device ever gave to somebody, by who it was for. */
  readonly keysGiven: { to: PeerId; keys: readonly EpochKey[] }[];
  roster(): Roster;
  setRoster(roster: Roster): void;
  setKeyring(keyring: Keyring): void;
  say(op: Op): void;
  /** Removes and makes a new key, as an admin does. */
  revoke(peerId: PeerId): void;
  rotate(): void;
  /** New tokens that let one device in each. */
  invite(): string;
  /** The token of an invite by that issuer. */
  holdInvite(issuer: PeerId, token: string): void;
  open: boolean;
  apply: boolean;
  freshOnly: (peerId: PeerId) => boolean;
  /** Answers an admin by itself. */
  allowAll: boolean;
  onChange: () => void;
};

export type TestTrustOptions = { name: string; key: EpochKey; privateKey?: Uint8Array };

export function newKey(epoch = 1): EpochKey {
  return { epoch, key: randomBytes(32).toString('hex') };
}

/** A device with the key and nothing else. */
export function testTrust({ name, key, privateKey = newIdentity() }: TestTrustOptions): TestTrust {
  const peerId = peerIdOf(privateKey);
  const sign = signer(privateKey);
  let roster = emptyRoster();
  let keyring = newKeyring(key);
  const tokens = new Map<string, PeerId | null>();
  let held: { issuer: PeerId; token: string } | null = null;
  const refused = new Set<PeerId>();

  const isMember = (id: PeerId): boolean => state(roster).members.has(id);
  const isAdmin = (): boolean => state(roster).members.get(peerId)?.role === 'admin';
  const replace = (next: Roster, offered: readonly EpochKey[] = []): void => {
    roster = next;
    keyring = takeKeys(keyring, state(roster), offered, crypto, Date.now());
    trust.onChange();
    for (const one of trust.applicants) if (isMember(one.peerId)) one.answer(true);
  };
  const newsFor = (to: PeerId): News => {
    const known = isMember(to) || state(roster).revoked.has(to);
    const keys = isMember(to) ? [keyring.current] : [];
    if (keys.length > 0) trust.keysGiven.push({ to, keys });
    return { statements: known ? statements(roster) : [], keys };
  };
  const welcome = (to: PeerId): JoinAnswer => ({ kind: 'welcome', news: newsFor(to) });
  const admitOp = ({ peerId: device, name: called }: JoinRequest): Op => ({
    op: 'admit',
    device,
    name: called,
    permissions: defaultPermissions,
  });

  const trust: TestTrust = {
    ...{ privateKey, peerId, name, applicants: [], news: [], comparedWith: new Set(), keysGiven: [] },
    ...{ open: false, apply: true, allowAll: false, freshOnly: () => true, onChange: () => undefined },
    roster: () => roster,
    setRoster: (next) => replace(next),
    setKeyring(next) {
      keyring = next;
    },
    say: (op) => replace(write(crypto, sign, peerId, roster, op).roster),
    revoke(device) {
      trust.say({ op: 'revoke', device, why: 'removed' });
      trust.rotate();
    },
    rotate() {
      const next = newKey((state(roster).epoch?.number ?? 1) + 1);
      keyring = keepKey(keyring, next, Date.now());
      trust.say({ op: 'epoch', number: next.epoch, keyHash: crypto.hash(next.key) });
    },
    invite() {
      const token = randomBytes(16).toString('base64url');
      tokens.set(token, null);
      return token;
    },
    holdInvite(issuer, token) {
      held = { issuer, token };
    },
    standing(id) {
      const { members, revoked } = state(roster);
      if (members.has(id)) return 'member';
      if (revoked.has(id) || revoked.has(peerId)) return 'revoked';
      return trust.open ? 'member' : 'pending';
    },
    keyring: () => keyring,
    digest: () => ({ swarm: state(roster).swarm, heads: heads(roster), epoch: keyring.current.epoch }),
    newsFor,
    take(_from, { statements: said, keys }) {
      const merged = merge(crypto, roster, said);
      const before = keyring;
      if (merged.roster !== roster || keys.length > 0) {
        const changed = merged.added.length > 0;
        roster = merged.roster;
        keyring = takeKeys(keyring, state(roster), keys, crypto, Date.now());
        if (changed || keyring !== before) replace(roster);
      }
      return Promise.resolve();
    },
    async admit(request, signal) {
      if (isMember(request.peerId)) return welcome(request.peerId);
      if (!isAdmin()) return { kind: 'refused', why: 'no' };
      if (request.by === 'invite') {
        const used = tokens.get(request.token ?? '');
        if (used === undefined) return { kind: 'refused', why: 'invite-bad' };
        if (used !== null && used !== request.peerId) return { kind: 'refused', why: 'invite-used' };
        tokens.set(request.token ?? '', request.peerId);
        trust.say(admitOp(request));
        return welcome(request.peerId);
      }
      if (trust.allowAll) {
        trust.say(admitOp(request));
        return welcome(request.peerId);
      }
      return new Promise((resolve, reject) => {
        const one = {
          ...request,
          answer(allow: boolean) {
            trust.applicants.splice(trust.applicants.indexOf(one), 1);
            if (allow && !isMember(request.peerId)) trust.say(admitOp(request));
            resolve(allow ? welcome(request.peerId) : { kind: 'refused', why: 'no' });
          },
        };
        trust.applicants.push(one);
        signal.addEventListener('abort', () => {
          const at = trust.applicants.indexOf(one);
          if (at >= 0) trust.applicants.splice(at, 1);
          reject(signal.reason as Error);
        });
      });
    },
    host: () => ({
      name,
      admin: isAdmin(),
      open: trust.open,
      admins: [...state(roster).members].flatMap(([id, { role, name: called }]) =>
        role === 'admin' ? [{ peerId: id, name: called }] : [],
      ),
    }),
    application(to) {
      if (!trust.apply || isMember(peerId) || state(roster).revoked.has(peerId) || refused.has(to)) return null;
      if (held === null) return { name };
      return held.issuer === to ? { name, token: held.token } : null;
    },
    heard(from, news) {
      trust.news.push({ from, news });
      if (news.kind === 'refused') refused.add(from);
      if (news.kind !== 'welcome') return;
      const swarm = swarmOf(crypto, news.news.statements);
      const merged = merge(crypto, roster, news.news.statements, swarm === null ? {} : { swarm });
      replace(merged.roster, news.news.keys);
    },
    fresh: (id) => trust.freshOnly(id),
    compared: (id) => void trust.comparedWith.add(id),
  };
  return trust;
}

/** Devices of one swarm: the first founded it, all are members and know it. */
export function testSwarm(names: readonly string[]): TestTrust[] {
  const key = newKey();
  const all = names.map((name) => testTrust({ name, key }));
  const [founder, ...others] = all;
  if (founder === undefined) return [];
  founder.setRoster(
    foundRoster(crypto, signer(founder.privateKey), founder.peerId, { name: founder.name, epochHash: crypto.hash(key.key) }).roster,
  );
  for (const { peerId, name } of others) founder.say({ op: 'admit', device: peerId, name, permissions: defaultPermissions });
  for (const other of others) {
    other.setKeyring(founder.keyring());
    other.setRoster(founder.roster());
  }
  return all;
}
