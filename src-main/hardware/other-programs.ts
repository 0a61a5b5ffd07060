// What other programs take of the machine: the whole load less what this Axon and its engine took. Looked at only while somebody leads.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import type { Clock, Log, OtherLoad, OtherPrograms } from '../jobs/ports.ts';

/** Below this nobody needs to know whose load it is. */
const quietShare = 0.2;
/** A driver's tool that takes longer hangs, ms. */
const toolMs = 3_000;
/** A tool that failed so often in a row is left alone for tryAgainMs. */
const maxFailures = 3;
/** Not for ever: a driver that is being updated works again afterwards, ms. */
const tryAgainMs = 600_000;
/** /proc counts in hundredths of a second on every architecture. */
const tickMs = 10;
/** Programs that run models, for Axon or for the owner's other tools: their work is no game. */
const engines = /^(ollama|llama-server|llama-box|ollama_llama_se)/;

type Program = { pid: number; parent: number; name: string; cpuMs: number };

export type OtherProgramsProbes = {
  cores: number;
  /** The process under which all of this Axon runs. */
  root: number;
  /** null: this system does not tell */
  programs(): Promise<Program[] | null>;
  /** 0..1 of the busiest card; null: unknown, or there is none */
  gpu(): Promise<number | null>;
};

export function otherPrograms(options: { clock: Clock; log: Log; probes?: OtherProgramsProbes }): OtherPrograms {
  const { clock, log } = options;
  const probes = options.probes ?? systemProbes();
  let before: { at: number; byPid: Map<number, number> } | null = null;
  /** Of the card's tool, in a row. */
  let failures = 0;
  let failedAt = 0;

  /** What Axon and its engine took since the look before, as a share of all cores; null: this is the first look, or nobody can tell. */
  const ownShare = async (): Promise<number | null> => {
    const programs = await probes.programs();
    if (programs === null) return null;
    const at = clock.now();
    const own = ownOf(programs, probes.root);
    const last = before;
    before = { at, byPid: new Map(own.map(({ pid, cpuMs }) => [pid, cpuMs])) };
    if (last === null || at <= last.at) return null;
    // one that is new took all its time since then
    const took = own.reduce((sum, { pid, cpuMs }) => sum + Math.max(0, cpuMs - (last.byPid.get(pid) ?? 0)), 0);
    return took / ((at - last.at) * probes.cores);
  };
  const cpu = async (load: number | null, writing: boolean): Promise<number | null> => {
    if (load === null || load < quietShare) {
      before = null;
      return load;
    }
    const own = await ownShare();
    if (own === null) return writing ? null : load;
    return Math.max(0, Math.min(1, load - own));
  };
  const gpu = async (writing: boolean): Promise<number | null> => {
    if (failures >= maxFailures && clock.now() - failedAt < tryAgainMs) return null;
    const share = await probes.gpu().catch((error: unknown) => {
      failures += 1;
      failedAt = clock.now();
      throw error;
    });
    failures = 0;
    return share !== null && writing && share >= quietShare ? null : share;
  };
  const safely = async (probe: Promise<number | null>): Promise<number | null> => {
    try {
      return await probe;
    } catch (error) {
      log.debug('nobody could tell what other programs do', { reason: String(error) });
      return null;
    }
  };

  return {
    async look(load, writing): Promise<OtherLoad> {
      const [cpuShare, gpuShare] = await Promise.all([safely(cpu(load, writing)), safely(gpu(writing))]);
      return { cpu: cpuShare, gpu: gpuShare };
    },
  };
}

/** The root and all that it started, and every engine. */
function ownOf(programs: readonly Program[], root: number): Program[] {
  const children = Map.groupBy(programs, ({ parent }) => parent);
  const own = new Set<Program>();
  const add = (program: Program): void => {
    if (own.has(program)) return;
    own.add(program);
    for (const child of children.get(program.pid) ?? []) add(child);
  };
  for (const program of programs) if (program.pid === root || engines.test(program.name)) add(program);
  return [...own];
}

function systemProbes(): OtherProgramsProbes {
  return {
    cores: Math.max(1, os.cpus().length),
    // the node of the desktop app is a child of Electron's main process, as its windows are
    root: process.versions['electron'] === undefined ? process.pid : process.ppid,
    programs: process.platform === 'linux' ? linuxPrograms : process.platform === 'darwin' ? macPrograms : () => Promise.resolve(null),
    gpu: gpuShareOf(),
  };
}

async function linuxPrograms(): Promise<Program[]> {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const program = programOfStat(readFileSync(`/proc/${name}/stat`, 'utf8'));
        return program === null ? [] : [program];
      } catch {
        // it ended meanwhile
        return [];
      }
    });
}

/** A line of /proc/PID/stat: the name stands in brackets and may hold brackets and blanks itself; fields 4, 14 and 15 of proc(5). */
export function programOfStat(stat: string): Program | null {
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  if (open < 0 || close < open) return null;
  const fields = stat.slice(close + 2).split(' ');
  const [pid, parent, user, system] = [Number(stat.slice(0, open)), Number(fields[1]), Number(fields[11]), Number(fields[12])];
  if (![pid, parent, user, system].every(Number.isFinite)) return null;
  return { pid, parent, name: stat.slice(open + 1, close), cpuMs: (user + system) * tickMs };
}

async function macPrograms(): Promise<Program[]> {
  const lines = (await output('ps', ['-axo', 'pid=,ppid=,time=,comm='])).split('\n');
  return lines.flatMap((line) => {
    const program = programOfPs(line);
    return program === null ? [] : [program];
  });
}

/** "  501     1   12:03.45 /usr/local/bin/ollama": processor time is minutes:seconds, with hours or days before where there are any. */
export function programOfPs(line: string): Program | null {
  const found = /^\s*(\d+)\s+(\d+)\s+(?:(?:(\d+)-)?(\d+):)?(\d+):([\d.]+)\s+(.+)$/.exec(line);
  if (found === null) return null;
  const [, pid, parent, days = '0', hours = '0', minutes, seconds, path = ''] = found;
  const cpuMs = (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return { pid: Number(pid), parent: Number(parent), name: path.split('/').at(-1) ?? path, cpuMs };
}

/** amdgpu writes a file; NVIDIA has a tool; of others nobody can tell without rights. */
function gpuShareOf(): () => Promise<number | null> {
  let nvidia = true;
  return async () => {
    const files = amdFiles();
    if (files.length > 0) return Math.max(...files.map((file) => Number(readFileSync(file, 'utf8')) / 100));
    if (!nvidia) return null;
    try {
      return shareOfNvidia(await output('nvidia-smi', ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits']));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      nvidia = false;
      return null;
    }
  };
}

function amdFiles(): string[] {
  if (process.platform !== 'linux') return [];
  try {
    return readdirSync('/sys/class/drm')
      .filter((name) => /^card\d+$/.test(name))
      .map((name) => `/sys/class/drm/${name}/device/gpu_busy_percent`)
      .filter((file) => Number.isFinite(percentIn(file)));
  } catch {
    return [];
  }
}

function percentIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return Number.NaN;
  }
}

/** One line for each card, "37" or "[N/A]". null: no card says it */
export function shareOfNvidia(text: string): number | null {
  const shares = text
    .split('\n')
    .filter((line) => /^\s*\d+\s*$/.test(line))
    .map((line) => Number(line) / 100);
  return shares.length === 0 ? null : Math.min(1, Math.max(...shares));
}

function output(command: string, parts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, parts, { timeout: toolMs, maxBuffer: 4 * 1024 * 1024, windowsHide: true }, (error, text) =>
      error === null ? resolve(text) : reject(error),
    );
  });
}
