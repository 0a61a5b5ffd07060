/** A dialog, menu or list that Esc closes; hidden ones may stay in the page. */
export function somethingOnTop(): boolean {
  return [...document.querySelectorAll('[role="dialog"],[role="menu"],[role="listbox"]')].some((element) => element.checkVisibility());
}
