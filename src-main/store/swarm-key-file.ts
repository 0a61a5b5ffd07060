// swarm.key of a home. Its grammar is network's; this room only keeps the text.
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { writeAtomic } from './atomic-file.ts';

/** The file's bytes; undefined when there is none. */
export function readSwarmKey(path: string): Uint8Array | undefined {
  return existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
}

/** Writes the key with mode 0600; a key that was there is kept beside it, and in its place when the write fails. */
export function writeSwarmKey(path: string, text: string, now: Date): void {
  writeAtomic(path, text, () => forgetSwarmKey(path, now));
}

/** The next key of the same swarm; keys.json keeps the one before for as long as it is of use. */
export function renewSwarmKey(path: string, text: string): void {
  writeAtomic(path, text);
}

/** Leaving a swarm: the file is renamed, not destroyed. */
export function forgetSwarmKey(path: string, now: Date): void {
  if (existsSync(path)) renameSync(path, `${path}.left-${now.toISOString().replaceAll(/[:.]/g, '-')}`);
}
