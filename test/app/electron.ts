// Starts the built app in a real Electron, each with a home of its own, and puts everything away again.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { _electron } from 'playwright';
import type { ElectronApplication, Page } from 'playwright';
import { connectControl, type ControlLink } from '../../src-main/api/control-client.ts';
import { readEntry } from '../../src-main/store/entry-file.ts';
import { homePaths } from '../../src-main/store/home.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { treeOf } from '../bench/processes.ts';
import { picture } from './browser.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The program that scripts/electron-runtime.mjs finds: the real Electron, or the stand-in. */
export function electronProgram(): string {
  const output = execFileSync(process.execPath, [path.join(root, 'scripts', 'electron-runtime.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return output.trim().split('\n').at(-1) ?? '';
}

export type App = {
  readonly electron: ElectronApplication;
  readonly process: ChildProcess;
  readonly page: Page;
  readonly home: string;
  /** What the page complained about. */
  readonly faults: string[];
  /** The node's control door, as the command line uses it. */
  control(): Promise<ControlLink>;
  view(): Promise<SwarmView>;
  picture(name: string): Promise<void>;
  /** As the person does by the tray; resolves when no process is left. */
  quit(): Promise<void>;
};

export type AppWishes = { home?: string; args?: string[]; env?: Record<string, string>; program?: string; folder?: string };

/** Adds to every failure of this file what the apps knew then: a log far away is all that there is of a failure that comes once in fifty runs. */
export function explainFailures(apps: () => readonly (App | undefined)[]): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const told = await Promise.all(apps().map(async (app) => (app === undefined ? 'not started' : stateOf(app))));
    throw new Error(`what the apps knew:\n${told.join('\n')}`);
  });
}

async function stateOf(app: App): Promise<string> {
  const shown = await app.page
    .locator('main')
    .innerText({ timeout: 2000 })
    .catch(() => 'no page');
  const log = path.join(app.home, 'logs', 'axon.log');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-4) : ['no log'];
  try {
    const { self, peers, troubles } = await app.view();
    const known = peers.map(({ name, state, offer }) => ({ name, state, leads: offer?.leads?.models.length ?? null }));
    const state = { name: self.name, role: self.role.actual, paused: self.paused, known, troubles, shown: shown.slice(-250) };
    return [JSON.stringify(state), ...lines].join('\n');
  } catch (error) {
    return [`no view: ${String(error)}; ${JSON.stringify(shown.slice(-250))}`, ...lines].join('\n');
  }
}

/** A new, empty home. */
export function newHome(): string {
  return mkdtempSync(path.join(tmpdir(), 'axon-app-'));
}

export async function launchApp(wishes: AppWishes = {}): Promise<App> {
  if (!existsSync(path.join(root, 'out', 'main', 'main.js'))) throw new Error('There is no built app in out/: run `npm run build` first.');
  const home = wishes.home ?? newHome();
  const unsandboxed = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const electron = await _electron.launch({
    executablePath: wishes.program ?? electronProgram(),
    // mDNS is for networks that a test made itself: two profiles of one machine meet by address
    args: [
      ...unsandboxed,
      ...(wishes.folder === undefined ? [root] : []),
      '--home',
      home,
      '--no-mdns',
      '--lang=en',
      ...(wishes.args ?? []),
    ],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '', ...wishes.env } as Record<string, string>,
    timeout: 60_000,
  });
  const page = await electron.firstWindow({ timeout: 60_000 });
  // as watchedPage does: a dialog is there at once, and no picture shows it half faded in
  await page.emulateMedia({ reducedMotion: 'reduce' });
  // Playwright forgets it when the app has ended
  const child = electron.process();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  return {
    electron,
    page,
    faults,
    ...doorOf(home),
    picture: (name) => picture(page, name),
    process: child,
    quit: () => quit(electron, child),
  };
}

/** The control door of the node of that home. */
export function doorOf(home: string): Pick<App, 'home' | 'control' | 'view'> {
  const control = async (): Promise<ControlLink> => {
    const entry = readEntry(homePaths(home).entry);
    if (entry === undefined) throw new Error('the node has no entry file');
    return connectControl(entry);
  };
  return {
    home,
    control,
    async view() {
      const link = await control();
      try {
        for await (const view of await link.client.view()) return view;
        throw new Error('the view ended');
      } finally {
        link.close();
      }
    },
  };
}

async function quit(electron: ElectronApplication, child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await electron.evaluate(({ app }) => setTimeout(() => app.quit(), 0)).catch(() => {});
  await gone;
}

/** The built command line, in a process of its own. */
export function axon(home: string, ...words: string[]): Promise<{ code: number | null; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'out', 'main', 'cli.js'), '--home', home, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, err }));
  });
}

/** The app and everything below it, by parent: the engine's child and Chromium's zygotes name no home. Linux. */
export function processesUnder(child: ChildProcess): number[] {
  return child.pid === undefined ? [] : treeOf(child.pid);
}

/** Which of them still run; one that ended and was not collected yet is gone. */
export function stillRunning(pids: readonly number[]): number[] {
  return pids.filter((pid) => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  });
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
