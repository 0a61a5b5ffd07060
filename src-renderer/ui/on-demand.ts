import { useCallback, useRef, useState } from 'react';
import { takeFocus } from './take-focus.ts';

/**
 * A button with what it opens, which is made when it is first wanted: a card of its own for each of a thousand rows would be felt.
 * wanted: whether to make it; button: what the plain button and the one that takes its place have.
 */
export function useOnDemand(role: 'dialog' | 'menu') {
  /** null: never yet */
  const [opened, setOpened] = useState<boolean | null>(null);
  const target = useRef<HTMLButtonElement>(null);
  const take = useCallback((button: HTMLButtonElement | null): void => {
    target.current = button;
    takeFocus(button);
  }, []);
  return {
    wanted: opened !== null,
    opened: opened === true,
    change(next: boolean): void {
      setOpened(next);
      // who pressed elsewhere, or went on into a dialog that gives the focus back to here, is there already
      if (!next && document.activeElement?.closest(`[role=${role}]`) != null) takeFocus(target.current);
    },
    button: {
      ref: opened === null ? undefined : take,
      'aria-haspopup': role,
      'aria-expanded': opened === true,
      onClick: (): void => setOpened((was) => was !== true),
    },
  };
}
