// A node that cannot run, or does not listen: the app says so, goes on trying, and still ends in time.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judged, report } from '../report.ts';
import { launchApp, newHome, processesUnder, removeHome, stillRunning, type App } from './electron.ts';

const home = newHome();
const lock = path.join(home, 'node.lock');
const figures = report('window');
afterAll(() => void figures.write());
let app: App;

type Told = { message: string; detail: string }[];
type World = { told?: Told };

beforeAll(async () => {
  app = await launchApp({ home });
  await app.page.getByTestId('first-run-create').waitFor();
  await app.electron.evaluate(({ dialog }) => {
    const world = globalThis as World;
    world.told = [];
    const record = (...words: unknown[]) => {
      world.told?.push(words.at(-1) as Told[number]);
      return Promise.resolve({ response: 0, checkboxChecked: false });
    };
    Object.assign(dialog, { showMessageBox: record });
  });
});
afterAll(async () => {
  await app.quit();
  removeHome(home);
});

function nodePid(): number {
  const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
  if (pid === process.pid) throw new Error('the lock is still held by this test');
  return pid;
}
const told = (): Promise<Told> => app.electron.evaluate(() => (globalThis as World).told ?? []);
/** Processes of the node that live now. */
const nodes = (): Promise<number[]> =>
  app.electron.evaluate(({ app: main }) =>
    main
      .getAppMetrics()
      .filter(({ name }) => name === 'Axon node')
      .map(({ pid }) => pid),
  );

test('says in plain words, once, that another Axon uses the folder', async () => {
  const before = nodePid();
  // as if another Axon had been faster: this test's own process holds the lock
  writeFileSync(lock, JSON.stringify({ pid: process.pid, started: null }));
  process.kill(before, 'SIGKILL');
  await expect.poll(told, { timeout: 10_000 }).toHaveLength(1);
  expect((await told())[0]).toMatchObject({ message: 'Axon is running already', detail: expect.stringContaining('--home') as string });
  const seen = new Set<number>();
  const tries = async (): Promise<number> => {
    for (const pid of await nodes()) seen.add(pid);
    return seen.size;
  };
  await expect.poll(tries, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(3);
  expect(await told()).toHaveLength(1);
});

test('comes back when that one is gone', async () => {
  rmSync(lock, { force: true });
  // what the node does reaches the page again
  await expect.poll(async () => (await app.view()).key, { timeout: 10_000 }).toBeNull();
  const link = await app.control();
  await link.client.key.create();
  link.close();
  await app.page.getByTestId('composer').waitFor({ timeout: 10_000 });
});

test('quit leaves nothing, soon, though the node hangs', async () => {
  const processes = processesUnder(app.process);
  process.kill(nodePid(), 'SIGSTOP');
  const started = performance.now();
  await app.quit();
  await expect.poll(() => stillRunning(processes)).toEqual([]);
  const ms = performance.now() - started;
  judged(figures, { name: 'quit while the node hangs: until no process is left', values: [ms], unit: 'ms', goal: 5000 });
});
