// What the swarm costs a machine that has other things to do, in reports/reliability.json; and the rule by which a figure there fails a run.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hardwareFigures } from '../bench/hardware-figures.ts';
import { placingFault } from '../bench/placement-figures.ts';
import { judged, report, type Row } from '../report.ts';

const minutes = 60_000;

test('a figure up to its goal is fine, up to 1.5 times a miss, and beyond that fails, at the 90th percentile', () => {
  const figures = report('not written');
  const values = (worst: number): number[] => [10, 20, 30, 40, 50, 60, 70, 80, worst, 1e6];
  const judge = (worst: number) => judged(figures, { name: 'planted', values: values(worst), unit: 'ms', goal: 100 });
  expect(judge(100)).toMatchObject({ value: 100, limit: 100, ok: true });
  expect(judge(150)).toMatchObject({ value: 150, ok: false });
  expect(() => judge(151)).toThrow('planted: 151 ms of at most 100');
  expect(figures.rows()).toMatchObject([{ name: 'planted', value: 151, ok: false }]);
  expect(() => judge(Number.NaN)).toThrow('planted');
});

test('placing among 10,000 nodes', { timeout: 5 * minutes }, async () => {
  const child = fork(fileURLToPath(new URL('../bench/placement-child.ts', import.meta.url)), { execArgv: [] });
  const { rows, failure } = await new Promise<{ rows: Row[]; failure: string | null }>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the process that places ended with ${code}`)));
  });
  const figures = report('reliability');
  for (const row of rows) figures.row(row);
  figures.write();
  expect(rows).toHaveLength(3);
  expect(failure).toBeNull();
});

test('a slow machine is no fault of placing, and a fast one hides none', () => {
  expect([placingFault(5, 1), placingFault(7.5, 2.1), placingFault(12, 1.4), placingFault(2, 3)]).toEqual([null, null, null, null]);
  expect(placingFault(7.6, 2.1)).toBe('placing took 7.6 ms of at most 5');
  expect(placingFault(2, 3.1)).toBe('placing took 3.1 times what sorting takes, of at most 2');
  expect(placingFault(2, Number.NaN)).not.toBeNull();
});

test('knowing what this machine is', { timeout: 5 * minutes }, async () => {
  const figures = report('reliability');
  // a minute and a bit: each thing that is looked at every minute is looked at once
  await hardwareFigures(figures, 65_000);
  figures.write();
  for (const { name, value, limit } of figures.rows()) if (limit !== null) expect(value, name).toBeLessThanOrEqual(limit * 1.5);
});
