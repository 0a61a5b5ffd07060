// RAM and swap: what there is, what could be had, and how pressing it is.
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import process from 'node:process';
import si from 'systeminformation';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { runBriefly } from './run.ts';

export type MemoryFacts = Pick<HardwareFacts, 'ram'> & { swap?: HardwareFacts['swap'] };

/** More than this share of the memory available is plenty, less than the other one is none to speak of. */
const plenty = 0.25;
const none = 0.05;
const sysctlMs = 2_000;

export async function probeMemory(): Promise<MemoryFacts> {
  if (process.platform === 'linux') return linuxMemory();
  if (process.platform === 'darwin') return macMemory();
  const [totalMb, freeMb] = [mebi(os.totalmem()), mebi(os.freemem())];
  // what Windows says of its page file takes a PowerShell to learn: not worth it
  return { ram: { totalMb, freeMb, pressure: scarcity(totalMb, freeMb) } };
}

async function linuxMemory(): Promise<MemoryFacts> {
  const facts = memoryOf(await readFile('/proc/meminfo', 'utf8'), limit());
  const stalled = stallOf(await readFile('/proc/pressure/memory', 'utf8').catch(() => ''));
  return { ...facts, ram: { ...facts.ram, pressure: worse(facts.ram.pressure ?? null, stalled) } };
}

/** A container may have less than its machine. Bytes; null: as much as the machine. */
function limit(): { total: number; available: number } | null {
  const total = process.constrainedMemory();
  if (!(total > 0) || total >= os.totalmem()) return null;
  return { total, available: process.availableMemory() };
}

/** @param text /proc/meminfo */
export function memoryOf(text: string, bound: { total: number; available: number } | null): MemoryFacts {
  const kib = (name: string): number | null => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
    return found === null ? null : Math.round(Number(found[1]) / 1024);
  };
  const least = (one: number | null, other: number | undefined): number | null =>
    other === undefined ? one : Math.min(one ?? Number.POSITIVE_INFINITY, mebi(other));
  const totalMb = least(kib('MemTotal'), bound?.total);
  const freeMb = least(kib('MemAvailable'), bound?.available);
  const swapMb = kib('SwapTotal');
  return {
    ram: { totalMb, freeMb, pressure: scarcity(totalMb, freeMb) },
    swap: swapMb === 0 ? null : { totalMb: swapMb, freeMb: kib('SwapFree') },
  };
}

/** The share of the last ten seconds in which some program waited for memory, 0..1. @param text /proc/pressure/memory; null: there is none */
export function stallOf(text: string): number | null {
  const found = /^some avg10=(\d+\.\d+)/m.exec(text);
  return found === null ? null : Math.min(1, Number(found[1]) / 100);
}

/** How little of it could be had: 0 plenty, 1 none. null: unknown */
export function scarcity(totalMb: number | null, freeMb: number | null): number | null {
  if (totalMb === null || freeMb === null || totalMb <= 0) return null;
  const share = freeMb / totalMb;
  return rounded(Math.min(1, Math.max(0, (plenty - share) / (plenty - none))));
}

async function macMemory(): Promise<MemoryFacts> {
  // os.freemem() leaves out what macOS would give back at once
  const [{ total, available, swaptotal, swapfree }, level] = await Promise.all([si.mem(), macPressure()]);
  const [totalMb, freeMb] = [mebi(total), mebi(available)];
  return {
    ram: { totalMb, freeMb, pressure: worse(scarcity(totalMb, freeMb), level) },
    swap: swaptotal > 0 ? { totalMb: mebi(swaptotal), freeMb: mebi(swapfree) } : null,
  };
}

/** The kernel's own word for it: 1 normal, 2 warning, 4 critical. */
async function macPressure(): Promise<number | null> {
  const said = await runBriefly('/usr/sbin/sysctl', ['-n', 'kern.memorystatus_vm_pressure_level'], sysctlMs).catch(() => null);
  return said === null ? null : ({ '1': 0, '2': 0.6, '4': 1 }[said.out.trim()] ?? null);
}

function worse(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : rounded(Math.max(one, other));
}

function rounded(share: number): number {
  return Math.round(share * 100) / 100;
}

function mebi(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
