// Who is in the swarm, who wants in, and what each may do, as the window and `axon members` show it.
import { z } from 'zod';
import { peerId } from './peer.ts';

/** What a member may do on the other members' machines. All but `chat` are off unless an admin turns them on. */
export const permissions = z.object({
  chat: z.boolean(),
  /** Download and delete models there. */
  models: z.boolean(),
  /** Lend memory to a model that is split over machines, and use theirs. */
  split: z.boolean(),
  /** Run commands there. */
  execute: z.boolean(),
});
export type Permissions = z.infer<typeof permissions>;
export const defaultPermissions: Permissions = { chat: true, models: false, split: false, execute: false };

export const memberRole = z.enum(['admin', 'member']);
export type MemberRole = z.infer<typeof memberRole>;

export const memberView = z.object({
  peerId,
  name: z.string(),
  role: memberRole,
  permissions,
  /** This very device. */
  self: z.boolean(),
  connected: z.boolean(),
  /** wall clock ms of the last sign of life; null: none since this machine knows it */
  lastSeen: z.number().nullable(),
  /** What it used of this machine since midnight, from the ledger: titles are no answers, and their tokens are there. */
  usedToday: z.object({ answers: z.number().int().nonnegative(), tokens: z.number().int().nonnegative() }),
});
export type MemberView = z.infer<typeof memberView>;

/** A device that wants in, as an admin sees it. */
export const applicant = z.object({
  peerId,
  name: z.string(),
  /** Both screens show these: "otter-lemon-river". */
  words: z.string(),
  /** wall clock ms */
  since: z.number(),
  /** It holds swarm.key; or it came through "Add a device" with the code. */
  by: z.enum(['key', 'code']),
});
export type Applicant = z.infer<typeof applicant>;

/** An admin that this device asked to be let in. */
export const askedAdmin = z.object({
  peerId,
  name: z.string(),
  /** Empty until both sides have shown their numbers. */
  words: z.string(),
  /** Which swarm it says that it is of; see membershipView.swarm. The words stand for that too. */
  swarm: z.string(),
  /** offered: it let this device in, and the person has to say whether this is their swarm: machines of another one have the key too. */
  state: z.enum(['waiting', 'refused', 'offered']),
});
export type AskedAdmin = z.infer<typeof askedAdmin>;

/** Machines of more than one swarm have the key of this device: its person has to say which is theirs. */
export function twoSwarms({ asked, swarm }: { asked: readonly AskedAdmin[]; swarm: string | null }): boolean {
  if (asked.some(({ state }) => state === 'offered')) return true;
  const named = asked.map((one) => one.swarm).filter((one) => one !== '');
  return new Set(swarm === null ? named : [swarm, ...named]).size > 1;
}

/** Who let this device in, so that its person can judge also afterwards. */
export const letIn = z.object({
  peerId,
  name: z.string(),
  /** That both screens showed; empty: it came by an invite of that machine. */
  words: z.string(),
  swarm: z.string(),
  /** wall clock ms */
  at: z.number(),
});
export type LetIn = z.infer<typeof letIn>;

/** What people call a swarm by, which has no name: "1a2b-3c4d". */
export function swarmMark(swarm: string): string {
  return `${swarm.slice(0, 4)}-${swarm.slice(4, 8)}`;
}

export const inviteView = z.object({
  /** Not the secret: a name for it. */
  id: z.string(),
  createdAt: z.number(),
  /** On this machine's clock. */
  expiresAt: z.number(),
  /** The device that used it; null: still open */
  usedBy: z.object({ peerId, name: z.string() }).nullable(),
  /** This machine still knows the text (until Axon ends), so it can be copied again. */
  shown: z.boolean(),
  /** The swarm got another key since the text was made: whoever has it comes to a closed door. Copied again it is good again. */
  stale: z.boolean(),
});
export type InviteView = z.infer<typeof inviteView>;

/** "Add a device" is on screen: machines without the key may knock. */
export const pairingView = z.object({
  /** Eight characters, "K7QM-4XWP". */
  code: z.string(),
  expiresAt: z.number(),
  triesLeft: z.number().int().nonnegative(),
  /** host:port, to be typed where mDNS is blocked */
  addresses: z.array(z.string()),
});
export type PairingView = z.infer<typeof pairingView>;

/**
 * What this device is in its swarm.
 * none: no key. pending: it has the key (or a code), nobody let it in yet. revoked: it was removed.
 */
export const standing = z.enum(['none', 'pending', 'member', 'admin', 'revoked']);
export type Standing = z.infer<typeof standing>;

export const membershipView = z.object({
  standing,
  /** Id of the swarm: of its first statement, 64 hex digits. null: no roster */
  swarm: z.string().nullable(),
  /** null: it founded the swarm, or was let in before this was kept. */
  letIn: letIn.nullable(),
  /** Whose invite it is joining by: then nobody has to press anything. */
  invited: z.object({ peerId, name: z.string() }).nullable(),
  /** Anyone with the key is a member (settings.open); said loudly wherever it is on. */
  open: z.boolean(),
  members: z.array(memberView),
  removed: z.array(z.object({ peerId, name: z.string() })),
  applicants: z.array(applicant),
  asked: z.array(askedAdmin),
  invites: z.array(inviteView),
  pairing: pairingView.nullable(),
  /** Number of the swarm key in force; each removal makes a new one. 0: no roster */
  epoch: z.number().int().nonnegative(),
  /** A recovery code was made, so that the swarm outlives its only admin. */
  recovery: z.boolean(),
});
export type MembershipView = z.infer<typeof membershipView>;

export const noMembership: MembershipView = {
  standing: 'none',
  swarm: null,
  letIn: null,
  invited: null,
  open: false,
  members: [],
  removed: [],
  applicants: [],
  asked: [],
  invites: [],
  pairing: null,
  epoch: 0,
  recovery: false,
};

/** One answer that this machine gave: who, when, how long, how much. Never what was asked. */
export const ledgerEntry = z.object({
  number: z.number().int().positive(),
  peerId,
  name: z.string(),
  model: z.string(),
  /** wall clock ms */
  at: z.number(),
  ms: z.number().nonnegative(),
  promptTokens: z.number().int().nonnegative(),
  tokens: z.number().int().nonnegative(),
  outcome: z.enum(['done', 'stopped', 'failed']),
  /** It wrote a conversation's title, and counts as no answer; its tokens count. Left out: an answer */
  forTitle: z.literal(true).optional(),
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;

export const ledgerPage = z.object({
  /** Newest first. */
  entries: z.array(ledgerEntry),
  total: z.number().int().nonnegative(),
  /** The number of the first entry whose hash does not follow from the one before; null: nothing was changed or taken out */
  brokenAt: z.number().int().positive().nullable(),
  /** So many of the newest entries were there once, and are gone: cut off, or their files taken away. */
  missing: z.number().int().nonnegative(),
});
export type LedgerPage = z.infer<typeof ledgerPage>;

/** How joining by a code goes on. The last item is `joined`; otherwise it ends with a failure. */
export const pairingStep = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('searching') }),
  /** Compare these with the other screen, and press Allow there. */
  z.object({ kind: z.literal('words'), name: z.string(), words: z.string() }),
  z.object({ kind: z.literal('joined'), name: z.string() }),
]);
export type PairingStep = z.infer<typeof pairingStep>;

/** Everyone nearby can announce a machine that adds a device: no more than these are shown or tried. */
export const maxNearbyDoors = 16;

/** A machine that adds a device, as it says itself on the local network: nothing of it is proven. */
export const nearbyDoor = z.object({
  peerId,
  /** '': it does not say */
  name: z.string().max(63),
  /** For people, to tell two of one name apart. */
  host: z.string().max(60),
  /** Where to knock, a multiaddr. */
  address: z.string().max(300),
});
export type NearbyDoor = z.infer<typeof nearbyDoor>;

/** What an .axon-invite file (and the text code) begins with. */
export const invitePrefix = 'axon-invite:';
/** Largest invite that is looked into. */
export const maxInviteBytes = 4096;
