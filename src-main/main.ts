// Electron entry: one instance per home, the node in its own process, the window, the tray. Only wires.
import { RPCHandler } from '@orpc/server/message-port';
import {
  app,
  dialog,
  globalShortcut,
  Menu,
  MessageChannelMain,
  Notification,
  powerMonitor,
  session,
  shell,
  type BrowserWindow,
} from 'electron';
import i18next from 'i18next';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chooseLanguage, resources } from '../src-shared/i18n/index.ts';
import { isAnswering } from '../src-shared/role.ts';
import type { SwarmView } from '../src-shared/swarm-view.ts';
import { defaultUpdates } from '../src-shared/updates.ts';
import { appUpdates, type AppUpdates } from './desktop/app-updates.ts';
import { appArguments, toggleCommand } from './desktop/arguments.ts';
import { autostart } from './desktop/autostart.ts';
import { desktopRouter } from './desktop/calls.ts';
import { failureTeller } from './desktop/failure-teller.ts';
import { hotkey, type Hotkey } from './desktop/hotkey.ts';
import { keyFile } from './desktop/key-file.ts';
import type { WindowPlace } from './desktop/notices.ts';
import { notifier, type SystemNotice } from './desktop/notifier.ts';
import { nodeProcess, type NodeProcess } from './desktop/node-process.ts';
import { registerPageScheme } from './desktop/page.ts';
import { runtimeGate } from './desktop/runtime-gate.ts';
import { canSeal } from './desktop/seal.ts';
import { desktopState, keptZoom } from './desktop/state.ts';
import { createTray, type TrayHandle } from './desktop/tray.ts';
import { quitQuestion } from './desktop/tray-menu.ts';
import { followView, type ViewLink } from './desktop/view-link.ts';
import { createWindow, isOurPage } from './desktop/window.ts';
import { lastSave } from './desktop/last-save.ts';
import { openWishes } from './desktop/wishes.ts';
import { keepZoom, type Zoom } from './desktop/zoom.ts';
import { parseSwarmKey } from './network/swarm-key.ts';
import { homePaths } from './store/home.ts';
import { takeLock } from './store/lock.ts';
import { reset } from './store/reset.ts';

const out = fileURLToPath(new URL('..', import.meta.url));
const assets = path.join(out, '..', 'assets');
const given = appArguments(process.argv.slice(1));
const home = homePaths(given.home);

// whatever Chromium and its helpers write into the profile from now on is its owner's alone
process.umask(0o077);
app.setName('Axon');
// each home is an instance of its own, with its own lock, window state and cache
app.setPath('userData', path.join(home.data, 'desktop'));
registerPageScheme();

let node: NodeProcess | null = null;
let window: BrowserWindow | null = null;
let tray: TrayHandle | null = null;
let link: ViewLink | null = null;
let keys: Hotkey | null = null;
let updates: AppUpdates | null = null;
let zoom: Zoom | null = null;
/** A question is open whether to quit. */
let asking = false;
let quitting = false;
/** It comes back as the new version. */
let updatingNow = false;
/** It deletes its data, save this, and comes back as on the first day. */
let resetting: { conversations: boolean; models: boolean } | null = null;
/** As the node said last. */
let seen: SwarmView | null = null;
const wishes = openWishes();
/** What is typed when the app ends. */
const typed = lastSave(wishes, (ms, run) => void setTimeout(run, ms));
const brought = keyFile({
  parse: parseSwarmKey,
  ownKey: () => node?.secret({ kind: 'key' }) ?? Promise.reject(new Error('there is no node')),
});
const notices = notifier(windowPlace, notify);
/** Called with each view. */
let lives = (): void => {};

if (app.requestSingleInstanceLock()) run();
else app.quit();

function run(): void {
  app.on('second-instance', (_event, words) => {
    if (appArguments(words.slice(1)).toggle) toggle();
    else show();
  });
  app.on('activate', () => show());
  // the tray keeps the app alive
  app.on('window-all-closed', () => {});
  app.on('before-quit', (event) => {
    if (node === null) return;
    event.preventDefault();
    // Cmd-Q and the Dock. Elsewhere it is a signal of the session's end: nobody would see a question, and what stays is killed.
    void (process.platform === 'darwin' ? askToQuit() : quit({ sessionEnds: true }));
  });
  // awaited at top level this would never resolve (electron#40719)
  app.whenReady().then(ready).catch(fatal);
}

async function ready(): Promise<void> {
  await i18next.init({
    lng: chooseLanguage(app.getPreferredSystemLanguages()),
    fallbackLng: 'en',
    resources,
    defaultNS: 'tray',
    interpolation: { escapeValue: false },
  });
  const gate = runtimeGate(process.versions.electron, app.isPackaged, process.env['AXON_ALLOW_OLD_ELECTRON'] === '1');
  if (gate !== 'fine') process.stderr.write(`${i18next.t('oldRuntime', { version: process.versions.electron })}\n`);
  if (gate === 'refuse') {
    dialog.showErrorBox('Axon', i18next.t('oldRuntime', { version: process.versions.electron }));
    app.exit(1);
    return;
  }
  const started = nodeProcess({ entry: path.join(out, 'main', 'utility.js'), home: given.home, mdns: given.mdns, sealed: await canSeal() });
  node = started;
  const teller = failureTeller(
    (key) => i18next.t(key),
    () => window,
  );
  started.onFailed((failure) => {
    process.stderr.write(`${failure.message} ${failure.hint ?? ''}\n`);
    teller.tell(failure);
  });
  lives = () => teller.clear();
  started.onStart(connect);
  started.onToggle(toggle);
  powerMonitor.on('resume', () => started.nudge());
  // the session ends: nobody would see a question, and what does not end is killed
  powerMonitor.on('shutdown', () => void quit({ sessionEnds: true }));
  // its View menu would take the keys of the zoom
  if (process.platform === 'darwin')
    Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]));
  tray = createTray(path.join(assets, 'tray'), (key, values) => i18next.t(key, { ...values }), {
    open: show,
    quit: () => void askToQuit(),
    lead: (wanted) => void link?.setRole(wanted ? 'leader' : 'subordinate').catch(() => {}),
    pause: (minutes) => void link?.pause(minutes).catch(() => {}),
    prefer: (peerId) => void link?.prefer(peerId).catch(() => {}),
    wish: (wish) => {
      wishes.ask(wish);
      show();
    },
  });
  tray.show(null);
  keys = takeKeys();
  updates = await openUpdates(gate === 'fine');
  window = open(!given.hidden);
  connect();
}

function open(visible: boolean): BrowserWindow {
  const state = desktopState();
  const made = createWindow({
    pageDir: path.join(out, 'renderer'),
    preload: path.join(out, 'preload', 'preload.cjs'),
    icon: path.join(assets, 'icon.png'),
    bounds: state.get('bounds'),
    show: visible,
    zoom: keptZoom(state),
    loaded: handPorts,
    brought: brought.brought,
  });
  zoom = keepZoom(
    made.webContents,
    { get: () => keptZoom(state), set: (factor) => state.set('zoom', factor) },
    process.platform === 'darwin',
  );
  made.on('session-end', () => void quit({ sessionEnds: true }));
  made.on('close', (event) => {
    state.set('bounds', made.getNormalBounds());
    if (quitting) return;
    event.preventDefault();
    made.hide();
    if (state.get('toldAboutTray')) return;
    state.set('toldAboutTray', true);
    if (Notification.isSupported()) new Notification({ title: i18next.t('hiddenTitle'), body: i18next.t('hiddenText') }).show();
  });
  return made;
}

function show(): void {
  if (window === null) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** By its keys, or by `axon toggle`. Whoever looks at it wants it away; whoever has it behind other windows wants to see it. */
function toggle(): void {
  if (windowPlace() === 'front') window?.hide();
  else show();
}

function takeKeys(): Hotkey {
  const state = desktopState();
  return hotkey({
    shortcuts: globalShortcut,
    platform: process.platform,
    env: process.env,
    command: toggleCommand(
      app.isPackaged ? (process.env['APPIMAGE'] ?? process.execPath) : null,
      given.home === undefined ? null : home.data,
    ),
    kept: { get: () => state.get('hotkey'), set: (wanted) => state.set('hotkey', wanted) },
    pressed: toggle,
  });
}

/** After each start of the node: the tray and the page need ports to this very process. */
function connect(): void {
  if (node === null) return;
  link?.close();
  link = followView(node.port(), (view) => {
    if (view !== null) lives();
    speak(view);
    if (view !== null) updates?.see(view.settings.updates ?? defaultUpdates, isAnswering(view.self.role.actual));
    seen = view;
    notices.see(view);
    tray?.show(view);
  });
  if (window !== null && !window.webContents.isLoading() && isOurPage(window.webContents)) handPorts(window);
}

function openUpdates(realElectron: boolean): Promise<AppUpdates> {
  return appUpdates({
    packaged: app.isPackaged,
    realElectron,
    resources: process.resourcesPath,
    clock: {
      date: () => Date.now(),
      after(ms, done) {
        const timer = setTimeout(done, ms);
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    ready: notices.updateReady,
    failed: (reason) => process.stderr.write(`No update: ${reason}\n`),
  });
}

function restartToUpdate(): boolean {
  if (updates?.mayInstall() !== true) return false;
  updatingNow = true;
  void quit();
  return true;
}

/** The installed app starts itself; in a clone the program is Electron, and the folder has to be named. */
const atLogin = autostart({
  platform: process.platform,
  env: process.env,
  homeFolder: homedir(),
  program: process.env['APPIMAGE'] ?? process.execPath,
  args: [...(app.isPackaged ? [] : [path.join(out, '..')]), ...(given.home === undefined ? [] : ['--home', home.data])],
  items: app,
});

async function openFolder(): Promise<void> {
  await shell.openPath(home.data);
}

function windowPlace(): WindowPlace {
  if (window === null || !window.isVisible() || window.isMinimized()) return 'hidden';
  return window.isFocused() ? 'front' : 'behind';
}

/** A click on it brings the window. */
function notify(what: SystemNotice, values: Record<string, string>): void {
  if (!Notification.isSupported()) return;
  const made = new Notification({ title: i18next.t(`notice.${what}.title`, values), body: i18next.t(`notice.${what}.text`, values) });
  made.on('click', show);
  made.show();
}

/** The tray, the dialogs and the notifications speak the language of the window. */
function speak(view: SwarmView | null): void {
  if (view === null) return;
  const { language } = view.settings;
  const code = chooseLanguage([...(language === undefined ? [] : [language]), ...app.getPreferredSystemLanguages()]);
  // all words are there: it is changed when it returns
  if (i18next.language !== code) void i18next.changeLanguage(code);
}

/** One port to the node, one to the desktop calls, in one message. */
function handPorts(target: BrowserWindow): void {
  if (node === null || keys === null || zoom === null || updates === null) return;
  const { port1, port2 } = new MessageChannelMain();
  const { secret } = node;
  new RPCHandler(
    desktopRouter({
      secret,
      window: () => window,
      keyFile: brought,
      title: (words) => i18next.t(words),
      wishes: wishes.listen,
      saved: typed.saved,
      autostart: atLogin,
      askedAtLogin: { get: () => desktopState().get('askedAtLogin'), set: () => desktopState().set('askedAtLogin', true) },
      hotkey: keys,
      zoom,
      tell: notices.answer,
      updates,
      restartToUpdate,
      resetData(kept) {
        resetting = kept;
        void quit();
      },
      quit: () => void askToQuit(),
      openFolder,
    }),
  ).upgrade(port1);
  port1.start();
  target.webContents.postMessage('ports', null, [node.port(), port2]);
}

/** By the tray, the settings, the Dock or a key: others may be in the middle of an answer from this machine. */
async function askToQuit(): Promise<void> {
  if (asking || quitting) return;
  const question = quitQuestion(seen, (key, values) => i18next.t(key, { ...values }));
  if (question !== null) {
    const { title, text, quit: yes, stay } = question;
    const asked = {
      type: 'question' as const,
      message: title,
      detail: text,
      buttons: [yes, stay],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    };
    asking = true;
    const { response } = await (window?.isVisible() === true ? dialog.showMessageBox(window, asked) : dialog.showMessageBox(asked));
    asking = false;
    if (response !== 0) return;
  }
  await quit();
}

async function quit({ sessionEnds = false } = {}): Promise<void> {
  if (quitting) return;
  quitting = true;
  // what is killed half way through leaves half an app
  if (sessionEnds) updates?.leaveForNextTime();
  const ending = node;
  link?.close();
  window?.hide();
  globalShortcut.unregisterAll();
  await typed.ask();
  await ending?.stop();
  tray?.destroy();
  node = null;
  updates?.stop();
  if (resetting !== null) await beginAnew(resetting);
  if (updatingNow) {
    // the new one takes it
    app.releaseSingleInstanceLock();
    // it quits by itself then
    if (updates?.install() === true) return;
    app.relaunch();
  }
  app.quit();
}

/** The node has ended. What Chromium holds open is emptied by Chromium. */
async function beginAnew(kept: { conversations: boolean; models: boolean }): Promise<void> {
  try {
    const unlock = takeLock(home.lock);
    reset(home, { ...kept, desktop: true });
    unlock();
    desktopState().clear();
    atLogin.set(false);
    await session.defaultSession.clearStorageData();
  } catch (error) {
    process.stderr.write(`Not everything was deleted: ${String(error)}\n`);
  }
  app.releaseSingleInstanceLock();
  app.relaunch();
}

function fatal(error: unknown): void {
  process.stderr.write(`Axon could not start: ${String(error)}\n`);
  app.exit(1);
}
