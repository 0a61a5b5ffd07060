import type { KeyboardEvent } from 'react';

/**
 * For a drawer that dialogs may stand over: Esc closes it when the key was pressed within it. By itself Mantine closes all that are open at
 * once. A list that is open in it closes first.
 */
export function escapeWithin(onClose: () => void): { closeOnEscape: false; onKeyDown: (event: KeyboardEvent<HTMLElement>) => void } {
  return {
    closeOnEscape: false,
    onKeyDown({ key, target, currentTarget, nativeEvent }) {
      if (key !== 'Escape' || nativeEvent.isComposing || !(target instanceof Element) || !currentTarget.contains(target)) return;
      if (target.getAttribute('data-mantine-stop-propagation') !== 'true') onClose();
    },
  };
}
