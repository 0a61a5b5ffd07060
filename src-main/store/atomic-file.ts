// A file is either the old one or the new one, never half of each; the generation before stays beside it.
import { closeSync, copyFileSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { flushLater, isFlushing } from './flush.ts';

/**
 * Writes `content` with mode 0600 by way of a temporary file, fsync and rename: for what cannot be had again. Waits for the disk, so it is
 * for the moments at which a node has nothing else to do.
 * @param before runs when the new content is safe on disk and the old file still in its place
 */
export function writeAtomic(path: string, content: string | Uint8Array, before: () => void = () => {}): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeWhole(temporary, content, true);
    before();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The same without waiting for the disk: the new content is in force at once, and survives the end of this process, but not yet that of the machine. */
export function writeReplacing(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeWhole(temporary, content, false);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  flushLater(path);
}

function writeWhole(path: string, content: string | Uint8Array, flush: boolean): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const file = openSync(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes.byteLength;) at += writeSync(file, bytes, at);
    if (flush) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Keeps the last good content that is safe on disk as `path.bak`, then writes: one of the two outlives a power cut.
 * The checksum lets a reader tell a damaged file from an odd one.
 * @param write writeAtomic, where what is done next must not be on disk before this is
 */
export function writeJson(path: string, value: unknown, write: (path: string, content: string) => void = writeReplacing): void {
  // what is not safe itself would take the place of something that is
  if (readOne(path) !== undefined && !(isFlushing(path) && existsSync(`${path}.bak`))) keepAside(path);
  const body = JSON.stringify(value);
  write(path, `${JSON.stringify({ checksum: digest(body), value: JSON.parse(body) as unknown }, null, 2)}\n`);
}

/** A second name for the very file, which needs no flushing; a copy where the file system has no such thing. */
function keepAside(path: string): void {
  const fresh = `${path}.bak.${process.pid}.tmp`;
  rmSync(fresh, { force: true });
  try {
    linkSync(path, fresh);
  } catch {
    copyFileSync(path, fresh);
  }
  renameSync(fresh, `${path}.bak`);
}

/** The newest good generation; undefined when there never was one. `damaged`: the newest one could not be read. */
export function readJson(path: string): { value: unknown; damaged: boolean } | undefined {
  const current = readOne(path);
  if (current !== undefined) return { value: current.value, damaged: false };
  const before = readOne(`${path}.bak`);
  const damaged = existsSync(path);
  if (before !== undefined) return { value: before.value, damaged };
  return damaged ? { value: undefined, damaged: true } : undefined;
}

function readOne(path: string): { value: unknown } | undefined {
  try {
    const parsed = JSON.parse(readFileSync(path, 'utf8')) as { checksum?: unknown; value?: unknown };
    return parsed.checksum === digest(JSON.stringify(parsed.value)) ? { value: parsed.value } : undefined;
  } catch {
    return undefined;
  }
}

function digest(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}
