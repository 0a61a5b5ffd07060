// The built app: from launch to a window one can use, and what each process takes while nothing happens.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron, type ElectronApplication } from 'playwright';
import type { Report } from '../report.ts';
import { median, repository } from './figures.ts';
import { watch, type Usage } from './processes.ts';

const launches = 5;
const idleSeconds = 60;
/** What a start leaves to do is done by then: the look at the hardware, the first scan for models, what V8 compiles and clears up, s. */
const settledSeconds = 45;
const launchGoalMs = 3000;
/** Of the window while nothing happens, % of a core. */
const idleGoal = 0.5;

async function launch(program: string, ...args: string[]): Promise<ElectronApplication> {
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return _electron.launch({
    executablePath: program,
    args: [...flags, ...args],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '' },
    timeout: 60_000,
  });
}

/** Usable: a control that one can press is on the screen and reacts. */
async function untilUsable(app: ElectronApplication): Promise<void> {
  const window = await app.firstWindow();
  await window.locator('button:visible, textarea:visible').first().waitFor({ timeout: 60_000 });
}

/** Adds the app's rows. program: Electron. Needs a screen and a build. */
export async function appFigures(report: Report, program: string): Promise<void> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'axon-bench-app-'));
  const times: number[] = [];
  try {
    // a member of a swarm: the network runs while nothing happens
    execFileSync(process.execPath, [path.join(repository, 'src-main', 'cli.ts'), 'key', 'new', '--home', home], { stdio: 'ignore' });
    for (let round = 0; round < launches; round += 1) {
      const started = performance.now();
      const app = await launch(program, repository, '--home', home, '--no-mdns', '--lang=en');
      await untilUsable(app);
      times.push(performance.now() - started);
      if (round === launches - 1) await idleFigures(report, app);
      await app.close();
    }
    await emptyFigure(report, program);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  report.row({
    name: 'launch to a usable window',
    value: median(times),
    unit: 'ms',
    limit: launchGoalMs,
    note: `median of ${launches}; under Playwright`,
  });
}

async function idleUsages(app: ElectronApplication): Promise<Usage[]> {
  const pid = app.process().pid;
  if (pid === undefined) throw new Error('the app has no process');
  await new Promise((resolve) => setTimeout(resolve, settledSeconds * 1000));
  return watch(pid, idleSeconds);
}

async function idleFigures(report: Report, app: ElectronApplication): Promise<void> {
  let memory = 0;
  let cpu = 0;
  for (const { kind, count, memoryMiB, cpuPercent } of await idleUsages(app)) {
    const note = count > 1 ? `${count} processes` : '';
    report.row({ name: `idle memory, ${kind}`, value: memoryMiB, unit: 'MiB', limit: null, note });
    report.row({ name: `idle CPU, ${kind}`, value: cpuPercent, unit: '% of a core', limit: kind === 'renderer' ? idleGoal : null, note });
    memory += memoryMiB;
    cpu += cpuPercent;
  }
  report.row({ name: 'idle memory, all', value: memory, unit: 'MiB', limit: null, note: 'shared pages counted once' });
  report.row({ name: 'idle CPU, all', value: cpu, unit: '% of a core', limit: null, note: `over ${idleSeconds} s` });
}

/** What the runtime takes for nothing: a window with an empty text box in which the cursor blinks. */
async function emptyFigure(report: Report, program: string): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'axon-bench-empty-'));
  try {
    writeFileSync(path.join(folder, 'package.json'), '{ "name": "empty", "main": "main.cjs" }');
    writeFileSync(path.join(folder, 'page.html'), '<!doctype html><textarea autofocus></textarea>');
    writeFileSync(
      path.join(folder, 'main.cjs'),
      "const { app, BrowserWindow } = require('electron');\n" +
        "void app.whenReady().then(() => new BrowserWindow({ width: 1180, height: 780 }).loadFile('page.html'));\n",
    );
    const app = await launch(program, folder);
    await untilUsable(app);
    const usages = await idleUsages(app);
    await app.close();
    const all = usages.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
    const renderer = usages.find(({ kind }) => kind === 'renderer')?.cpuPercent ?? 0;
    const note = `over ${idleSeconds} s; the runtime alone`;
    report.row({ name: 'idle CPU, an empty window with a cursor: renderer', value: renderer, unit: '% of a core', note });
    report.row({ name: 'idle CPU, an empty window with a cursor: all', value: all, unit: '% of a core', note });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
