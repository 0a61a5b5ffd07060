// The window's chat over a node that is scripted: for its store's tests.
import { expect } from 'vitest';
import { factsOf } from '../../../src-shared/attachment.ts';
import type { CarriedAttachment } from '../../../src-shared/attachment.ts';
import type { ChatChunk } from '../../../src-shared/chat.ts';
import { editsAfter, emptyConversation, type Conversation, type ConversationPatch } from '../../../src-shared/conversation.ts';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import type { Tuning } from '../../../src-shared/settings.ts';
import type { ChatEdges } from './edges.ts';
import type { ChatStore } from './state.ts';
import { createChat } from './store.ts';

export type Scripted = {
  chat: ChatStore;
  calls: [string, unknown][];
  stored: Map<string, Conversation>;
  answer: (make: (signal: AbortSignal) => AsyncIterable<ChatChunk>) => void;
  summary: (make: (signal: AbortSignal) => Promise<string>) => void;
  /** What a conversation is called by the model; as it is called, unless told. */
  title: (make: (conversation: Conversation) => string | Promise<string>) => void;
  tick: () => void;
  online: (yes: boolean) => void;
  /** The node says that these changed; empty: any. null: the link breaks. */
  news: (ids: string[] | null) => void;
  /** How files are read from now on. */
  reads: (how: ChatEdges['readFile']) => void;
  /** The content of files is not told before the returned is called. */
  holdAttached: () => () => void;
  /** Likewise conversations that are read, as they are when they are asked for. */
  holdRead: () => () => void;
};

const missing = (): never => {
  throw new Failure('not-found', 'gone');
};
const raise = (): never => {
  throw new Failure('bad-request', 'not what it says');
};

/** A chat over a node that stores what it is told and answers as scripted; timers run by hand, frames at once. usual: what new ones start with. before: the one that was open when the page was loaded anew */
export function scripted(usual: Tuning = { system: '', parameters: {} }, before: string | null = null): Scripted {
  const calls: [string, unknown][] = [];
  const stored = new Map<string, Conversation>();
  const removed = new Map<string, Conversation>();
  const timers: (() => void)[] = [];
  let online = true;
  let held = Promise.resolve();
  let heldRead = Promise.resolve();
  let ids = 0;
  let summaryOf: (signal: AbortSignal) => Promise<string> = () => Promise.resolve('In short.');
  let titleFor: (conversation: Conversation) => string | Promise<string> = ({ title }) => title;
  let make: (signal: AbortSignal) => AsyncIterable<ChatChunk> = () => chunks([]);
  const call =
    <I, O>(name: string, run: (input: I) => O) =>
    (input: I) => {
      calls.push([name, input]);
      return online ? new Promise<O>((resolve) => resolve(run(input))) : Promise.reject(new Failure('disconnected', 'no link'));
    };
  const conversations = {
    news: () => Promise.resolve(listen()),
    list: call('list', () => [...stored.values()]),
    get: (input: { id: string }) => {
      const found = call('get', ({ id }: { id: string }) => structuredClone(stored.get(id) ?? missing()))(input);
      return heldRead.then(() => found);
    },
    create: call('create', ({ id, title }: { id: string; title: string }) => {
      stored.set(id, emptyConversation(id, title, 0));
    }),
    update: call('update', ({ id, edits, ...change }: ConversationPatch) => {
      const kept = stored.get(id);
      Object.assign(kept ?? {}, change);
      if (kept !== undefined && edits !== undefined) kept.edits = editsAfter(kept.edits, edits);
    }),
    summarise: (input: { id: string; newId: string }, { signal }: { signal: AbortSignal }) => {
      calls.push(['summarise', input]);
      return summaryOf(signal).then((system) => {
        stored.set(input.newId, { ...emptyConversation(input.newId, 'q', 0), system, continues: input.id });
      });
    },
    attach: call('attach', ({ id, attachment }: { id: string; attachment: CarriedAttachment }) => {
      stored.get(id)?.attachments.push(factsOf(attachment) ?? raise());
    }),
    detach: call('detach', ({ id, attachmentId }: { id: string; attachmentId: string }) => {
      const conversation = stored.get(id);
      if (conversation !== undefined) conversation.attachments = conversation.attachments.filter((one) => one.id !== attachmentId);
    }),
    attached: (input: { id: string; attachmentId: string }) => {
      calls.push(['attached', input]);
      return held.then(() => ({ data: 'what is in it' }));
    },
    title: async (input: { id: string }) => {
      calls.push(['title', input]);
      const conversation = stored.get(input.id) ?? missing();
      conversation.title = await titleFor(conversation);
      return { title: conversation.title };
    },
    remove: call('remove', ({ id }: { id: string }) => {
      removed.set(id, stored.get(id) ?? missing());
      stored.delete(id);
    }),
    restore: call('restore', ({ id }: { id: string }) => void stored.set(id, removed.get(id) ?? missing())),
    send: (input: { id: string }, { signal }: { signal: AbortSignal }) => {
      calls.push(['send', input]);
      return online ? Promise.resolve(make(signal)) : Promise.reject(new Failure('disconnected', 'no link'));
    },
    continue: (input: { id: string }, { signal }: { signal: AbortSignal }) => {
      calls.push(['continue', input]);
      return Promise.resolve(make(signal));
    },
  };
  const told: (string[] | null)[] = [[]];
  let wake: () => void = () => undefined;
  const listen = async function* (): AsyncGenerator<string[]> {
    for (;;) {
      for (let ids = told.shift(); ids !== undefined; ids = told.shift()) {
        if (ids === null) return;
        yield ids;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  let read: ChatEdges['readFile'] = async (file) => ({ kind: 'text', data: await file.text() });
  const chat = createChat({
    node: () => ({ conversations }) as never,
    newTuning: () => usual,
    newId: () => `id-${++ids}`,
    now: () => 1000,
    frame: (run) => {
      run();
      return () => undefined;
    },
    after: (_ms, run) => {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
    readFile: (file, signal) => read(file, signal),
    openBefore: () => before,
    failureOf: (error) => toFailure(error).toShape(),
  });
  return {
    chat,
    calls,
    stored,
    answer: (next) => (make = next),
    summary: (next) => (summaryOf = next),
    title: (next) => (titleFor = next),
    tick: () => timers.splice(0).forEach((run) => run()),
    online: (yes) => (online = yes),
    news: (ids) => {
      told.push(ids);
      wake();
    },
    reads: (how) => (read = how),
    holdAttached: () => {
      const hold = Promise.withResolvers<void>();
      held = hold.promise;
      return hold.resolve;
    },
    holdRead: () => {
      const hold = Promise.withResolvers<void>();
      heldRead = hold.promise;
      return hold.resolve;
    },
  };
}

export async function* chunks(list: ChatChunk[]): AsyncGenerator<ChatChunk> {
  yield* list;
}

export const figures = { tokens: 2, tokensPerSecond: 10, timeToFirstTokenMs: 5 };
export const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures };
export const lastMessage = (chat: ChatStore) => chat.store.getState().conversation?.messages.at(-1);
export const idle = (chat: ChatStore) => expect.poll(() => Object.keys(chat.store.getState().runs)).toEqual([]);

/** One in which something was asked: no new chat. */
export const askedConversation = (): Conversation => ({
  ...emptyConversation('full', 'Full', 0),
  updatedAt: 1,
  messages: [{ id: 'm', parent: null, role: 'user', content: 'x', createdAt: 0 }],
});
