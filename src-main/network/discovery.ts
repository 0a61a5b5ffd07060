// The seam between this room's two halves: mdns/ finds peers, network.ts dials them. No libp2p in it.
import type { MulticastHeard } from '../../src-shared/discovery.ts';
import type { FailureShape } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';

export type DiscoveryOptions = {
  /** mDNS service tags to ask and answer under, "_axon._udp.local" first. */
  tags: string[];
  /**
   * discoveryTagText of the swarm keys, 8 hex digits each, read anew for each packet. announced: the current one; null: this machine has no
   * key and announces nothing. ours: whose nodes are of this swarm, also with a key that was replaced.
   */
  swarmTags: () => { announced: string | null; ours: readonly string[] };
  /** A member or a remembered peer, which is passed on whatever its tag: it may have slept while the key changed, or we may have. */
  isKnown: (peerId: PeerId) => boolean;
  log: Log;
  clock: Clock;
  /** null: the trouble is over */
  onTrouble: (failure: FailureShape | null) => void;
  /** Called when it changes; `nothing` when the interfaces changed. */
  onHeard?: (who: MulticastHeard) => void;
  /** Also over 127.0.0.1, to nodes of this very host that listen nowhere else. By itself only when there is no other interface. */
  loopback?: boolean;
};

/** port: TCP. name: what people call this machine; told only while the door is open. */
export type AnnouncedDoor = { port: number; name: string };

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
  /** While somebody here adds a device: where machines without the key may knock (pairing.ts). Says so now. null: no more. */
  setPairing(door: AnnouncedDoor | null): void;
  /** Somebody nearby adds a device: multiaddrs of that port, without /p2p/; none: no more. name: as it may be shown; '': it does not say. */
  onPairing(found: (peerId: PeerId, addresses: string[], name: string) => void): void;
  /** The tag to announce changed: says so now. */
  changed(): void;
  /** An interface came, went or changed its address. */
  onInterfaces(changed: () => void): void;
};

export type Discover = (options: DiscoveryOptions) => Discovery;

export const axonTag = '_axon._udp.local';
/** libp2p's default, which Axon-Cluster nodes use. */
export const seedTag = '_p2p._udp.local';
