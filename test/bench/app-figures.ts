// The built app: from launch to a window one can use, and what each process takes while nothing happens.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron, type ElectronApplication } from 'playwright';
import type { Report } from '../report.ts';
import { median, repository } from './figures.ts';
import { watch } from './processes.ts';

const launches = 5;
const idleSeconds = 30;
const launchGoalMs = 3000;
/** Of the window while nothing happens, % of a core. */
const idleGoal = 0.5;

async function launch(program: string, home: string): Promise<ElectronApplication> {
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return _electron.launch({
    executablePath: program,
    args: [...flags, repository, '--home', home, '--no-mdns', '--lang=en'],
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
      const app = await launch(program, home);
      await untilUsable(app);
      times.push(performance.now() - started);
      if (round === launches - 1) await idleFigures(report, app);
      await app.close();
    }
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

async function idleFigures(report: Report, app: ElectronApplication): Promise<void> {
  const pid = app.process().pid;
  if (pid === undefined) return;
  // start-up work (hardware probe, first model scan) is over
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const usages = await watch(pid, idleSeconds);
  let memory = 0;
  let cpu = 0;
  for (const { kind, count, memoryMiB, cpuPercent } of usages) {
    const note = count > 1 ? `${count} processes` : '';
    report.row({ name: `idle memory, ${kind}`, value: memoryMiB, unit: 'MiB', limit: null, note });
    report.row({ name: `idle CPU, ${kind}`, value: cpuPercent, unit: '% of a core', limit: kind === 'renderer' ? idleGoal : null, note });
    memory += memoryMiB;
    cpu += cpuPercent;
  }
  report.row({ name: 'idle memory, all', value: memory, unit: 'MiB', limit: null, note: 'shared pages counted once' });
  report.row({ name: 'idle CPU, all', value: cpu, unit: '% of a core', limit: null, note: `over ${idleSeconds} s` });
}
