// What discovery is told of this node, its keys and whom it knows; and what it tells.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { EpochKey, Keyring, Trust } from '../membership/ports.ts';
import type { NetworkEvent } from '../swarm/ports.ts';
import { axonTag, seedTag, type Discover, type Discovery } from './discovery.ts';
import { discoveryTagText } from './swarm-key.ts';

type Options = {
  trust: Trust;
  /** null: nothing is announced or searched. */
  discover: Discover | null;
  /** Also under libp2p's default tag. */
  seedDiscovery?: boolean;
  onEvent(event: NetworkEvent): void;
  clock: Clock;
  log: Log;
};
type Finds = { found(peerId: PeerId, addresses: string[]): void; isKnown(peerId: PeerId): boolean };

/** A discovery that is not started yet; null where there is to be none. Its troubles, whom it hears and other swarms are events. */
export function discoverPeers(
  { trust, discover, seedDiscovery, onEvent, clock, log }: Options,
  { found, isKnown }: Finds,
): Discovery | null {
  if (discover === null) return null;
  // asked for with every packet that comes in
  const made = new Map<string, string>();
  const tag = ({ key }: EpochKey): string => {
    const text = made.get(key) ?? discoveryTagText(new Uint8Array(Buffer.from(key, 'hex')));
    made.set(key, text);
    return text;
  };
  const discovery = discover({
    tags: seedDiscovery === true ? [axonTag, seedTag] : [axonTag],
    swarmTags() {
      const ring = ringOf(trust);
      if (ring === null) return { announced: null, ours: [] };
      const { current, retired } = ring;
      return { announced: tag(current), ours: [current, ...retired].map(tag) };
    },
    isKnown,
    log,
    clock,
    onTrouble: (failure) => onEvent({ kind: 'trouble', about: 'mdns', failure }),
    onHeard: (who) => onEvent({ kind: 'heard', who }),
  });
  discovery.onFound(found);
  discovery.onOtherSwarm((count) => onEvent({ kind: 'other-swarms', count }));
  return discovery;
}

/** The keys of now. null: they were taken away, and this network is about to end. */
export function ringOf(trust: Trust): Keyring | null {
  try {
    return trust.keyring();
  } catch {
    return null;
  }
}
