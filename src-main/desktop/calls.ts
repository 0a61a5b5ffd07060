// The desktop contract: what the page asks of the main process. No call returns a secret.
import { implement, ORPCError } from '@orpc/server';
import { clipboard, dialog, type BrowserWindow } from 'electron';
import { readFile, writeFile } from 'node:fs/promises';
import { desktop } from '../../src-shared/desktop.ts';
import { safeOpen } from './safe-open.ts';

/** A key on the clipboard is everybody's who can paste; ux.md: never longer than 60 s. */
const clipboardMs = 60_000;

export type CallsOptions = { swarmKey: string; window: () => BrowserWindow | null; saveTitle: string };

export function desktopRouter({ swarmKey, window, saveTitle }: CallsOptions) {
  const os = implement(desktop);
  const readKey = async (): Promise<string> => {
    try {
      return await readFile(swarmKey, 'utf8');
    } catch {
      throw new ORPCError('NOT_FOUND', { message: 'There is no swarm.key.' });
    }
  };
  return os.router({
    saveKey: os.saveKey.handler(async () => {
      const text = await readKey();
      const parent = window();
      const options = { title: saveTitle, defaultPath: 'swarm.key', properties: ['showOverwriteConfirmation' as const] };
      const { canceled, filePath } = await (parent === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(parent, options));
      if (canceled || filePath === '') return false;
      await writeFile(filePath, text, { mode: 0o600 });
      return true;
    }),
    copyKey: os.copyKey.handler(async () => {
      const text = await readKey();
      await clipboard.writeText(text);
      const clear = async (): Promise<void> => {
        // a promise in newer Electrons, a string in older ones
        if ((await clipboard.readText()) === text) clipboard.clear();
      };
      setTimeout(() => void clear(), clipboardMs).unref();
    }),
    openLink: os.openLink.handler(async ({ input }) => {
      if (!(await safeOpen(input.url))) throw new ORPCError('FORBIDDEN', { message: 'This kind of address is not opened.' });
    }),
  });
}
