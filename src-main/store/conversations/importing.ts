// Reads a file of conversations, whichever of the known programs wrote it, and stores them all or none.
import type Database from 'libsql';
import type { z } from 'zod';
import { factsOf } from '../../../src-shared/attachment.ts';
import type { ConversationMore, ImportResult } from '../../../src-shared/conversation.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { fromGpt, fromWebui, gptConversation, idFrom, webuiConversation } from './foreign-formats.ts';
import type { Brought } from './foreign-formats.ts';
import { carriedConversation, importLimits, ownFile, type CarriedConversation, type CarriedMessage } from './own-format.ts';
import { settled, type Rows } from './rows.ts';

/**
 * What is in the file.
 * @throws Failure import-damaged when it is no JSON or lacks what its format needs, import-unknown for any other JSON
 */
export function readImport(text: string, now: number): (CarriedConversation & Partial<Brought>)[] {
  const file = parsed(text);
  if (isObject(file) && file['axon'] === 'conversations') return withAttachmentsChecked(checked(ownFile, file).conversations);
  const items = Array.isArray(file) ? file : [file];
  if (items.length > importLimits.conversations) throw new Failure('import-damaged', 'The file has too many conversations.');
  if (items.length > 0 && items.every((item) => isObject(item) && isObject(item['mapping']))) {
    return items.map((item, at) => bounded(fromGpt(checked(gptConversation, item, at), now), at));
  }
  if (items.length > 0 && items.every((item) => isObject(item) && isObject(item['chat']))) {
    return items.map((item, at) => bounded(fromWebui(checked(webuiConversation, item, at), now), at));
  }
  throw new Failure('import-unknown', 'This is no file of conversations that Axon, ChatGPT or Open WebUI wrote.');
}

/** Each picture is one, and no text too long: what an attachment says of itself is not believed. @throws Failure import-damaged */
function withAttachmentsChecked(conversations: CarriedConversation[]): CarriedConversation[] {
  for (const { messages } of conversations) {
    for (const { attachments = [] } of messages) {
      if (attachments.some((one) => factsOf(one) === null)) {
        throw new Failure('import-damaged', 'The file holds an attachment that is not what it says it is.');
      }
    }
  }
  return conversations;
}

/** Stores what is not there yet, in one transaction; what is there stays as it is. What lies in the trash is taken out of it anew. */
export function storeImport(db: Database.Database, rows: Rows, conversations: ReturnType<typeof readImport>): ImportResult {
  const result = { conversations: 0, messages: 0, known: 0, pictures: 0 };
  let newest: CarriedConversation | undefined;
  db.transaction(() => {
    for (const conversation of conversations) {
      rows.dropTrashed.run(conversation.id);
      if (rows.insertCarried(conversation).changes === 0) {
        result.known += 1;
        continue;
      }
      if (newest === undefined || conversation.updatedAt > newest.updatedAt) newest = conversation;
      result.pictures += conversation.pictures ?? 0;
      result.conversations += 1;
      result.messages += storeMessages(rows, conversation);
    }
  })();
  return { ...result, newest: newest?.id ?? null };
}

function storeMessages(rows: Rows, { id: conversation, leaf, leftOut, continues, messages }: CarriedConversation): number {
  const ids = new Map<string, string>();
  let last: string | null = null;
  for (const message of parentsFirst(messages)) {
    // a message of the same id may be in another conversation: the person edited the file by hand
    const id = rows.hasMessage.get(message.id) === undefined ? message.id : idFrom(`${conversation} ${message.id}`);
    ids.set(message.id, id);
    const { role, content, createdAt: now, answer, attachments = [] } = message;
    const kept = answer === undefined ? null : JSON.stringify(settled(answer));
    const parent = message.parent === null ? null : (ids.get(message.parent) ?? null);
    rows.addMessage({ id, conversation, parent, role, content, now, answer: role === 'assistant' ? kept : null });
    for (const attachment of attachments) {
      // as with messages: the same one may be in another conversation
      if (!rows.attachments.add(conversation, id, attachment)) {
        rows.attachments.add(conversation, id, { ...attachment, id: idFrom(`${conversation} ${attachment.id}`) });
      }
    }
    last = id;
  }
  rows.leaf.run((leaf === null ? undefined : ids.get(leaf)) ?? last, conversation);
  const before = leftOut?.before == null ? null : (ids.get(leftOut.before) ?? null);
  const more: ConversationMore = {
    ...(leftOut === undefined ? {} : { leftOut: { ...leftOut, before } }),
    ...(continues === undefined ? {} : { continues }),
  };
  rows.more.run(JSON.stringify(more), conversation);
  return ids.size;
}

/** In the order of their times, but each after the message that it follows. Circles are cut where they are met. */
function parentsFirst(messages: readonly CarriedMessage[]): CarriedMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const placed = new Set<string>();
  const ordered: CarriedMessage[] = [];
  for (const message of [...byId.values()].toSorted((a, b) => a.createdAt - b.createdAt)) {
    const above: CarriedMessage[] = [];
    const met = new Set<string>();
    for (let at: CarriedMessage | undefined = message; at !== undefined && !placed.has(at.id) && !met.has(at.id);) {
      met.add(at.id);
      above.push(at);
      at = at.parent === null ? undefined : byId.get(at.parent);
    }
    for (const one of above.toReversed()) {
      placed.add(one.id);
      ordered.push(one);
    }
  }
  return ordered;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Failure('import-damaged', 'The file is no whole JSON.', { cause: error });
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, at?: number): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = [...(at === undefined ? [] : [`conversation ${at + 1}`]), ...(issue?.path ?? [])].join(' / ');
  throw new Failure('import-damaged', `The file does not hold what it should at ${where}: ${issue?.message ?? ''}`.slice(0, 500));
}

const bounded = (brought: Brought, at: number): Brought => ({ ...checked(carriedConversation, brought, at), pictures: brought.pictures });

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
