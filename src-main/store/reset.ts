import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Home } from './home.ts';

/** What stays; left out: goes. */
export type KeptOnReset = {
  conversations?: boolean;
  models?: boolean;
  /** Of a running app, which empties that by itself. */
  desktop?: boolean;
};

/**
 * What `axon reset` would delete, and its bytes: our files with their generations and tails, never a whole folder,
 * since --home may name one in which a person keeps other things.
 */
export function resetPlan(home: Home, kept: KeptOnReset = {}): { path: string; bytes: number }[] {
  const { swarmKey, roster, keys, invites, ledger, identity, serverKey, remembered, database, snapshot, observed, downloads, entry, lock } =
    home;
  const trust = [swarmKey, roster, keys, invites, ledger, identity, serverKey];
  const files = [...trust, remembered, database, snapshot, observed, downloads, entry, lock].map((path) => basename(path));
  const ours = [...named(home.data, files), ...named(home.config, [basename(home.settings)]), home.models, home.logs, home.desktop];
  const stays = new Set([
    ...(kept.conversations === true ? named(home.data, [basename(home.database)]) : []),
    ...(kept.models === true ? [home.models] : []),
    ...(kept.desktop === true ? [home.desktop] : []),
  ]);
  return [...new Set(ours)].filter((path) => existsSync(path) && !stays.has(path)).map((path) => ({ path, bytes: size(path) }));
}

/** Deletes the data, settings, models and logs of a home, and its folders when nothing else is in them. The caller knows that no node runs. */
export function reset(home: Home, kept: KeptOnReset = {}): void {
  for (const { path } of resetPlan(home, kept)) rmSync(path, { recursive: true, force: true });
  for (const folder of new Set([home.data, home.config])) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** swarm.key, swarm.key.left-..., settings.json.bak, conversations.db-wal, ... */
function named(folder: string, names: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => names.some((name) => entry === name || entry.startsWith(`${name}.`) || entry.startsWith(`${name}-`)))
    .map((entry) => join(folder, entry));
}

function size(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  return status.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0) : status.size;
}
