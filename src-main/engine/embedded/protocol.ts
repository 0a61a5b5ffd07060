// What the engine and its child process say to each other over fork's channel. Both ends parse what they receive.
import { z } from 'zod';
import { chatMessage, chatParameters, continued } from '../../../src-shared/chat.ts';
import { engineDevice } from '../../../src-shared/engine.ts';
import { failureShape } from '../../../src-shared/failure.ts';

/** Texts that the child may send ahead of the reader; then it stops decoding until it is told that some were taken. */
export const textWindow = 64;
/** The reader tells how many texts it took after this many. */
export const takenStep = 16;

const model = z.object({ name: z.string(), path: z.string() });
const id = z.number().int().nonnegative();

export const toChild = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), slots: z.number().int().positive(), contextTokens: z.number().int().positive(), gpu: z.boolean() }),
  z.object({ kind: z.literal('load'), id, model }),
  z.object({ kind: z.literal('unload'), id, model: z.string() }),
  /** begun: the answer so far; `ids` are its tokens, when they are this file's and this build's; exactMs: see EmbeddedOptions */
  z.object({
    kind: z.literal('chat'),
    id,
    model,
    messages: z.array(chatMessage),
    parameters: chatParameters,
    begun: z
      .object({ text: continued.shape.text, ids: z.array(z.number().int().nonnegative()).optional(), exactMs: z.number().nonnegative() })
      .optional(),
  }),
  /** Ends the task `id`; it answers with `ended` all the same. */
  z.object({ kind: z.literal('abort'), id }),
  z.object({ kind: z.literal('taken'), id, texts: z.number().int().positive() }),
]);
export type ToChild = z.infer<typeof toChild>;

export const fromChild = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), version: z.string(), device: engineDevice }),
  z.object({ kind: z.literal('log'), level: z.enum(['warn', 'error', 'info']), message: z.string() }),
  /** Models in memory, most recently used last. contextLength: tokens for one answer. thoughts: told apart from text, so they can be bounded */
  z.object({
    kind: z.literal('loaded'),
    models: z.array(z.object({ name: z.string(), contextLength: z.number().int(), thoughts: z.boolean() })),
    device: engineDevice,
  }),
  /** Its event loop turns: told every second while it has tasks, whatever its native threads are at. */
  z.object({ kind: z.literal('beat') }),
  /** The rest belongs to one task. */
  /** Others are before it: a model that is loading, answers in all slots. */
  z.object({ kind: z.literal('waiting'), id }),
  z.object({ kind: z.literal('loading'), id, progress: z.number().min(0).max(1).optional() }),
  z.object({ kind: z.literal('reading'), id, progress: z.number().min(0).max(1) }),
  /** tokens: all that were made since the last text; undefined: cannot be told apart */
  z.object({ kind: z.literal('text'), id, text: z.string(), tokens: z.array(z.number().int().nonnegative()).optional() }),
  /** The same of what the model thinks; it counts as a text for `taken`. */
  z.object({ kind: z.literal('thinking'), id, text: z.string(), tokens: z.array(z.number().int().nonnegative()).optional() }),
  /** Working, with nothing to show: half of a character, or what may be a stop text. */
  z.object({ kind: z.literal('busy'), id }),
  z.object({
    kind: z.literal('done'),
    id,
    reason: z.enum(['stop', 'length']),
    tokens: z.number().int().nonnegative(),
    promptTokens: z.number().int().nonnegative(),
    tokensPerSecond: z.number().nonnegative(),
  }),
  /** Last message of every task; failure undefined: it went well, or it was aborted. */
  z.object({ kind: z.literal('ended'), id, failure: failureShape.optional() }),
]);
export type FromChild = z.infer<typeof fromChild>;
export type TaskMessage = Extract<FromChild, { id: number }>;
