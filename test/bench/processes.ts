// What the processes of a program take, read from /proc (Linux).
import { readFileSync, readdirSync } from 'node:fs';

export type Sample = { pid: number; kind: string; memoryMiB: number; cpuTicks: number };

/** Clock ticks a second in /proc/PID/stat: 100 on every Linux we know. */
const ticksPerSecond = 100;

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Fields of stat after the command, which may hold blanks: [0] is field 3, the state. */
const statFields = (pid: number): string[] => read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];

/** The process and everything below it. */
export function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) parents.set(Number(name), Number(statFields(Number(name))[1]));
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

/** Words for what a process is, from its command line. */
function kindOf(pid: number): string {
  const line = read(pid, 'cmdline').replaceAll('\0', ' ');
  const type = /--type=([\w-]+)/.exec(line)?.[1];
  const sub = /--utility-sub-type=([\w.]+)/.exec(line)?.[1];
  if (sub === 'node.mojom.NodeService') return 'node';
  if (type === 'utility') return sub?.split('.').at(-1) ?? 'utility';
  if (type !== undefined) return type;
  return /engine-child|embedded\/child/.test(line) ? 'engine' : 'main';
}

/** Proportional memory (shared pages are divided among who shares them) and CPU time so far. */
export function sample(pids: readonly number[]): Sample[] {
  return pids.flatMap((pid) => {
    const memory = /^Pss:\s+(\d+) kB/m.exec(read(pid, 'smaps_rollup'))?.[1];
    const fields = statFields(pid);
    if (memory === undefined) return [];
    return [{ pid, kind: kindOf(pid), memoryMiB: Number(memory) / 1024, cpuTicks: Number(fields[11]) + Number(fields[12]) }];
  });
}

export type Usage = { kind: string; count: number; memoryMiB: number; cpuPercent: number };

/** Memory at the end and CPU over `seconds`, by kind of process; cpuPercent of one core. */
export async function watch(root: number, seconds: number): Promise<Usage[]> {
  const before = new Map(sample(treeOf(root)).map((one) => [one.pid, one.cpuTicks]));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const byKind = new Map<string, Usage>();
  for (const { pid, kind, memoryMiB, cpuTicks } of sample(treeOf(root))) {
    const usage = byKind.get(kind) ?? { kind, count: 0, memoryMiB: 0, cpuPercent: 0 };
    usage.count += 1;
    usage.memoryMiB += memoryMiB;
    usage.cpuPercent += ((cpuTicks - (before.get(pid) ?? cpuTicks)) / ticksPerSecond / seconds) * 100;
    byKind.set(kind, usage);
  }
  return [...byKind.values()];
}
