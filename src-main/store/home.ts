// Where this node keeps its things: each system's standard folders, or everything under one --home folder.
import { chmodSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

export type Home = {
  data: string;
  config: string;
  logs: string;
  models: string;
  /** Plain 0600 file, since people carry it. */
  swarmKey: string;
  /** Signed statements about who is in the swarm. */
  roster: string;
  /** Older swarm keys, and what a key of this home was made for. */
  keys: string;
  /** Invites that were made here, and the one that this device came with. */
  invites: string;
  /** Who used this machine. */
  ledger: string;
  identity: string;
  settings: string;
  /** Of a server with the OpenAI API. */
  serverKey: string;
  /** Peers and addresses that worked. */
  remembered: string;
  database: string;
  /** The last snapshot of the swarm. */
  snapshot: string;
  /** How fast leaders were. */
  observed: string;
  /** Which models are being downloaded. */
  downloads: string;
  /** What the windows keep: Electron's userData. */
  desktop: string;
  /** How the command line finds the running node. */
  entry: string;
  lock: string;
};

type World = { platform: NodeJS.Platform; env: NodeJS.ProcessEnv; home: string };

/** The paths of a home; nothing is made. `dir` undefined: the system's standard folders for this user. */
export function homePaths(dir?: string, world: World = { platform: process.platform, env: process.env, home: homedir() }): Home {
  const { data, config, logs } =
    dir === undefined ? standardFolders(world) : { data: resolve(dir), config: resolve(dir), logs: join(resolve(dir), 'logs') };
  return {
    data,
    config,
    logs,
    models: join(data, 'models'),
    swarmKey: join(data, 'swarm.key'),
    roster: join(data, 'roster.json'),
    keys: join(data, 'keys.json'),
    invites: join(data, 'invites.json'),
    ledger: join(data, 'ledger.jsonl'),
    identity: join(data, 'identity.json'),
    settings: join(config, 'settings.json'),
    serverKey: join(data, 'server-key.json'),
    remembered: join(data, 'peers.json'),
    database: join(data, 'conversations.db'),
    snapshot: join(data, 'snapshot.json'),
    observed: join(data, 'observed.json'),
    downloads: join(data, 'downloads.json'),
    desktop: join(data, 'desktop'),
    entry: join(data, 'node.json'),
    lock: join(data, 'node.lock'),
  };
}

function standardFolders({ platform, env, home }: World): { data: string; config: string; logs: string } {
  if (platform === 'darwin') {
    const data = join(home, 'Library', 'Application Support', 'Axon');
    return { data, config: data, logs: join(home, 'Library', 'Logs', 'Axon') };
  }
  if (platform === 'win32') {
    const data = join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Axon');
    return { data, config: data, logs: join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Axon', 'Logs') };
  }
  const xdg = (name: string, fallback: string): string => {
    const value = env[name];
    // XDG base directory specification: a relative path is invalid and must be ignored
    return value !== undefined && value.startsWith('/') ? value : join(home, fallback);
  };
  return {
    data: join(xdg('XDG_DATA_HOME', '.local/share'), 'axon'),
    config: join(xdg('XDG_CONFIG_HOME', '.config'), 'axon'),
    logs: join(xdg('XDG_STATE_HOME', '.local/state'), 'axon', 'logs'),
  };
}

/** Makes the folders of a home, readable by their owner only. */
export function createHome(home: Home): void {
  for (const folder of new Set([home.data, home.config, home.logs, home.models])) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.platform !== 'win32') chmodSync(folder, 0o700);
  }
}
