// The one window factory. Nothing else in Axon makes a BrowserWindow (lint rule), and whatever does is caged all the same.
import { app, BrowserWindow, nativeImage, session, type Rectangle, type WebContents } from 'electron';
import path from 'node:path';
import { pageOrigin, pageUrl } from '../../src-shared/page-policy.ts';
import { cage, stayHome } from './cage.ts';
import { servePage } from './page.ts';

export type WindowOptions = {
  /** The folders of the built window and preload. */
  pageDir: string;
  preload: string;
  icon: string;
  bounds: Rectangle | undefined;
  /** Of the first picture that is drawn. */
  zoom: number;
  /** The page can take ports: after its first load, and after a reload. */
  loaded: (window: BrowserWindow) => void;
  /** Where a file lies that the person dropped on the page or chose in it; from the preload alone. */
  brought: (file: string) => void;
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
      zoomFactor: options.zoom,
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
  // into the page's own main frame only, and only while it is our page
  webContents.on('did-finish-load', () => {
    if (isOurPage(webContents)) options.loaded(window);
  });
  webContents.ipc.on('brought', ({ senderFrame }, file: unknown) => {
    if (senderFrame === webContents.mainFrame && isOurPage(webContents) && typeof file === 'string') options.brought(file);
  });
  if (options.show) window.once('ready-to-show', () => window.show());
  void window.loadURL(pageUrl);
  return window;
}

/** What is shown is app://axon, in the top frame: only then may it be handed ports. */
export function isOurPage(contents: WebContents): boolean {
  return !contents.isDestroyed() && contents.mainFrame.origin === pageOrigin && contents.mainFrame.url === pageUrl;
}

function prepareSession(pageDir: string): void {
  if (prepared) return;
  prepared = true;
  app.on('web-contents-created', (_event, contents) => cage(contents));
  const { defaultSession } = session;
  servePage(defaultSession, path.resolve(pageDir));
  stayHome(defaultSession);
  // copying a code block is the only thing a page asks for
  defaultSession.setPermissionRequestHandler((contents, permission, decide, { isMainFrame }) => {
    decide(permission === 'clipboard-sanitized-write' && isMainFrame && isOurPage(contents));
  });
  defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === 'clipboard-sanitized-write' && origin.replace(/\/$/, '') === pageOrigin,
  );
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.setSpellCheckerEnabled(false);
}
