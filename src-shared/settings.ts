import { z } from 'zod';
import { chatLimits, chatParameters } from './chat.ts';
import { engineKind } from './engine.ts';
import { memberName } from './name.ts';
import { offeredDownload, peerId } from './peer.ts';
import { role } from './role.ts';
import { updateWishes } from './updates.ts';

/** 4101: unassigned by IANA's table for swarm-like services; fixed so that a firewall rule can name it. */
export const defaultSwarmPort = 4101;
/** Loopback door for the web window and the CLI. */
export const defaultWebPort = 4180;

/** Minutes of the day, 0..1440; to below from: over midnight. days: 0 is Sunday, the day on which it begins. */
export const pauseHours = z.object({
  days: z.array(z.number().int().min(0).max(6)).min(1).max(7),
  from: z.number().int().min(0).max(1440),
  to: z.number().int().min(0).max(1440),
});
export type PauseHours = z.infer<typeof pauseHours>;

/** What a leader does for others while its owner may want the machine for himself. */
export const yielding = z.enum(['pause', 'lower', 'ignore']);
export type Yielding = z.infer<typeof yielding>;

/** A way to ask that is kept by a name: what the model is told, and how it samples. */
export const preset = z.object({
  name: z.string().trim().min(1).max(60),
  system: z.string().max(chatLimits.system),
  parameters: chatParameters,
});
export type Preset = z.infer<typeof preset>;

/** What a new conversation starts with. */
export const tuning = preset.omit({ name: true });
export type Tuning = z.infer<typeof tuning>;

export const settings = z.object({
  /** Shown to others; the host name unless changed. */
  name: memberName,
  role,
  engine: engineKind.exclude(['fake']),
  /** Where Ollama listens; undefined: OLLAMA_HOST, .env, then 127.0.0.1:11434 */
  ollamaUrl: z.url().optional(),
  /** Where the server with the OpenAI API listens; undefined: LM Studio or llama-server, where it listens on this machine by itself */
  openaiUrl: z.url().max(300).optional(),
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
  /** For each member; null: no bound. */
  limits: z.object({
    tokensPerDay: z.number().int().min(1).nullable(),
    questionsPerMinute: z.number().int().min(1).max(10_000).nullable(),
  }),
  /** Models that may be downloaded here to answer with, for the owner and for members that may manage models; none unless listed. */
  downloads: z.array(offeredDownload).max(32).optional(),
  /** Another daily bound for one member; null: none. */
  memberTokensPerDay: z.record(peerId, z.number().int().min(0).nullable()),
  /** When the machine belongs to its owner. */
  yielding: z.object({
    battery: yielding,
    busy: yielding,
    /** On a network that is paid for by what goes over it; undefined: ignore */
    metered: yielding.optional(),
    hours: z.array(pauseHours).max(32),
  }),
  /** The owner's own pause: until then, wall clock ms; null: none */
  pausedUntil: z.number().nullable(),
  /** Chosen before others when it can answer; null: none */
  preferred: peerId.nullable(),
  /** Addresses typed by hand, multiaddrs. */
  addresses: z.array(z.string().max(300)).max(64),
  /** Which things the desktop tells while the window is not in front. */
  notifications: z.object({
    joins: z.boolean(),
    leaders: z.boolean(),
    answers: z.boolean(),
    /** This and the next one, undefined: told */
    downloads: z.boolean().optional(),
    updates: z.boolean().optional(),
  }),
  /** Whether the app updates itself, and to what. Whoever manages the machine may say so by AXON_UPDATES. */
  updates: updateWishes.optional(),
  /** Prompts and sampling that the person keeps under a name. */
  presets: z.array(preset).max(50).optional(),
  /** What new conversations start with; undefined: nothing is said or set */
  tuning: tuning.optional(),
  /** Conversations get their titles from a model. */
  titles: z.boolean(),
  /** Of window, tray and notifications; undefined: the system's */
  language: z.string().max(20).optional(),
  colorScheme: z.enum(['auto', 'light', 'dark']),
});
export type Settings = z.infer<typeof settings>;

/** A setting whose value in force is not the person's own. */
export const override = z.object({
  setting: settings.keyof(),
  /** "--engine", "OLLAMA_HOST" */
  by: z.string().max(60),
  /** It holds for this run, whatever is set; otherwise it holds only while nothing is set. */
  firm: z.boolean(),
});
export type Override = z.infer<typeof override>;

/** null takes back what need not be set: a field left out stays as it is, and undefined does not cross a link. */
export const settingsPatch = settings.partial().extend({
  ollamaUrl: settings.shape.ollamaUrl.nullable(),
  openaiUrl: settings.shape.openaiUrl.nullable(),
  model: settings.shape.model.nullable(),
  language: settings.shape.language.nullable(),
  tuning: settings.shape.tuning.nullable(),
});
export type SettingsPatch = z.infer<typeof settingsPatch>;
