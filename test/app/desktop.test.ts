// One built app in a real Electron: its window is a cage, its tray state is kept, its node comes back, its end is complete.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judged, report } from '../report.ts';
import { electronProgram, launchApp, newHome, processesUnder, removeHome, root, stillRunning, type App } from './electron.ts';

let app: App;
const home = newHome();
const figures = report('window');
afterAll(() => void figures.write());
beforeAll(async () => {
  app = await launchApp({ home });
});
afterAll(async () => {
  await app.quit();
  removeHome(home);
});

/** The utility process with the node: the one whose pid the lock file names. */
async function nodePid(): Promise<number> {
  const { readFileSync } = await import('node:fs');
  const { pid } = JSON.parse(readFileSync(`${home}/node.lock`, 'utf8')) as { pid: number };
  return pid;
}

describe('the window', () => {
  test('opens with the first-run page and no complaint', async () => {
    await app.page.getByTestId('first-run-create').waitFor();
    await app.picture('first-run-electron');
    expect(app.faults).toEqual([]);
  });

  test('is sandboxed, isolated and has nothing of Node', async () => {
    const page = await app.page.evaluate(() => ({
      require: typeof (globalThis as { require?: unknown }).require,
      process: typeof (globalThis as { process?: unknown }).process,
      electron: typeof (globalThis as { electron?: unknown }).electron,
      origin: location.origin,
    }));
    expect(page).toEqual({ require: 'undefined', process: 'undefined', electron: 'undefined', origin: 'app://axon' });
    const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
      const { sandbox, contextIsolation, nodeIntegration, webviewTag } = contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration, webviewTag };
    });
    expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false });
  });

  test('has a policy that loads nothing from elsewhere and runs no inline script', async () => {
    const policy = await app.page.evaluate(async () => (await fetch('app://axon/index.html').catch(() => null)) === null);
    expect(policy).toBe(true);
    const ran = await app.page.evaluate(() => {
      const script = document.createElement('script');
      // Refused at once where text is no script (trusted types), or when it would run.
      try {
        script.textContent = 'window.ran = true';
        document.body.append(script);
      } catch {}
      return (window as { ran?: boolean }).ran === true;
    });
    expect(ran).toBe(false);
    const loaded = await app.page.evaluate(
      () =>
        new Promise((resolve) => {
          const image = new Image();
          image.addEventListener('load', () => resolve(true));
          image.addEventListener('error', () => resolve(false));
          image.src = 'http://127.0.0.1:9/pixel.png';
        }),
    );
    expect(loaded).toBe(false);
    app.faults.length = 0;
  });

  test('hides when it is closed, and a second start shows it again', async () => {
    const visible = () => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible()));
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await expect.poll(visible).toEqual([false]);
    const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const second = spawn(electronProgram(), [...flags, root, '--home', home, '--no-mdns'], {
      stdio: 'ignore',
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '' },
    });
    const code = await new Promise((resolve) => second.once('exit', resolve));
    expect(code).toBe(0);
    await expect.poll(visible).toEqual([true]);
  });
});

describe('the node process', () => {
  test('comes back within 5 s of being killed, and the window stays', async () => {
    const before = await nodePid();
    const url = app.page.url();
    process.kill(before, 'SIGKILL');
    await expect.poll(nodePid, { timeout: 5_000 }).not.toBe(before);
    await expect.poll(async () => (await app.view()).self.version, { timeout: 5_000 }).toBe('0.1.0');
    // the page got new ports: it can create a swarm through them
    await app.page.getByTestId('first-run-create').click();
    await app.page.getByTestId('composer').waitFor();
    expect(app.page.url()).toBe(url);
  });

  test('answers the command line of the same home', () => {
    const output = execFileSync(process.execPath, ['src-main/cli.ts', 'status', '--json', '--home', home], { cwd: root, encoding: 'utf8' });
    expect((JSON.parse(output) as { key: unknown }).key).not.toBeNull();
  });
});

// Last but one: Playwright takes a refused navigation for one that never ends, and waits for it in every later look at the page.
test('the page navigates nowhere and opens no second window', async () => {
  await app.page.evaluate(() => {
    window.open('file:///etc/passwd');
    location.href = 'http://127.0.0.1:9/';
  });
  const state = () =>
    app.electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(({ webContents }) => ({ url: webContents.getURL(), loading: webContents.isLoading() })),
    );
  await expect.poll(state).toEqual([{ url: 'app://axon/index.html', loading: false }]);
});

test('quit leaves no process behind, soon, the engine included', async () => {
  const link = await app.control();
  await link.client.role.set({ role: 'leader' });
  link.close();
  await expect.poll(async () => (await app.view()).self.role.actual.kind, { timeout: 60_000 }).toBe('leader');
  const processes = processesUnder(app.process);
  const lines = processes.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  expect(lines.filter((line) => line.includes('engine-child'))).toHaveLength(1);
  const started = performance.now();
  await app.quit();
  await expect.poll(() => stillRunning(processes)).toEqual([]);
  judged(figures, { name: 'quit of a leader: until no process is left', values: [performance.now() - started], unit: 'ms', goal: 5000 });
});
