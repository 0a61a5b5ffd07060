import type { ConversationSummary } from '../../../src-shared/conversation.ts';
import { editKey, unsaved } from './state.ts';
import type { ChatStore } from './state.ts';
import type { Chatting } from './chatting.ts';

/** What is done with conversations as a whole: names, places, what they go to. @param end ends the answer of one */
export function createKeeping(
  { edges, getState, setState, drafts, edits, ensure, attempt, readList, readConversation, patch, show }: Chatting,
  end: (id: string) => void,
): Pick<ChatStore, 'rename' | 'remove' | 'restore' | 'pin' | 'moveTo' | 'moveAll' | 'tune' | 'pick'> {
  const change = async (id: string, what: Partial<Pick<ConversationSummary, 'title' | 'pinned' | 'folder'>>): Promise<void> => {
    await attempt(async () => {
      await edges.node().conversations.update({ id, ...what });
      setState((old) => ({
        summaries: old.summaries?.map((summary) => (summary.id === id ? { ...summary, ...what } : summary)) ?? null,
      }));
      patch(id, (conversation) => ({ ...conversation, ...what }));
    });
  };

  /** The conversation that was open when it was removed, for as long as nothing took its place. */
  let left: string | null = null;

  return {
    rename: (id, title) => change(id, { title }),
    pin: (id, pinned) => change(id, { pinned }),
    moveTo: (id, folder) => change(id, { folder }),
    moveAll: async (ids, folder) => {
      const put = (folderOf: (id: string) => string | null): void => {
        setState(({ summaries }) => ({
          summaries:
            summaries?.map((summary) => (ids.includes(summary.id) ? { ...summary, folder: folderOf(summary.id) } : summary)) ?? null,
        }));
        for (const id of ids) patch(id, (conversation) => ({ ...conversation, folder: folderOf(id) }));
      };
      const before = new Map(getState().summaries?.map((summary) => [summary.id, summary.folder]));
      // in one step before the window's eyes, so that no folder is there by half
      put(() => folder);
      if (await attempt(() => Promise.all(ids.map((id) => edges.node().conversations.update({ id, folder }))))) return;
      put((id) => before.get(id) ?? null);
      // some of them may have been moved; without a link the next one reads them
      await readList().catch(() => undefined);
    },
    remove: (id) =>
      attempt(async () => {
        end(id);
        drafts.drop(id);
        for (const messageId of Object.keys(getState().edits[id] ?? {})) edits.drop(editKey(id, messageId));
        await edges.node().conversations.remove({ id });
        const { [id]: _gone, ...kept } = getState().drafts;
        setState((old) => ({ summaries: old.summaries?.filter((summary) => summary.id !== id) ?? null, drafts: kept }));
        if (getState().currentId !== id) return;
        show(null);
        left = id;
      }),
    restore: async (id) => {
      await attempt(async () => {
        await edges.node().conversations.restore({ id });
        await readList();
        const { currentId, drafts: typed, files } = getState();
        if (left !== id || currentId !== null || (typed[unsaved] ?? '').trim() !== '' || (files[unsaved] ?? []).length > 0) return;
        show(id);
        await readConversation(id);
      });
    },
    pick: (picked) => {
      const { currentId, unsavedModel, unsavedMachine } = getState();
      if (currentId === null) {
        const { model = unsavedModel, machine = unsavedMachine } = picked;
        setState({ unsavedModel: model, unsavedMachine: machine });
        // as a draft it is there in the next window too; where there is no link it goes with the first words
        if (model !== null || machine !== null) ensure('').catch(() => undefined);
        return;
      }
      patch(currentId, (conversation) => ({ ...conversation, ...picked }));
      void attempt(() => edges.node().conversations.update({ id: currentId, ...picked }));
    },
    tune: (tuning) => {
      const { currentId } = getState();
      if (currentId === null) {
        setState({ unsavedTuning: tuning });
        return;
      }
      patch(currentId, (conversation) => ({ ...conversation, ...tuning }));
      void attempt(() => edges.node().conversations.update({ id: currentId, ...tuning }));
    },
  };
}
