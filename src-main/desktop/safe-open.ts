// The one way out of the window: every link, from every door, goes through here.
import { shell } from 'electron';
import { openableUrl } from '../../src-shared/openable-url.ts';

/** Opens the address in the person's browser or mail program. False: refused, or there is no such program. */
export async function safeOpen(text: string): Promise<boolean> {
  const url = openableUrl(text);
  if (url === null) return false;
  return await shell.openExternal(url).then(
    () => true,
    () => false,
  );
}
