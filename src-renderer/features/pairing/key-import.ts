import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import type { FailureCode } from '../../../src-shared/failure.ts';
import type { KeyFile } from './read-key-file.ts';

type Content = { content: string; size: number };

export type KeyImportState =
  | { kind: 'idle' }
  | { kind: 'busy' }
  /** Another key is here: the person decides. The content is kept only for that long. */
  | { kind: 'replace'; file: Content }
  | { kind: 'several' }
  | { kind: 'failed'; code: FailureCode }
  /** Taken by the node; the view shows when it is in force. */
  | { kind: 'joined' };

export type KeyImport = {
  store: StoreApi<KeyImportState>;
  take: (file: KeyFile) => Promise<void>;
  confirmReplace: () => Promise<void>;
  dismiss: () => void;
};

type Importer = (input: Content & { replace: boolean }) => Promise<void>;

/** What happens to a dropped file, from reading to being in force. */
export function createKeyImport(importKey: Importer, codeOf: (error: unknown) => FailureCode): KeyImport {
  const store = createStore<KeyImportState>(() => ({ kind: 'idle' }));
  const set = (state: KeyImportState): void => store.setState(state, true);

  const hand = async (file: Content, replace: boolean): Promise<void> => {
    set({ kind: 'busy' });
    try {
      await importKey({ content: file.content, size: file.size, replace });
      set({ kind: 'joined' });
    } catch (error) {
      const code = codeOf(error);
      set(code === 'key-exists' && !replace ? { kind: 'replace', file } : { kind: 'failed', code });
    }
  };

  return {
    store,
    take: async (file) => {
      if (file.kind === 'nothing') return;
      if (file.kind === 'several') set({ kind: 'several' });
      else if (file.kind === 'failure') set({ kind: 'failed', code: file.code });
      else await hand(file, false);
    },
    confirmReplace: async () => {
      const state = store.getState();
      if (state.kind === 'replace') await hand(state.file, true);
    },
    dismiss: () => set({ kind: 'idle' }),
  };
}
