// The file that Axon itself writes and reads: whole conversations with all their branches.
import { z } from 'zod';
import { attachmentLimits } from '../../../src-shared/attachment-limits.ts';
import { carriedAttachment } from '../../../src-shared/attachment.ts';
import { chatLimits, chatParameters } from '../../../src-shared/chat.ts';
import { conversationMore, folderName, message } from '../../../src-shared/conversation.ts';

/** What a file may hold. The largest exports that people have of other programs have some ten thousand conversations. */
export const importLimits = { conversations: 50_000, messages: 100_000 } as const;

const carriedMessage = message.omit({ siblings: true }).extend({
  content: z.string().max(chatLimits.textBytes),
  attachments: z.array(carriedAttachment).max(attachmentLimits.count).optional(),
});
export type CarriedMessage = z.infer<typeof carriedMessage>;

/** One conversation as it travels. `leaf`: where the active path ends; null: at the message that was written last */
export const carriedConversation = z.object({
  id: z.uuid(),
  title: z.string().max(1000),
  createdAt: z.number(),
  updatedAt: z.number(),
  pinned: z.boolean().default(false),
  folder: folderName.nullable().default(null),
  model: z.string().max(200).nullable().default(null),
  system: z.string().max(chatLimits.system).default(''),
  parameters: chatParameters.default({}),
  leaf: z.uuid().nullable().default(null),
  ...conversationMore.shape,
  /** In the order in which they were made. */
  messages: z.array(carriedMessage).max(importLimits.messages),
});
export type CarriedConversation = z.infer<typeof carriedConversation>;

export const ownFile = z.object({
  axon: z.literal('conversations'),
  version: z.literal(1),
  conversations: z.array(carriedConversation).max(importLimits.conversations),
});

/** The file in pieces: a conversation at a time. */
export function* ownText(conversations: Iterable<CarriedConversation>): Generator<string> {
  yield '{"axon":"conversations","version":1,"conversations":[';
  let first = true;
  for (const conversation of conversations) {
    yield `${first ? '' : ','}\n${JSON.stringify(conversation)}`;
    first = false;
  }
  yield '\n]}\n';
}
