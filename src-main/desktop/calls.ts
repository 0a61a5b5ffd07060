// The desktop contract: what the page asks of the main process. No call returns a secret.
import { implement, ORPCError } from '@orpc/server';
import { clipboard, dialog, type BrowserWindow } from 'electron';
import { open } from 'node:fs/promises';
import type { SecretRequest } from '../../src-shared/control.ts';
import { desktop, type AnswerNews, type DesktopWish } from '../../src-shared/desktop.ts';
import { toFailure } from '../../src-shared/failure.ts';
import { zipOf } from '../../src-shared/zip.ts';
import type { Autostart } from './autostart.ts';
import type { AppUpdates } from './app-updates.ts';
import type { Hotkey } from './hotkey.ts';
import type { BroughtKeyFile } from './key-file.ts';
import { safeOpen } from './safe-open.ts';
import type { Zoom } from './zoom.ts';

/** A key on the clipboard is everybody's who can paste; ux.md: never longer than 60 s. */
const clipboardMs = 60_000;

export type SaveWords = 'saveReport' | 'saveKey' | 'saveInvite' | 'saveRecovery' | 'saveLedger';
export type CallsOptions = {
  /** Asks the node's process. */
  secret: (request: SecretRequest) => Promise<string>;
  window: () => BrowserWindow | null;
  /** The file by which the key came. */
  keyFile: Pick<BroughtKeyFile, 'fate' | 'remove'>;
  /** Titles of the save dialogs. */
  title: (save: SaveWords) => string;
  wishes: (signal: AbortSignal | undefined) => AsyncGenerator<DesktopWish>;
  /** The page kept what was typed in it. */
  saved: () => void;
  autostart: Autostart;
  /** Whether the person was asked about that, or decided without being asked. */
  askedAtLogin: { get(): boolean; set(): void };
  hotkey: Hotkey;
  zoom: Zoom;
  tell: (news: AnswerNews) => void;
  updates: Pick<AppUpdates, 'state' | 'check'>;
  /** Quits, and comes back as the version that lies ready. false: not now */
  restartToUpdate: () => boolean;
  /** Asks first where it has to. */
  quit: () => void;
  /** Begins to end the app, which then deletes its data and comes back. */
  resetData: (kept: { conversations: boolean; models: boolean }) => void;
  /** Shows the folder of this home's data. */
  openFolder: () => Promise<void>;
};

export function desktopRouter(options: CallsOptions) {
  const {
    secret,
    window,
    keyFile,
    title,
    wishes,
    saved,
    autostart,
    askedAtLogin,
    hotkey,
    zoom,
    tell,
    updates,
    restartToUpdate,
    resetData,
    quit,
    openFolder,
  } = options;
  const os = implement(desktop);
  const read = async (request: SecretRequest): Promise<string> => {
    try {
      return await secret(request);
    } catch (error) {
      const { code, message } = toFailure(error);
      throw new ORPCError(code === 'no-key' || code === 'not-found' ? 'NOT_FOUND' : 'FORBIDDEN', { message });
    }
  };
  /** Asked for only once the person has said where: a recovery code that is made and not kept would end the one before. */
  const save = (words: SaveWords, name: string, request: SecretRequest): Promise<boolean> => saveWhere(words, name, () => read(request));
  const saveWhere = async (words: SaveWords, name: string, content: () => Promise<string | Uint8Array>): Promise<boolean> => {
    const parent = window();
    const options = { title: title(words), defaultPath: name, properties: ['showOverwriteConfirmation' as const] };
    const { canceled, filePath } = await (parent === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(parent, options));
    if (canceled || filePath === '') return false;
    await writePrivate(filePath, await content());
    return true;
  };
  const copy = async (request: SecretRequest): Promise<void> => {
    const text = await read(request);
    await clipboard.writeText(text);
    const clear = async (): Promise<void> => {
      // a promise in newer Electrons, a string in older ones
      if ((await clipboard.readText()) === text) clipboard.clear();
    };
    setTimeout(() => void clear(), clipboardMs).unref();
  };
  return os.router({
    wishes: os.wishes.handler(({ signal }) => wishes(signal)),
    saveKey: os.saveKey.handler(() => save('saveKey', 'swarm.key', { kind: 'key' })),
    copyKey: os.copyKey.handler(() => copy({ kind: 'key' })),
    keyFile: os.keyFile.handler(() => keyFile.fate()),
    removeKeyFile: os.removeKeyFile.handler(() => keyFile.remove()),
    saveInvite: os.saveInvite.handler(({ input }) => save('saveInvite', 'swarm.axon-invite', { kind: 'invite', id: input.id })),
    copyInvite: os.copyInvite.handler(({ input }) => copy({ kind: 'invite', id: input.id })),
    invitePicture: os.invitePicture.handler(({ input }) => read({ kind: 'invite-picture', id: input.id })),
    saveRecovery: os.saveRecovery.handler(() => save('saveRecovery', 'axon-recovery.txt', { kind: 'recovery' })),
    saveLedger: os.saveLedger.handler(() => save('saveLedger', 'axon-ledger.csv', { kind: 'ledger' })),
    tell: os.tell.handler(({ input }) => tell(input.news)),
    saveReport: os.saveReport.handler(({ input }) => saveWhere('saveReport', 'axon-report.zip', async () => zipOf(input.files))),
    openFolder: os.openFolder.handler(async () => {
      await openFolder();
      return true;
    }),
    autostart: os.autostart.handler(() => autostart.on()),
    setAutostart: os.setAutostart.handler(({ input }) => {
      autostart.set(input.on);
      askedAtLogin.set();
    }),
    askAutostart: os.askAutostart.handler(() => !askedAtLogin.get() && !autostart.on()),
    declineAutostart: os.declineAutostart.handler(() => askedAtLogin.set()),
    hotkey: os.hotkey.handler(() => hotkey.now()),
    setHotkey: os.setHotkey.handler(({ input }) => hotkey.set(input.keys)),
    updates: os.updates.handler(() => updates.state()),
    checkUpdates: os.checkUpdates.handler(() => updates.check()),
    restartToUpdate: os.restartToUpdate.handler(() => restartToUpdate()),
    zoom: os.zoom.handler(() => zoom.now()),
    setZoom: os.setZoom.handler(({ input }) => zoom.set(input.factor)),
    resetData: os.resetData.handler(({ input }) => {
      resetData({ conversations: input.keepConversations, models: input.keepModels });
      return true;
    }),
    saved: os.saved.handler(() => saved()),
    quit: os.quit.handler(() => quit()),
    openLink: os.openLink.handler(async ({ input }) => {
      if (!(await safeOpen(input.url))) throw new ORPCError('FORBIDDEN', { message: 'This kind of address is not opened.' });
    }),
  });
}

/** Mode 0600 also when the file was there before: `mode` alone holds only for a new one. */
async function writePrivate(path: string, text: string | Uint8Array): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    // some file systems have no modes
    await file.chmod(0o600).catch(() => undefined);
    await file.truncate(0);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
