import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import type { FailureCode } from '../../../src-shared/failure.ts';
import { callFailure, connection } from '../../node/index.ts';
import type { KeyFile } from './read-key-file.ts';

type Content = { content: string; size: number };

export type KeyImportState =
  | { kind: 'idle' }
  | { kind: 'busy' }
  /** Another key is here: the person decides. The content is kept only for that long. */
  | { kind: 'replace'; file: Content }
  | { kind: 'several' }
  | { kind: 'failed'; code: FailureCode }
  /** fingerprint: as the view told it once it was in force */
  | { kind: 'joined' };

export type KeyImport = {
  store: StoreApi<KeyImportState>;
  take: (file: KeyFile) => Promise<void>;
  confirmReplace: () => Promise<void>;
  dismiss: () => void;
};

type Importer = (input: Content & { replace: boolean }) => Promise<void>;

/** What happens to a dropped file, from reading to being in force. */
export function createKeyImport(importKey: Importer): KeyImport {
  const store = createStore<KeyImportState>(() => ({ kind: 'idle' }));
  const set = (state: KeyImportState): void => store.setState(state, true);

  const hand = async (file: Content, replace: boolean): Promise<void> => {
    set({ kind: 'busy' });
    try {
      await importKey({ content: file.content, size: file.size, replace });
      set({ kind: 'joined' });
    } catch (error) {
      const { code } = callFailure(error);
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

/** The import of this window. */
export const keyImport = createKeyImport(async (input) => {
  const { control } = connection.getState();
  if (control === null) throw Object.assign(new Error('not open'), { name: 'AbortError' });
  await control.key.import(input);
});
