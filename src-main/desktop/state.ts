// The desktop's own settings: they concern this screen, not the node.
import type { Rectangle } from 'electron';
import ElectronStore from 'electron-store';
import { zoomFactor, type ZoomFactor } from '../../src-shared/desktop.ts';

type DesktopState = { bounds?: Rectangle; toldAboutTray: boolean; askedAtLogin: boolean; hotkey: string | null; zoom: ZoomFactor };

/** Kept in the app's userData folder; a damaged file starts over, it holds nothing that is missed. */
export function desktopState() {
  return new ElectronStore<DesktopState>({
    name: 'desktop',
    defaults: { toldAboutTray: false, askedAtLogin: false, hotkey: null, zoom: 1 },
    clearInvalidConfig: true,
    configFileMode: 0o600,
  });
}

/** The file may have been written by hand: what is no step is none. */
export function keptZoom(state: ElectronStore<DesktopState>): ZoomFactor {
  return zoomFactor.catch(1).parse(state.get('zoom'));
}
