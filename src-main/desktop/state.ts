// The desktop's own settings: they concern this screen, not the node.
import type { Rectangle } from 'electron';
import ElectronStore from 'electron-store';

type DesktopState = { bounds?: Rectangle; toldAboutTray: boolean; askedAtLogin: boolean; hotkey: string | null };

/** Kept in the app's userData folder; a damaged file starts over, it holds nothing that is missed. */
export function desktopState() {
  return new ElectronStore<DesktopState>({
    name: 'desktop',
    defaults: { toldAboutTray: false, askedAtLogin: false, hotkey: null },
    clearInvalidConfig: true,
    configFileMode: 0o600,
  });
}
