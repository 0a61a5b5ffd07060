// What becomes of a conversation that is too long for its model: a summary that another one goes on from, or its oldest part left out.
import type { Attaching } from './attach/attaching.ts';
import { machineOf, unsaved } from './state.ts';
import type { ChatStore } from './state.ts';
import type { Chatting } from './chatting.ts';

type Shortening = Pick<ChatStore, 'summarise' | 'leaveOut' | 'goOnWithout'> & {
  /** Ends the summary that is being written, if there is one. */
  stopSummary: () => void;
};

export function createShortening(
  { edges, getState, setState, drafts, attempt, readList, readConversation, patch, show }: Chatting,
  copyToDraft: Attaching['copyToDraft'],
): Shortening {
  let stop: AbortController | null = null;

  const summarise = async (id: string, contextTokens: number, { signal }: AbortController): Promise<void> => {
    const newId = edges.newId();
    const lastId = (): string | undefined => getState().conversation?.messages.at(-1)?.id;
    const machine = machineOf(getState());
    const last = lastId();
    const input = { id, newId, contextTokens, ...(machine === null ? {} : { peer: machine.peerId }) };
    try {
      await edges.node().conversations.summarise(input, { signal });
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await readList();
    // the person may have gone elsewhere meanwhile, or on here
    const { currentId, runs } = getState();
    if (signal.aborted || currentId !== id || runs[id] !== undefined || lastId() !== last) return;
    await goOnIn(id, newId);
  };

  /** Leaves a conversation for one that the node has, or for a new one (null); what stands in its composer comes along. */
  const goOnIn = async (id: string, newId: string | null): Promise<void> => {
    const { drafts: texts, files } = getState();
    const draft = texts[id] ?? '';
    const attached = (files[id] ?? []).flatMap(({ attachment }) => attachment ?? []);
    const key = newId ?? unsaved;
    show(newId);
    setState((old) => ({
      drafts: { ...old.drafts, [id]: '', [key]: draft },
      // what is still being read stays where it was put
      files: { ...old.files, [id]: (old.files[id] ?? []).filter(({ attachment }) => attachment === null) },
    }));
    drafts.later(id, '');
    if (newId !== null || draft !== '') drafts.later(key, draft);
    await Promise.all([
      newId === null ? undefined : readConversation(newId),
      attached.length === 0 ? undefined : copyToDraft(id, attached),
    ]);
    for (const { id: attachmentId } of attached) await edges.node().conversations.detach({ id, attachmentId });
  };

  return {
    summarise: (contextTokens) => {
      const { currentId, conversation, runs, summarising } = getState();
      if (currentId === null || runs[currentId] !== undefined || summarising !== null) return;
      // of nothing there is no summary
      if (conversation?.messages.length === 0) return;
      const own = new AbortController();
      stop = own;
      setState({ summarising: currentId, failure: null });
      void attempt(() => summarise(currentId, contextTokens, own)).then(() => setState({ summarising: null }));
    },
    stopSummary: () => stop?.abort(),
    goOnWithout: async () => {
      const { conversation, runs } = getState();
      const question = conversation?.messages.findLast(({ role }) => role === 'user');
      if (conversation === null || question === undefined || runs[conversation.id] !== undefined) return;
      const { id, model, machine = null, system, parameters } = conversation;
      await attempt(async () => {
        if (question.parent === null) {
          setState({ unsavedModel: model, unsavedMachine: machine, unsavedTuning: { system, parameters } });
          await goOnIn(id, null);
          return;
        }
        const newId = edges.newId();
        await edges.node().conversations.fork({ id, messageId: question.parent, newId });
        await readList();
        if (getState().currentId === id) await goOnIn(id, newId);
      });
    },
    leaveOut: (before) => {
      const { currentId } = getState();
      if (currentId === null) return;
      const leftOut = { before, at: edges.now() };
      patch(currentId, (conversation) => ({ ...conversation, leftOut }));
      void attempt(() => edges.node().conversations.update({ id: currentId, leftOut }));
    },
  };
}
