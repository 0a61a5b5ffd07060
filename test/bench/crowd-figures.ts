// How a swarm grows: 10, 100 and 300 nodes in four processes of this one machine. Two shapes: everybody is connected to one leader, as
// the members of a large office are; and everybody to everybody, which is what a household has, and costs the square.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../report.ts';
import type { FromCrowd, ToCrowd } from './crowd-child.ts';
import { repository } from './figures.ts';

const processes = 4;
/** Idle time over which the processor is watched, s. */
const idleSeconds = 10;
/** reliability.md, row 23: 300 joined in 10 s, at most 5 % of a core idle; here all of them share two cores. */
const joinGoalMs = 10_000;

type Crowd = { name: string; nodes: number; mesh: boolean };
const crowds: readonly Crowd[] = [
  ...[10, 100, 300].map((nodes) => ({ name: 'to one leader', nodes, mesh: false })),
  // 300 to everybody are 44,850 links: a figure of this machine's two cores, not of the swarm
  ...[10, 30, 60].map((nodes) => ({ name: 'everybody to everybody', nodes, mesh: true })),
];

type Part = { child: ChildProcess; addresses: string[] };

async function tell<Answer extends FromCrowd>(child: ChildProcess, message: ToCrowd): Promise<Answer> {
  const answered = once(child, 'message') as Promise<[Answer]>;
  child.send(message);
  const [answer] = await answered;
  return answer;
}

type Dialled = Extract<FromCrowd, { failed: number }>;
type Usage = Extract<FromCrowd, { memoryMiB: number }>;
async function usage(parts: readonly Part[]): Promise<{ memoryMiB: number; cpuMs: number; connections: number }> {
  const all = await Promise.all(parts.map(({ child }) => tell<Usage>(child, { do: 'usage' })));
  const sum = (of: (one: Usage) => number): number => all.reduce((total, one) => total + of(one), 0);
  return { memoryMiB: sum((one) => one.memoryMiB), cpuMs: sum((one) => one.cpuMs), connections: sum((one) => one.connections) };
}

async function crowd({ name, nodes, mesh }: Crowd, report: Report): Promise<void> {
  const parts: Part[] = [];
  try {
    for (let index = 0; index < processes; index += 1) {
      const file = path.join(repository, 'test', 'bench', 'crowd-child.ts');
      const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--expose-gc'] });
      parts.push({ child, addresses: [] });
    }
    const empty = await usage(parts);
    const share = (index: number): number => Math.floor((nodes + processes - 1 - index) / processes);
    await Promise.all(
      parts.map(async (part, index) => {
        const { started } = await tell<{ started: string[] }>(part.child, { do: 'start', nodes: share(index), name: `crowd${index}-` });
        part.addresses = started;
      }),
    );
    const all = parts.flatMap(({ child, addresses }) => addresses.map((address, node) => ({ child, node, address })));
    const began = performance.now();
    const links = mesh ? (nodes * (nodes - 1)) / 2 : nodes - 1;
    // one after the other within a process, as machines that are switched on are; the processes at the same time
    let failed = 0;
    await Promise.all(
      parts.map(async ({ child }) => {
        for (const [place, one] of all.entries()) {
          if (one.child !== child || place === 0) continue;
          const earlier = (mesh ? all.slice(0, place) : all.slice(0, 1)).map(({ address }) => address);
          const { failed: more } = await tell<Dialled>(child, { do: 'dial', node: one.node, addresses: earlier });
          failed += more;
        }
      }),
    );
    const until = performance.now() + 60_000;
    while ((await usage(parts)).connections < 2 * links && performance.now() < until) await sleep(100);
    const joinedMs = performance.now() - began;
    const before = await usage(parts);
    await sleep(idleSeconds * 1000);
    const after = await usage(parts);
    const label = `${nodes} nodes ${name}`;
    const note = `${after.connections / 2} of ${links} links, ${failed} dials failed`;
    const goal = nodes === 300 ? { limit: joinGoalMs } : {};
    report.row({ name: `${label}: joined`, value: joinedMs, unit: 'ms', note, ...goal });
    report.row({ name: `${label}: memory of a node`, value: (after.memoryMiB - empty.memoryMiB) / nodes, unit: 'MiB' });
    const cpu = (after.cpuMs - before.cpuMs) / (idleSeconds * 10) / nodes;
    report.row({ name: `${label}: processor of a node when idle`, value: cpu, unit: '% of a core', limit: 5 });
  } finally {
    for (const { child } of parts) child.kill('SIGKILL');
  }
}

/** Adds the rows of every crowd, one after the other. */
export async function crowdFigures(report: Report): Promise<void> {
  for (const one of crowds) await crowd(one, report);
}
