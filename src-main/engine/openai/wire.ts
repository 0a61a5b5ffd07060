// What is read of the answers of servers with the OpenAI API: the API's own shapes, and what LM Studio and llama-server tell beyond them. They may
// be of any version, so everything optional is optional, and what is odd is as if it were not there.
import { z } from 'zod';

const count = z.number().int().positive().optional().catch(undefined);
const word = (longest: number) => z.string().min(1).max(longest).optional().catch(undefined);
const yes = z.boolean().optional().catch(undefined);

/** GET /v1/models, as OpenAI has it; `owned_by` and `meta` as llama-server fills them (tools/server/server-context.cpp, get_res_model_info). */
export const modelList = z.object({
  data: z
    .array(
      z.object({
        id: z.string().min(1).max(200),
        owned_by: word(100),
        meta: z
          .object({ n_ctx: count, n_ctx_train: count, n_params: count, size: count, ftype: word(40) })
          .optional()
          .catch(undefined),
        /** Of one that runs several models, as a router: unloaded, loading, loaded, sleeping ... */
        status: z.object({ value: z.string() }).optional().catch(undefined),
      }),
    )
    .max(1000),
});
export type ModelList = z.infer<typeof modelList>;

/** GET /props of llama-server (get_res_props). */
export const serverProps = z.object({
  total_slots: z.number().int().min(1).max(1000).optional().catch(undefined),
  default_generation_settings: z.object({ n_ctx: count }).optional().catch(undefined),
  modalities: z.object({ vision: yes }).optional().catch(undefined),
  chat_template: z.string().optional().catch(undefined),
  chat_template_caps: z.object({ supports_tools: yes }).optional().catch(undefined),
  build_info: word(100),
});
export type ServerProps = z.infer<typeof serverProps>;

/** GET /api/v1/models of LM Studio 0.4 and later. */
export const studioModels = z.object({
  models: z
    .array(
      z.object({
        type: z.string(),
        key: z.string().min(1).max(200),
        quantization: z
          .object({ name: word(40).or(z.null()) })
          .nullish()
          .catch(undefined),
        size_bytes: count,
        params_string: word(20).or(z.null()),
        loaded_instances: z.array(z.object({ id: z.string().min(1).max(200), config: z.object({ context_length: count }).optional() })),
        max_context_length: count,
        capabilities: z.object({ vision: yes, trained_for_tool_use: yes }).nullish().catch(undefined),
      }),
    )
    .max(1000),
});
export type StudioModels = z.infer<typeof studioModels>;

/** GET /api/v0/models of LM Studio 0.3.6 and later. */
export const olderStudioModels = z.object({
  data: z
    .array(
      z.object({
        id: z.string().min(1).max(200),
        type: z.string(),
        quantization: word(40),
        state: z.string(),
        max_context_length: count,
      }),
    )
    // without one it could be the list of any server
    .min(1)
    .max(1000),
});
export type OlderStudioModels = z.infer<typeof olderStudioModels>;

const tokens = z.number().int().nonnegative().optional().catch(undefined);

/** One event of POST /v1/chat/completions with stream: true. */
export const chatEvent = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            /** llama-server, LM Studio */
            reasoning_content: z.string().nullish(),
            /** vLLM and others */
            reasoning: z.string().nullish().catch(undefined),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  usage: z.object({ completion_tokens: tokens, prompt_tokens: tokens }).nullish().catch(undefined),
  /** llama-server */
  timings: z
    .object({ predicted_per_second: z.number().nonnegative().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  /** llama-server, while it reads the prompt */
  prompt_progress: z.object({}).optional().catch(undefined),
  error: z.unknown().optional(),
});
export type ChatEvent = z.infer<typeof chatEvent>;
