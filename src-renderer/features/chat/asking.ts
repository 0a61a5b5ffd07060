// Questions of the open conversation and their answers: asked, asked again, asked otherwise, gone on with.
import type { Attachment } from '../../../src-shared/attachment.ts';
import type { Conversation, Message } from '../../../src-shared/conversation.ts';
import type { FailureShape } from '../../../src-shared/failure.ts';
import type { Attaching } from './attach/attaching.ts';
import { withAnswer, withQuestion } from './branches.ts';
import { followAnswer } from './run-answer.ts';
import { endRun, resumeRun, startRun, titleOf } from './run.ts';
import type { Run } from './run.ts';
import { machineOf, unsaved } from './state.ts';
import type { ChatStore } from './state.ts';
import type { Chatting } from './chatting.ts';
import { createEntitling, type Entitling } from './entitling.ts';
import { isUnfinished } from './unfinished.ts';

/** Of an answer that nothing is known of yet. */
const streaming: Message['answer'] = { state: 'streaming', placement: null, model: null, figures: null, failure: null };

/** null: whatever suits best */
type To = { model: string | null; machine: string | null; wait?: boolean };
/** A new question has `content`, and hangs under `after`. */
type Question = { id: string; content?: string; after?: string | null; attachments?: readonly Attachment[] | undefined };

type Asking = Pick<ChatStore, 'send' | 'retry' | 'edit' | 'revise' | 'choose' | 'fork' | 'askAnew' | 'resume'> & {
  /** An answer that is under way is heard here from now on, whoever else hears it. @returns whether it was one, and not tried before */
  takeOver: (conversation: Conversation) => boolean;
  /** Ends the answer of that conversation, if one is under way. */
  end: (id: string) => void;
};

export function createAsking(chatting: Chatting, copyToDraft: Attaching['copyToDraft']): Asking {
  const { edges, getState, attempt, readConversation, patch } = chatting;
  const stops = new Map<string, AbortController>();
  const titles = createEntitling(chatting);
  /** Where a question is on its way out of the composer. */
  const sending = new Set<string>();
  const follow = (id: string, start: Run, open: Parameters<typeof followAnswer>[0]['open']): Promise<FailureShape | null> =>
    followInto(chatting, stops, titles, { id, start, open });

  const ask = async (id: string, question: Question, { model, machine, wait = false }: To): Promise<void> => {
    const start = startRun(edges.newId(), edges.now());
    const begun: Message = { ...endRun(start, { kind: 'stopped' }, start.createdAt), parent: question.id, answer: streaming };
    patch(id, (conversation) => withAnswer(conversation, begun, question.id));
    const input = {
      id,
      questionId: question.id,
      answerId: start.answerId,
      ...(question.content === undefined ? {} : { content: question.content }),
      ...(question.after === undefined ? {} : { after: question.after }),
      ...(question.attachments === undefined ? {} : { attachments: question.attachments.map((one) => one.id) }),
      ...(model === null ? {} : { model }),
      ...(machine === null ? {} : { peer: machine }),
      ...(wait ? { wait } : {}),
    };
    await follow(id, start, (signal) => edges.node().conversations.send(input, { signal }));
  };

  /** The open conversation, if nothing is being answered in it. */
  const idle = (): NonNullable<ReturnType<typeof getState>['conversation']> | null => {
    const { conversation, runs } = getState();
    return conversation === null || runs[conversation.id] !== undefined ? null : conversation;
  };

  /** Answers that are heard here, or that cannot be. */
  const taken = new Set<string>();
  const goOn = (id: string, message: Message, how: { wait: boolean } | { hear: true }): void => {
    taken.add(message.id);
    const input = { id, answerId: message.id, shown: message.content.length, ...how };
    void attempt(async () => {
      const failure = await follow(id, resumeRun(message), (signal) => edges.node().conversations.continue(input, { signal }));
      // The node knows this answer otherwise: what it has is the truth.
      if (failure?.code !== 'bad-request') taken.delete(message.id);
      // the next link reads all
      if (failure?.code === 'disconnected') return;
      // and of one that was begun elsewhere, what came before it was heard here
      if (failure?.code === 'bad-request' || message.answer?.state === 'streaming') await readConversation(id);
    });
  };

  const resume = (wait: boolean): void => {
    const conversation = idle();
    const message = conversation?.messages.at(-1);
    if (conversation !== null && message !== undefined && isUnfinished(message)) goOn(conversation.id, message, { wait });
  };

  const takeOver = ({ id, messages }: Conversation): boolean => {
    const message = messages.at(-1);
    if (message?.answer?.state !== 'streaming') return false;
    if (taken.has(message.id) || getState().runs[id] !== undefined) return false;
    // one that is stopped in this moment is not begun again
    goOn(id, message, { hear: true });
    return true;
  };

  return {
    send: (wait = false) => sendDraft(chatting, sending, ask, wait),
    retry: ({ questionId, model, machine = null } = {}) => {
      const conversation = idle();
      const question = conversation?.messages.findLast(
        ({ id, role }) => role === 'user' && (questionId === undefined || id === questionId),
      );
      if (conversation === null || question === undefined) return;
      const to = { model: model === undefined ? conversation.model : model, machine };
      void attempt(() => ask(conversation.id, { id: question.id }, to));
    },
    edit: (questionId, content) => {
      const conversation = idle();
      const old = conversation?.messages.find(({ id, role }) => id === questionId && role === 'user');
      if (conversation === null || old === undefined || content.trim() === '') return;
      const { attachments } = old;
      const kept = attachments === undefined ? {} : { attachments };
      const question: Message = {
        ...{ id: edges.newId(), parent: old.parent, role: 'user', content: content.trim(), createdAt: edges.now() },
        ...kept,
      };
      patch(conversation.id, (known) => withQuestion(known, question, old.id));
      const { id, model } = conversation;
      void attempt(() =>
        ask(
          id,
          { id: question.id, content: question.content, after: old.parent, attachments },
          { model, machine: machineOf(getState())?.peerId ?? null },
        ),
      );
    },
    revise: (messageId, content, goOn) => {
      const conversation = idle();
      if (conversation === null) return;
      const { id } = conversation;
      void attempt(async () => {
        await edges.node().conversations.revise({ id, messageId, newId: edges.newId(), content });
        await Promise.all([readConversation(id), chatting.readList()]);
        if (goOn && getState().currentId === id) resume(false);
      });
    },
    choose: async (messageId) => {
      const conversation = idle();
      if (conversation === null) return;
      await attempt(async () => {
        await edges.node().conversations.choose({ id: conversation.id, messageId });
        await readConversation(conversation.id);
      });
    },
    fork: async (messageId) => {
      const { conversation } = getState();
      if (conversation === null) return;
      await attempt(async () => {
        const newId = edges.newId();
        await edges.node().conversations.fork({ id: conversation.id, messageId, newId });
        await chatting.readList();
        void chatting.saveBegun();
        chatting.show(newId);
        await readConversation(newId);
      });
    },
    askAnew: (questionId) => {
      const { conversation } = getState();
      const question = conversation?.messages.find(({ id, role }) => id === questionId && role === 'user');
      if (conversation === null || question === undefined) return;
      const { model, machine = null, system, parameters } = conversation;
      void chatting.saveBegun();
      chatting.show(null);
      chatting.setState((old) => ({
        drafts: { ...old.drafts, [unsaved]: question.content },
        unsavedModel: model,
        unsavedMachine: machine,
        unsavedTuning: { system, parameters },
      }));
      chatting.drafts.later(unsaved, question.content);
      const { attachments = [] } = question;
      if (attachments.length > 0) void attempt(() => copyToDraft(conversation.id, attachments));
    },
    resume,
    takeOver,
    end: (id) => stops.get(id)?.abort(),
  };
}

/**
 * What stands in the composer, as the next question, once; a conversation without a title gets one from it. What is typed and attached while it is
 * on its way stays for the one after it.
 */
function sendDraft(
  chatting: Chatting,
  sending: Set<string>,
  ask: (id: string, question: Question, to: To) => Promise<void>,
  wait: boolean,
): void {
  const { edges, getState, setState, attempt, patch, drafts } = chatting;
  const { currentId, drafts: texts, files, runs } = getState();
  const key = currentId ?? unsaved;
  const typed = texts[key] ?? '';
  const content = typed.trim();
  const attached = files[key] ?? [];
  // what is still being read would be left behind
  if (content === '' || runs[key] !== undefined || sending.has(key) || attached.some(({ attachment }) => attachment === null)) return;
  const attachments = attached.flatMap(({ attachment }) => attachment ?? []);
  /** Where it stands: of a new chat under its id in the end. */
  let at = key;
  const take = (place: string): void => {
    at = place;
    sending.add(place);
  };
  const leave = (): void => [key, at].forEach((place) => sending.delete(place));
  take(key);
  const send = async (): Promise<void> => {
    drafts.drop(key);
    const id = await chatting.ensure(titleOf(content));
    take(id);
    // while it is still being read, nobody knows whom it asks
    if (getState().currentId === id && getState().conversation === null) await chatting.readConversation(id);
    const { conversation } = getState();
    const open = conversation?.id === id ? conversation : null;
    const parent = open?.messages.at(-1)?.id ?? null;
    const put = attachments.length === 0 ? {} : { attachments };
    const question: Message = { id: edges.newId(), parent, role: 'user', content, ...put, createdAt: edges.now() };
    if (open?.title === '') await edges.node().conversations.update({ id, title: titleOf(content) });
    const rest = typedSince(typed, getState().drafts[id] ?? '');
    setState((old) => ({
      drafts: { ...old.drafts, [id]: rest },
      files: { ...old.files, [id]: (old.files[id] ?? []).filter((file) => !attached.some((sent) => sent.id === file.id)) },
      refused: null,
      failure: null,
      summaries:
        old.summaries?.map((summary) => (summary.id === id && summary.title === '' ? { ...summary, title: titleOf(content) } : summary)) ??
        null,
    }));
    if (rest !== '') drafts.later(id, rest);
    patch(id, (known) => withQuestion({ ...known, title: known.title === '' ? titleOf(content) : known.title }, question));
    const to = { model: open?.model ?? null, machine: open?.machine?.peerId ?? null, wait };
    const answered = ask(id, { id: question.id, content, ...put }, to);
    leave();
    await answered;
  };
  void attempt(send).then((sent) => {
    leave();
    // it stands in the box as before, and is kept as before
    const { [at]: text = '' } = getState().drafts;
    if (!sent && text !== '') drafts.later(at, text);
  });
}

/** What was typed into the box since that text of it was sent. */
function typedSince(sent: string, now: string): string {
  if (now.startsWith(sent)) return now.slice(sent.length);
  return sent.startsWith(now) ? '' : now;
}

/** Streams one answer into `runs`, then into the conversation, which has a message with its id. Resolves to why it failed, if it did. */
async function followInto(
  chatting: Chatting,
  stops: Map<string, AbortController>,
  titles: Entitling,
  { id, start, open }: { id: string; start: Run; open: Parameters<typeof followAnswer>[0]['open'] },
): Promise<FailureShape | null> {
  const { edges, getState, setState, readList } = chatting;
  const stop = new AbortController();
  stops.set(id, stop);
  const { conversation: asked } = getState();
  // by its end another one may be open
  const isFirst = asked?.id === id && asked.messages.length === 2;
  setState((old) => ({ runs: { ...old.runs, [id]: start } }));
  const setRun = (change: (run: Run) => Run): void =>
    setState((old) => {
      const run = old.runs[id];
      return run === undefined ? old : { runs: { ...old.runs, [id]: change(run) } };
    });
  const end = await followAnswer({ edges, open, signal: stop.signal, setRun });

  const run = getState().runs[id] ?? start;
  const finished = endRun(run, end, edges.now());
  stops.delete(id);
  // In one change: each of two would draw the answer.
  setState((old) => {
    const { [id]: _ended, ...runs } = old.runs;
    const { conversation } = old;
    if (conversation?.id !== id) return { runs };
    const messages = conversation.messages.map((message) => (message.id === start.answerId ? { ...message, ...finished } : message));
    return { runs, conversation: { ...conversation, messages } };
  });
  await readList().catch(() => undefined);
  if (end.kind === 'done' && isFirst) titles.want(id);
  titles.look();
  return end.kind === 'failed' ? end.failure : null;
}
