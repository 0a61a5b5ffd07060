// Files on their way to a draft: read, given to the node, which keeps them with it; or refused, with the reason.
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';
import { attachmentName, carriedWith, factsOf } from '../../../../src-shared/attachment.ts';
import type { Attachment, CarriedAttachment } from '../../../../src-shared/attachment.ts';
import { sentOf } from '../../../../src-shared/conversation.ts';
import { Failure } from '../../../../src-shared/failure.ts';
import { imageLimits } from '../../../../src-shared/image.ts';
import type { Chatting } from '../chatting.ts';
import { unsaved } from '../state.ts';
import type { ChatState, ChatStore } from '../state.ts';
import type { DraftFile, RefusedFile } from './draft-file.ts';

/** Pictures of the open conversation that go with its next question. */
export function imagesAsked({ conversation }: Pick<ChatState, 'conversation'>): number {
  const sent = conversation === null ? [] : sentOf(conversation.messages, conversation.leftOut);
  return sent.reduce((sum, { attachments = [] }) => sum + attachments.filter(({ kind }) => kind === 'image').length, 0);
}

export type Attaching = Pick<ChatStore, 'attach' | 'detach' | 'forgetRefusal'> & {
  /** Puts copies of files of another conversation to the draft of the open one; no question is sent before all are there. */
  copyToDraft: (from: string, attachments: readonly Attachment[]) => Promise<void>;
};

export function createAttaching(chatting: Chatting): Attaching {
  const { edges, getState, setState, attempt } = chatting;
  const reading = new Map<string, AbortController>();
  /** One file after the other, whenever they were brought: each may take a worker's memory of its own, and they keep their order. */
  let turn: Promise<unknown> = Promise.resolve();
  /** Wherever it is now: a conversation that did not exist gets its id while a file is read. */
  const change = (id: string, into: (file: DraftFile) => DraftFile | null): void =>
    setState(({ files }) => ({
      files: Object.fromEntries(
        Object.entries(files).map(([key, all]) => [key, all.flatMap((file) => (file.id === id ? (into(file) ?? []) : file))]),
      ),
    }));
  const isWanted = (id: string): boolean => Object.values(getState().files).some((all) => all.some((file) => file.id === id));
  const refuse = (id: string, refused: RefusedFile): void => {
    change(id, () => null);
    setState({ refused });
  };

  const keep = async (conversation: string, carried: CarriedAttachment): Promise<void> => {
    const attachment = factsOf(carried);
    if (attachment === null) throw new Failure('bad-request', 'What was read cannot be sent.');
    await edges.node().conversations.attach({ id: conversation, attachment: carried });
    // taken off meanwhile
    if (!isWanted(carried.id)) await edges.node().conversations.detach({ id: conversation, attachmentId: carried.id });
    else change(carried.id, (old) => ({ ...old, attachment }));
  };

  const give = async (to: Promise<string>, file: File, entry: DraftFile): Promise<void> => {
    const stop = new AbortController();
    reading.set(entry.id, stop);
    try {
      const conversation = await to;
      const content = await edges.readFile(file, stop.signal);
      if ('refused' in content) return refuse(entry.id, { name: entry.name, why: content.refused });
      const { id, name, bytes } = entry;
      const carried: CarriedAttachment = { id, name, bytes, ...content };
      const full = content.kind === 'image' && imagesOf(getState(), conversation) >= imageLimits.count;
      if (full) return refuse(id, { name, why: 'too-many-images' });
      await keep(conversation, carried);
    } catch (error) {
      change(entry.id, () => null);
      if (!stop.signal.aborted) throw error;
    } finally {
      reading.delete(entry.id);
    }
  };

  return {
    attach: (files) => {
      const key = getState().currentId ?? unsaved;
      const room = attachmentLimits.count - (getState().files[key] ?? []).length;
      const taken = files.slice(0, Math.max(0, room)).map((file) => {
        const name = attachmentName(file.name);
        return { file, entry: { id: edges.newId(), name, bytes: file.size, attachment: null } };
      });
      const beyond = files[taken.length];
      setState((old) => ({
        refused: beyond === undefined ? null : { name: attachmentName(beyond.name), why: 'too-many' },
        files: { ...old.files, [key]: [...(old.files[key] ?? []), ...taken.map(({ entry }) => entry)] },
      }));
      const ids = taken.map(({ entry }) => entry.id);
      if (taken.length === 0) return ids;
      // settled now: the person may open another conversation while the files are read
      const to = chatting.ensure('');
      for (const { file, entry } of taken) {
        turn = turn.then(() => isWanted(entry.id) && attempt(() => give(to, file, entry)));
      }
      return ids;
    },
    detach: (attachmentId) => {
      const { currentId, files } = getState();
      const file = files[currentId ?? unsaved]?.find(({ id }) => id === attachmentId);
      change(attachmentId, () => null);
      reading.get(attachmentId)?.abort(new DOMException('taken off', 'AbortError'));
      if (currentId === null || file?.attachment == null) return;
      void attempt(() => edges.node().conversations.detach({ id: currentId, attachmentId }));
    },
    forgetRefusal: () => setState({ refused: null }),
    copyToDraft: async (from, attachments) => {
      const key = getState().currentId ?? unsaved;
      const copies = attachments.map((attachment) => ({ ...attachment, id: edges.newId(), of: attachment.id }));
      const entries = draftFiles(copies).map((file) => ({ ...file, attachment: null }));
      setState((old) => ({ files: { ...old.files, [key]: [...(old.files[key] ?? []), ...entries] } }));
      try {
        const to = await chatting.ensure('');
        for (const { of: attachmentId, ...copy } of copies) {
          const { data } = await edges.node().conversations.attached({ id: from, attachmentId });
          if (isWanted(copy.id)) await keep(to, carriedWith(copy, data));
        }
      } catch (error) {
        for (const { id } of entries) change(id, (file) => (file.attachment === null ? null : file));
        throw error;
      }
    },
  };
}

function imagesOf(state: ChatState, id: string): number {
  const drafted = (state.files[id] ?? []).filter(({ attachment }) => attachment?.kind === 'image').length;
  return drafted + (state.conversation?.id === id ? imagesAsked(state) : 0);
}

/** Files of a draft that the node keeps, as this window shows them. */
export function draftFiles(attachments: readonly Attachment[]): DraftFile[] {
  return attachments.map((attachment) => ({ id: attachment.id, name: attachment.name, bytes: attachment.bytes, attachment }));
}
