import { useSyncExternalStore } from 'react';

/**
 * A part of the bundle that is fetched when something on screen first wants it. The hook gives null until it is there; a load that failed
 * is tried again by the next one that wants it.
 */
export function lazily<T>(load: () => Promise<T>): () => T | null {
  let value: T | null = null;
  let loading = false;
  const wake = new Set<() => void>();
  const begin = (): void => {
    if (loading || value !== null) return;
    loading = true;
    load()
      .then((loaded) => {
        value = loaded;
        for (const listener of wake) listener();
      })
      .catch(() => undefined)
      .finally(() => {
        loading = false;
      });
  };
  const subscribe = (listener: () => void): (() => void) => {
    wake.add(listener);
    begin();
    return () => wake.delete(listener);
  };
  const read = (): T | null => value;
  return () => useSyncExternalStore(subscribe, read);
}
