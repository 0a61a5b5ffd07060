// The one real wiring of a node, for both entries: cli.ts (plain Node) and utility.ts (under Electron). Only connects.
import os from 'node:os';
import process from 'node:process';
import { override, type Override, type Settings } from '../src-shared/settings.ts';
import { openDoor, type Door } from './api/loopback-door.ts';
import { embeddedEngine } from './engine/embedded/engine.ts';
import { ollamaEngine } from './engine/ollama/engine.ts';
import { serverAddress } from './engine/openai/address.ts';
import { openaiEngine } from './engine/openai/engine.ts';
import { serverFinder } from './engine/openai/find.ts';
import { openToNetwork } from './engine/ollama/open-to-network.ts';
import { firewallIsOn } from './hardware/firewall.ts';
import { hardware } from './hardware/hardware.ts';
import { meteredNetwork } from './hardware/metered.ts';
import { otherPrograms } from './hardware/other-programs.ts';
import type { Clock, Engine, Log } from './jobs/ports.ts';
import { lanDiscovery } from './network/mdns/lan-discovery.ts';
import { newIdentity, peerIdOf } from './network/identity.ts';
import { createNetwork } from './network/network.ts';
import { nearbyDoors } from './network/nearby-doors.ts';
import { pairByCode } from './network/pair-by-code.ts';
import { openPairing } from './network/pairing.ts';
import { crypto, signer } from './network/signing.ts';
import { fingerprint, newSwarmKey, parseSwarmKey, swarmKeyText } from './network/swarm-key.ts';
import { newRecoveryWords, recoveryIdentity } from './network/words.ts';
import type { PairingPort } from './node/options.ts';
import { serverKey, type ServerKey } from './node/server-key.ts';
import { createNode, type Node } from './node.ts';
import { openConversations } from './store/conversations/conversations.ts';
import { removeEntry, writeEntry } from './store/entry-file.ts';
import { homeFacts } from './store/home-facts.ts';
import { createHome, type Home } from './store/home.ts';
import { openIdentity, type Seal } from './store/identity.ts';
import { openLedger } from './store/ledger.ts';
import { takeLock } from './store/lock.ts';
import { openLog } from './store/log.ts';
import { openRememberedPeers } from './store/remembered-peers.ts';
import { openServerKeyFile } from './store/server-key.ts';
import { openSettings } from './store/settings-store.ts';
import { openSmallFile } from './store/small-file.ts';
import { openSnapshotFile } from './store/snapshot-file.ts';
import { forgetSwarmKey, readSwarmKey, renewSwarmKey, writeSwarmKey } from './store/swarm-key-file.ts';
import { openTrustFiles } from './store/trust-files.ts';
import { version } from './version.ts';

export type RealNodeOptions = {
  home: Home;
  /** engine/embedded/child.ts from source, engine-child.js when built. */
  engineChildEntry: URL | string;
  /** Folders with .gguf files besides the home's own. */
  modelDirs: readonly string[];
  /** The system's key store; null where there is none. */
  seal: Seal | null;
  /** The folder of the built renderer; null: no web window, and `door: false`: no loopback door at all. */
  pageDir: string | null;
  door?: boolean;
  /** Settings for this run only; they are in force but not written. */
  settings?: Partial<Settings>;
  /** Which flags those came from, in the words of the command line. */
  flags?: Partial<Record<keyof Settings, string>>;
  /** Listen here instead of on the swarm port of the settings. */
  listen?: string[];
  /** false: neither search nor announce by mDNS. */
  mdns?: boolean;
  /** Shows or hides the app's window; absent: no app is around this node. */
  toggleWindow?: () => void;
  /** Gets warnings and errors as plain lines. */
  warn?: (line: string) => void;
};

export type RealNode = Node & { readonly log: Log; readonly door: Door | null };

/** Real time. */
export const realClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Takes the home's lock, opens its files and makes the node; start() brings it up, stop() gives everything back.
 * @throws Failure home-in-use, identity-sealed, too-old
 */
export async function realNode(options: RealNodeOptions): Promise<RealNode> {
  const { home } = options;
  createHome(home);
  const unlock = takeLock(home.lock);
  const log = openLog(home.logs, { also: options.warn ?? (() => {}) });
  try {
    const settings = overlaid(openSettings(home.settings), options);
    const conversations = openConversations(
      home.database,
      () => Date.now(),
      (error) => log.error('an answer, a backup or the search index could not be stored', { reason: String(error) }),
    );
    if (conversations.repaired !== null) log.warn('the conversations were damaged and are repaired', { ...conversations.repaired });
    const keyFile = await openServerKeyFile(home.serverKey, options.seal, (reason) =>
      log.warn('the key of the server was not read', { reason }),
    );
    const keys = serverKey(keyFile, process.env['AXON_OPENAI_KEY'] || undefined, serverAddress);
    const node = createNode({
      version,
      clock: realClock,
      log,
      settings,
      keyFile: {
        read: () => readSwarmKey(home.swarmKey),
        write: (text) => writeSwarmKey(home.swarmKey, text, new Date()),
        renew: (text) => renewSwarmKey(home.swarmKey, text),
        forget: () => forgetSwarmKey(home.swarmKey, new Date()),
      },
      keyFormat: { parse: parseSwarmKey, create: newSwarmKey, text: swarmKeyText, fingerprint },
      signing: { crypto, peerIdOf, signer, newRecoveryWords, recoveryIdentity },
      trustFiles: openTrustFiles(home),
      homeFacts: homeFacts(home),
      ledger: openLedger(home.ledger, () => Date.now()),
      pairing: pairingPort(options, log),
      identity: () => openIdentity(home.identity, options.seal, newIdentity),
      peers: openRememberedPeers(home.remembered),
      conversations,
      snapshots: openSnapshotFile(home.snapshot),
      observed: openSmallFile(home.observed),
      downloads: openSmallFile(home.downloads),
      hardware: hardware({ clock: realClock, log, home: home.data }),
      otherPrograms: otherPrograms({ clock: realClock, log }),
      metered: meteredNetwork,
      ...(options.toggleWindow === undefined ? {} : { toggleWindow: options.toggleWindow }),
      host: {
        platform: process.platform,
        release: os.release(),
        searching: options.mdns !== false,
        firewall: () => firewallIsOn(),
        openToNetwork,
        servers: serverFinder(),
      },
      serverKey: keys,
      engine: (wanted) => engineFor(wanted, options, keys, log),
      network: ({ settings: wanted, ...parts }) =>
        createNetwork({
          ...parts,
          version,
          listen: options.listen ?? [`/ip4/0.0.0.0/tcp/${wanted.swarmPort}`],
          explicitPort: options.listen !== undefined,
          discover: options.mdns === false ? null : lanDiscovery,
          seedDiscovery: wanted.seedDiscovery,
          clock: realClock,
          log,
        }),
    });
    return withDoor(node, options, { log, unlock, webPort: settings.get().webPort, exactPort: options.settings?.webPort !== undefined });
  } catch (error) {
    unlock();
    throw error;
  }
}

function withDoor(
  node: Node,
  options: RealNodeOptions,
  parts: { log: ReturnType<typeof openLog>; unlock: () => void; webPort: number; exactPort: boolean },
): RealNode {
  const { home } = options;
  let door: Door | null = null;
  return {
    ...node,
    log: parts.log,
    get door() {
      return door;
    },
    async start() {
      await node.start();
      if (options.door === false) return;
      door = await openDoor({
        port: parts.webPort,
        exactPort: parts.exactPort,
        router: node.control,
        secret: node.secret,
        pageDir: options.pageDir,
        log: parts.log,
      });
      writeEntry(home.entry, { pid: process.pid, port: door.port, token: door.token, startedAt: Date.now() });
    },
    async stop() {
      if (door !== null) removeEntry(home.entry);
      await door?.close();
      await node.stop();
      parts.unlock();
      parts.log.close();
    },
  };
}

/** The door for machines without the key listens where the swarm does, at any port. */
function pairingPort(options: RealNodeOptions, log: Log): PairingPort {
  const discover = options.mdns === false ? null : lanDiscovery;
  const listen = (options.listen ?? ['/ip4/0.0.0.0/tcp/0']).map((address) => address.replace(/\/tcp\/\d+/, '/tcp/0'));
  return {
    open: (parts) => openPairing({ ...parts, listen, clock: realClock, log }),
    join: (parts) => pairByCode({ ...parts, discover, clock: realClock, log }),
    nearby: (signal) => nearbyDoors({ discover, clock: realClock, log, signal }),
  };
}

function engineFor(settings: Settings, options: RealNodeOptions, keys: ServerKey, log: Log): Engine {
  switch (settings.engine) {
    case 'embedded':
      return embeddedEngine({
        modelDirs: [options.home.models, ...options.modelDirs],
        ownModels: options.home.models,
        childEntry: options.engineChildEntry,
        clock: realClock,
        log,
      });
    case 'ollama':
      return ollamaEngine({
        ...(settings.ollamaUrl === undefined ? {} : { url: settings.ollamaUrl }),
        env: process.env,
        cwd: process.cwd(),
        clock: realClock,
        log,
      });
    case 'openai':
      return openaiEngine({
        ...(settings.openaiUrl === undefined ? {} : { url: settings.openaiUrl }),
        key: () => keys.of(settings),
        clock: realClock,
        log,
      });
  }
}

const settingName = override.shape.setting;

type Store = ReturnType<typeof openSettings>;

/** Overrides are in force until the person changes that very setting. */
function overlaid(store: Store, { settings: given = {}, flags = {} }: RealNodeOptions): Store & { overrides(): Override[] } {
  let over = given;
  const firm = (): Override[] =>
    Object.entries(flags).flatMap(([key, by]) => {
      const setting = settingName.parse(key);
      // what has no value of its own is decided elsewhere, such as the port by --listen
      return setting in over || !(setting in given) ? [{ setting, by, firm: true }] : [];
    });
  return {
    get: () => ({ ...store.get(), ...over }),
    damaged: store.damaged,
    // what a flag decides for this run is not the person's to reset
    defaults: () => Object.fromEntries(Object.entries(store.defaults()).filter(([key]) => !(key in over))),
    overrides() {
      const env = ['OLLAMA_HOST', 'OLLAMA_LOCALHOST'].find((name) => Boolean(process.env[name]));
      const unset = (over.ollamaUrl ?? store.get().ollamaUrl) === undefined;
      return [...firm(), ...(env !== undefined && unset ? [{ setting: 'ollamaUrl' as const, by: env, firm: false }] : [])];
    },
    update(patch) {
      store.update(patch);
      over = Object.fromEntries(Object.entries(over).filter(([key]) => !(key in patch)));
      return { ...store.get(), ...over };
    },
  };
}
