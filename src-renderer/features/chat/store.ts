// Conversations as the window knows them. The node owns them; this is a copy of the list, of the open one, and of running answers.
import { createStore } from 'zustand/vanilla';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import type { Conversation, ConversationSummary } from '../../../src-shared/conversation.ts';
import type { Attachment } from '../../../src-shared/attachment.ts';
import { Failure } from '../../../src-shared/failure.ts';
import type { Tuning } from '../../../src-shared/settings.ts';
import { createAttaching, draftFiles } from './attach/attaching.ts';
import type { DraftFile } from './attach/draft-file.ts';
import { createAsking } from './asking.ts';
import { createDrafts } from './drafts.ts';
import type { Chatting } from './chatting.ts';
import type { ChatEdges } from './edges.ts';
import { createFollowing } from './following.ts';
import { createKeeping } from './keeping.ts';
import { createShortening } from './shortening.ts';
import { editKey, isTuned, unsaved } from './state.ts';
import type { ChatState, ChatStore, PickedMachine } from './state.ts';

export function createChat(edges: ChatEdges): ChatStore {
  const store = createStore<ChatState>(() => ({
    summaries: null,
    currentId: null,
    conversation: null,
    drafts: {},
    files: {},
    refused: null,
    taking: false,
    unsavedModel: null,
    unsavedTuning: null,
    unsavedMachine: null,
    edits: {},
    sought: null,
    runs: {},
    summarising: null,
    failure: null,
  }));
  const { getState, setState } = store;

  const attempt: Chatting['attempt'] = async (work) => {
    try {
      await work();
      return true;
    } catch (error) {
      setState({ failure: edges.failureOf(error) });
      return false;
    }
  };

  const readList = async (): Promise<void> => {
    const summaries = await edges.node().conversations.list();
    setState({ summaries: [...summaries].sort((a, b) => b.updatedAt - a.updatedAt) });
  };

  const readConversation = async (id: string): Promise<void> => {
    for (;;) {
      const { conversation: before } = getState();
      const conversation = await edges.node().conversations.get({ id });
      const now = getState();
      if (now.currentId !== id) return;
      // something was done here since: what was read may be older than that, such as a question that was just sent
      if (now.conversation?.id === id && now.conversation !== before) continue;
      return take(conversation);
    }
  };

  const take = (conversation: Conversation): void => {
    const { id } = conversation;
    const unheard = unheardQuestion(getState(), conversation);
    setState((old) => ({
      conversation,
      // What stands in this window is newer than what the node has.
      drafts: { ...old.drafts, [id]: old.drafts[id] || unheard || conversation.draft },
      files: { ...old.files, [id]: filesOf(old, id, conversation.attachments) },
      edits: { ...old.edits, [id]: old.edits[id] ?? conversation.edits ?? {} },
    }));
    watchForeignAnswer(conversation);
  };

  /** An answer that streams, but not into this window: hear it too; where that was in vain, look again until it has ended. */
  const watchForeignAnswer = (conversation: Conversation): void => {
    const foreign = conversation.messages.some(
      (message) => message.answer?.state === 'streaming' && getState().runs[conversation.id]?.answerId !== message.id,
    );
    if (foreign && !asking.takeOver(conversation)) edges.after(1000, () => void readConversation(conversation.id).catch(() => undefined));
  };

  /** One at a time: typing and sending may both ask for it. */
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
    const usual = edges.newTuning();
    const chosen = (): Chosen => {
      const { unsavedModel: model, unsavedMachine: machine, unsavedTuning } = getState();
      return { model, machine, tuning: unsavedTuning ?? usual };
    };
    const tell = ({ model, machine, tuning }: Chosen): PromiseLike<unknown> =>
      edges.node().conversations.update({ id, model, machine, ...tuning });
    let told = chosen();
    await edges.node().conversations.create({ id, title });
    if (told.model !== null || told.machine !== null || isTuned(told.tuning)) await tell(told);
    // the person may have chosen otherwise meanwhile
    for (let now = chosen(); !isSame(now, told); now = chosen()) {
      await tell(now);
      told = now;
    }
    const { model, machine, tuning } = told;
    const made = { ...emptyConversation(id, title, edges.now()), model, machine, ...tuning };
    setState((old) => {
      const { [unsaved]: draft = '', ...drafts } = old.drafts;
      const { [unsaved]: attached = [], ...files } = old.files;
      return {
        // The person may have gone elsewhere meanwhile.
        ...(old.currentId === null ? { currentId: id, conversation: { ...made, draft } } : {}),
        drafts: { ...drafts, [id]: draft },
        files: { ...files, [id]: attached },
        unsavedModel: null,
        unsavedMachine: null,
        unsavedTuning: null,
        summaries: [made, ...(old.summaries ?? [])],
      };
    });
    return id;
  };

  const drafts = createDrafts<string>(edges, async (id, draft) => {
    const known = id === unsaved ? await ensure('') : id;
    await edges.node().conversations.update({ id: known, draft: getState().drafts[known] ?? draft });
  });

  const edits = createDrafts<string | null>(edges, (key, text) => {
    const [id = '', messageId = ''] = key.split(' ');
    return edges.node().conversations.update({ id, edits: { [messageId]: text } });
  });
  const saveBegun = async (): Promise<void> => {
    await Promise.all([drafts.saveNow(), edits.saveNow()]);
  };

  const patch: Chatting['patch'] = (id, change) => {
    setState((old) => (old.conversation?.id === id ? { conversation: change(old.conversation) } : old));
  };
  const show: Chatting['show'] = (id) => setState({ currentId: id, conversation: null, failure: null, refused: null, sought: null });

  const chatting: Chatting = {
    edges,
    getState,
    setState,
    drafts,
    edits,
    saveBegun,
    attempt,
    readList,
    readConversation,
    ensure,
    patch,
    show,
  };
  const { copyToDraft, ...attaching } = createAttaching(chatting);
  const asking = createAsking(chatting, copyToDraft);
  const { stopSummary, ...shortening } = createShortening(chatting, copyToDraft);
  /** What was open before the page was loaded anew, or was begun as a new chat before this window was there; unless something was begun here. */
  const goOnWithBefore = async (): Promise<void> => {
    const { summaries } = getState();
    const before = edges.openBefore();
    if (before !== null && !isBegun(getState()) && summaries?.some(({ id }) => id === before) === true) {
      show(before);
      return readConversation(before);
    }
    const blank = blankOf(getState());
    if (blank === undefined || isBegun(getState())) return;
    const conversation = await edges.node().conversations.get({ id: blank.id });
    if (conversation.messages.length > 0 || isBegun(getState())) return;
    show(blank.id);
    take(conversation);
  };

  const reload = async (): Promise<void> => {
    await attempt(async () => {
      void saveBegun();
      const first = getState().summaries === null;
      await readList();
      const { currentId } = getState();
      if (currentId !== null) await readConversation(currentId);
      else if (first) await goOnWithBefore();
    });
  };
  return {
    store,
    reload,
    follow: createFollowing(chatting, { reload, watchForeign: watchForeignAnswer }),
    startNew: async () => {
      void saveBegun();
      const { conversation, currentId } = getState();
      // An empty conversation is a new one already.
      if (isBegun(getState()) && (currentId === null || (conversation?.id === currentId && conversation.messages.length === 0))) return;
      const empty = blankOf(getState());
      if (empty === undefined && currentId === null) return;
      show(empty?.id ?? null);
      if (empty === undefined) return;
      await attempt(async () => {
        await readConversation(empty.id);
        if ((getState().conversation?.messages.length ?? 0) > 0) show(null);
      });
    },
    open: async (id, messageId) => {
      if (getState().currentId !== id) {
        void saveBegun();
        show(id);
        await attempt(() => readConversation(id));
      }
      if (messageId === undefined) return;
      const onPath = getState().conversation?.messages.some((message) => message.id === messageId) === true;
      if (!onPath) await asking.choose(messageId);
      setState({ sought: messageId });
    },
    found: () => setState({ sought: null }),
    ...createKeeping(chatting, asking.end),
    writeDraft: (text) => {
      const key = getState().currentId ?? unsaved;
      setState((old) => ({ drafts: { ...old.drafts, [key]: text } }));
      // An empty box of a conversation that does not exist is nothing to keep.
      if (key !== unsaved || text.trim() !== '') drafts.later(key, text);
    },
    saveDraft: saveBegun,
    ...attaching,
    contentOf: async (attachmentId) => {
      const { currentId } = getState();
      if (currentId === null) throw new Failure('not-found', 'Nothing is attached to a conversation that is not there.');
      return (await edges.node().conversations.attached({ id: currentId, attachmentId })).data;
    },
    takeFiles: (taking) => setState({ taking }),
    writeEdit: (messageId, text) => {
      const { currentId } = getState();
      if (currentId === null) return;
      const { [messageId]: _before, ...others } = getState().edits[currentId] ?? {};
      const texts = text === null ? others : { ...others, [messageId]: text };
      setState((old) => ({ edits: { ...old.edits, [currentId]: texts } }));
      edits.later(editKey(currentId, messageId), text);
      // what was sent or given up is not to come again
      if (text === null) void edits.saveNow();
    },
    send: asking.send,
    retry: asking.retry,
    edit: asking.edit,
    revise: asking.revise,
    choose: asking.choose,
    fork: asking.fork,
    askAnew: asking.askAnew,
    resume: asking.resume,
    ...shortening,
    stop: () => {
      const { currentId, summarising } = getState();
      if (summarising === currentId) stopSummary();
      if (currentId !== null) asking.end(currentId);
    },
    forgetFailure: () => setState({ failure: null }),
  };
}

/** What a new conversation was told of before it was one. */
type Chosen = { model: string | null; machine: PickedMachine | null; tuning: Tuning };

function isSame(one: Chosen, other: Chosen): boolean {
  return one.model === other.model && one.machine === other.machine && one.tuning === other.tuning;
}

/** The conversation that New chat leads to instead of making one more: nothing was asked in it. One with something in its box goes first. */
function blankOf({ summaries, runs, drafts }: ChatState): ConversationSummary | undefined {
  const blank = summaries?.filter(({ id, title, draft }) => title === '' && draft !== undefined && runs[id] === undefined) ?? [];
  return blank.find(({ id, draft }) => (drafts[id] ?? draft) !== '') ?? blank[0];
}

/** Something is open, or stands in the box of a new chat. */
function isBegun({ currentId, drafts, files }: ChatState): boolean {
  return currentId !== null || (drafts[unsaved] ?? '') !== '' || (files[unsaved] ?? []).length > 0;
}

/**
 * A question that the node never heard, because the link broke while it was sent: it goes back into the composer. One that is merely out of
 * sight, on another branch, has an answer that did not break off so.
 */
function unheardQuestion(state: ChatState, fresh: Conversation): string {
  const known = state.conversation;
  if (known === null || known.id !== fresh.id || state.runs[fresh.id] !== undefined) return '';
  const last = known.messages.at(-1);
  if (last?.answer?.failure?.code !== 'disconnected' || fresh.messages.some(({ id }) => id === last.parent)) return '';
  return known.messages.find(({ id }) => id === last.parent)?.content ?? '';
}

/** The files of a draft. As with its text, what this window has is newer than what the node has, save where it has only just begun. */
function filesOf({ files, conversation }: ChatState, id: string, kept: readonly Attachment[]): DraftFile[] {
  const here = files[id] ?? [];
  if (here.length > 0 && conversation?.id === id) return here;
  return [...draftFiles(kept.filter((one) => !here.some((file) => file.id === one.id))), ...here];
}
