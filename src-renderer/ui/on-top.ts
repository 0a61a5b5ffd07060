/** Dialogs, menus and lists that Esc closes, in the order of the page; hidden ones may stay in it, and a list may belong to the page itself. */
export function standingOver(): Element[] {
  const all = document.querySelectorAll('[role="dialog"],[role="menu"],[role="listbox"]:not([data-in-page])');
  return [...all].filter((element) => element.checkVisibility());
}

const modal = '[role="dialog"][aria-modal="true"]';
/** Dialogs that have had the focus. */
const entered = new WeakSet<Element>();
let before = false;
let coming = false;

/**
 * Looks at each key before anybody else hears it: where nothing moves, what Esc closes is gone a moment later, and the key would be taken for
 * what was beneath it too. Dialogs listen at the window as well, in the same phase; so this is called before anything is drawn.
 */
export function watchWhatIsOnTop(): void {
  document.addEventListener('focusin', ({ target }) => {
    const dialog = target instanceof Element ? target.closest(modal) : null;
    if (dialog !== null) entered.add(dialog);
  });
  window.addEventListener(
    'keydown',
    () => {
      const over = standingOver();
      before = over.length > 0;
      coming = over.some((element) => element.matches(modal) && !entered.has(element));
    },
    { capture: true },
  );
}

/** Whether something was on top when the key that is heard now was pressed. */
export function wasOnTop(): boolean {
  return before;
}

/**
 * Whether a dialog had just come when the key that is heard now was pressed, and had not taken the focus yet, as it does a moment after it is
 * drawn: Esc is the dialog's already, though it is heard by what still has the focus beneath.
 */
export function wasComingUp(): boolean {
  return coming;
}
