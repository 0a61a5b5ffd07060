import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import type { KeyFileEnd, KeyFileFate } from '../../../src-shared/desktop.ts';

/** kept: it was to be deleted, and could not. */
export type KeyFileLeftState = { kind: 'none' } | { kind: 'deletable' } | { kind: 'by-hand' } | { kind: 'kept' };

export type KeyFileLeft = {
  store: StoreApi<KeyFileLeftState>;
  /** The key of a file was just taken over. */
  taken: () => Promise<void>;
  /** Deletes the file; answers what came of it, and `kept` when nobody could be asked. */
  remove: () => Promise<KeyFileEnd>;
  dismiss: () => void;
};

/** The file by which a key came is still there, with the key in it: what the person is told of that, and can do. */
export function createKeyFileLeft(desktop: { fate: () => Promise<KeyFileFate>; remove: () => Promise<KeyFileEnd> }): KeyFileLeft {
  const store = createStore<KeyFileLeftState>(() => ({ kind: 'none' }));
  const set = (state: KeyFileLeftState): void => store.setState(state, true);
  return {
    store,
    taken: async () => {
      // a desktop that does not answer deletes nothing either
      const fate = await desktop.fate().catch(() => 'by-hand' as const);
      set(fate === 'needed' ? { kind: 'none' } : { kind: fate });
    },
    remove: async () => {
      const end = await desktop.remove().catch(() => 'kept' as const);
      set({ kind: end === 'kept' ? 'kept' : 'none' });
      return end;
    },
    dismiss: () => set({ kind: 'none' }),
  };
}
