// Conversations as the window knows them. The node owns them; this is a copy of the list, of the open one, and of running answers.
import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import type { Conversation, ConversationSummary, Message } from '../../../src-shared/conversation.ts';
import type { FailureShape } from '../../../src-shared/failure.ts';
import { createDrafts } from './drafts.ts';
import type { ChatEdges } from './edges.ts';
import { followAnswer } from './run-answer.ts';
import { endRun, resumeRun, startRun, titleOf } from './run.ts';
import type { Run } from './run.ts';
import { isUnfinished } from './unfinished.ts';

/** The key of the draft of a conversation that the node does not know yet. */
export const unsaved = 'unsaved';

/** Of an answer that nothing is known of yet. */
const streaming: Message['answer'] = { state: 'streaming', placement: null, model: null, figures: null, failure: null };

export type ChatState = {
  /** null: not read yet */
  summaries: ConversationSummary[] | null;
  /** null: a new conversation that nothing was written in yet */
  currentId: string | null;
  /** The open one; null while it is read, and for a new one. */
  conversation: Conversation | null;
  /** What stands in the composer, by conversation id or `unsaved`. */
  drafts: Record<string, string>;
  /** The model picked for a conversation that the node does not know yet; null: automatic. */
  unsavedModel: string | null;
  /** The machine that the next question goes to, and no other; null: whichever suits best. */
  machine: string | null;
  /** Running answers by conversation id. */
  runs: Record<string, Run>;
  /** Why the last action on a conversation did not work. */
  failure: FailureShape | null;
};

export type ChatStore = {
  store: StoreApi<ChatState>;
  /** Reads list and open conversation again: on the first and on every later connection. */
  reload: () => Promise<void>;
  startNew: () => Promise<void>;
  open: (id: string) => Promise<void>;
  rename: (id: string, title: string) => Promise<void>;
  remove: (id: string) => Promise<void>;
  writeDraft: (text: string) => void;
  /** Saves what is typed without waiting; before the page goes. */
  saveDraft: () => void;
  pickModel: (model: string | null) => void;
  /** For the next question only. */
  pickMachine: (machine: string | null) => void;
  send: () => void;
  /** Asks the last question of the open conversation again. */
  retry: () => void;
  /** Goes on with the last answer of the open conversation, when it broke off. wait: until some machine can. */
  resume: (wait: boolean) => void;
  stop: () => void;
  forgetFailure: () => void;
};

export function createChat(edges: ChatEdges): ChatStore {
  const store = createStore<ChatState>(() => ({
    summaries: null,
    currentId: null,
    conversation: null,
    drafts: {},
    unsavedModel: null,
    machine: null,
    runs: {},
    failure: null,
  }));
  const stops = new Map<string, AbortController>();
  const { getState, setState } = store;

  /** Runs a call whose failure is shown, and never thrown to the screen. */
  const attempt = async (work: () => PromiseLike<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      setState({ failure: edges.failureOf(error) });
    }
  };

  const readList = async (): Promise<void> => {
    const summaries = await edges.node().conversations.list();
    setState({ summaries: [...summaries].sort((a, b) => b.updatedAt - a.updatedAt) });
  };

  const readConversation = async (id: string): Promise<void> => {
    const conversation = await edges.node().conversations.get({ id });
    if (getState().currentId !== id) return;
    const unheard = unheardQuestion(getState(), conversation);
    setState((old) => ({
      conversation,
      // What stands in this window is newer than what the node has.
      drafts: { ...old.drafts, [id]: old.drafts[id] || unheard || conversation.draft },
    }));
    watchForeignAnswer(conversation);
  };

  /** An answer that streams, but not into this window (it was reloaded): look again until it has ended. */
  const watchForeignAnswer = (conversation: Conversation): void => {
    const foreign = conversation.messages.some(
      (message) => message.answer?.state === 'streaming' && getState().runs[conversation.id]?.answerId !== message.id,
    );
    if (foreign) edges.after(1000, () => void readConversation(conversation.id).catch(() => undefined));
  };

  /** Makes the node know the open conversation. One at a time: typing and sending may both ask for it. */
  let creating: Promise<string> | null = null;
  const ensure = (title: string): Promise<string> => {
    const { currentId } = getState();
    if (currentId !== null) return Promise.resolve(currentId);
    creating ??= create(title).finally(() => {
      creating = null;
    });
    return creating;
  };

  const create = async (title: string): Promise<string> => {
    const id = edges.newId();
    const { unsavedModel } = getState();
    await edges.node().conversations.create({ id, title });
    if (unsavedModel !== null) await edges.node().conversations.update({ id, model: unsavedModel });
    const now = edges.now();
    setState((old) => {
      const { [unsaved]: draft = '', ...drafts } = old.drafts;
      const { messages, system, parameters, ...summary } = emptyConversation(id, title, now);
      return {
        // The person may have gone elsewhere meanwhile.
        ...(old.currentId === null
          ? { currentId: id, conversation: { ...summary, messages, system, parameters, draft, model: unsavedModel } }
          : {}),
        drafts: { ...drafts, [id]: draft },
        unsavedModel: null,
        summaries: [summary, ...(old.summaries ?? [])],
      };
    });
    return id;
  };

  const drafts = createDrafts(edges, async (id, draft) => {
    const known = id === unsaved ? await ensure('') : id;
    await edges.node().conversations.update({ id: known, draft: getState().drafts[known] ?? draft });
  });

  const patchConversation = (id: string, change: (conversation: Conversation) => Conversation): void => {
    setState((old) => (old.conversation?.id === id ? { conversation: change(old.conversation) } : old));
  };

  /** Streams one answer into `runs`, then into the conversation, which has a message with its id. */
  const follow = async (id: string, start: Run, open: Parameters<typeof followAnswer>[0]['open']): Promise<FailureShape | null> => {
    const { answerId } = start;
    const stop = new AbortController();
    stops.set(id, stop);
    setState((old) => ({ runs: { ...old.runs, [id]: start } }));

    const setRun = (change: (run: Run) => Run): void =>
      setState((old) => {
        const run = old.runs[id];
        return run === undefined ? old : { runs: { ...old.runs, [id]: change(run) } };
      });
    const end = await followAnswer({ edges, open, signal: stop.signal, setRun });

    const finished = endRun(getState().runs[id] ?? start, end);
    stops.delete(id);
    setState((old) => {
      const { [id]: _ended, ...runs } = old.runs;
      return { runs };
    });
    patchConversation(id, (conversation) => ({
      ...conversation,
      messages: conversation.messages.map((message) => (message.id === answerId ? { ...message, ...finished } : message)),
    }));
    await readList().catch(() => undefined);
    return end.kind === 'failed' ? end.failure : null;
  };

  const ask = async (
    id: string,
    question: { id: string; content?: string },
    { model, machine = null }: { model: string | null; machine?: string | null },
  ): Promise<void> => {
    const start = startRun(edges.newId(), edges.now());
    const placeholder: Message = { ...endRun(start, { kind: 'stopped' }), parent: question.id, answer: streaming };
    patchConversation(id, (conversation) => ({ ...conversation, messages: [...conversation.messages, placeholder] }));
    const input = {
      id,
      questionId: question.id,
      answerId: start.answerId,
      ...(question.content === undefined ? {} : { content: question.content }),
      ...(model === null ? {} : { model }),
      ...(machine === null ? {} : { peer: machine }),
    };
    await follow(id, start, (signal) => edges.node().conversations.send(input, { signal }));
  };

  return {
    store,
    reload: () =>
      attempt(async () => {
        drafts.saveNow();
        await readList();
        const { currentId } = getState();
        if (currentId !== null) await readConversation(currentId);
      }),
    startNew: async () => {
      drafts.saveNow();
      const { conversation, currentId, summaries, runs } = getState();
      // An empty conversation is a new one already.
      if (currentId === null || (conversation?.id === currentId && conversation.messages.length === 0)) return;
      const empty = summaries?.find((summary) => summary.title === '' && runs[summary.id] === undefined);
      if (empty === undefined) {
        setState({ currentId: null, conversation: null, machine: null, failure: null });
        return;
      }
      setState({ currentId: empty.id, conversation: null, machine: null, failure: null });
      await attempt(async () => {
        await readConversation(empty.id);
        if ((getState().conversation?.messages.length ?? 0) > 0) setState({ currentId: null, conversation: null });
      });
    },
    open: async (id) => {
      if (getState().currentId === id) return;
      drafts.saveNow();
      setState({ currentId: id, conversation: null, machine: null, failure: null });
      await attempt(() => readConversation(id));
    },
    rename: (id, title) =>
      attempt(async () => {
        await edges.node().conversations.update({ id, title });
        setState((old) => ({ summaries: old.summaries?.map((summary) => (summary.id === id ? { ...summary, title } : summary)) ?? null }));
        patchConversation(id, (conversation) => ({ ...conversation, title }));
      }),
    remove: (id) =>
      attempt(async () => {
        stops.get(id)?.abort();
        drafts.drop(id);
        await edges.node().conversations.remove({ id });
        setState((old) => {
          const { [id]: _gone, ...kept } = old.drafts;
          return {
            summaries: old.summaries?.filter((summary) => summary.id !== id) ?? null,
            drafts: kept,
            ...(old.currentId === id ? { currentId: null, conversation: null } : {}),
          };
        });
      }),
    writeDraft: (text) => {
      const key = getState().currentId ?? unsaved;
      setState((old) => ({ drafts: { ...old.drafts, [key]: text } }));
      // An empty box of a conversation that does not exist is nothing to keep.
      if (key !== unsaved || text.trim() !== '') drafts.later(key, text);
    },
    saveDraft: drafts.saveNow,
    pickModel: (model) => {
      const { currentId } = getState();
      if (currentId === null) {
        setState({ unsavedModel: model });
        return;
      }
      patchConversation(currentId, (conversation) => ({ ...conversation, model }));
      void attempt(() => edges.node().conversations.update({ id: currentId, model }));
    },
    pickMachine: (machine) => setState({ machine }),
    send: () => {
      const { currentId, drafts: texts, runs, machine } = getState();
      const key = currentId ?? unsaved;
      const content = texts[key]?.trim() ?? '';
      if (content === '' || runs[key] !== undefined) return;
      void attempt(async () => {
        drafts.drop(key);
        const id = await ensure(titleOf(content));
        const { conversation } = getState();
        const model = conversation?.id === id ? conversation.model : null;
        const parent = conversation?.id === id ? (conversation.messages.at(-1)?.id ?? null) : null;
        const question: Message = { id: edges.newId(), parent, role: 'user', content, createdAt: edges.now() };
        if (conversation?.id === id && conversation.title === '') await edges.node().conversations.update({ id, title: titleOf(content) });
        setState((old) => ({
          drafts: { ...old.drafts, [id]: '' },
          machine: null,
          failure: null,
          summaries:
            old.summaries?.map((summary) =>
              summary.id === id && summary.title === '' ? { ...summary, title: titleOf(content) } : summary,
            ) ?? null,
        }));
        patchConversation(id, (known) => ({
          ...known,
          title: known.title === '' ? titleOf(content) : known.title,
          messages: [...known.messages, question],
        }));
        await ask(id, { id: question.id, content }, { model, machine });
      });
    },
    retry: () => {
      const { conversation, runs } = getState();
      if (conversation === null || runs[conversation.id] !== undefined) return;
      const at = conversation.messages.findLastIndex((message) => message.role === 'user');
      const question = conversation.messages[at];
      if (question === undefined) return;
      patchConversation(conversation.id, (known) => ({ ...known, messages: known.messages.slice(0, at + 1) }));
      void attempt(() => ask(conversation.id, { id: question.id }, { model: conversation.model }));
    },
    resume: (wait) => {
      const { conversation, runs } = getState();
      const message = conversation?.messages.at(-1);
      if (conversation === null || message === undefined || runs[conversation.id] !== undefined || !isUnfinished(message)) return;
      const { id } = conversation;
      const input = { id, answerId: message.id, shown: message.content.length, wait };
      void attempt(async () => {
        const failure = await follow(id, resumeRun(message), (signal) => edges.node().conversations.continue(input, { signal }));
        // The node knows this answer otherwise: what it has is the truth.
        if (failure?.code === 'bad-request') await readConversation(id);
      });
    },
    stop: () => {
      const { currentId } = getState();
      if (currentId !== null) stops.get(currentId)?.abort();
    },
    forgetFailure: () => setState({ failure: null }),
  };
}

/** A question that the node never heard, because the link broke while it was sent: it goes back into the composer. */
function unheardQuestion(state: ChatState, fresh: Conversation): string {
  const known = state.conversation;
  if (known === null || known.id !== fresh.id || state.runs[fresh.id] !== undefined) return '';
  const heard = new Set(fresh.messages.map((message) => message.id));
  return known.messages.findLast((message) => message.role === 'user' && !heard.has(message.id))?.content ?? '';
}
