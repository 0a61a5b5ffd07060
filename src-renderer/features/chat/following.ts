// What changes in the conversations elsewhere: in another window of the same node, or by a program at its door.
import { share } from '../../node/share.ts';
import type { Conversation } from '../../../src-shared/conversation.ts';
import { draftFiles } from './attach/attaching.ts';
import type { Chatting } from './chatting.ts';
import { unsaved } from './state.ts';
import type { ChatState } from './state.ts';

/** While something is done here, what came from elsewhere is looked at this much later, ms. */
const laterMs = 300;

/**
 * Reads what the node says has changed, for as long as it says so: the list, and the open conversation unless an answer is on its way into this
 * window. What is done here at the same time is never undone by it.
 * @param reload reads all, when this begins to listen
 * @param watchForeign looks after an answer that is written into another window
 */
export function createFollowing(
  { edges, getState, setState, readList, show }: Chatting,
  { reload, watchForeign }: { reload: () => Promise<void>; watchForeign: (conversation: Conversation) => void },
): (signal: AbortSignal) => Promise<void> {
  const refresh = async (id: string): Promise<void> => {
    const { conversation, runs } = getState();
    if (conversation?.id !== id || runs[id] !== undefined) return;
    try {
      const fresh = await edges.node().conversations.get({ id });
      const now = getState();
      if (now.currentId !== id) return;
      // something was done here since: what was read may be older than that
      if (now.conversation !== conversation || now.runs[id] !== undefined) return void edges.after(laterMs, () => void refresh(id));
      // what is as it was is not drawn again
      setState((old) => ({ conversation: share(conversation, fresh), ...draftAfter(old, conversation, fresh) }));
      watchForeign(fresh);
    } catch (error) {
      if (edges.failureOf(error).code === 'not-found' && getState().currentId === id) leave(id);
    }
  };

  /** It was deleted elsewhere. What stood in its box is not lost. */
  const leave = (id: string): void => {
    show(null);
    setState(({ drafts }) => {
      const { [id]: draft = '', ...others } = drafts;
      return { drafts: { ...others, [unsaved]: others[unsaved] || draft } };
    });
  };

  const heed = async (ids: readonly string[]): Promise<void> => {
    const { currentId } = getState();
    await readList();
    if (currentId !== null && (ids.length === 0 || ids.includes(currentId))) await refresh(currentId);
  };

  return async (signal) => {
    let first = true;
    try {
      for await (const ids of await edges.node().conversations.news(undefined, { signal })) {
        if (first) await reload();
        else await heed(ids);
        first = false;
      }
    } catch {
      // the link broke: the next one begins anew
      if (first && !signal.aborted) await reload();
    }
  };
}

/** What stood in the box as the node had it was sent or changed elsewhere; what was typed or put there here stays. */
function draftAfter(old: ChatState, known: Conversation, fresh: Conversation): Partial<ChatState> {
  const { id } = fresh;
  const files = old.files[id] ?? [];
  const sameText = (old.drafts[id] ?? '') === known.draft;
  const sameFiles = files.every((file) => known.attachments.some((one) => one.id === file.id));
  return {
    edits: { ...old.edits, [id]: editsFound(old.edits[id], known.edits, fresh.edits) },
    ...(sameText ? { drafts: { ...old.drafts, [id]: fresh.draft } } : {}),
    ...(sameFiles ? { files: { ...old.files, [id]: draftFiles(fresh.attachments) } } : {}),
  };
}

/** Message by message: what this window changed stays, and of the others what the node has by now. */
function editsFound(here: Begun = {}, known: Begun = {}, fresh: Begun = {}): Record<string, string> {
  const changed = (id: string): boolean => here[id] !== known[id];
  const ids = [...new Set([...Object.keys(here), ...Object.keys(fresh)])];
  return Object.fromEntries(
    ids.flatMap((id) => {
      const text = changed(id) ? here[id] : fresh[id];
      return text === undefined ? [] : [[id, text]];
    }),
  );
}

type Begun = Readonly<Record<string, string>> | undefined;
