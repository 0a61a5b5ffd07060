// How large the parts of a home are, and the end of its log.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageFacts } from '../../src-shared/upkeep.ts';
import type { Home } from './home.ts';
import { redact } from './log.ts';

/** Enough to see what happened before somebody asked, and still read in a window. */
const logTailBytes = 200_000;

export type HomeFacts = {
  storage(): Promise<StorageFacts>;
  /** The newest lines of the log, whole ones; empty: there is none. Whatever looks like a key or a token is blanked once more. */
  logTail(): string;
};

export function homeFacts(home: Home): HomeFacts {
  return {
    async storage() {
      const [conversations, models, logs] = await Promise.all([
        sizeOf(home.database).then(async (main) => main + (await sizeOf(`${home.database}-wal`))),
        sizeOf(home.models),
        sizeOf(home.logs),
      ]);
      return { folder: home.data, conversations, models, logs };
    },
    logTail: () => redact(tail(join(home.logs, 'axon.log'))),
  };
}

/** Of a file, or of all files under a folder; links count nothing. What is not there has no size. */
async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => null);
  if (found === null || found.isSymbolicLink()) return 0;
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function tail(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.max(0, size - logTailBytes);
    const bytes = Buffer.alloc(size - from);
    readSync(file, bytes, 0, bytes.length, from);
    const text = bytes.toString('utf8');
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(file);
  }
}
