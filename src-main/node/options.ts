// What createNode is given: every edge as a port or a factory, so that tests give fakes and entries the real ones.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Settings, SettingsPatch } from '../../src-shared/settings.ts';
import type { Clock, Engine, Log, ServedChat } from '../jobs/ports.ts';
import type { Conversations } from '../store/conversations.ts';
import type { Hardware, Network, NetworkEvent } from '../swarm/ports.ts';

export type NetworkParts = {
  privateKey: Uint8Array;
  swarmKey: Uint8Array;
  settings: Settings;
  serve: ServedChat;
  onEvent: (event: NetworkEvent) => void;
  remembered: { peerId: PeerId; addresses: string[] }[];
  remember: (peerId: PeerId, addresses: string[]) => void;
};

export type NodeOptions = {
  version: string;
  clock: Clock;
  log: Log;
  settings: { get(): Settings; update(patch: SettingsPatch): Settings; readonly damaged: boolean };
  /** swarm.key of this home, as bytes of the file. */
  keyFile: { read(): Uint8Array | undefined; write(text: string): void; forget(): void };
  /** The grammar of swarm.key. */
  keyFormat: {
    parse(content: Uint8Array, file: { size?: number }): Uint8Array;
    create(): Uint8Array;
    text(key: Uint8Array): string;
    fingerprint(key: Uint8Array): string;
  };
  identity: () => Promise<{ key: Uint8Array; kept: 'sealed' | 'file' }>;
  peers: {
    all(): { peerId: PeerId; addresses: string[]; name?: string | undefined }[];
    remember(peerId: PeerId, known: { addresses?: string[]; name?: string }): void;
    forget(peerId: PeerId): void;
    clear(): void;
  };
  conversations: Conversations;
  hardware: Hardware;
  /** Made anew when the engine's settings change. */
  engine: (settings: Settings) => Engine;
  /** Made anew when the key or the port changes. */
  network: (parts: NetworkParts) => Network;
};
