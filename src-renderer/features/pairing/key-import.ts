import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import type { FailureCode } from '../../../src-shared/failure.ts';
import { inviteIn, inviteInFile, keyIn } from './invite-text.ts';
import type { KeyFile } from './read-key-file.ts';

/** file: it came in one, which is still there */
type BroughtKey = { kind: 'key'; content: string; size: number; file: boolean };
type Brought = BroughtKey | { kind: 'invite'; text: string };

export type KeyImportState =
  | { kind: 'idle' }
  | { kind: 'busy' }
  /** Another key is here: the person decides. The content is kept only for that long. next: fingerprint of the new key; null: an invite names none. */
  | { kind: 'replace'; brought: Brought; next: string | null }
  | { kind: 'several' }
  | { kind: 'failed'; code: FailureCode }
  /** Taken by the node; the view shows when it is in force. */
  | { kind: 'joined' };

export type KeyImport = {
  store: StoreApi<KeyImportState>;
  /** A dropped or chosen file: swarm.key or an invite, told apart by what is in it. */
  take: (file: KeyFile) => Promise<void>;
  /** A pasted text: an invite or the text of a swarm.key. What is neither fails with invite-bad. */
  takeText: (text: string) => Promise<void>;
  confirmReplace: () => Promise<void>;
  dismiss: () => void;
};

/** Gives what was brought to the node. Rejects with key-exists when another swarm's key is here and `replace` is false. */
type Give = (brought: Brought, replace: boolean) => Promise<void>;

/** The fingerprint of that key, before anything is done with it. Rejects with a key-* code when it is none. */
type Preview = (key: BroughtKey) => Promise<string>;

/** What happens to what a person brings, from reading to being in force. */
export function createKeyImport(
  give: Give,
  preview: Preview,
  codeOf: (error: unknown) => FailureCode,
  /** The key of a file was taken over. */
  fileTaken: () => void = () => {},
): KeyImport {
  const store = createStore<KeyImportState>(() => ({ kind: 'idle' }));
  const set = (state: KeyImportState): void => store.setState(state, true);

  const hand = async (brought: Brought, replace: boolean): Promise<void> => {
    set({ kind: 'busy' });
    let next: string | null = null;
    try {
      if (brought.kind === 'key' && !replace) next = await preview(brought);
      await give(brought, replace);
      set({ kind: 'joined' });
      if (brought.kind === 'key' && brought.file) fileTaken();
    } catch (error) {
      const code = codeOf(error);
      set(code === 'key-exists' && !replace ? { kind: 'replace', brought, next } : { kind: 'failed', code });
    }
  };

  return {
    store,
    take: async (file) => {
      if (file.kind === 'nothing') return;
      if (file.kind === 'several') return set({ kind: 'several' });
      if (file.kind === 'failure') return set({ kind: 'failed', code: file.code });
      const text = inviteInFile(file.content);
      await hand(text === null ? { kind: 'key', content: file.content, size: file.size, file: true } : { kind: 'invite', text }, false);
    },
    takeText: async (text) => {
      const invite = inviteIn(text);
      const key = keyIn(text);
      if (invite !== null) await hand({ kind: 'invite', text: invite }, false);
      else if (key !== null) await hand({ kind: 'key', ...key, file: false }, false);
      else set({ kind: 'failed', code: 'invite-bad' });
    },
    confirmReplace: async () => {
      const state = store.getState();
      if (state.kind === 'replace') await hand(state.brought, true);
    },
    dismiss: () => set({ kind: 'idle' }),
  };
}
