import { z } from 'zod';
import { attachmentLimits } from './attachment-limits.ts';
import { attachment } from './attachment.ts';
import { answerFigures, answerWaits, chatLimits, chatParameters, machineName, placement } from './chat.ts';
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

/** That an answer is to go on by itself as soon as a machine can, though Axon is closed meanwhile; and who was to give it, left out: whoever can. */
export const answerWish = z.object({ peer: z.string().max(300).optional(), model: z.string().max(200).optional() });
export type AnswerWish = z.infer<typeof answerWish>;

/** What is known of an answer besides its text. */
export const storedAnswer = z.object({
  state: answerState,
  placement: placement.nullable(),
  model: z.string().nullable(),
  figures: answerFigures.nullable(),
  failure: failureShape.nullable(),
  /** The person put this text in the place of a model's: so many characters (UTF-16 units) at its beginning; left out: none. */
  edited: z.number().int().nonnegative().optional(),
  /** Who wrote which part, in order; one step for most answers. */
  route: z.array(routeStep).max(1000).optional(),
  /** What a reasoning model thought on its way to it (thinking.ts); left out: nothing. */
  thinking: z.string().max(chatLimits.thinking).optional(),
  /** How long it thought, from the first thought to the first word, ms; left out: not at all, or nobody knows. */
  thoughtMs: z.number().nonnegative().optional(),
  ...answerWaits.shape,
  /** Only while it is streaming or interrupted; left out: it does not wait. */
  wish: answerWish.optional(),
});
export type StoredAnswer = z.infer<typeof storedAnswer>;

export const message = z.object({
  id: z.uuid(),
  /** The message that this one follows; null: it begins the conversation. */
  parent: z.uuid().nullable(),
  /** All versions at this place, this one included, in the order in which they were made; left out where it is the only one. */
  siblings: z.array(z.uuid()).optional(),
  role: z.enum(['user', 'assistant', 'system']),
  content: z.string(),
  /** What was put to it; left out: nothing. Its content is asked for one by one. */
  attachments: z.array(attachment).max(attachmentLimits.count).optional(),
  /** wall clock ms */
  createdAt: z.number(),
  /** Only on answers. */
  answer: storedAnswer.optional(),
});
export type Message = z.infer<typeof message>;

/** A folder of the list. */
export const folderName = z.string().trim().min(1).max(60);

export const conversationSummary = z.object({
  id: z.uuid(),
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  pinned: z.boolean(),
  /** null: in none */
  folder: z.string().nullable(),
  /** How the last message of the active path begins. */
  preview: z.string(),
  /** How the text in its box begins, as long as it has neither a name nor a message; left out: it has. */
  draft: z.string().optional(),
});
export type ConversationSummary = z.infer<typeof conversationSummary>;

/**
 * What the model is not sent any more: the messages of the active path before that one. null: all is sent again. at: when that was decided,
 * wall clock ms: what engines counted before tells nothing of what is sent now.
 */
export const leftOut = z.object({ before: z.uuid().nullable(), at: z.number() });

/** What a conversation knows of itself besides, in one column. */
export const conversationMore = z.object({
  leftOut: leftOut.optional(),
  /** The conversation that it goes on from, with a summary as its system prompt. */
  continues: z.uuid().optional(),
});
export type ConversationMore = z.infer<typeof conversationMore>;

const begunEdits = z.record(z.uuid(), z.string().max(chatLimits.textBytes));

/** What the person chose and began in it: as the draft, kept here and carried nowhere. */
export const conversationBegun = z.object({
  /** The machine that its questions go to and no other, called as it was when it was picked; null or left out: whichever suits best */
  machine: machineName.nullable().optional(),
  /** Messages that are being put in other words, by their id: what they say by now. */
  edits: begunEdits.optional(),
});

/** All of that one column. */
export const conversationKept = conversationMore.extend(conversationBegun.shape);
export type ConversationKept = z.infer<typeof conversationKept>;

export const conversation = conversationSummary.extend({
  ...conversationKept.shape,
  /** The active path, from the first message to the last one. Other branches are in `siblings`. */
  messages: z.array(message),
  /** What stands unsent in the input box. */
  draft: z.string(),
  /** What is put to the draft. */
  attachments: z.array(attachment),
  model: z.string().nullable(),
  parameters: chatParameters,
  /** What the model is told before the first question; empty: nothing */
  system: z.string(),
});
export type Conversation = z.infer<typeof conversation>;

/** What is left out stays as it is; `parameters` is replaced as a whole. */
export const conversationPatch = z.object({
  id: z.uuid(),
  title: z.string().max(200).optional(),
  draft: z.string().optional(),
  model: z.string().nullable().optional(),
  pinned: z.boolean().optional(),
  folder: folderName.nullable().optional(),
  system: z.string().max(chatLimits.system).optional(),
  parameters: chatParameters.optional(),
  ...conversationKept.shape,
  /** Of the named messages alone, since windows edit different ones at once; null: no longer being edited. */
  edits: z.record(z.uuid(), begunEdits.valueType.nullable()).optional(),
});
export type ConversationPatch = z.infer<typeof conversationPatch>;

/** The begun edits of a conversation after that change to them. */
export function editsAfter(before: Conversation['edits'], change: NonNullable<ConversationPatch['edits']>): Record<string, string> {
  const all = Object.entries({ ...before, ...change });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Whether the messages that the model is sent begin with this one: the one that was marked, or another version of it. */
export function isSentFrom({ id, siblings }: Pick<Message, 'id' | 'siblings'>, mark: ConversationMore['leftOut']): boolean {
  return mark?.before != null && (id === mark.before || siblings?.includes(mark.before) === true);
}

/** The messages that the model is sent; all of them where the one that begins them is on another branch. */
export function sentOf<Sent extends Pick<Message, 'id' | 'siblings'>>(
  messages: readonly Sent[],
  mark: ConversationMore['leftOut'],
): readonly Sent[] {
  const first = messages.findIndex((message) => isSentFrom(message, mark));
  return first === -1 ? messages : messages.slice(first);
}

/** A piece of a snippet. hit: it is what was looked for */
export const snippetPart = z.object({ text: z.string(), hit: z.boolean() });
export type SnippetPart = z.infer<typeof snippetPart>;

export const searchHit = z.object({
  /** of the conversation */
  id: z.uuid(),
  title: z.string(),
  /** null: its title was found */
  messageId: z.uuid().nullable(),
  snippet: z.array(snippetPart),
  /** wall clock ms: when the message was written, of a title when the conversation was last written in */
  at: z.number(),
});
export type SearchHit = z.infer<typeof searchHit>;

/**
 * What an import did. known: conversations of the file that were there already, and were left as they are; pictures: that many of what was
 * imported did not come along; newest: of the imported ones, the one that was written in last, null: none was
 */
export const importResult = z.object({
  conversations: z.number().int().nonnegative(),
  messages: z.number().int().nonnegative(),
  known: z.number().int().nonnegative(),
  pictures: z.number().int().nonnegative(),
  newest: z.uuid().nullable(),
});
export type ImportResult = z.infer<typeof importResult>;

/** Characters of one piece of an import, and of all pieces together. */
export const importPiece = { characters: 4 * 1024 * 1024, inAll: 256 * 1024 * 1024 } as const;

/** One without a message yet, made now. @param now wall clock ms */
export function emptyConversation(id: string, title: string, now: number): Conversation {
  const summary: ConversationSummary = { id, title, createdAt: now, updatedAt: now, pinned: false, folder: null, preview: '' };
  return { ...summary, messages: [], draft: '', attachments: [], model: null, parameters: {}, system: '' };
}
