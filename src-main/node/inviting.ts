// Invites that this device made: each lets one device in, and that one again when the answer was lost on its way.
import { randomBytes } from 'node:crypto';
import { Failure } from '../../src-shared/failure.ts';
import { type InviteView, type Permissions } from '../../src-shared/member.ts';
import { plainName } from '../../src-shared/name.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import { redeem, type Redeemed } from '../membership/invite.ts';
import type { JoinRequest } from '../membership/ports.ts';
import type { Kept, KeptInvites, MadeInvite } from '../store/trust-files.ts';
import { shortName } from './peers.ts';

/** An invite is listed for so long after it expired, ms. */
const listedMs = 7 * 86_400_000;
const maxMade = 64;

export type Inviting = {
  /** @param textOf the text, with the swarm key of that moment, for a token that is told to nobody else */
  create(options: { minutes: number; permissions: Permissions }, textOf: (token: string, expiresAt: number) => string): string;
  cancel(id: string): void;
  /** Bound to the device from then on, and on disk. */
  redeem(request: JoinRequest): Redeemed;
  /** Some invite that was made after that wall-clock time could still be redeemed. */
  isOpen(since: number): boolean;
  /** With the key of now: what was carried away before a change of it opens nothing. @throws Failure not-found once Axon was restarted: the text is on no disk */
  text(id: string): string;
  list(): InviteView[];
  clear(): void;
};

export type InvitingOptions = {
  clock: Clock;
  file: Kept<KeptInvites>;
  hash: (text: string) => string;
  /** SHA-256 of the swarm key in force; null: there is none */
  keyHash: () => string | null;
  changed: () => void;
};

export function inviting({ clock, file, hash, keyHash, changed }: InvitingOptions): Inviting {
  const texts = new Map<string, () => string>();
  const save = (made: MadeInvite[]): void => {
    file.set({ ...file.get(), made });
    changed();
  };
  const all = (): MadeInvite[] => file.get().made;

  return {
    create({ minutes, permissions }, textOf) {
      const token = randomBytes(16).toString('base64url');
      const id = randomBytes(8).toString('base64url');
      const createdAt = clock.date();
      const expiresAt = createdAt + minutes * 60_000;
      const key = keyHash() ?? undefined;
      const one: MadeInvite = { id, tokenHash: hash(token), createdAt, expiresAt, permissions, keyHash: key, usedBy: null };
      const text = (): string => textOf(token, expiresAt);
      // what cannot be written fails now
      text();
      texts.set(id, text);
      save([one, ...all().filter((old) => old.expiresAt > createdAt - listedMs)].slice(0, maxMade));
      return id;
    },
    cancel(id) {
      if (!all().some((one) => one.id === id)) throw new Failure('not-found', 'There is no such invite.');
      texts.delete(id);
      save(all().filter((one) => one.id !== id));
    },
    redeem({ peerId, name, token = '' }) {
      const redeemed = redeem(all(), hash(token), { peerId, name: nameOf(name, peerId) }, clock.date());
      if (redeemed.kind !== 'ok' || redeemed.again) return redeemed;
      texts.delete(redeemed.id);
      save([...redeemed.invites]);
      return redeemed;
    },
    isOpen: (since) => all().some(({ usedBy, expiresAt, createdAt }) => usedBy === null && expiresAt > clock.date() && createdAt > since),
    text(id) {
      const textNow = texts.get(id);
      if (textNow === undefined) throw new Failure('not-found', 'The text of this invite is not known any more.');
      const text = textNow();
      const key = keyHash() ?? undefined;
      if (all().some((one) => one.id === id && one.keyHash !== key))
        save(all().map((one) => (one.id === id ? { ...one, keyHash: key } : one)));
      return text;
    },
    list: () =>
      all().map(({ id, createdAt, expiresAt, usedBy, keyHash: key }) => {
        const stale = usedBy === null && key !== undefined && key !== keyHash();
        return { id, createdAt, expiresAt, usedBy, shown: texts.has(id), stale };
      }),
    clear: () => texts.clear(),
  };
}

/** What a device calls itself, as it may stand in a roster. */
export function nameOf(name: string, peerId: PeerId): string {
  return plainName(name) || shortName(peerId);
}
