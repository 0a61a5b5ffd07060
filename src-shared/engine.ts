import { z } from 'zod';
import { failureShape } from './failure.ts';

export const engineKinds = ['embedded', 'ollama', 'fake'] as const;
export const engineKind = z.enum(engineKinds);
export type EngineKind = z.infer<typeof engineKind>;

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

export const engineFacts = z.object({
  kind: engineKind,
  version: z.string().max(100).optional(),
  state: engineState,
  device: engineDevice,
  /** Answers it can write at the same time. */
  slots: z.object({ total: z.number().int().nonnegative(), free: z.number().int().nonnegative() }),
  /** Tokens of context for one answer, when a model is loaded. */
  contextLength: z.number().int().positive().optional(),
});
export type EngineFacts = z.infer<typeof engineFacts>;
