import type { DesktopClient } from './link.ts';

const clipboardMs = 60_000;

/**
 * What stands for the desktop in a browser tab. The key passes through memory only on its way to a file or the clipboard:
 * it is never put into the page.
 */
export function webDesktop(target: Window, session: string): DesktopClient {
  const keyResponse = async (): Promise<Response> => {
    const response = await fetch('/key', { method: 'POST', headers: { authorization: `Bearer ${session}` }, cache: 'no-store' });
    if (!response.ok) throw new Error(`the key was not handed out (${response.status})`);
    return response;
  };
  return {
    saveKey: async () => {
      const address = URL.createObjectURL(await (await keyResponse()).blob());
      const anchor = target.document.createElement('a');
      anchor.href = address;
      anchor.download = 'swarm.key';
      anchor.click();
      // The download has begun by then; the object is not needed any longer.
      target.setTimeout(() => URL.revokeObjectURL(address), 10_000);
      return true;
    },
    copyKey: async () => {
      const text = await (await keyResponse()).text();
      await target.navigator.clipboard.writeText(text);
      target.setTimeout(() => void clearIfStill(target, text), clipboardMs);
    },
    openLink: ({ url }) => {
      target.open(url, '_blank', 'noopener,noreferrer');
      return Promise.resolve();
    },
  };
}

async function clearIfStill(target: Window, text: string): Promise<void> {
  try {
    if ((await target.navigator.clipboard.readText()) === text) await target.navigator.clipboard.writeText('');
  } catch {
    // Reading needs a permission that people seldom give; then clear only while the page has the focus.
    if (target.document.hasFocus()) await target.navigator.clipboard.writeText('').catch(() => undefined);
  }
}
