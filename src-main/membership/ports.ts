// The words of this room: what it needs of the world, and what network/ needs of whoever keeps the roster (node.ts wires that).
import type { PeerId } from '../../src-shared/peer.ts';

/** Pure functions on bytes that this room does not write itself. */
export type Crypto = {
  /** SHA-256 of the UTF-8 text, 64 hex digits. */
  hash(text: string): string;
  /** Whether `signature` (base64) is by the Ed25519 key inside that peer id, over the UTF-8 text. Never throws. */
  verify(by: PeerId, text: string, signature: string): boolean;
};

/** Signs the UTF-8 text with one device's key: base64. */
export type Sign = (text: string) => string;

/** One statement on the wire and on disk. `body` is JSON and is signed, hashed and kept exactly as its author wrote it. */
export type Statement = { readonly body: string; readonly signature: string };

/** A swarm key and the epoch that it belongs to. */
export type EpochKey = { readonly epoch: number; /** 32 bytes, 64 hex digits */ readonly key: string };

/** All swarm keys that a device still knows. */
export type Keyring = {
  /** What this device announces and dials with. */
  readonly current: EpochKey;
  /** Older ones, newest first: only good for being brought up to date, until a wall-clock time on this device. */
  readonly retired: readonly (EpochKey & { readonly until: number })[];
};

/** What one device makes of another one at this moment. revoked: not even a connection. pending: /axon/join/1 and nothing else. */
export type PeerStanding = 'member' | 'pending' | 'revoked';

/** What two members tell each other to see whether they know the same. */
export type Digest = { readonly swarm: string | null; readonly heads: readonly string[]; readonly epoch: number };

/** What one member brings another one: statements, and the keys that the receiver may have. */
export type News = { readonly statements: readonly Statement[]; readonly keys: readonly EpochKey[] };

export type JoinRequest = {
  readonly peerId: PeerId;
  readonly name: string;
  /** Empty when an invite speaks for the device. */
  readonly words: string;
  readonly by: 'key' | 'code' | 'invite';
  /** The one-time token of an invite. */
  readonly token?: string;
};

export type JoinAnswer =
  | { readonly kind: 'welcome'; readonly news: News }
  | { readonly kind: 'refused'; readonly why: 'no' | 'invite-used' | 'invite-expired' | 'invite-bad' };

/** What a device that wants in learns of one that it asked. */
export type JoinNews =
  /** It is no admin: these are, as far as it is connected to them. open: it takes anyone with the key. */
  | {
      readonly kind: 'elsewhere';
      readonly name: string;
      readonly admins: readonly { peerId: PeerId; name: string; addresses: string[] }[];
      readonly open: boolean;
    }
  /** swarm: the one that the words stand for, and its welcome has to be of. */
  | { readonly kind: 'words'; readonly name: string; readonly words: string; readonly swarm: string }
  | { readonly kind: 'refused'; readonly name: string; readonly why: 'no' | 'invite-used' | 'invite-expired' | 'invite-bad' }
  | { readonly kind: 'welcome'; readonly name: string; readonly news: News };

/**
 * What network/ asks about trust. It keeps nothing of this itself: each connection and each stream is judged by the roster of that moment.
 * Whoever implements it calls Network.trustChanged() after every change.
 */
export type Trust = {
  standing(peerId: PeerId): PeerStanding;
  /** May be called often. */
  keyring(): Keyring;
  digest(): Digest;
  /** Everything that this device knows and that peer may have; keys only for those who are members here. */
  newsFor(peerId: PeerId): News;
  /** Takes what another device says; hostile input. Returns once it is stored. Statements of another swarm, and unsigned ones, change nothing. */
  take(from: PeerId, news: News): Promise<void>;
  /** A device wants in: answers once a person (or an invite) decided. Aborted when the device goes away or the network ends. */
  admit(request: JoinRequest, signal: AbortSignal): Promise<JoinAnswer>;
  /** What a pending device that asks here is told of this one. */
  host(): {
    readonly name: string;
    readonly admin: boolean;
    readonly open: boolean;
    readonly admins: readonly { peerId: PeerId; name: string }[];
  };
  /** This device is pending and wants to ask those it meets; null: it is in, or has no wish to be. token: of the invite that it holds, for its issuer alone. */
  application(to: PeerId): { readonly name: string; readonly token?: string } | null;
  /** How the application at that device goes on. */
  heard(from: PeerId, news: JoinNews): void;
  /**
   * Whether this device may serve that member yet. False for a moment after a start or a sleep, until someone else was asked whether that
   * member is still one (freshness.ts).
   */
  fresh(peerId: PeerId): boolean;
  /** Roster and keys were compared with that member, on a connection that is open. */
  compared(peerId: PeerId): void;
};
