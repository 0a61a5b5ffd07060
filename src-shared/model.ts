import { z } from 'zod';
import type { EngineKind } from './engine.ts';

/** What a model can besides writing; of the model itself, whatever Axon uses of it. */
export const modelCapability = z.enum(['tools', 'vision', 'thinking']);
export type ModelCapability = z.infer<typeof modelCapability>;

/** How much a model thinks before it answers. */
export const thinkEffort = z.enum(['off', 'low', 'medium', 'high']);
export type ThinkEffort = z.infer<typeof thinkEffort>;

/** A model that an engine can run. `name` is what people type; equal names on two machines mean the same model to placement. */
export const modelInfo = z.object({
  name: z.string().min(1).max(200),
  /** Bytes on disk; undefined when the engine does not say. */
  sizeBytes: z.number().int().nonnegative().optional(),
  /** Tokens the model was trained for. */
  contextLength: z.number().int().positive().optional(),
  /** Tokens that the engine lets it read at once, often fewer; undefined: not loaded, and the engine does not say beforehand. */
  servedContext: z.number().int().positive().optional(),
  /** In memory now: the first token comes without a load. */
  loaded: z.boolean(),
  /** Answers of this model at the same time, where they are bounded apart from the engine's slots. */
  slots: z.number().int().positive().max(1000).optional(),
  /** SHA-256 of the GGUF or Ollama's digest, hex. */
  digest: z.string().max(128).optional(),
  /** Such as "Q4_1", when known. */
  quantization: z.string().max(40).optional(),
  /** How many parameters it has, as its makers write it: "135M", "3.2B", "8x7B". */
  parameters: z.string().max(20).optional(),
  /** undefined: nobody can tell */
  capabilities: z.array(modelCapability).max(modelCapability.options.length).optional(),
  /** Of one that thinks: what its engine can be asked for besides the model's own way; undefined: nobody can tell, or an older Axon. */
  efforts: z.array(thinkEffort).max(thinkEffort.options.length).optional(),
});
export type ModelInfo = z.infer<typeof modelInfo>;

/**
 * Tokens that a question and its answer may take with that model; undefined: nobody says. Ollama loads a model with the context that is asked
 * for; the built-in engine's is fixed, and less can be asked for but not more.
 */
export function contextFor(
  { servedContext, contextLength }: Pick<ModelInfo, 'servedContext' | 'contextLength'>,
  engine: EngineKind | undefined,
  asked: number | undefined,
): number | undefined {
  const most = asked !== undefined && engine === 'ollama' ? contextLength : (servedContext ?? contextLength);
  return asked === undefined || most === undefined ? (most ?? asked) : Math.min(asked, most);
}
