// Brings files from the system's memory to the disk beside everything else. On a disk that is busy (a model being downloaded, a backup)
// fsync takes seconds, and a node that waited for it would be silent to all its peers for as long: they would take it for gone.
import { open } from 'node:fs/promises';

/** In the order in which they were asked for; what is to be done after each. */
const waiting = new Map<string, () => void>();
const idle = new Set<() => void>();
let current: string | null = null;

/**
 * Flushes that file soon. One at a time: the others of Node's few threads stay free for reading. What was written survives the end of this
 * process in any case; it may be lost when the machine itself goes down before.
 * @param then called once it is on the disk, unless the same file was asked for again meanwhile, or is not there any more
 */
export function flushLater(path: string, then: () => void = () => undefined): void {
  waiting.delete(path);
  waiting.set(path, then);
  if (current === null) void flushAll();
}

/** The file as it is now may not be on the disk yet. */
export function isFlushing(path: string): boolean {
  return current === path || waiting.has(path);
}

/** Resolves when nothing waits. */
export async function allFlushed(): Promise<void> {
  if (current !== null || waiting.size > 0) await new Promise<void>((resolve) => idle.add(resolve));
}

async function flushAll(): Promise<void> {
  for (;;) {
    const [next] = waiting;
    if (next === undefined) break;
    const [path, then] = next;
    waiting.delete(path);
    current = path;
    if ((await flush(path)) && !waiting.has(path)) done(then);
  }
  current = null;
  for (const resolve of idle) resolve();
  idle.clear();
}

/** What fails in there is a file that could not be written, and the next flush of it comes. */
function done(then: () => void): void {
  try {
    then();
  } catch {
    // the folder went away with the home
  }
}

/** False: it is not there any more, or the disk failed; then whoever reads it next will see. */
async function flush(path: string): Promise<boolean> {
  try {
    await flushed(path);
    return true;
  } catch {
    return false;
  }
}

/** Flushes that file, and resolves when it is on the disk. Fails as opening and flushing it do. */
export async function flushed(path: string): Promise<void> {
  // Windows flushes only what was opened for writing
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
