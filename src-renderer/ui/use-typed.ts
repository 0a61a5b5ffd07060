import { useEffect, useRef, useState } from 'react';

/**
 * For a field that is saved when it is left. What was typed is given to `take` by `commit` (on blur, with Enter), and also when the field is
 * taken away, when a file is dropped, and when the page goes: Esc and another page take a field away without its losing the focus, and a drop
 * leaves the focus where it was.
 * take: resolves to whether the field shows again what is known; false: what was typed stays in it, and is given again.
 * typed: null while nothing is typed that is not taken.
 */
export function useTyped<Value>(take: (value: Value) => boolean | Promise<boolean>): {
  typed: Value | null;
  type: (value: Value) => void;
  commit: () => void;
  forget: () => void;
} {
  const [typed, setTyped] = useState<Value | null>(null);
  // beside the state: what is typed and left in one go is not drawn in between
  const waiting = useRef<Value | null>(null);
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  const type = (value: Value | null): void => {
    waiting.current = value;
    setTyped(value);
  };
  const commit = async (): Promise<void> => {
    const value = waiting.current;
    // what was typed meanwhile is another text
    if (value !== null && (await latest.current(value)) && waiting.current === value) type(null);
  };
  useEffect(() => {
    const now = (): void => void commit();
    // before whoever takes the file: it may be what ends this page
    window.addEventListener('drop', now, true);
    window.addEventListener('pagehide', now);
    return () => {
      window.removeEventListener('drop', now, true);
      window.removeEventListener('pagehide', now);
      now();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- `commit` reads nothing but refs
  }, []);
  return { typed, type, commit: () => void commit(), forget: () => type(null) };
}
