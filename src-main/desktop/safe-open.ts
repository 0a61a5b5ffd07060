// The one way out of the window: every link, from every door, goes through here.
import { shell } from 'electron';

const openable = new Set(['http:', 'https:', 'mailto:']);

/** The address as it may be opened; null for anything that could start a program or read a file. */
export function openableUrl(text: string): string | null {
  if (text.length > 2000) return null;
  try {
    const url = new URL(text);
    if (!openable.has(url.protocol) || url.username !== '' || url.password !== '') return null;
    return url.href;
  } catch {
    return null;
  }
}

/** Opens the address in the person's browser or mail program. False: refused. */
export async function safeOpen(text: string): Promise<boolean> {
  const url = openableUrl(text);
  if (url === null) return false;
  await shell.openExternal(url);
  return true;
}
