// Conversations on disk: trees of messages, of which one path is active. An answer is stored as it grows.
import { randomUUID } from 'node:crypto';
import type { CarriedAttachment } from '../../../src-shared/attachment.ts';
import {
  editsAfter,
  isSentFrom,
  sentOf,
  type AnswerWish,
  type Conversation,
  type ConversationKept,
  type ConversationPatch,
  type ConversationSummary,
  type ImportResult,
  type Message,
  type SearchHit,
  type StoredAnswer,
} from '../../../src-shared/conversation.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { refuseOver } from './attachments.ts';
import { dailyBackup } from './backup.ts';
import { readImport, storeImport } from './importing.ts';
import { markdownText } from './markdown-format.ts';
import { ownText, type CarriedConversation } from './own-format.ts';
import {
  rowsOf,
  settled,
  toAnswer,
  toMessage,
  toMore,
  toParameters,
  toSummary,
  type ConversationRow,
  type MessageRow,
  type Rows,
  type SummaryRow,
} from './rows.ts';
import { openOrRepair, type Repaired } from './salvage.ts';
import { openSearch } from './search.ts';
import { refuseTooManyImages, spoken, type Spoken } from './spoken.ts';
import { latestBelow, pathTo, siblingsOf, type TreePlace } from './tree.ts';
import { cutRoute, writerFor, type AnswerWriter, type Writing } from './writer.ts';

/** A removed conversation can be brought back for so long, ms. */
const trashMs = 24 * 60 * 60 * 1000;

export type AskedOfStore = {
  questionId: string;
  answerId: string;
  /** undefined: the question `questionId` is answered once more */
  content?: string | undefined;
  /** The message that a new question hangs under; null: it begins the conversation anew; undefined: the end of the active path */
  after?: string | null | undefined;
  /** Of a new question: those of the draft go to it, those of other messages are copied. */
  attachments?: readonly string[] | undefined;
  /** It goes on by itself. */
  wish?: AnswerWish | undefined;
};

/** newId: of the new version */
type Revision = { messageId: string; newId: string; content: string };

export type Conversations = {
  /** What was saved when the file was found damaged at this start; null: it was whole. */
  readonly repaired: Repaired | null;
  list(): ConversationSummary[];
  get(id: string): Conversation;
  create(id: string, title: string): void;
  update(id: string, patch: Omit<ConversationPatch, 'id'>): void;
  /** Out of sight; gone for good a day later. */
  remove(id: string): void;
  restore(id: string): void;
  /** Puts a file to the draft; the same one twice is one. @throws Failure bad-request, too-many-images */
  attach(id: string, attachment: CarriedAttachment): void;
  /** Takes a file off the draft. */
  detach(id: string, attachmentId: string): void;
  /** Its text, or a picture in base64. */
  attached(id: string, attachmentId: string): string;
  /** Makes the path through that message the active one, down to what was written last below it. */
  choose(id: string, messageId: string): void;
  /** Another version of an answer, in the person's words; it ends the active path. @throws Failure not-found, bad-request */
  revise(id: string, revision: Revision): void;
  /** A new conversation with the path up to that message. */
  fork(id: string, messageId: string, newId: string): void;
  search(text: string, limit: number): Promise<SearchHit[]>;
  /** One conversation, or all: the text of a file in pieces. */
  export(id: string | null, format: 'markdown' | 'json'): Generator<string>;
  /** All of the file or nothing. @throws Failure import-damaged, import-unknown */
  import(text: string): ImportResult;
  /** Stores the question, or finds the one to be answered once more; opens an answer beside those that it has. */
  begin(id: string, asked: AskedOfStore): Spoken & { writer: AnswerWriter };
  /**
   * Opens the last answer of the active path again, to be continued after its first `shown` characters (left out: after all of them).
   * `wish` adds to the one that it has; left out: it does not go on by itself any more.
   * Fails with bad-request when it is another one, complete, or still being written.
   */
  resume(
    id: string,
    answerId: string,
    shown: number | undefined,
    wish?: AnswerWish,
  ): Spoken & { text: string; answer: StoredAnswer; writer: AnswerWriter };
  /** The answers that are to go on by themselves, and that nobody writes at: the last ones of their conversations. */
  waiting(): { id: string; answerId: string }[];
  close(): void;
};

/**
 * Opens or makes the database. A damaged one is kept under another name, never deleted, and `repaired` says what was saved from it.
 * @param troubled hears why a growing answer could not be written, or a backup or the search index not be made
 */
export function openConversations(path: string, date: () => number, troubled: (error: unknown) => void = () => {}): Conversations {
  const { db, repaired } = openOrRepair(path, date);
  const rows = rowsOf(db);
  rows.interrupt.run();
  rows.purge.run(date() - trashMs);
  const open: Writing['open'] = new Set();
  const writing: Writing = { rows, open, troubled };
  const search = openSearch(db, `${path}-search`, troubled);
  search.later();
  const stopBackups = dailyBackup(db, path, { date, busy: () => open.size > 0, troubled });

  return {
    repaired,
    list: () => (rows.list.all() as SummaryRow[]).map(toSummary),
    get: (id) => conversationOf(rows, id),
    create: (id, title) => void rows.insert.run({ id, title, now: date() }),
    update(id, patch) {
      conversationRow(rows, id);
      db.transaction(() => applyPatch(rows, id, patch, date()))();
    },
    remove(id) {
      rows.trash.run(date(), id);
      rows.purge.run(date() - trashMs);
    },
    restore(id) {
      if (rows.restore.run(id).changes === 0) throw gone();
    },
    attach(id, attachment) {
      const { leaf, more } = conversationRow(rows, id);
      db.transaction(() => {
        refuseOver(rows.attachments.byMessage(id).get(null) ?? []);
        rows.attachments.add(id, null, attachment);
        const sent = sentOf(activePath(rows, id, leaf), toMore(more).leftOut);
        refuseTooManyImages(sent, rows.attachments.byMessage(id).get(null) ?? []);
      })();
    },
    detach(id, attachmentId) {
      conversationRow(rows, id);
      rows.attachments.drop(id, attachmentId);
    },
    attached: (id, attachmentId) => rows.attachments.data(conversationRow(rows, id).id, attachmentId),
    choose(id, messageId) {
      conversationRow(rows, id);
      const places = rows.places.all(id) as TreePlace[];
      if (!places.some((place) => place.id === messageId)) throw gone();
      rows.leaf.run(latestBelow(places, messageId), id);
    },
    revise(id, revision) {
      const row = conversationRow(rows, id);
      db.transaction(() => addRevision(rows, row, revision, date()))();
      search.later();
    },
    fork: (id, messageId, newId) => db.transaction(() => forked(rows, { id, messageId, newId, now: date() }))(),
    search: (text, limit) => search.find(text, limit),
    *export(id, format) {
      const ids = id === null ? (rows.list.all() as ConversationRow[]).map((row) => row.id) : [conversationRow(rows, id).id];
      if (format === 'json') yield* ownText(carriedOf(rows, ids));
      else yield* markdownText(conversationsOf(rows, ids));
    },
    import(text) {
      const result = storeImport(db, rows, readImport(text, date()));
      search.later();
      return result;
    },
    begin(id, asked) {
      const row = conversationRow(rows, id);
      const goesOn = asked.wish === undefined ? {} : { wish: asked.wish };
      const answer: StoredAnswer = { state: 'streaming', placement: null, model: null, figures: null, failure: null, ...goesOn };
      // what cannot be told to a model is no question: nothing of it is stored then
      const said = db.transaction(() => spoken(rows, row, openAnswer(rows, row, { asked, answer, now: date() })))();
      search.later();
      return { ...said, writer: writerFor(writing, asked.answerId, { answer, text: '' }) };
    },
    waiting: () =>
      (rows.waiting.all() as { id: string; answerId: string; answer: string }[]).flatMap(({ id, answerId, answer }) =>
        toAnswer(answer).wish === undefined ? [] : [{ id, answerId }],
      ),
    resume(id, answerId, shown, wish) {
      const row = conversationRow(rows, id);
      const path = activePath(rows, id, row.leaf);
      const last = path.at(-1);
      const known = last?.answer;
      if (last === undefined || known === undefined || last.id !== answerId || known.state === 'done' || known.state === 'streaming') {
        throw new Failure('bad-request', 'Only the last answer of a conversation can be continued, and only when it is not complete.');
      }
      if (shown !== undefined && shown > last.content.length) {
        throw new Failure('bad-request', 'More of this answer is shown than was stored.');
      }
      const text = last.content.slice(0, shown);
      const route = text.length === last.content.length ? known.route : cutRoute(known.route ?? [], text.length);
      const edited = known.edited === undefined ? {} : { edited: Math.min(known.edited, text.length) };
      const { wish: before, ...facts } = known;
      const answer: StoredAnswer = {
        ...{ ...facts, ...edited, state: 'streaming', failure: null },
        ...(route === undefined ? {} : { route }),
        ...(wish === undefined ? {} : { wish: { ...before, ...wish } }),
      };
      const said = spoken(rows, row, path.slice(0, -1));
      const writer = writerFor(writing, answerId, { answer, text });
      writer.flush();
      rows.touch.run(date(), id);
      search.later();
      return { ...said, text, answer, writer };
    },
    close() {
      if (!db.open) return;
      // what was written so far is kept; the next open calls it interrupted
      for (const writer of open) writer.flush();
      open.clear();
      stopBackups();
      search.close();
      // the log is folded into the file here, since libsql closes it only when its statements are collected
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

const gone = (): Failure => new Failure('not-found', 'This conversation is not there any more.');

function conversationRow(rows: Rows, id: string): ConversationRow {
  const row = rows.one(id);
  if (row === undefined) throw gone();
  return row;
}

function conversationOf(rows: Rows, id: string): Conversation {
  const { leaf, more, ...row } = conversationRow(rows, id);
  return {
    ...row,
    ...toSummary(row),
    draft: row.draft,
    ...toMore(more),
    parameters: toParameters(row.parameters),
    attachments: rows.attachments.byMessage(id).get(null) ?? [],
    messages: activePath(rows, id, leaf),
  };
}

function* conversationsOf(rows: Rows, ids: readonly string[]): Generator<Conversation> {
  // one that was removed while the others were written is left out
  for (const id of ids) if (rows.one(id) !== undefined) yield conversationOf(rows, id);
}

/** With all branches, to be read by another Axon. Who else could have answered stays in the house, and so does what was only begun. */
function* carriedOf(rows: Rows, ids: readonly string[]): Generator<CarriedConversation> {
  for (const id of ids) {
    const row = rows.one(id);
    if (row === undefined) continue;
    const { preview: _, draft: _draft, more, ...kept } = row;
    const attached = rows.attachments.byMessage(id);
    const messages = (rows.messages.all(id) as MessageRow[]).map((one) => {
      const attachments = attached.get(one.id)?.map((attachment) => rows.attachments.carried(id, attachment));
      const { attachments: _none, ...rest } = toMessage(one, undefined, undefined);
      const message = { ...rest, ...(attachments === undefined ? {} : { attachments }) };
      const { answer } = message;
      if (answer?.placement == null) return message;
      return { ...message, answer: { ...answer, placement: { ...answer.placement, candidates: [] } } };
    });
    const { machine: _machine, edits: _edits, ...carried } = toMore(more);
    yield { ...kept, ...carried, pinned: row.pinned === 1, parameters: toParameters(row.parameters), messages };
  }
}

/** The messages from a root to that leaf; where it is not there, to the one that was written last. */
function activePath(rows: Rows, conversation: string, leaf: string | null): Message[] {
  const all = rows.messages.all(conversation) as MessageRow[];
  const places = new Map(all.map((row) => [row.id, row]));
  const siblings = siblingsOf(all);
  const end = leaf !== null && places.has(leaf) ? leaf : (all.at(-1)?.id ?? null);
  const attached = rows.attachments.byMessage(conversation);
  return pathTo(places, end).map((id) => toMessage(places.get(id) as MessageRow, siblings.get(id), attached.get(id)));
}

function applyPatch(rows: Rows, id: string, patch: Omit<ConversationPatch, 'id'>, now: number): void {
  if (patch.title !== undefined) rows.title.run(patch.title, now, id);
  if (patch.draft !== undefined) rows.draft.run(patch.draft, id);
  if (patch.model !== undefined) rows.model.run(patch.model, id);
  if (patch.pinned !== undefined) rows.pinned.run(patch.pinned ? 1 : 0, id);
  if (patch.folder !== undefined) rows.folder.run(patch.folder, id);
  if (patch.system !== undefined) rows.system.run(patch.system, id);
  if (patch.parameters !== undefined) rows.parameters.run(JSON.stringify(patch.parameters), id);
  const { leftOut, continues, machine, edits } = patch;
  const before = toMore(conversationRow(rows, id).more);
  const kept: ConversationKept = {
    ...(leftOut === undefined ? {} : { leftOut }),
    ...(continues === undefined ? {} : { continues }),
    ...(machine === undefined ? {} : { machine }),
    ...(edits === undefined ? {} : { edits: editsAfter(before.edits, edits) }),
  };
  if (Object.keys(kept).length > 0) rows.more.run(JSON.stringify({ ...before, ...kept }), id);
}

/** Stores the question, if it is a new one, and an empty answer, whose path becomes the active one. @returns the path up to the question */
function openAnswer(
  rows: Rows,
  { id, title, leaf, more }: ConversationRow,
  { asked, answer, now }: { asked: AskedOfStore; answer: StoredAnswer; now: number },
): Message[] {
  const { questionId, answerId, content, after, attachments = [] } = asked;
  if (content !== undefined) {
    const parent = after === undefined ? (activePath(rows, id, leaf).at(-1)?.id ?? null) : after;
    const known = parent === null || (rows.places.all(id) as TreePlace[]).some((place) => place.id === parent);
    if (!known) throw new Failure('bad-request', 'The message that this question hangs under is not in this conversation.');
    rows.addMessage({ id: questionId, conversation: id, parent, role: 'user', content, now, answer: null });
    rows.attachments.give(id, questionId, attachments);
    if (title === '') rows.title.run(titleFrom(content), now, id);
    rows.draft.run('', id);
  } else rows.dropEmpty.run({ question: questionId, conversation: id });
  const path = activePath(rows, id, questionId);
  const question = path.at(-1);
  if (question?.id !== questionId || question.role !== 'user') throw new Failure('bad-request', 'There is no question to answer.');
  refuseTooManyImages(sentOf(path, toMore(more).leftOut), []);
  rows.addMessage({
    id: answerId,
    conversation: id,
    parent: questionId,
    role: 'assistant',
    content: '',
    now,
    answer: JSON.stringify(answer),
  });
  rows.leaf.run(answerId, id);
  rows.touch.run(now, id);
  return path;
}

/** It is nobody's answer but the person's, until a model goes on with it: that of the old one, whose thoughts and figures were for other words. */
function addRevision(rows: Rows, { id }: ConversationRow, { messageId, newId, content }: Revision, now: number): void {
  const old = activePath(rows, id, messageId).at(-1);
  if (old?.id !== messageId) throw gone();
  if (old.role !== 'assistant' || old.answer?.state === 'streaming') {
    throw new Failure('bad-request', 'Only an answer that has ended can be written in other words.');
  }
  const model = old.answer?.model ?? null;
  const answer: StoredAnswer = { state: 'stopped', placement: null, model, figures: null, failure: null, edited: content.length };
  rows.addMessage({ id: newId, conversation: id, parent: old.parent, role: 'assistant', content, now, answer: JSON.stringify(answer) });
  rows.leaf.run(newId, id);
  rows.touch.run(now, id);
}

function forked(rows: Rows, { id, messageId, newId, now }: { id: string; messageId: string; newId: string; now: number }): void {
  const { title, model, folder, system, parameters, more } = conversationRow(rows, id);
  const path = activePath(rows, id, messageId);
  if (path.at(-1)?.id !== messageId) throw gone();
  if (rows.insert.run({ id: newId, title, now }).changes === 0) throw new Failure('bad-request', 'There is a conversation with this id.');
  const { leftOut, machine } = toMore(more);
  applyPatch(rows, newId, { model, folder, system, parameters: toParameters(parameters), machine }, now);
  let parent: string | null = null;
  for (const message of path) {
    const { role, content, createdAt, answer, attachments = [] } = message;
    const copy = randomUUID();
    if (leftOut !== undefined && isSentFrom(message, leftOut)) applyPatch(rows, newId, { leftOut: { ...leftOut, before: copy } }, now);
    // the original goes on being written; its copy does not
    const kept = answer === undefined ? null : JSON.stringify(settled(answer));
    rows.addMessage({ id: copy, conversation: newId, parent, role, content, now: createdAt, answer: kept });
    rows.attachments.copyTo({ conversation: id, attachments }, newId, copy);
    parent = copy;
  }
  rows.leaf.run(parent, newId);
}

/** The first words of the first question, on one line. */
export function titleFrom(content: string): string {
  const line = content.trim().replaceAll(/\s+/g, ' ');
  if (line.length <= 60) return line;
  const cut = line.slice(0, 60);
  return `${cut.slice(0, cut.lastIndexOf(' ') > 30 ? cut.lastIndexOf(' ') : 60)}…`;
}
