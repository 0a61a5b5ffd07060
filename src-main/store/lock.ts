// One node per home.
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { Failure } from '../../src-shared/failure.ts';

/** Clocks are corrected now and then; a lock counts as older than the last boot by this much at least, ms. */
const bootMarginMs = 60_000;

/** When a process started, in whatever unit; undefined when unknown. Tells a recycled pid from the one that wrote the lock. */
type StartedAt = (pid: number) => string | undefined;

/**
 * Takes the lock of a home; returns the release. A lock whose process is gone is taken over.
 * @throws Failure home-in-use
 */
export function takeLock(path: string, startedAt: StartedAt = startOfProcess): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (make(path, { pid: process.pid, started: startedAt(process.pid) ?? null })) return () => release(path);
    const holder = read(path);
    if (holder !== undefined && alive(path, holder, startedAt)) {
      throw new Failure('home-in-use', `Another Axon (process ${holder.pid}) uses this home.`, {
        hint: 'Quit it, or choose another folder with --home.',
      });
    }
    rmSync(path, { force: true });
  }
  throw new Failure('home-in-use', 'The lock of this home could not be taken.');
}

type Holder = { pid: number; started: string | null };

/** A link appears with its content, so that nobody reads a lock that is half made. False: there is one. */
function make(path: string, holder: Holder): boolean {
  const own = `${path}.${process.pid}`;
  const content = JSON.stringify(holder);
  try {
    writeFileSync(own, content, { mode: 0o600 });
    try {
      linkSync(own, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      // no hard links on this file system (FAT, some network shares)
      writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function read(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof holder.pid === 'number' ? { pid: holder.pid, started: holder.started ?? null } : undefined;
  } catch {
    return undefined;
  }
}

function alive(path: string, holder: Holder, startedAt: StartedAt): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = startedAt(holder.pid);
  if (started !== undefined && holder.started !== null) return started === holder.started;
  const madeAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return madeAt > Date.now() - uptime() * 1000 - bootMarginMs;
}

function release(path: string): void {
  if (read(path)?.pid === process.pid) rmSync(path, { force: true });
}

/** Linux: field 22 of /proc/PID/stat, clock ticks after boot (proc(5)). Elsewhere unknown. */
function startOfProcess(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
