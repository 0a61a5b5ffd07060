// Looks at this machine as a node does, and counts what it takes. argv[2]: for how long, ms.
import { readFileSync } from 'node:fs';
import { hardware } from '../../src-main/hardware/hardware.ts';
import type { HardwareCost } from './hardware-figures.ts';
import { clock, silence } from './node-parts.ts';

const watchedMs = Number(process.argv[2]);

/** Of this process and of every program that it started and that has ended, ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  let children = 0;
  try {
    // cutime and cstime, in hundredths of a second
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    children = (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    process.stdout.write('hardware: no /proc here, so programs that are asked are not counted\n');
  }
  return (user + system) / 1000 + children;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const started = cpuMs();
const machine = hardware({ clock, log: silence });
await machine.facts();
await machine.fresh();
const firstMs = cpuMs() - started;
const [from, begun] = [cpuMs(), performance.now()];
await wait(watchedMs);
const cost: HardwareCost = { firstMs, idleMs: cpuMs() - from, overMs: performance.now() - begun };
machine.stop();
process.send?.(cost);
process.disconnect();
