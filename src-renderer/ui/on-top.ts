/** Dialogs, menus and lists that Esc closes, in the order of the page; hidden ones may stay in it, and a list may belong to the page itself. */
export function standingOver(): Element[] {
  const all = document.querySelectorAll('[role="dialog"],[role="menu"],[role="listbox"]:not([data-in-page])');
  return [...all].filter((element) => element.checkVisibility());
}
