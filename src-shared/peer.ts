import { z } from 'zod';
import { engineDevice, engineKind } from './engine.ts';
import { hardwareFacts } from './hardware.ts';
import { modelInfo } from './model.ts';
import { role } from './role.ts';

/** base58btc Ed25519 PeerId, "12D3KooW..." */
export const peerId = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{40,64}$/);
export type PeerId = z.infer<typeof peerId>;

/** What a node announces to its peers on connect and on change. Every node does; only a leader has `leads`. */
export const offer = z.object({
  /** Grows with each change of this node; a lower one is stale and dropped. Starts at the wall clock, so that it grows over restarts. */
  revision: z.number().int().nonnegative(),
  name: z.string().min(1).max(63),
  version: z.string().max(40),
  role,
  hardware: hardwareFacts,
  /** null: not a leader now (subordinate, draining, or its engine is down) */
  leads: z
    .object({
      models: z.array(modelInfo).max(256),
      slots: z.object({ total: z.number().int().nonnegative(), free: z.number().int().nonnegative() }),
      /** Jobs waiting in line. */
      waiting: z.number().int().nonnegative(),
      maxWaiting: z.number().int().nonnegative(),
      engine: z.object({ kind: engineKind, device: engineDevice }),
    })
    .nullable(),
});
export type Offer = z.infer<typeof offer>;

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
});
export type PeerView = z.infer<typeof peerView>;
