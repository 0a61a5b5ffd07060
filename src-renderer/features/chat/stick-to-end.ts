import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';

/** Nearer to the end than this counts as "at the end". */
const slackPx = 60;

/** Where a reader was who had scrolled up, by list, for as long as this page is there: pixels from its top. */
const places = new Map<string, number>();

/**
 * Keeps a growing list at its end while the reader is there, and leaves it alone when the reader has scrolled up.
 * A new `identity` or a new message goes to the end at once; a list that is shown again, to where it was left.
 */
export function useStickToEnd(
  identity: string | null,
  count: number,
): {
  frame: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  atEnd: boolean;
  toEnd: () => void;
  /** Something else than the end is to be seen. */
  letGo: () => void;
} {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  const toEnd = useCallback(() => {
    pinned.current = true;
    setAtEnd(true);
    const box = frame.current;
    if (box !== null) box.scrollTop = box.scrollHeight;
  }, []);

  const letGo = useCallback(() => {
    pinned.current = false;
  }, []);

  const filled = count > 0;
  useLayoutEffect(toEnd, [toEnd, identity, count]);
  useLayoutEffect(() => {
    const box = frame.current;
    const place = identity === null ? undefined : places.get(identity);
    if (box === null || place === undefined) return;
    pinned.current = false;
    setAtEnd(false);
    box.scrollTop = place;
    // oxlint-disable-next-line react/exhaustive-deps -- once: another page lay in the place of the one that was shown before
  }, []);

  useEffect(() => {
    const box = frame.current;
    const list = content.current;
    if (box === null || list === null) return undefined;
    const onScroll = (): void => {
      pinned.current = box.scrollHeight - box.scrollTop - box.clientHeight < slackPx;
      setAtEnd(pinned.current);
      if (identity === null) return;
      if (pinned.current) places.delete(identity);
      else places.set(identity, box.scrollTop);
    };
    const observer = new ResizeObserver(() => {
      if (pinned.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(list);
    observer.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', onScroll);
    };
    // The elements are there once there are messages.
  }, [identity, filled]);

  return { frame, content, atEnd, toEnd, letGo };
}
