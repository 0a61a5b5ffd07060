// What is read of Ollama's answers; the server may be of any version, so everything optional is optional.
import { z } from 'zod';

const details = z
  .object({
    quantization_level: z.string().max(40),
    context_length: z.number().int().positive(),
    parameter_size: z.string().max(20).optional().catch(undefined),
    family: z.string().max(100).optional().catch(undefined),
  })
  .partial()
  .nullish();

export const tags = z.object({
  models: z
    .array(
      z.object({
        name: z.string().min(1).max(200),
        size: z.number().nonnegative().optional(),
        digest: z.string().max(128).optional(),
        details,
        capabilities: z.array(z.string()).nullish(),
        /** Set on models that run on other people's machines. */
        remote_host: z.string().optional(),
      }),
    )
    .nullish(),
});
export type Tag = NonNullable<z.infer<typeof tags>['models']>[number];

/** Of what /api/show says of one model. */
export const shown = z.object({
  capabilities: z.array(z.string().max(40)).max(64).nullish(),
  model_info: z.record(z.string(), z.unknown()).nullish(),
});

export const running = z.object({
  models: z
    .array(
      z.object({
        name: z.string(),
        size: z.number().nonnegative().default(0),
        size_vram: z.number().nonnegative().default(0),
        context_length: z.number().int().positive().optional(),
      }),
    )
    .nullish(),
});
export type Running = NonNullable<z.infer<typeof running>['models']>[number];

export const versionAnswer = z.object({ version: z.string().max(100) });

export const chatLine = z.object({
  message: z.object({ content: z.string().default(''), thinking: z.string().nullish() }).optional(),
  done: z.boolean().default(false),
  done_reason: z.string().optional(),
  prompt_eval_count: z.number().int().nonnegative().optional(),
  eval_count: z.number().int().nonnegative().optional(),
  /** ns */
  eval_duration: z.number().nonnegative().optional(),
});
export type ChatLine = z.infer<typeof chatLine>;
