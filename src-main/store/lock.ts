// One node per home.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { Failure } from '../../src-shared/failure.ts';

/**
 * Takes the lock of a home; returns the release. A lock whose process is gone is taken over.
 * @param startedAt of a pid, for telling a recycled pid from the one that wrote the lock; undefined when unknown
 * @throws Failure home-in-use
 */
export function takeLock(path: string, startedAt: (pid: number) => string | undefined = startOfProcess): () => void {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, JSON.stringify({ pid: process.pid, started: startedAt(process.pid) ?? null }));
      closeSync(file);
      return () => release(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = read(path);
      if (holder !== undefined && alive(holder, startedAt)) {
        throw new Failure('home-in-use', `Another Axon (process ${holder.pid}) uses this home.`, { hint: 'Quit it, or choose another folder with --home.' });
      }
      rmSync(path, { force: true });
    }
  }
  throw new Failure('home-in-use', 'The lock of this home could not be taken.');
}

type Holder = { pid: number; started: string | null };

function read(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof holder.pid === 'number' ? { pid: holder.pid, started: holder.started ?? null } : undefined;
  } catch {
    return undefined;
  }
}

function alive(holder: Holder, startedAt: (pid: number) => string | undefined): boolean {
  if (holder.pid === process.pid) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = startedAt(holder.pid);
  return started === undefined || holder.started === null || started === holder.started;
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
