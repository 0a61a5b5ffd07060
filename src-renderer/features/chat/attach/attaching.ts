// Files on their way to a draft: read, given to the node, which keeps them with it; or refused, with the reason.
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';
import { attachmentName } from '../../../../src-shared/attachment.ts';
import type { Attachment, CarriedAttachment } from '../../../../src-shared/attachment.ts';
import { imageFacts, imageLimits } from '../../../../src-shared/image.ts';
import { Failure } from '../../../../src-shared/failure.ts';
import type { Chatting } from '../chatting.ts';
import { unsaved } from '../state.ts';
import type { ChatState, ChatStore } from '../state.ts';
import type { DraftFile, RefusedFile } from './draft-file.ts';

/** Pictures of the open conversation, all of which go with its next question. */
export function imagesAsked({ conversation }: Pick<ChatState, 'conversation'>): number {
  return (conversation?.messages ?? []).reduce(
    (sum, { attachments = [] }) => sum + attachments.filter(({ kind }) => kind === 'image').length,
    0,
  );
}

type AttachingPart = Pick<ChatStore, 'attach' | 'detach' | 'forgetRefusal'>;

export function createAttaching(
  chatting: Chatting,
): AttachingPart & { toDraft: (id: string, carried: CarriedAttachment) => Promise<void> } {
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
  const refuse = (id: string, refused: RefusedFile): void => {
    change(id, () => null);
    setState({ refused });
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
      await edges.node().conversations.attach({ id: conversation, attachment: carried });
      const attachment = known(carried);
      // taken off meanwhile
      if (stop.signal.aborted) await edges.node().conversations.detach({ id: conversation, attachmentId: id });
      else change(id, (old) => ({ ...old, attachment }));
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
      if (taken.length === 0) return;
      // settled now: the person may open another conversation while the files are read
      const to = chatting.ensure('');
      for (const { file, entry } of taken) {
        turn = turn.then(() => {
          const isWanted = Object.values(getState().files).some((all) => all.some(({ id }) => id === entry.id));
          return isWanted && attempt(() => give(to, file, entry));
        });
      }
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
    toDraft: async (id, carried) => {
      const file: DraftFile = { id: carried.id, name: carried.name, bytes: carried.bytes, attachment: known(carried) };
      await edges.node().conversations.attach({ id, attachment: carried });
      setState((old) => ({ files: { ...old.files, [id]: [...(old.files[id] ?? []), file] } }));
    },
  };
}

function imagesOf(state: ChatState, id: string): number {
  const drafted = (state.files[id] ?? []).filter(({ attachment }) => attachment?.kind === 'image').length;
  return drafted + (state.conversation?.id === id ? imagesAsked(state) : 0);
}

function known(carried: CarriedAttachment): Attachment {
  const { id, name, bytes, data } = carried;
  if (carried.kind !== 'image') {
    const facts = { id, name, bytes, characters: data.length };
    return carried.kind === 'text' ? { kind: 'text', ...facts } : { kind: 'pdf', ...facts, pages: carried.pages };
  }
  const facts = imageFacts(data);
  if (facts === null) throw new Failure('bad-request', 'A picture was read that cannot be sent.');
  return { kind: 'image', id, name, bytes, width: facts.width, height: facts.height };
}

/** Files of a draft that the node keeps, as this window shows them. */
export function draftFiles(attachments: readonly Attachment[]): DraftFile[] {
  return attachments.map((attachment) => ({ id: attachment.id, name: attachment.name, bytes: attachment.bytes, attachment }));
}
