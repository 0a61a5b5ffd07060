// A disk that is busy with something else: a flush takes seconds, as it does beside a model that is downloaded or a backup. Nobody is taken
// for gone, and answers are written and stored all the same. Real processes; the flush is slowed down by a library put before the system's.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { judged, report } from '../report.ts';
import { now, startProgram, type Child } from './child.ts';
import { createLab, type Lab } from './netns.ts';
import type { NodeConfig } from './node-child.ts';

const program = fileURLToPath(new URL('./node-child.ts', import.meta.url));
const source = fileURLToPath(new URL('./slow-disk.c', import.meta.url));
/** Longer than a silent peer is waited for (network/pulse.ts). */
const flushSeconds = 5;
const pace = 30;
const figures = report('reliability');
afterAll(() => void figures.write());

let lab: Lab;
let folder: string;
let library: string;
beforeEach(async () => {
  lab = await createLab();
  folder = mkdtempSync(path.join(tmpdir(), 'axon-slow-disk-'));
  library = path.join(folder, 'slow-disk.so');
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
});
afterEach(async () => {
  await lab.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const slowFlag = (): string => path.join(folder, 'the-disk-is-busy');

test('a leader and an asker whose disks are busy lose neither each other nor a word', async () => {
  const lan = lab.lan();
  const key = swarmKeyText(newSwarmKey());
  const env = { ...process.env, LD_PRELOAD: library, SLOW_DISK: slowFlag(), SLOW_DISK_SECONDS: String(flushSeconds) };
  const start = async (name: string, role: NodeConfig['role'], cidr: string): Promise<Child> => {
    const host = await lab.host(name);
    host.plug(lan, { nic: 'eth0', cidr });
    const config: NodeConfig = { folder: path.join(folder, name), key, name, role, tokensPerSecond: pace, stored: true };
    return startProgram(host, program, config, env);
  };
  const leader = await start('desktop', 'leader', '192.168.82.1/24');
  const asker = await start('laptop', 'subordinate', '192.168.82.2/24');
  await asker.next('view', { where: (told) => (told['leaders'] as string[]).includes('desktop') });

  writeFileSync(slowFlag(), '');
  const began = now();
  // each end is a line in the leader's ledger, each half second of text a commit of the asker's
  for (const words of [3 * pace, 3 * pace, 6 * pace]) {
    const since = now();
    asker.send({ do: 'ask', words });
    const { whole, failure } = await asker.next('answered', { since, withinMs: 120_000 });
    expect(whole, String(failure)).toBe(true);
  }
  const told = (node: Child, event: string) => node.told.filter((one) => one.event === event && one.at >= began);
  expect(told(asker, 'chunk').filter(({ kind }) => kind === 'seam')).toEqual([]);
  for (const node of [leader, asker]) expect(told(node, 'view').filter(({ connected }) => connected === 0)).toEqual([]);
  const texts = told(asker, 'chunk').filter(({ kind }) => kind === 'text');
  const gaps = texts.slice(1).map(({ at }, n) => at - (texts[n]?.at ?? at));
  judged(figures, {
    name: `a flush of the disk takes ${flushSeconds} s: between two words`,
    values: [Math.max(...gaps)],
    unit: 'ms',
    goal: 1000,
    note: 'the longest time, the pause between two answers included',
  });
});
