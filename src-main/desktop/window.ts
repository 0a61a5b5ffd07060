// The one window factory. Nothing else in Axon makes a BrowserWindow.
import { BrowserWindow, nativeImage, session, type Rectangle } from 'electron';
import path from 'node:path';
import { pageOrigin, pageUrl, servePage } from './page.ts';
import { safeOpen } from './safe-open.ts';

export type WindowOptions = {
  /** The folders of the built window and preload. */
  pageDir: string;
  preload: string;
  icon: string;
  bounds: Rectangle | undefined;
  /** The page can take ports: after its first load, and after a reload. */
  loaded: (window: BrowserWindow) => void;
};

let prepared = false;

/** Makes the window, hidden; it shows itself when it has something to show, unless `show` is false. */
export function createWindow(options: WindowOptions & { show: boolean }): BrowserWindow {
  prepareSession(options.pageDir);
  const window = new BrowserWindow({
    width: options.bounds?.width ?? 1100,
    height: options.bounds?.height ?? 760,
    ...(options.bounds === undefined ? {} : { x: options.bounds.x, y: options.bounds.y }),
    minWidth: 360,
    minHeight: 480,
    show: false,
    title: 'Axon',
    icon: nativeImage.createFromPath(options.icon),
    autoHideMenuBar: true,
    backgroundColor: '#00000000',
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
    },
  });
  const { webContents } = window;
  // no menu of ours, so no accelerators either
  window.setMenu(null);
  webContents.setWindowOpenHandler(({ url }) => {
    void safeOpen(url);
    return { action: 'deny' };
  });
  webContents.on('will-navigate', (event) => {
    if (new URL(event.url).href !== pageUrl) event.preventDefault();
  });
  webContents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) event.preventDefault();
  });
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.on('did-finish-load', () => options.loaded(window));
  if (options.show) window.once('ready-to-show', () => window.show());
  void window.loadURL(pageUrl);
  return window;
}

function prepareSession(pageDir: string): void {
  if (prepared) return;
  prepared = true;
  const { defaultSession } = session;
  servePage(defaultSession, path.resolve(pageDir));
  // copying a code block is the only thing a page asks for
  defaultSession.setPermissionRequestHandler((contents, permission, decide) => {
    decide(permission === 'clipboard-sanitized-write' && contents.getURL().startsWith(`${pageOrigin}/`));
  });
  defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === 'clipboard-sanitized-write' && origin.startsWith(pageOrigin),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.setSpellCheckerEnabled(false);
}
