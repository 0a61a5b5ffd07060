// What createNode is given: every edge as a port or a factory, so that tests give fakes and entries the real ones.
import type { NearbyDoor } from '../../src-shared/member.ts';
import type { StorageFacts } from '../../src-shared/upkeep.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Override, Settings, SettingsPatch } from '../../src-shared/settings.ts';
import type { Clock, Engine, Log, Metered, OtherPrograms, ServedChat, ServedModels } from '../jobs/ports.ts';
import type { Crypto, News, Sign, Trust } from '../membership/ports.ts';
import type { RememberedPeers } from '../store/remembered-peers.ts';
import type { Conversations } from '../store/conversations/conversations.ts';
import type { Ledger } from '../store/ledger.ts';
import type { TrustFiles } from '../store/trust-files.ts';
import type { HostFacts } from './finding.ts';
import type { ObservedKeeper } from './observing.ts';
import type { ServerKey } from './server-key.ts';
import type { SnapshotKeeper } from './snapshots.ts';
import type { Hardware, Network, NetworkEvent } from '../swarm/ports.ts';

export type NetworkParts = {
  privateKey: Uint8Array;
  trust: Trust;
  settings: Settings;
  serve: ServedChat;
  models: ServedModels;
  onEvent: (event: NetworkEvent) => void;
  remembered: { peerId: PeerId; addresses: string[] }[];
  remember: (peerId: PeerId, addresses: string[]) => void;
};

/** What only an edge can do with keys. */
export type Signing = {
  crypto: Crypto;
  peerIdOf(privateKey: Uint8Array): PeerId;
  signer(privateKey: Uint8Array): Sign;
  /** Twelve new words. */
  newRecoveryWords(): string;
  /** @throws Failure recovery-wrong */
  recoveryIdentity(words: string): { privateKey: Uint8Array; peerId: PeerId };
};

/** An open door for machines without the key. */
export type PairingDoor = { readonly port: number; /** host:port */ readonly addresses: string[]; close(): Promise<void> };

export type PairingStepHeard =
  | { kind: 'searching' }
  | { kind: 'words'; name: string; words: string }
  | { kind: 'welcome'; peerId: PeerId; name: string; words: string; swarm: string; news: News; addresses: string[] };

/** Adding a device by a code; see network/pairing.ts and network/pair-by-code.ts. */
export type PairingPort = {
  open(parts: {
    privateKey: Uint8Array;
    name: string;
    code: string;
    swarm: string;
    addresses: () => string[];
    admit: Trust['admit'];
    onChange(now: { triesLeft: number; closed: boolean }): void;
  }): Promise<PairingDoor>;
  /** Who adds a device nearby, as that changes. Looks for as long as it is read. */
  nearby(signal: AbortSignal): AsyncIterable<NearbyDoor[]>;
  join(parts: {
    privateKey: Uint8Array;
    name: string;
    code: string;
    address?: string;
    signal: AbortSignal;
  }): AsyncIterable<PairingStepHeard>;
};

export type NodeOptions = {
  version: string;
  clock: Clock;
  log: Log;
  settings: {
    get(): Settings;
    update(patch: SettingsPatch): Settings;
    defaults(): SettingsPatch;
    readonly damaged: boolean;
    /** What this run decides over the person's settings; absent: nothing. */
    overrides?(): Override[];
  };
  /** swarm.key of this home, as bytes of the file. */
  keyFile: {
    read(): Uint8Array | undefined;
    /** Another swarm's: the one before is renamed, not destroyed. */
    write(text: string): void;
    /** The next one of the same swarm. */
    renew(text: string): void;
    forget(): void;
  };
  /** The grammar of swarm.key. */
  keyFormat: {
    parse(content: Uint8Array, file: { size?: number }): Uint8Array;
    create(): Uint8Array;
    text(key: Uint8Array): string;
    fingerprint(key: Uint8Array): string;
  };
  signing: Signing;
  trustFiles: TrustFiles;
  /** How large this home is, and the end of its log. */
  homeFacts: { storage(): Promise<StorageFacts>; logTail(): string };
  ledger: Ledger;
  pairing: PairingPort;
  identity: () => Promise<{ key: Uint8Array; kept: 'sealed' | 'file' }>;
  peers: RememberedPeers;
  conversations: Conversations;
  /** Where the last snapshot of the swarm is kept. */
  snapshots: SnapshotKeeper;
  /** Where it is kept how fast leaders were. */
  observed: ObservedKeeper;
  /** Where it is kept what is being downloaded. */
  downloads: { read(): unknown; write(dump: unknown): void };
  hardware: Hardware;
  otherPrograms: OtherPrograms;
  /** Left out: nobody can tell. */
  metered?: Metered;
  host: HostFacts;
  /** Shows or hides the app's window; absent: no app is around this node. */
  toggleWindow?: () => void;
  /** Of the server with the OpenAI API. */
  serverKey: Pick<ServerKey, 'from' | 'keep'>;
  /** Made anew when the engine's settings change. */
  engine: (settings: Settings) => Engine;
  /** Made anew when the key or the port changes. */
  network: (parts: NetworkParts) => Network;
};
