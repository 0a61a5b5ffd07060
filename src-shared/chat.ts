// The one type that carries the product. ChatRequest and ChatChunk keep their names and shape at every hop.
import { z } from 'zod';
import { peerId } from './peer.ts';

/** Limits of a request, checked at every door. A prompt of 8 MiB is more than any context of today. */
export const chatLimits = { messages: 2000, textBytes: 8 * 1024 * 1024, stops: 16 } as const;

export const chatMessage = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().max(chatLimits.textBytes),
});
export type ChatMessage = z.infer<typeof chatMessage>;

/** Sampling; whatever is undefined is the engine's default. Closed: an unknown key never reaches an engine. */
export const chatParameters = z.object({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().int().min(0).max(1000).optional(),
  maxTokens: z.number().int().min(1).max(131_072).optional(),
  seed: z.number().int().min(0).max(0xffff_ffff).optional(),
  stop: z.array(z.string().min(1).max(200)).max(chatLimits.stops).optional(),
});
export type ChatParameters = z.infer<typeof chatParameters>;

export const chatRequest = z.object({
  /** Made by the asker; the same id for the same question over retries. */
  id: z.uuid(),
  /** undefined: any model, the placement chooses */
  model: z.string().min(1).max(200).optional(),
  messages: z.array(chatMessage).min(1).max(chatLimits.messages),
  parameters: chatParameters,
});
export type ChatRequest = z.infer<typeof chatRequest>;

/** Why this leader: one sentence in parts. The renderer words it from `reason`. */
export const placement = z.object({
  leader: z.object({ peerId, name: z.string() }),
  model: z.string(),
  /** This machine answers itself. */
  local: z.boolean(),
  reason: z.enum(['pinned', 'only-one', 'loaded', 'free-slot', 'shortest-queue', 'lowest-latency', 'name']),
  candidates: z
    .array(
      z.object({
        leader: z.object({ peerId, name: z.string() }),
        /** undefined: eligible */
        excluded: z.enum(['model-missing', 'not-connected', 'not-a-leader', 'queue-full', 'lost', 'not-pinned']).optional(),
        loaded: z.boolean(),
        freeSlots: z.number().int(),
        waiting: z.number().int(),
        latencyMs: z.number().nullable(),
      }),
    )
    .max(300),
});
export type Placement = z.infer<typeof placement>;

export const answerFigures = z.object({
  /** Tokens written. */
  tokens: z.number().int().nonnegative(),
  promptTokens: z.number().int().nonnegative().optional(),
  /** Over the time from the first token to the last one; 0 when fewer than two tokens. */
  tokensPerSecond: z.number().nonnegative(),
  /** From the request to the first text, as measured by whoever reports it. */
  timeToFirstTokenMs: z.number().nonnegative(),
});
export type AnswerFigures = z.infer<typeof answerFigures>;

export const chatChunk = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('placed'), placement }),
  /** position 1 is next */
  z.object({ kind: z.literal('queued'), position: z.number().int().positive() }),
  z.object({ kind: z.literal('loading'), model: z.string().max(200), progress: z.number().min(0).max(1).optional() }),
  /** The prompt is being read. */
  z.object({ kind: z.literal('reading'), progress: z.number().min(0).max(1).optional() }),
  z.object({ kind: z.literal('text'), text: z.string().max(65_536) }),
  /** Last chunk of every answer that ended well. length: the token limit or the context was reached. */
  z.object({ kind: z.literal('done'), reason: z.enum(['stop', 'length']), model: z.string().max(200), figures: answerFigures }),
]);
export type ChatChunk = z.infer<typeof chatChunk>;

/**
 * Yields chunks until `done`; throws a Failure when it ends badly, the signal's reason when it is cancelled.
 * An engine is a Chat, a remote leader is a Chat, what the window calls is a Chat.
 */
export type Chat = (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatChunk>;
