import { z } from 'zod';
import { answerFigures, chatParameters, machineName, placement } from './chat.ts';
import { failureCode, failureShape } from './failure.ts';

/** How an assistant message stands. streaming survives a crash as `interrupted`. */
export const answerState = z.enum(['streaming', 'done', 'stopped', 'interrupted', 'failed']);
export type AnswerState = z.infer<typeof answerState>;

/** One machine's share of an answer. */
export const routeStep = z.object({
  leader: machineName,
  model: z.string(),
  /** Where its text begins, UTF-16 units. */
  from: z.number().int().nonnegative(),
  /** Why its part ended; null: it wrote to the end, or still writes. */
  lost: failureCode.nullable(),
});
export type RouteStep = z.infer<typeof routeStep>;

export const message = z.object({
  id: z.uuid(),
  role: z.enum(['user', 'assistant', 'system']),
  content: z.string(),
  /** wall clock ms */
  createdAt: z.number(),
  /** Only on answers. */
  answer: z
    .object({
      state: answerState,
      placement: placement.nullable(),
      model: z.string().nullable(),
      figures: answerFigures.nullable(),
      failure: failureShape.nullable(),
      /** Who wrote which part, in order; one step for most answers. */
      route: z.array(routeStep).max(1000).optional(),
    })
    .optional(),
});
export type Message = z.infer<typeof message>;

export const conversationSummary = z.object({
  id: z.uuid(),
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type ConversationSummary = z.infer<typeof conversationSummary>;

export const conversation = conversationSummary.extend({
  messages: z.array(message),
  /** What stands unsent in the input box. */
  draft: z.string(),
  model: z.string().nullable(),
  parameters: chatParameters,
});
export type Conversation = z.infer<typeof conversation>;
