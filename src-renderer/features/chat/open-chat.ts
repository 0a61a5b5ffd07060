// Which conversation was open, for the next load of this page: a browser's tab and the app's window have a session each.
const key = 'axon.open-chat';

/** null: none, or nothing can be kept */
export function openChatKept(): string | null {
  try {
    return window.sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param id null: a new one */
export function keepOpenChat(id: string | null): void {
  try {
    if (id === null) window.sessionStorage.removeItem(key);
    else window.sessionStorage.setItem(key, id);
  } catch {
    // a page that may keep nothing begins with a new one
  }
}
