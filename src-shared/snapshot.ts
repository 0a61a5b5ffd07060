// The whole swarm at one moment, as one machine knew it: what each node is and has, and what they have together.
import { z } from 'zod';
import { factName, hardwareFacts } from './hardware.ts';
import { pause } from './peer.ts';
import { role } from './role.ts';

/**
 * complete: reached, and every fact of it is known. partial: reached, and some are not (`unknown` names them).
 * stale: reached, and what is known of it is older than staleMs. unreachable: what is known of it is how it was.
 */
export const nodeStatus = z.enum(['complete', 'partial', 'stale', 'unreachable']);
export type NodeStatus = z.infer<typeof nodeStatus>;

/** A reached peer says or confirms what it is about once a minute, in a large swarm each two and a half; ms. */
export const staleMs = 300_000;

const count = z.number().int().nonnegative();

export const nodeSnapshot = z.object({
  peerId: z.string().max(64),
  name: z.string().max(63),
  /** The machine that took the snapshot. */
  self: z.boolean(),
  status: nodeStatus,
  unknown: z.array(factName).max(20),
  /** What its person wants; null: unknown */
  role: role.nullable(),
  /** It answers for others now. */
  leads: z.boolean(),
  models: z
    .array(z.object({ name: z.string().max(200), loaded: z.boolean(), tokensPerSecond: z.number().nonnegative().nullable() }))
    .max(256),
  /** null: it lends none, or nobody knows */
  slots: z.object({ total: count, free: count }).nullable(),
  waiting: count.nullable(),
  /** Memory held for models on their way in, MiB; null: it leads nobody, or nobody knows */
  reservedMb: count.nullable().default(null),
  paused: pause.nullable(),
  /** ms, round trip; 0 for the machine itself; null: not measured */
  latencyMs: z.number().nonnegative().nullable(),
  /** Of others as coarse as they tell it; null: it said nothing yet */
  hardware: hardwareFacts.nullable(),
  /** Wall clock ms of the machine that took the snapshot: the last sign of life, and when the facts were last so. null: never in this run */
  seenAt: z.number().nullable(),
  toldAt: z.number().nullable(),
});
export type NodeSnapshot = z.infer<typeof nodeSnapshot>;

/** A sum over the reached nodes of which it is known, and how many are left out since it is not. */
export const knownSum = z.object({ sum: z.number().nonnegative(), unknown: count });
export type KnownSum = z.infer<typeof knownSum>;

/** Of the nodes that were reached, where nothing else is said. */
export const clusterTotals = z.object({
  nodes: count,
  complete: count,
  partial: count,
  stale: count,
  unreachable: count,
  leaders: count,
  cores: knownSum,
  /** MiB */
  ramMb: knownSum,
  ramFreeMb: knownSum,
  /** MiB of graphics cards that have memory of their own */
  vramMb: knownSum,
  vramFreeMb: knownSum,
  /** Nodes whose graphics share the machine's RAM. */
  unified: count,
  /** What the leaders lend. */
  slots: knownSum,
  freeSlots: knownSum,
  waiting: knownSum,
  /** Different names. */
  models: count,
});
export type ClusterTotals = z.infer<typeof clusterTotals>;

export const swarmSnapshot = z.object({
  /** Wall clock ms, and the name of the machine that took it. */
  takenAt: z.number(),
  takenBy: z.string().max(63),
  nodes: z.array(nodeSnapshot).max(4096),
  totals: clusterTotals,
});
export type SwarmSnapshot = z.infer<typeof swarmSnapshot>;
