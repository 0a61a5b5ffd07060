// The app's own updates: whether this copy can, and if so when (updating.ts) and by what (updater.ts).
import type { NoUpdates, UpdatesState } from '../../src-shared/updates.ts';
import { appUpdater, installedFacts, installNow } from './updater.ts';
import { updating, whyNoUpdates, type Updating, type UpdatingOptions } from './updating.ts';

export type AppUpdates = Updating & {
  /** Puts what lies ready in place and starts it, once the node has ended. false: that did not work, and the app still runs */
  install(): boolean;
  /** Nothing is put in place at this quit. */
  leaveForNextTime(): void;
};

export type AppUpdatesOptions = Omit<UpdatingOptions, 'updater'> & {
  packaged: boolean;
  /** It runs on the Electron that it is made for. */
  realElectron: boolean;
  /** Electron's folder of resources. */
  resources: string;
};

/** Never rejects: whatever is wrong with updates, the app starts. */
export async function appUpdates(options: AppUpdatesOptions): Promise<AppUpdates> {
  try {
    return await found(options);
  } catch (error) {
    options.failed(String(error));
    return none('no-source');
  }
}

/** electron-updater is loaded only where it is used. */
async function found(options: AppUpdatesOptions): Promise<AppUpdates> {
  const { packaged, realElectron, resources } = options;
  const facts = { packaged, realElectron, platform: process.platform, ...installedFacts(resources, process.env) };
  const unsupported = whyNoUpdates(facts);
  if (unsupported !== null) return none(unsupported);
  const { default: library } = await import('electron-updater');
  const updater = library.autoUpdater;
  // deb and rpm: at every quit a question for the password would be in the way
  const asksForRoot = process.platform === 'linux' && !process.env['APPIMAGE'];
  return {
    ...updating({ ...options, updater: appUpdater({ updater, CancellationToken: library.CancellationToken, asksForRoot }) }),
    install: () => installNow(updater),
    leaveForNextTime: () => void (updater.autoInstallOnAppQuit = false),
  };
}

function none(unsupported: NoUpdates): AppUpdates {
  const state: UpdatesState = { unsupported, phase: { kind: 'idle' }, checkedAt: null };
  return {
    state: () => state,
    see: () => {},
    check: () => {},
    mayInstall: () => false,
    install: () => false,
    leaveForNextTime: () => {},
    stop: () => {},
  };
}
