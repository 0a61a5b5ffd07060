// The conversations of the played node: trees of messages with one active path, kept as a real node keeps them, but in memory.
import { randomUUID } from 'node:crypto';
import { factsOf } from '../../src-shared/attachment.ts';
import type { CarriedAttachment } from '../../src-shared/attachment.ts';
import { editsAfter, emptyConversation } from '../../src-shared/conversation.ts';
import type {
  Conversation,
  ConversationPatch,
  ConversationSummary,
  ImportResult,
  Message,
  SearchHit,
} from '../../src-shared/conversation.ts';
import { toFailure } from '../../src-shared/failure.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { CarriedConversation } from '../../src-main/store/conversations/own-format.ts';
import { readImport } from '../../src-main/store/conversations/importing.ts';
import { snippetOf } from '../../src-main/store/conversations/snippet.ts';
import { latestBelow, pathTo, siblingsOf } from '../../src-main/store/conversations/tree.ts';
import { findTerm, termsOf, textWords } from '../../src-main/store/conversations/words.ts';
import { failure } from './played-answers.ts';

const raise = (code: FailureCode): never => {
  throw failure(code);
};

/** @param shown what tests read and write: each conversation with its active path */
// oxlint-disable-next-line typescript/explicit-function-return-type -- told by what it returns
export function playedConversations(shown: Map<string, Conversation>) {
  const trees = new Map<string, Message[]>();
  const trash = new Map<string, Conversation>();
  const files = new Map<string, CarriedAttachment>();

  const found = (id: string): Conversation => {
    const conversation = shown.get(id);
    if (conversation === undefined) throw failure('not-found');
    return conversation;
  };
  /** All messages of a conversation; what a test put into its path is taken over. */
  const treeOf = (conversation: Conversation): Message[] => {
    const tree = trees.get(conversation.id) ?? [];
    trees.set(conversation.id, tree);
    for (const message of conversation.messages) if (!tree.includes(message)) tree.push(message);
    return tree;
  };
  const choose = (conversation: Conversation, leaf: string): void => {
    const tree = treeOf(conversation);
    const siblings = siblingsOf(tree);
    const messages = new Map(tree.map((message) => [message.id, message]));
    for (const message of tree) {
      const versions = siblings.get(message.id);
      if (versions === undefined) delete message.siblings;
      else message.siblings = versions;
    }
    conversation.messages = pathTo(messages, leaf).flatMap((id) => messages.get(id) ?? []);
    conversation.preview = conversation.messages.at(-1)?.content.slice(0, 160) ?? '';
  };

  return {
    found,
    list: () =>
      [...shown.values()].map(
        ({
          messages,
          draft,
          attachments: _files,
          model: _model,
          parameters: _parameters,
          system: _system,
          ...summary
        }): ConversationSummary => ({
          ...summary,
          ...(summary.title === '' && messages.length === 0 ? { draft } : {}),
        }),
      ),
    create: (id: string, title: string) => void shown.set(id, emptyConversation(id, title, Date.now())),
    update({ id, edits, ...patch }: ConversationPatch) {
      const conversation = found(id);
      Object.assign(conversation, Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)));
      if (edits !== undefined) conversation.edits = editsAfter(conversation.edits, edits);
    },
    remove(id: string) {
      const conversation = shown.get(id);
      if (conversation !== undefined) trash.set(id, conversation);
      shown.delete(id);
    },
    restore(id: string) {
      const conversation = trash.get(id);
      if (conversation === undefined) throw failure('not-found');
      trash.delete(id);
      shown.set(id, conversation);
    },
    attach(id: string, carried: CarriedAttachment) {
      const facts = factsOf(carried);
      if (facts === null) throw failure('bad-request');
      files.set(carried.id, carried);
      found(id).attachments.push(facts);
    },
    detach(id: string, attachmentId: string) {
      found(id).attachments = found(id).attachments.filter((one) => one.id !== attachmentId);
    },
    attached(attachmentId: string): CarriedAttachment {
      const file = files.get(attachmentId);
      if (file === undefined) throw failure('not-found');
      return file;
    },
    carried({ attachments: _, ...conversation }: Conversation): CarriedConversation {
      const messages = conversation.messages.map(({ attachments, siblings: _siblings, ...message }) => ({
        ...message,
        ...(attachments === undefined ? {} : { attachments: attachments.flatMap(({ id }) => files.get(id) ?? []) }),
      }));
      return { ...conversation, messages, leaf: null };
    },
    choose(id: string, messageId: string) {
      const tree = treeOf(found(id));
      if (!tree.some((message) => message.id === messageId)) throw failure('not-found');
      choose(found(id), latestBelow(tree, messageId));
    },
    revise({ id, messageId, newId, content }: { id: string; messageId: string; newId: string; content: string }) {
      const conversation = found(id);
      const tree = treeOf(conversation);
      const old = tree.find((message) => message.id === messageId);
      if (old?.role !== 'assistant') throw failure('bad-request');
      const known = { placement: null, model: old.answer?.model ?? null, figures: null, failure: null };
      const answer = { ...known, state: 'stopped' as const, edited: content.length };
      tree.push({ id: newId, parent: old.parent, role: 'assistant', content, createdAt: Date.now(), answer });
      choose(conversation, newId);
    },
    fork(id: string, messageId: string, newId: string) {
      const { title, model, machine = null, folder, system, parameters } = found(id);
      const messages = new Map(treeOf(found(id)).map((message) => [message.id, message]));
      let parent: string | null = null;
      const copies: Message[] = [];
      for (const original of pathTo(messages, messageId).flatMap((one) => messages.get(one) ?? [])) {
        const { siblings: _, ...copy } = structuredClone(original);
        copies.push({ ...copy, id: randomUUID(), parent });
        parent = copies.at(-1)?.id ?? null;
      }
      shown.set(newId, { ...emptyConversation(newId, title, Date.now()), model, machine, folder, system, parameters, messages: copies });
    },
    search(text: string): SearchHit[] {
      const terms = termsOf(text);
      const matches = (content: string): boolean => {
        const words = [...textWords(content)];
        return terms.length > 0 && terms.every((term) => findTerm(words, term) !== undefined);
      };
      return [...shown.values()].flatMap((conversation) => {
        const { id, title, updatedAt } = conversation;
        const inTitle = matches(title) ? [{ id, title, messageId: null, snippet: snippetOf(title, terms), at: updatedAt }] : [];
        const inText = treeOf(conversation)
          .filter(({ content }) => matches(content))
          .map((message) => ({ id, title, messageId: message.id, snippet: snippetOf(message.content, terms), at: message.createdAt }));
        return [...inTitle, ...inText];
      });
    },
    /** A file in one piece. */
    import(text: string): ImportResult {
      let files;
      try {
        files = readImport(text, Date.now());
      } catch (error) {
        throw failure(toFailure(error).code);
      }
      const fresh = files.filter(({ id }) => !shown.has(id));
      for (const { leaf: _, pictures: _pictures, ...file } of fresh) {
        const kept = file.messages.map(({ attachments: _attached, ...message }): Message => message);
        shown.set(file.id, { ...emptyConversation(file.id, file.title, file.createdAt), ...file, messages: kept });
      }
      const messages = fresh.reduce((sum, file) => sum + file.messages.length, 0);
      const pictures = fresh.reduce((sum, file) => sum + (file.pictures ?? 0), 0);
      const newest = fresh.toSorted((a, b) => b.updatedAt - a.updatedAt)[0]?.id ?? null;
      return { conversations: fresh.length, messages, known: files.length - fresh.length, pictures, newest };
    },
    /** Stores the question, if it is a new one, and an empty answer beside those that the question has. */
    openAnswer(input: {
      id: string;
      questionId: string;
      answerId: string;
      content?: string | undefined;
      after?: string | null | undefined;
      attachments?: string[] | undefined;
    }): Message {
      const conversation = found(input.id);
      const tree = treeOf(conversation);
      const now = Date.now();
      conversation.updatedAt = now;
      if (input.content !== undefined) {
        const parent = input.after === undefined ? (conversation.messages.at(-1)?.id ?? null) : input.after;
        const attachments = (input.attachments ?? []).map((id) => {
          const facts = factsOf(files.get(id) ?? raise('bad-request'));
          return facts ?? raise('bad-request');
        });
        const attached = attachments.length === 0 ? {} : { attachments };
        tree.push({ id: input.questionId, parent, role: 'user', content: input.content, createdAt: now, ...attached });
        conversation.draft = '';
        conversation.attachments = conversation.attachments.filter(({ id }) => input.attachments?.includes(id) !== true);
      } else if (!tree.some(({ id }) => id === input.questionId)) throw failure('bad-request');
      const empty = tree.filter(
        ({ parent, content, answer }) => parent === input.questionId && content === '' && answer?.state !== 'streaming',
      );
      for (const gone of empty) tree.splice(tree.indexOf(gone), 1);
      conversation.messages = conversation.messages.filter((message) => tree.includes(message));
      const answer: Message = {
        id: input.answerId,
        parent: input.questionId,
        role: 'assistant',
        content: '',
        createdAt: now,
        answer: { state: 'streaming', placement: null, model: null, figures: null, failure: null },
      };
      tree.push(answer);
      choose(conversation, answer.id);
      return answer;
    },
  };
}
