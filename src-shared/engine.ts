import { z } from 'zod';
import { failureShape } from './failure.ts';

export const engineKinds = ['embedded', 'ollama', 'openai', 'fake'] as const;
export const engineKind = z.enum(engineKinds);
export type EngineKind = z.infer<typeof engineKind>;

/** Programs with the OpenAI API that Axon knows apart from others. */
export const serverProgram = z.enum(['lm-studio', 'llama-server']);
export type ServerProgram = z.infer<typeof serverProgram>;
/** As their makers write them, in every language. */
export const serverProgramNames: Readonly<Record<ServerProgram, string>> = { 'lm-studio': 'LM Studio', 'llama-server': 'llama-server' };

/** Where the maths runs. "GPU not used" is never silent: `why` says the cause in words for people. */
export const engineDevice = z.object({
  kind: z.enum(['gpu', 'cpu', 'unknown']),
  /** "NVIDIA GeForce RTX 4090", "CPU (AVX-512, 8 threads)" */
  name: z.string().max(200),
  why: z.string().max(500),
});
export type EngineDevice = z.infer<typeof engineDevice>;

/** The state of an engine on this machine; a closed union. */
export const engineState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('starting') }),
  /** progress 0..1, undefined when the engine does not tell */
  z.object({ kind: z.literal('loading'), model: z.string(), progress: z.number().min(0).max(1).optional() }),
  z.object({ kind: z.literal('ready') }),
  /** retryAt: wall clock, ms since 1970; undefined when the supervisor gave up */
  z.object({ kind: z.literal('failed'), failure: failureShape, retryAt: z.number().optional() }),
]);
export type EngineState = z.infer<typeof engineState>;

/** A hole that is known in the version of an engine; the table is minimum-versions.json. */
export const vulnerability = z.object({
  component: z.string().max(60),
  /** As it calls itself. */
  version: z.string().max(100),
  /** The first version without it. */
  minimum: z.string().max(40),
  /** Empty: the version cannot be told, so nobody knows. */
  cves: z.array(z.string().max(40)).max(64),
});
export type Vulnerability = z.infer<typeof vulnerability>;

export const engineFacts = z.object({
  kind: engineKind,
  /** Of one with the OpenAI API: which program it is; undefined: another one, or nobody looked. */
  program: serverProgram.optional(),
  version: z.string().max(100).optional(),
  state: engineState,
  device: engineDevice,
  /** Answers it can write at the same time. */
  slots: z.object({ total: z.number().int().nonnegative(), free: z.number().int().nonnegative() }),
  /** Tokens of context for one answer, when a model is loaded. */
  contextLength: z.number().int().positive().optional(),
  /** Where it listens, when it is a server of its own. Not told to others. */
  address: z.string().max(300).optional(),
  /** It runs on another machine than the node: that one's memory is not this one's. */
  remote: z.boolean().optional(),
  /** It takes pictures with a question, for those of its models that see. */
  images: z.boolean().optional(),
  /** null: nothing is known against its version; undefined: nobody looked */
  vulnerable: vulnerability.nullable().optional(),
});
export type EngineFacts = z.infer<typeof engineFacts>;

/** A vulnerable engine answers its owner and nobody else, unless the owner insists. */
export function isWithheld(engine: Pick<EngineFacts, 'vulnerable'> | null, settings: { allowVulnerableEngine: boolean }): boolean {
  return engine?.vulnerable != null && !settings.allowVulnerableEngine;
}
