// Which folders of the list are shut, as the person left them in this window's profile.

const key = 'axon.closed-folders';

/** Their names; none, until one was shut. */
export function closedFolders(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(key) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.filter((name) => typeof name === 'string') : []);
  } catch {
    return new Set();
  }
}

/** @param there names of the folders that there are: of others nothing is kept */
export function keepClosedFolders(closed: ReadonlySet<string>, there: readonly string[]): void {
  try {
    window.localStorage.setItem(key, JSON.stringify(there.filter((name) => closed.has(name))));
  } catch {
    // Without storage they are shut anew at the next start.
  }
}
