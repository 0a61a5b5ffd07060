// The one immutable snapshot that window, tray and `axon status` read.
import { z } from 'zod';
import { maxDownloads, modelDownload } from './download.ts';
import { engineFacts } from './engine.ts';
import { failureShape } from './failure.ts';
import { hardwareFacts } from './hardware.ts';
import { membershipView } from './member.ts';
import { modelInfo } from './model.ts';
import { pause, peerView } from './peer.ts';
import { role, roleActual } from './role.ts';
import { override, settings } from './settings.ts';

export const swarmView = z.object({
  revision: z.number().int(),
  self: z.object({
    /** null until there is a swarm.key, since the node does not listen without it */
    peerId: z.string().nullable(),
    name: z.string(),
    version: z.string(),
    /** Listening multiaddrs with /p2p/ id. */
    addresses: z.array(z.string()),
    role: z.object({ wanted: role, actual: roleActual }),
    hardware: hardwareFacts,
    engine: engineFacts.nullable(),
    models: z.array(modelInfo),
    /** Where the device's private key lies. */
    identity: z.enum(['sealed', 'file']),
    /** Which code runs the link's ciphers; wasm is slower. */
    ciphers: z.enum(['native', 'wasm']),
    /** Why this machine answers nobody but its owner now; null: it does not pause */
    paused: pause.nullable(),
    /** The network is paid for by what goes over it; null: unknown, or not looked at since it is ignored */
    metered: z.boolean().nullable().optional(),
    /** When this node was made, wall clock ms */
    startedAt: z.number().nonnegative().optional(),
    /** A key goes to the server of the settings: one that was kept for its address, or AXON_OPENAI_KEY; left out: none */
    serverKey: z.enum(['kept', 'environment']).optional(),
    /** tokens/s of the answers that it wrote last, newest last */
    recent: z.array(z.number().nonnegative()).max(16).optional(),
  }),
  /** fingerprint: 8 hex digits of SHA-256(key), "4f-a2-09-1c"; null: no swarm.key yet */
  key: z.object({ fingerprint: z.string() }).nullable(),
  membership: membershipView,
  peers: z.array(peerView),
  /** Nodes near by that belong to another swarm (other key), seen in the last two minutes. */
  otherSwarms: z.number().int().nonnegative(),
  /** What is wrong now, most severe first. */
  troubles: z.array(failureShape),
  settings,
  /** Models that are downloaded here for the owner, finished ones until they are put away. */
  downloads: z.array(modelDownload).max(maxDownloads).optional(),
  /** What flags and the environment of this run decide. */
  overrides: z.array(override).max(64).optional(),
});
export type SwarmView = z.infer<typeof swarmView>;
