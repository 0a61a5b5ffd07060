import { useEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { standingOver, wasComingUp } from './on-top.ts';

/**
 * For a drawer that dialogs may stand over: Esc closes it when the key was pressed within it, or while it stands alone over the page
 * and has not the focus, as for a moment after it is drawn. By itself Mantine closes all that are open at once. A list that is open in it
 * closes first.
 */
export function useEscape(
  opened: boolean,
  onClose: () => void,
): { closeOnEscape: false; onKeyDown: (event: KeyboardEvent<HTMLElement>) => void } {
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => {
    if (!opened) return undefined;
    // before what stands over the drawer hears it, which may be gone afterwards: it came later, and so did its listener
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.isComposing) return;
      const over = standingOver();
      if (over.length > 1 || over.some((element) => element.contains(document.activeElement))) return;
      // nor is it the key that stops an answer
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [opened]);
  return {
    closeOnEscape: false,
    onKeyDown({ key, target, currentTarget, nativeEvent }) {
      if (key !== 'Escape' || wasComingUp() || nativeEvent.isComposing || !(target instanceof Element) || !currentTarget.contains(target))
        return;
      if (target.getAttribute('data-mantine-stop-propagation') !== 'true') onClose();
    },
  };
}
