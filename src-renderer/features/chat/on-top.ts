import { standingOver } from '../../ui/index.ts';

/** A dialog, menu or list that Esc closes. */
export const somethingOnTop = (): boolean => standingOver().length > 0;

let before = false;

/**
 * Looks at each key before anybody else hears it: where nothing moves, what Esc closes is gone a moment later, and the key would end the
 * answer too. Dialogs listen at the window as well, in the same phase; so this is called before anything is drawn.
 */
export function watchWhatIsOnTop(): void {
  window.addEventListener(
    'keydown',
    () => {
      before = somethingOnTop();
    },
    { capture: true },
  );
}

/** Whether something was on top when the key that is heard now was pressed. */
export function wasOnTop(): boolean {
  return before;
}
