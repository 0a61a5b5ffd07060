import { z } from 'zod';
import { failureShape } from './failure.ts';
import { plainText } from './name.ts';

export const engineKinds = ['embedded', 'ollama', 'openai', 'fake'] as const;
export const engineKind = z.enum(engineKinds);
export type EngineKind = z.infer<typeof engineKind>;

/** Programs with the OpenAI API that Axon knows apart from others. */
export const serverProgram = z.enum(['lm-studio', 'llama-server']);
export type ServerProgram = z.infer<typeof serverProgram>;
/** As their makers write them, in every language. */
export const serverProgramNames: Readonly<Record<ServerProgram, string>> = { 'lm-studio': 'LM Studio', 'llama-server': 'llama-server' };

/** Words of another machine: in one line, without what would show as something else. At most `most` UTF-16 units were sent. */
const saidText = (most: number) =>
  z
    .string()
    .max(most)
    .transform((text) => plainText(text.replaceAll(/\s+/g, ' ')));
const bytes = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
const mb = z.number().int().nonnegative();
const layers = z.number().int().nonnegative().max(100_000);

/** What `name` of a device says where that is more than what its makers call it. */
export const deviceLabel = z.discriminatedUnion('code', [
  /** simd: the best instructions of the processor, as its makers write them. threads: that write an answer */
  z.object({
    code: z.literal('cpu'),
    simd: z.enum(['AVX-512', 'AVX2', 'NEON']).optional(),
    threads: z.number().int().positive().max(100_000),
  }),
  z.object({ code: z.literal('gpu-and-cpu') }),
  /** Of a program that nobody knows. */
  z.object({ code: z.literal('server') }),
]);
export type DeviceLabel = z.infer<typeof deviceLabel>;

/** What `why` of a device says. */
export const deviceCause = z.discriminatedUnion('code', [
  z.object({
    code: z.enum([
      'all-in-gpu',
      'intel-mac',
      'no-cuda',
      'no-gpu',
      'no-gpu-build',
      'no-model',
      'no-vulkan',
      'not-started',
      'ollama-idle',
      'server-silent',
      'switched-off',
    ]),
  }),
  /** MiB of graphics memory */
  z.object({ code: z.literal('gpu-full'), gpu: saidText(200), freeMb: mb, totalMb: mb }),
  /** Of `all` layers of the model so many lie on the card. */
  z.object({ code: z.literal('gpu-part'), layers, all: layers, freeMb: mb, totalMb: mb }),
  z.object({
    code: z.literal('gpu-unused'),
    found: z
      .array(z.enum(['cuda', 'vulkan', 'metal']))
      .min(1)
      .max(3),
  }),
  z.object({ code: z.literal('ollama-all'), model: saidText(200) }),
  /** sizeBytes: what it takes; inGpuBytes: how much of that lies in graphics memory */
  z.object({ code: z.literal('ollama-none'), model: saidText(200), sizeBytes: bytes }),
  z.object({ code: z.literal('ollama-part'), model: saidText(200), sizeBytes: bytes, inGpuBytes: bytes }),
]);
export type DeviceCause = z.infer<typeof deviceCause>;

/**
 * Where the maths runs. "GPU not used" is never silent: `why` says the cause. `name` and `why` are English, for the log and the command line;
 * a face that speaks other languages makes its words of `label` and `cause`. Those are missing where a machine is too old to tell them, or
 * too new to be understood, and where `name` is what makers call it: then `name` and `why` are shown as they are.
 */
export const engineDevice = z.object({
  kind: z.enum(['gpu', 'cpu', 'unknown']),
  /** "NVIDIA GeForce RTX 4090", "CPU (AVX-512, 8 threads)" */
  name: saidText(200),
  why: saidText(500),
  label: deviceLabel.optional().catch(undefined),
  cause: deviceCause.optional().catch(undefined),
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
