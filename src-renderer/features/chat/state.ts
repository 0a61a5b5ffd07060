// What the window knows of its conversations, and what can be done with them.
import type { z } from 'zod';
import type { StoreApi } from 'zustand/vanilla';
import type { machineName } from '../../../src-shared/chat.ts';
import type { Conversation, ConversationSummary } from '../../../src-shared/conversation.ts';
import type { FailureShape } from '../../../src-shared/failure.ts';
import type { DraftFile, RefusedFile } from './attach/draft-file.ts';
import type { Tuning } from '../../../src-shared/settings.ts';
import type { Run } from './run.ts';

/** A machine, called as it was when it was picked. */
export type PickedMachine = z.infer<typeof machineName>;

/** The key of the draft of a conversation that the node does not know yet. */
export const unsaved = 'unsaved';

/** Something is said to the model, or set. */
export function isTuned({ system, parameters }: Tuning): boolean {
  return system !== '' || Object.keys(parameters).length > 0;
}

export type ChatState = {
  /** null: not read yet */
  summaries: ConversationSummary[] | null;
  /** null: a new conversation that nothing was written in yet */
  currentId: string | null;
  /** The open one; null while it is read, and for a new one. */
  conversation: Conversation | null;
  /** What stands in the composer, by conversation id or `unsaved`. */
  drafts: Record<string, string>;
  /** What is put to them, in the same way. */
  files: Record<string, DraftFile[]>;
  /** The last file that could not be attached. */
  refused: RefusedFile | null;
  /** The composer is on screen: a file that is dropped can go there. */
  taking: boolean;
  /** The model picked for a conversation that the node does not know yet; null: automatic. */
  unsavedModel: string | null;
  /** Likewise the machine that its questions go to, and no other; null: whichever suits best */
  unsavedMachine: PickedMachine | null;
  /** Messages that are being put in other words: what they say by now, by conversation id and message id. */
  edits: Record<string, Record<string, string>>;
  /** What the model is told and how it samples, for a conversation that the node does not know yet; null: as the person wants new ones. */
  unsavedTuning: Tuning | null;
  /** The message that is looked for: it is brought into sight, and marked. */
  sought: string | null;
  /** Running answers by conversation id. */
  runs: Record<string, Run>;
  /** The conversation that a summary is being written of; null: of none */
  summarising: string | null;
  /** Why the last action on a conversation did not work. */
  failure: FailureShape | null;
};

type Open = Pick<ChatState, 'currentId' | 'conversation' | 'unsavedModel' | 'unsavedMachine'>;

/** The model of the open conversation's questions; null: whichever suits best */
export function modelOf({ currentId, conversation, unsavedModel }: Open): string | null {
  return currentId === null ? unsavedModel : (conversation?.model ?? null);
}

/** The machine that they go to; null: whichever suits best */
export function machineOf({ currentId, conversation, unsavedMachine }: Open): PickedMachine | null {
  return currentId === null ? unsavedMachine : (conversation?.machine ?? null);
}

/** What a message of the open conversation says by now that is being put in other words; null: it is not */
export function editOf({ edits, currentId }: Pick<ChatState, 'edits' | 'currentId'>, messageId: string): string | null {
  return edits[currentId ?? unsaved]?.[messageId] ?? null;
}

/** What a begun edit is saved under, so that windows which edit different messages of one conversation keep out of each other's way. */
export const editKey = (conversationId: string, messageId: string): string => `${conversationId} ${messageId}`;

export type ChatStore = {
  store: StoreApi<ChatState>;
  /** Reads list and open conversation again. */
  reload: () => Promise<void>;
  /** Reads them on a new connection, and again whatever changes elsewhere, until the signal or the connection ends. */
  follow: (signal: AbortSignal) => Promise<void>;
  startNew: () => Promise<void>;
  /** messageId: the message to bring into sight, whichever branch it is on */
  open: (id: string, messageId?: string) => Promise<void>;
  /** The sought message was shown. */
  found: () => void;
  rename: (id: string, title: string) => Promise<void>;
  /** Out of the list; `restore` brings it back for a day. Resolves to whether it worked. */
  remove: (id: string) => Promise<boolean>;
  /** Opens it too when it was open until it was removed, and the person wrote and opened nothing since. */
  restore: (id: string) => Promise<void>;
  pin: (id: string, pinned: boolean) => Promise<void>;
  /** null: out of its folder */
  moveTo: (id: string, folder: string | null) => Promise<void>;
  /** All of them at once: a folder that gets another name, or is taken away. */
  moveAll: (ids: readonly string[], folder: string | null) => Promise<void>;
  tune: (tuning: Tuning) => void;
  writeDraft: (text: string) => void;
  /** Saves what is typed without waiting for more of it; before the page goes. Resolves when the node has it. */
  saveDraft: () => Promise<void>;
  /** Puts files to the draft; those beyond the limits are refused, and it is said why. Returns the ids of the others, which are still to be read. */
  attach: (files: readonly File[]) => string[];
  detach: (attachmentId: string) => void;
  forgetRefusal: () => void;
  /** What a file of the open conversation holds: its text, a picture in base64. */
  contentOf: (attachmentId: string) => Promise<string>;
  takeFiles: (taking: boolean) => void;
  /** Whom the questions of the open conversation go to. null: whichever suits best; what is left out stays as it is */
  pick: (picked: { model?: string | null; machine?: PickedMachine | null }) => void;
  /** What stands in a message's editor; null: it is not edited any more. */
  writeEdit: (messageId: string, text: string | null) => void;
  /** What stands in the composer. wait: while nobody can answer, until some machine can */
  send: (wait?: boolean) => void;
  /** Asks a question of the open conversation once more (the last one unless told which), by that model or machine where they are given. */
  retry: (how?: { questionId?: string; model?: string | null; machine?: string | null }) => void;
  /** Asks a question in other words, beside the one that stands there. */
  edit: (questionId: string, content: string) => void;
  /** Puts an answer in the person's words beside it; goOn: and has the model go on from just that text. */
  revise: (answerId: string, content: string, goOn: boolean) => void;
  /** Shows another version of a message, and what followed it. */
  choose: (messageId: string) => Promise<void>;
  /** A new chat with that question in the composer, told and sampled as this one, that begins without the messages before it. */
  askAnew: (questionId: string) => void;
  /** A new conversation with the messages up to that one, and opens it. */
  fork: (messageId: string) => Promise<void>;
  /** A new conversation that begins with a summary of the open one, told what stands in the composer, and opens it. contextTokens: what is read at once */
  summarise: (contextTokens: number) => void;
  /** The open conversation goes on without its last question, in a new one; what stands in the composer comes along. */
  goOnWithout: () => Promise<void>;
  /** The messages before that one are not sent any more; null: they are. */
  leaveOut: (before: string | null) => void;
  /** Goes on with the last answer of the open conversation, when it broke off. wait: until some machine can. */
  resume: (wait: boolean) => void;
  stop: () => void;
  forgetFailure: () => void;
};
