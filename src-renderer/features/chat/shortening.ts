// What becomes of a conversation that is too long for its model: a summary that another one goes on from, or its oldest part left out.
import type { Attaching } from './attach/attaching.ts';
import { machineOf, withMachine } from './state.ts';
import type { ChatStore } from './state.ts';
import type { Chatting } from './chatting.ts';

type Shortening = Pick<ChatStore, 'summarise' | 'leaveOut'> & {
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
    const { drafts: texts, files } = getState();
    const draft = texts[id] ?? '';
    const attached = (files[id] ?? []).flatMap(({ attachment }) => attachment ?? []);
    show(newId);
    setState((old) => ({
      drafts: { ...old.drafts, [id]: '', [newId]: draft },
      machines: withMachine(old.machines, newId, machine),
      // what is still being read stays where it was put
      files: { ...old.files, [id]: (old.files[id] ?? []).filter(({ attachment }) => attachment === null) },
    }));
    drafts.later(id, '');
    drafts.later(newId, draft);
    await Promise.all([readConversation(newId), copyToDraft(id, attached)]);
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
    leaveOut: (before) => {
      const { currentId } = getState();
      if (currentId === null) return;
      const leftOut = { before, at: edges.now() };
      patch(currentId, (conversation) => ({ ...conversation, leftOut }));
      void attempt(() => edges.node().conversations.update({ id: currentId, leftOut }));
    },
  };
}
