// `npm run bench [-- PART ...]`: the figures of reports/bench.json. Parts: link, swarm, crowd, hardware, placement, network, app.
// ELECTRON: the program to measure on; without it Electron's rows are missing, and that is said.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { report, type Row } from '../report.ts';
import { appFigures } from './app-figures.ts';
import { repository } from './figures.ts';
import { crowdFigures } from './crowd-figures.ts';
import { hardwareFigures } from './hardware-figures.ts';
import { linkFigures } from './link-figures.ts';
import { placementFigures } from './placement-figures.ts';
import { swarmFigures } from './swarm-figures.ts';

const electron = process.env['AXON_BENCH_ELECTRON'];
const figures = report('bench');

/** Discovery, redial and silent death are measured by the tests in namespaces; their rows are taken over. */
function networkFigures(): void {
  const vitest = path.join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--config', '.config/vitest.config.ts', '--project', 'fault'];
  const { status } = spawnSync(process.execPath, args, { cwd: repository, stdio: 'inherit' });
  if (status !== 0) process.stdout.write('network: a fault test failed; the rows below are of that run all the same\n');
  let rows: Row[] = [];
  try {
    rows = JSON.parse(readFileSync(path.join(repository, 'reports', 'network.json'), 'utf8')) as Row[];
  } catch {
    process.stdout.write('network: no reports/network.json, its rows are missing\n');
  }
  for (const { ok, ...row } of rows) {
    // the direction of a row is not in the file: take it from its verdict
    const direction = row.limit !== null && ok !== row.value <= row.limit ? 'min' : 'max';
    figures.row({ ...row, direction });
  }
}

const parts: Record<string, () => Promise<void> | void> = {
  link: () => linkFigures(figures, electron),
  swarm: () => swarmFigures(figures),
  crowd: () => crowdFigures(figures),
  hardware: () => hardwareFigures(figures),
  placement: () => placementFigures(figures),
  network: networkFigures,
  app: () =>
    electron === undefined ? void process.stdout.write('app: no Electron runtime, its rows are missing\n') : appFigures(figures, electron),
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) {
    process.stdout.write(`no part is named "${name}"; there are ${Object.keys(parts).join(', ')}\n`);
    process.exit(2);
  }
  process.stdout.write(`\n=== ${name} ===\n`);
  await part();
}
const missed = figures.write().filter((row) => !row.ok);
process.exitCode = missed.length > 0 ? 1 : 0;
