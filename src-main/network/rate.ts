// How often one peer may come with something: so many at once, then so many a second.
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';

/** Peers that are remembered: whoever has the key can come with ever new identities. */
const maxPeers = 1024;

type RateOf = { readonly burst: number; readonly perSecond: number };

/** Takes one from the share of that peer; false: it has none left. */
type TakeOne = (peerId: PeerId) => boolean;

export function ratePerPeer(clock: Clock, { burst, perSecond }: RateOf): TakeOne {
  const peers = new Map<PeerId, { left: number; at: number }>();
  return (peerId) => {
    const now = clock.now();
    const known = peers.get(peerId) ?? { left: burst, at: now };
    const left = Math.min(burst, known.left + ((now - known.at) * perSecond) / 1000);
    peers.delete(peerId);
    peers.set(peerId, { left: left < 1 ? left : left - 1, at: now });
    dropOldest(peers, maxPeers);
    return left >= 1;
  };
}
