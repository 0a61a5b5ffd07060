// A file is either the old one or the new one, never half of each; the generation before stays beside it.
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';

/**
 * Writes `content` with mode 0600 by way of a temporary file, fsync and rename.
 * @param before runs when the new content is safe on disk and the old file still in its place
 */
export function writeAtomic(path: string, content: string | Uint8Array, before: () => void = () => {}): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeWhole(temporary, typeof content === 'string' ? Buffer.from(content) : content);
    before();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeWhole(path: string, content: Uint8Array): void {
  const file = openSync(path, 'w', 0o600);
  try {
    for (let at = 0; at < content.byteLength;) at += writeSync(file, content, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Keeps the last good content as `path.bak`, then writes. The checksum lets a reader tell a damaged file from an odd one. */
export function writeJson(path: string, value: unknown): void {
  if (readOne(path) !== undefined) copyFileSync(path, `${path}.bak`);
  const body = JSON.stringify(value);
  writeAtomic(path, `${JSON.stringify({ checksum: digest(body), value: JSON.parse(body) as unknown }, null, 2)}\n`);
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
