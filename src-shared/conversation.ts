import { z } from 'zod';
import { answerFigures, chatParameters, placement } from './chat.ts';
import { failureShape } from './failure.ts';

/** How an assistant message stands. streaming survives a crash as `interrupted`. */
export const answerState = z.enum(['streaming', 'done', 'stopped', 'interrupted', 'failed']);
export type AnswerState = z.infer<typeof answerState>;

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
