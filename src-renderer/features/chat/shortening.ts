// What becomes of a conversation that is too long for its model: a summary that another one goes on from, or its oldest part left out.
import type { ChatStore } from './state.ts';
import type { Chatting } from './chatting.ts';

export function createShortening({ edges, getState, setState, drafts, attempt, readList, readConversation, patch, show }: Chatting): Pick<
  ChatStore,
  'summarise' | 'leaveOut'
> & {
  /** Ends the summary that is being written, if there is one. */
  stopSummary: () => void;
} {
  let stop: AbortController | null = null;

  const summarise = async (id: string, contextTokens: number, { signal }: AbortController): Promise<void> => {
    const newId = edges.newId();
    const lastId = (): string | undefined => getState().conversation?.messages.at(-1)?.id;
    const { machine } = getState();
    const last = lastId();
    const input = { id, newId, contextTokens, ...(machine === null ? {} : { peer: machine }) };
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
    const draft = getState().drafts[id] ?? '';
    show(newId);
    setState((old) => ({ drafts: { ...old.drafts, [id]: '', [newId]: draft } }));
    drafts.later(id, '');
    drafts.later(newId, draft);
    await readConversation(newId);
  };

  return {
    summarise: (contextTokens) => {
      const { currentId, runs, summarising } = getState();
      if (currentId === null || runs[currentId] !== undefined || summarising !== null) return;
      const own = new AbortController();
      stop = own;
      setState({ summarising: currentId, failure: null });
      void attempt(() => summarise(currentId, contextTokens, own)).then(() => setState({ summarising: null }));
    },
    stopSummary: () => stop?.abort(),
    leaveOut: (before) => {
      const { currentId } = getState();
      if (currentId === null) return;
      const leftOut = { before, at: edges.now() };
      patch(currentId, (conversation) => ({ ...conversation, leftOut }));
      void attempt(() => edges.node().conversations.update({ id: currentId, leftOut }));
    },
  };
}
