import type { Conversation } from '../../../src-shared/conversation.ts';
import type { createDrafts } from './drafts.ts';
import type { ChatEdges } from './edges.ts';
import type { ChatState } from './state.ts';

/** What the parts of the chat share. */
export type Chatting = {
  edges: ChatEdges;
  getState: () => ChatState;
  setState: (change: Partial<ChatState> | ((old: ChatState) => Partial<ChatState>)) => void;
  drafts: ReturnType<typeof createDrafts<string>>;
  /** By `editKey`: what a message that is being put in other words says by now; null: it is no longer. */
  edits: ReturnType<typeof createDrafts<string | null>>;
  /** Saves what is typed without waiting. */
  saveBegun: () => Promise<void>;
  /** Runs a call whose failure is shown, and never thrown to the screen. Resolves to whether it worked. */
  attempt: (work: () => PromiseLike<unknown>) => Promise<boolean>;
  readList: () => Promise<void>;
  readConversation: (id: string) => Promise<void>;
  /** Makes the node know the open conversation. */
  ensure: (title: string) => Promise<string>;
  /** Changes the open conversation, if it is that one. */
  patch: (id: string, change: (conversation: Conversation) => Conversation) => void;
  /** Leaves the open conversation for that one; null: for a new one. */
  show: (id: string | null) => void;
};
