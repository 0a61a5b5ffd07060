import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.ts';

/** What `axon reset` would delete: the folders of this home that exist, and their bytes. */
export function resetPlan(home: Home): { path: string; bytes: number }[] {
  return [...new Set([home.data, home.config, home.logs])].filter((path) => existsSync(path)).map((path) => ({ path, bytes: size(path) }));
}

/** Deletes the data, settings and logs of a home. The caller holds its lock, or knows that no node runs. */
export function reset(home: Home): void {
  for (const { path } of resetPlan(home)) rmSync(path, { recursive: true, force: true });
}

function size(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  return status.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0) : status.size;
}
