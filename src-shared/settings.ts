import { z } from 'zod';
import { engineKind } from './engine.ts';
import { role } from './role.ts';

/** 4101: unassigned by IANA's table for swarm-like services; fixed so that a firewall rule can name it. */
export const defaultSwarmPort = 4101;
/** Loopback door for the web window and the CLI. */
export const defaultWebPort = 4180;

export const settings = z.object({
  /** Shown to others; the host name unless changed. */
  name: z.string().trim().min(1).max(63),
  role,
  engine: engineKind.exclude(['fake']),
  /** Where Ollama listens; undefined: OLLAMA_HOST, .env, then 127.0.0.1:11434 */
  ollamaUrl: z.url().optional(),
  /** Offered and loaded first; undefined: every model the engine has */
  model: z.string().max(200).optional(),
  swarmPort: z.number().int().min(0).max(65_535),
  webPort: z.number().int().min(0).max(65_535),
  /** Also answer and ask under libp2p's default mDNS tag, for Axon-Cluster nodes. */
  seedDiscovery: z.boolean(),
  /** Anyone with the key is a member, here. Off: each device is let in by a person. */
  open: z.boolean(),
  /** Others may use an engine here that has a known hole. */
  allowVulnerableEngine: z.boolean(),
  /** Addresses typed by hand, multiaddrs. */
  addresses: z.array(z.string().max(300)).max(64),
  language: z.string().max(20).optional(),
  colorScheme: z.enum(['auto', 'light', 'dark']),
});
export type Settings = z.infer<typeof settings>;

export const settingsPatch = settings.partial();
export type SettingsPatch = z.infer<typeof settingsPatch>;
