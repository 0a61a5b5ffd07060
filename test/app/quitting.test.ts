// The ways out of the app, in a real Electron while somebody else uses this machine: each asks first, except the end of the session.
import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { doorOf, electronProgram, launchApp, processesUnder, removeHome, root, stillRunning, type App } from './electron.ts';
import { homeOnFreePort, useByGuest } from './guest.ts';

/** For what comes by itself, on a slow machine. */
const soon = { timeout: 30_000 };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type World = { asked?: string[]; reply?: number; tip?: string };

/** An app that somebody uses, whose questions are answered with `reply`: 0 quits, 1 stays. */
async function usedApp(): Promise<App> {
  const home = homeOnFreePort();
  const app = await launchApp({ home });
  closing.push(async () => {
    await reply(app, 0).catch(() => undefined);
    await app.quit();
    removeHome(home);
  });
  await app.page.getByTestId('first-run-create').waitFor();
  await app.electron.evaluate(({ dialog, Tray }) => {
    const world = globalThis as World;
    Object.assign(world, { asked: [], reply: 1 });
    const showMessageBox = (...words: unknown[]) => {
      world.asked?.push((words.at(-1) as { message: string }).message);
      return Promise.resolve({ response: world.reply, checkboxChecked: false });
    };
    Object.assign(dialog, { showMessageBox });
    const { setToolTip } = Tray.prototype;
    Tray.prototype.setToolTip = function tell(tip: string) {
      world.tip = tip;
      setToolTip.call(this, tip);
    };
  });
  closing.push(await useByGuest(app));
  // the question is made of what the main process knows, and so is this
  const tip = (): Promise<string | undefined> => app.electron.evaluate(() => (globalThis as World).tip);
  await expect.poll(tip, { timeout: 30_000 }).toBe('Axon: Writing an answer');
  return app;
}

const asked = (app: App): Promise<string[]> => app.electron.evaluate(() => (globalThis as World).asked ?? []);
const reply = (app: App, response: number): Promise<unknown> =>
  app.electron.evaluate((_electron, wanted) => Object.assign(globalThis, { reply: wanted }), response);
/** As Cmd-Q and the Dock of a Mac do: no way of Axon's own leads there. */
const quitBySystem = (app: App): Promise<void> =>
  app.electron.evaluate(({ app: main }) => {
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    main.quit();
  });
const gone = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

test('Cmd-Q and the Dock ask like the tray does: "Stay" keeps the node and the answer, "Quit" ends all of it', async () => {
  const app = await usedApp();
  await quitBySystem(app);
  await expect.poll(() => asked(app), { timeout: 20_000 }).toEqual(['1 person is using this computer']);
  expect((await app.view()).self.role.actual).toMatchObject({ kind: 'leader', people: 1 });
  // the button of the settings is the same way
  await app.page.getByTestId('settings-open').click();
  await app.page.getByTestId('settings-quit').click();
  await expect.poll(() => asked(app), soon).toHaveLength(2);
  expect((await app.view()).self.role.actual).toMatchObject({ kind: 'leader', people: 1 });
  await reply(app, 0);
  const processes = processesUnder(app.process);
  const ended = gone(app.process);
  await app.page.getByTestId('settings-quit').click();
  await ended;
  await expect.poll(() => stillRunning(processes), { timeout: 20_000 }).toEqual([]);
});

test('the system shuts down: nobody is there to ask, and all of it ends', async () => {
  const app = await usedApp();
  const processes = processesUnder(app.process);
  const ended = gone(app.process);
  // the app may be gone before it answers
  await app.electron.evaluate(({ powerMonitor }) => void powerMonitor.emit('shutdown')).catch(() => undefined);
  await ended;
  await expect.poll(() => stillRunning(processes), soon).toEqual([]);
});

test('the session manager ends it: so too', async () => {
  const home = homeOnFreePort();
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(electronProgram(), [...flags, root, '--home', home, '--no-mdns'], {
    stdio: 'ignore',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '' },
  });
  closing.push(async () => {
    for (const pid of stillRunning(processesUnder(child))) process.kill(pid, 'SIGKILL');
    removeHome(home);
  });
  closing.push(await useByGuest(doorOf(home)));
  const processes = processesUnder(child);
  const ended = gone(child);
  child.kill('SIGTERM');
  await ended;
  await expect.poll(() => stillRunning(processes), soon).toEqual([]);
});
