// How a swarm grows: 10, 100 and 300 nodes in four processes of this one machine. Two shapes: everybody is connected to one leader, as
// the members of a large office are, and the leader has a process of its own, so that its share is seen; and everybody to everybody, which is
// what a household has, and costs the square.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../report.ts';
import type { FromCrowd, ToCrowd } from './crowd-child.ts';
import { repository } from './figures.ts';

const processes = 4;
/** Idle time over which the processor is watched, s; and how long it goes round before who is there, and that the leader has many links. */
const idleSeconds = 15;
const settleSeconds = 25;
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
const usages = (parts: readonly Part[], tidy = true): Promise<Usage[]> =>
  Promise.all(parts.map(({ child }) => tell<Usage>(child, { do: 'usage', tidy })));
const sum = (all: readonly Usage[], of: keyof Usage): number => all.reduce((total, one) => total + one[of], 0);

/** How many of the nodes the process has; with one leader that is all the first one has. */
function share(index: number, nodes: number, mesh: boolean): number {
  if (mesh) return Math.floor((nodes + processes - 1 - index) / processes);
  return index === 0 ? 1 : Math.floor((nodes - 1 + processes - 1 - index) / (processes - 1));
}

async function start(parts: readonly Part[], nodes: number, mesh: boolean): Promise<void> {
  await Promise.all(
    parts.map(async (part, index) => {
      const asked: ToCrowd = { do: 'start', nodes: share(index, nodes, mesh), name: `crowd${index}-` };
      part.addresses = (await tell<{ started: string[] }>(part.child, asked)).started;
    }),
  );
}

/** One after the other within a process, as machines that are switched on are; the processes at the same time. Returns dials that failed. */
async function dialAll(parts: readonly Part[], mesh: boolean): Promise<number> {
  const all = parts.flatMap(({ child, addresses }) => addresses.map((address, node) => ({ child, node, address })));
  let failed = 0;
  await Promise.all(
    parts.map(async ({ child }) => {
      for (const [place, one] of all.entries()) {
        if (one.child !== child || place === 0) continue;
        const earlier = (mesh ? all.slice(0, place) : all.slice(0, 1)).map(({ address }) => address);
        failed += (await tell<Dialled>(child, { do: 'dial', node: one.node, addresses: earlier })).failed;
      }
    }),
  );
  return failed;
}

/** What a node of this crowd takes; of the leader too, where there is one. cpu: % of a core when idle */
type Grown = { nodes: number; mesh: boolean; memoryMiB: number; cpu: number };

async function crowd({ name, nodes, mesh }: Crowd, report: Report): Promise<Grown> {
  const parts: Part[] = [];
  try {
    for (let index = 0; index < processes; index += 1) {
      const file = path.join(repository, 'test', 'bench', 'crowd-child.ts');
      const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--expose-gc'] });
      parts.push({ child, addresses: [] });
    }
    const empty = await usages(parts);
    await start(parts, nodes, mesh);
    const began = performance.now();
    const links = mesh ? (nodes * (nodes - 1)) / 2 : nodes - 1;
    const failed = await dialAll(parts, mesh);
    const until = performance.now() + 60_000;
    while (sum(await usages(parts, false), 'connections') < 2 * links && performance.now() < until) await sleep(100);
    const joinedMs = performance.now() - began;
    await sleep(settleSeconds * 1000);
    const before = await usages(parts);
    await sleep(idleSeconds * 1000);
    const after = await usages(parts);
    const label = `${nodes} nodes ${name}`;
    const note = `${sum(after, 'connections') / 2} of ${links} links, ${failed} dials failed, load ${loadavg()[0]?.toFixed(1)}`;
    const goal = nodes === 300 ? { limit: joinGoalMs } : {};
    const memoryMiB = (sum(after, 'memoryMiB') - sum(empty, 'memoryMiB')) / nodes;
    const percent = (some: readonly Usage[], from: readonly Usage[]): number =>
      (sum(some, 'cpuMs') - sum(from, 'cpuMs') - sum(from, 'tidyMs')) / (idleSeconds * 10);
    const cpu = percent(after, before) / nodes;
    // minutes pass until the last one; whoever ends it before has what was measured so far
    const first = (all: readonly Usage[]): Usage[] => all.slice(0, 1);
    const own = { memoryMiB: sum(first(after), 'memoryMiB') - sum(first(empty), 'memoryMiB'), cpu: percent(first(after), first(before)) };
    const leader = mesh ? '' : `, the leader ${own.cpu.toFixed(1)} %`;
    process.stdout.write(
      `${label}: joined in ${(joinedMs / 1000).toFixed(1)} s, ${memoryMiB.toFixed(1)} MiB and ${cpu.toFixed(2)} % of a core a node${leader}; ${note}\n`,
    );
    report.row({ name: `${label}: joined`, value: joinedMs, unit: 'ms', note, ...goal });
    report.row({ name: `${label}: memory of a node`, value: memoryMiB, unit: 'MiB' });
    report.row({ name: `${label}: processor of a node when idle`, value: cpu, unit: '% of a core', limit: 5 });
    if (mesh) return { nodes, mesh, memoryMiB, cpu };
    report.row({ name: `${label}: memory of the leader`, value: own.memoryMiB, unit: 'MiB' });
    // each of the others has nobody else to ask, and asks it as seldom as it asks them: pulse.ts, offer-exchange.ts
    report.row({ name: `${label}: processor of the leader when idle`, value: own.cpu, unit: '% of a core', limit: 5 });
    return { nodes, mesh, ...own };
  } finally {
    for (const { child } of parts) child.kill('SIGKILL');
  }
}

/** From the smallest to the largest crowd of a shape: what one more link costs the node that has it. */
function growth(all: readonly Grown[], mesh: boolean, report: Report): void {
  const some = all.filter((one) => one.mesh === mesh);
  const [least, most] = [some[0], some.at(-1)];
  if (least === undefined || most === undefined || least === most) return;
  const whose = mesh ? 'a node that knows everybody' : 'the leader';
  const links = most.nodes - least.nodes;
  const note = `from ${least.nodes} to ${most.nodes} nodes: ${least.memoryMiB.toFixed(1)} to ${most.memoryMiB.toFixed(1)} MiB, ${least.cpu.toFixed(2)} to ${most.cpu.toFixed(2)} % of a core`;
  report.row({
    name: `growth of ${whose}: memory of one more link`,
    value: ((most.memoryMiB - least.memoryMiB) * 1024) / links,
    unit: 'KiB',
    note,
  });
  report.row({ name: `growth of ${whose}: processor of one more link`, value: (most.cpu - least.cpu) / links, unit: '% of a core', note });
}

/** Adds the rows of every crowd, one after the other, and how they grow. */
export async function crowdFigures(report: Report): Promise<void> {
  const all: Grown[] = [];
  for (const one of crowds) all.push(await crowd(one, report));
  for (const mesh of [false, true]) growth(all, mesh, report);
}
