// What holds a page in its place, also one that was taken over: two gates, because the first cannot always be shut.
import type { Session, WebContents } from 'electron';
import { pageUrl } from '../../src-shared/page-policy.ts';
import { safeOpen } from './safe-open.ts';

type Leaving = { readonly url: string; readonly isMainFrame?: boolean; preventDefault(): void };

/** No navigation, no second window, no frame, no guest; a window that is asked for becomes a link to the outside, if it may. */
export function cage(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    void safeOpen(url);
    return { action: 'deny' };
  });
  // A blank page (Chromium's answer to an address that no page may name) is shown without asking. While one is on its way, preventing
  // another navigation ends the whole app, node and all (a CHECK; seen with Electron 33): then `stayHome` is what stops it.
  let blankOnItsWay = false;
  contents.on('did-start-navigation', ({ url, isSameDocument }) => {
    if (!isSameDocument && url.startsWith('about:')) blankOnItsWay = true;
  });
  contents.on('did-frame-navigate', () => (blankOnItsWay = false));
  contents.on('did-stop-loading', () => (blankOnItsWay = false));
  const stay = (event: Leaving): void => {
    if (!blankOnItsWay && (event.isMainFrame === false || event.url !== pageUrl)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  // Chromium shows about:blank#blocked for an address that a page may not name (file:, chrome:), and asks nobody: then back home.
  const home = (): void => {
    if (contents.getType() === 'window') void contents.loadURL(pageUrl).catch(() => undefined);
  };
  contents.on('did-navigate', (_event, url) => {
    if (url !== pageUrl) home();
  });
  // the page of an error that `stayHome` made
  contents.on('did-fail-load', (_event, _code, _description, _url, isMainFrame) => {
    if (isMainFrame && contents.getURL() !== pageUrl) home();
  });
}

/** Nothing of that session comes from a network: the window's files are the app's own, and its ports are handed to it. */
export function stayHome(session: Session): void {
  session.webRequest.onBeforeRequest({ urls: ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*'] }, (_request, decide) => {
    decide({ cancel: true });
  });
}
