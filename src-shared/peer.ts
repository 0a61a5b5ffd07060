import { z } from 'zod';
import { engineDevice, engineKind } from './engine.ts';
import { hardwareFacts } from './hardware.ts';
import { modelInfo } from './model.ts';
import { plainName } from './name.ts';
import { role } from './role.ts';

/** base58btc Ed25519 PeerId, "12D3KooW..." */
export const peerId = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{40,64}$/);
export type PeerId = z.infer<typeof peerId>;

/** Why a machine takes no questions of others for now. */
export const pause = z.object({
  why: z.enum(['owner', 'battery', 'busy', 'schedule', 'metered']),
  /** wall clock ms; undefined: until that changes */
  until: z.number().optional(),
});
export type Pause = z.infer<typeof pause>;

/** A model that is lent, with what the leader says of itself; others believe what they saw themselves. */
export const offeredModel = modelInfo.extend({
  /** tokens/s of one answer, measured by the leader; null: not yet */
  tokensPerSecond: z.number().nonnegative().nullable().optional(),
  /** Memory that it takes when loaded, MiB; null: unknown */
  needMb: z.number().int().nonnegative().nullable().optional(),
});
export type OfferedModel = z.infer<typeof offeredModel>;

/**
 * A model that the leader has not, and would download before it answers, for itself and for members that may manage models (permission
 * `models`). By the plain name alone: one with a host would send the leader's engine to an address of somebody else's choice.
 */
export const offeredDownload = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}(:[a-z0-9][a-z0-9._-]{0,62})?$/i),
  /** Bytes, as its owner wrote it down; undefined: not known before it is downloaded */
  sizeBytes: z.number().int().positive().optional(),
});
export type OfferedDownload = z.infer<typeof offeredDownload>;

/** A model that a machine is downloading. progress: 0..1, in steps of 5 %; null: not known yet */
export const downloading = z.object({ name: z.string().min(1).max(200), progress: z.number().min(0).max(1).nullable() });
export type Downloading = z.infer<typeof downloading>;

/** What a node announces to its peers on connect and on change. Every node does; only a leader has `leads`. */
export const offer = z.object({
  /** Grows with each change of this node; a lower one is stale and dropped. Starts at the wall clock, so that it grows over restarts. */
  revision: z.number().int().nonnegative(),
  /** plain, whatever was sent: one that has nothing to show is a question mark */
  name: z
    .string()
    .min(1)
    .max(63)
    .transform((name) => plainName(name) || '?'),
  version: z.string().max(40),
  role,
  hardware: hardwareFacts,
  /** null: not a leader now (subordinate, draining, or its engine is out of service) */
  leads: z
    .object({
      models: z.array(offeredModel).max(256),
      downloads: z
        .array(offeredDownload.extend({ needMb: offeredModel.shape.needMb }))
        .max(32)
        .optional(),
      slots: z.object({ total: z.number().int().nonnegative(), free: z.number().int().nonnegative() }),
      /** Jobs waiting in line. */
      waiting: z.number().int().nonnegative(),
      maxWaiting: z.number().int().nonnegative(),
      /** What a newcomer would wait for a slot, by the leader's own reckoning, ms; null: it cannot tell */
      waitMs: z.number().nonnegative().nullable().optional(),
      engine: z.object({
        kind: engineKind,
        version: z.string().max(100).optional(),
        device: engineDevice,
        /** false: it has just failed and is being restarted */
        healthy: z.boolean().optional(),
        /** It runs on another machine than the leader, which knows neither that one's memory nor how busy it is. */
        remote: z.boolean().optional(),
        /** It takes pictures with a question. One that does not say so would drop them and answer as if none were there. */
        images: z.boolean().optional(),
      }),
      /** tokens/s of the answers that it wrote last, newest last, whoever they were for */
      recent: z.array(z.number().nonnegative()).max(16).optional(),
      /** Memory held for admitted and loading models, MiB. */
      reservedMb: z.number().int().nonnegative().optional(),
      /** Its owner wants it for himself now: running answers end, new ones are refused. until: wall clock ms */
      paused: pause.nullable().optional(),
      /** Its owner is at work on it (keyboard, other programs); null: unknown */
      ownerActive: z.boolean().nullable().optional(),
    })
    .nullable(),
  /** It means to lead, and its engine has failed; `leads` is null then. */
  engineDown: z.boolean().optional(),
  /** It would lead if it were the fittest, and nobody does: role auto. */
  willing: z.boolean().optional(),
  /** The models that it would lend then, by name: a node that does not lead lists none in `leads`. */
  couldLead: z.array(z.string().min(1).max(200)).max(64).optional(),
  /** It has one on its way. */
  downloading: downloading.optional(),
  /** When its Axon started, ms of its own wall clock. */
  startedAt: z.number().nonnegative().optional(),
});
export type Offer = z.infer<typeof offer>;

/** It leads, and its engine is not down just now. */
export function leadsNow<Of extends Pick<Offer, 'leads'>>(offer: Of | null): offer is Of & { leads: NonNullable<Offer['leads']> } {
  return offer?.leads != null && offer.leads.engine.healthy !== false;
}

/** It leads, and takes questions of others just now: its owner has not paused it either. */
export function takesQuestions(offer: Pick<Offer, 'leads'> | null): boolean {
  return leadsNow(offer) && offer.leads.paused == null;
}

/** Whether that model of that leader is shown the pictures of a question, and sees them. */
export function seesImages(engine: { images?: boolean | undefined } | null, { capabilities }: Pick<OfferedModel, 'capabilities'>): boolean {
  return engine?.images === true && capabilities?.includes('vision') === true;
}

/** A peer as the window and `axon peers` show it. */
export const peerView = z.object({
  peerId,
  name: z.string(),
  /** connected; away: was connected, redialled; found: seen by mDNS or typed, not connected yet */
  state: z.enum(['connected', 'away', 'found']),
  addresses: z.array(z.string()),
  /** ms, round trip; null: not measured yet */
  latencyMs: z.number().nonnegative().nullable(),
  offer: offer.nullable(),
  /** wall clock ms of the last sign of life */
  lastSeen: z.number().nullable(),
  /** wall clock ms when it last said or confirmed its offer */
  offerAt: z.number().nullable().optional(),
  /** It is connected, and its Axon is too old to speak with this one. */
  tooOld: z.boolean().optional(),
  /** It answered others while it was here, and that was ended there: what it began it may still write. */
  stopped: z.boolean().optional(),
});
export type PeerView = z.infer<typeof peerView>;
