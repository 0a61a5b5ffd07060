// How the command line finds the running node of a home. Untrusted by its readers: the token decides.
import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { writeReplacing } from './atomic-file.ts';

const schema = z.object({ pid: z.number().int(), port: z.number().int(), token: z.string(), startedAt: z.number() });
export type Entry = z.infer<typeof schema>;

/** Mode 0600: the token opens everything of this node. */
export function writeEntry(path: string, entry: Entry): void {
  writeReplacing(path, `${JSON.stringify(entry)}\n`);
}

/** undefined: no node runs for this home, or it left no entry. */
export function readEntry(path: string): Entry | undefined {
  try {
    const entry = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
    process.kill(entry.pid, 0);
    return entry;
  } catch {
    return undefined;
  }
}

export function removeEntry(path: string): void {
  rmSync(path, { force: true });
}
