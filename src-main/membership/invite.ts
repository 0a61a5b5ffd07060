// An invite: the way in for one device, as text. Whoever holds the text gets in, until it was used or is too old.
import { z } from 'zod';
import { Failure } from '../../src-shared/failure.ts';
import { invitePrefix, maxInviteBytes, type Permissions } from '../../src-shared/member.ts';
import { memberName } from '../../src-shared/name.ts';
import { peerId, type PeerId } from '../../src-shared/peer.ts';
import type { Crypto } from './ports.ts';
import { hash64 } from './statement.ts';

const invite = z.strictObject({
  v: z.literal(1),
  swarm: hash64,
  /** The swarm key in force when it was made, 64 hex digits. */
  key: hash64,
  issuer: peerId,
  /** The issuer's. */
  name: memberName,
  /** 16 random bytes, base64url */
  token: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  addresses: z.array(z.string().min(1).max(300)).max(64),
  /** On the issuer's clock, ms: for showing; only the issuer judges. */
  expires: z.number().int().nonnegative(),
});
export type Invite = Omit<z.infer<typeof invite>, 'v'>;

/** Digits of the hash that show damage. They are no secret and prove nothing. */
const checkDigits = 8;

/** Addresses at the end are left out where all of them would make it longer than anybody reads. */
export function inviteText(crypto: Pick<Crypto, 'hash'>, what: Invite): string {
  for (let count = what.addresses.length; ; count -= 1) {
    const json = JSON.stringify(invite.parse({ v: 1, ...what, addresses: what.addresses.slice(0, count) }));
    const text = invitePrefix + toBase64url(json + check(crypto, json));
    if (text.length <= maxInviteBytes || count === 0) return text;
  }
}

/**
 * Reads the text of an invite, or of its file; white space within does not matter.
 * @throws Failure invite-bad, whose message says what is wrong with it, and never what is in it
 */
export function parseInvite(crypto: Pick<Crypto, 'hash'>, text: string): Invite {
  if (text.length > maxInviteBytes) throw bad('It is too long for an invite.');
  const packed = text.replaceAll(/\s/g, '');
  if (packed === '') throw bad('It is empty.');
  if (!packed.startsWith(invitePrefix)) throw bad(`It is no invite: those begin with "${invitePrefix}".`);
  const plain = fromBase64url(packed.slice(invitePrefix.length));
  if (plain === null) throw bad('It has characters that no invite has.');
  const json = plain.slice(0, -checkDigits);
  if (check(crypto, json) !== plain.slice(-checkDigits)) {
    throw bad(/\}[0-9a-f]{8}$/.test(plain) ? 'It was changed on its way.' : 'Its end is missing: copy all of it.');
  }
  const content = fromJson(json);
  const version = z.object({ v: z.number() }).safeParse(content);
  if (version.success && version.data.v > 1) throw bad('It was made by a newer Axon: update this one.');
  const parsed = invite.safeParse(content);
  if (!parsed.success) throw bad('It is not what an invite says.');
  const { v: _, ...rest } = parsed.data;
  return rest;
}

/** What the issuer keeps of an invite. The token itself is on no disk of its. */
export type IssuedInvite = {
  readonly id: string;
  /** SHA-256 of the token's text */
  readonly tokenHash: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly permissions: Permissions;
  /** Of the swarm key in its text. */
  readonly keyHash?: string | undefined;
  readonly usedBy: { readonly peerId: PeerId; readonly name: string } | null;
};

export type Redeemed =
  /** again: that device did so before, and maybe never got the answer. It must be stored before the device is told. */
  | { kind: 'ok'; id: string; invites: readonly IssuedInvite[]; permissions: Permissions; again: boolean }
  | { kind: 'invite-used' | 'invite-expired' | 'invite-bad' };

/** The first device that comes with the token has it for good; the same one may come again, also late. `now`: the issuer's clock. */
export function redeem(
  invites: readonly IssuedInvite[],
  tokenHash: string,
  device: { readonly peerId: PeerId; readonly name: string },
  now: number,
): Redeemed {
  const one = invites.find((issued) => issued.tokenHash === tokenHash);
  if (one === undefined) return { kind: 'invite-bad' };
  const { id, permissions, usedBy } = one;
  if (usedBy !== null)
    return usedBy.peerId === device.peerId ? { kind: 'ok', id, invites, permissions, again: true } : { kind: 'invite-used' };
  if (now >= one.expiresAt) return { kind: 'invite-expired' };
  const used = { ...one, usedBy: { peerId: device.peerId, name: device.name } };
  return { kind: 'ok', id, invites: invites.map((issued) => (issued === one ? used : issued)), permissions, again: false };
}

function bad(what: string): Failure {
  return new Failure('invite-bad', what);
}

function check(crypto: Pick<Crypto, 'hash'>, json: string): string {
  return crypto.hash(`${invitePrefix}\n${json}`).slice(0, checkDigits);
}

function toBase64url(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** null: not base64url. What a cut tore apart becomes U+FFFD, which the check finds. */
function fromBase64url(text: string): string | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  // a single character left over is a cut, not another alphabet
  const whole = text.length % 4 === 1 ? text.slice(0, -1) : text;
  const binary = atob(whole.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
