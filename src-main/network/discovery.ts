// The seam between this room's two halves: mdns/ finds peers, network.ts dials them. No libp2p in it.
import type { FailureShape } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';

export type DiscoveryOptions = {
  /** mDNS service tags to ask and answer under, "_axon._udp.local" first. */
  tags: string[];
  /** discoveryTagText of the swarm key: 8 hex digits. */
  swarmTag: string;
  log: Log;
  clock: Clock;
  /** null: the trouble is over */
  onTrouble: (failure: FailureShape | null) => void;
  /** Also over 127.0.0.1, to nodes of this very host that listen nowhere else. By itself only when there is no other interface. */
  loopback?: boolean;
};

export type Discovery = {
  /** addresses: our listening multiaddrs with /p2p/, read anew at each answer. */
  start(self: { peerId: PeerId; addresses: () => string[] }): Promise<void> | void;
  stop(): Promise<void> | void;
  /** That peer proved to hold the key, so it no longer counts among the unknown, of whom only so many are passed on. */
  met?(peerId: PeerId): void;
  /** A node of our swarm (or, under libp2p's default tag, of an unknown one). */
  onFound(found: (peerId: PeerId, addresses: string[]) => void): void;
  /** How many nodes of other swarms were seen in the last two minutes. */
  onOtherSwarm(changed: (count: number) => void): void;
  /** An interface came, went or changed its address. */
  onInterfaces(changed: () => void): void;
};

export type Discover = (options: DiscoveryOptions) => Discovery;

export const axonTag = '_axon._udp.local';
/** libp2p's default, which Axon-Cluster nodes use. */
export const seedTag = '_p2p._udp.local';
