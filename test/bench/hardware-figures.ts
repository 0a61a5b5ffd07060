// What knowing this machine costs: the processor time of looking at it, with all the programs that are asked.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Report } from '../report.ts';
import { repository } from './figures.ts';

/** ms. Two minutes hold two looks at what is looked at each minute. */
const watchedMs = 120_000;
const costGoal = 1;

export type HardwareCost = { firstMs: number; idleMs: number; overMs: number };

/** Adds the rows. A process of its own, so that nothing else is counted. */
export async function hardwareFigures(report: Report, ms = watchedMs): Promise<void> {
  const child = fork(path.join(repository, 'test', 'bench', 'hardware-child.ts'), [String(ms)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [cost] = (await once(child, 'message')) as [HardwareCost];
  report.row({ name: 'facts of the machine, the first look', value: cost.firstMs, unit: 'ms of processor time', limit: null });
  report.row({
    name: 'facts of the machine, from then on',
    value: (cost.idleMs / cost.overMs) * 100,
    unit: '% of a core',
    limit: costGoal,
    note: `over ${Math.round(cost.overMs / 1000)} s, programs that were asked included`,
  });
}
