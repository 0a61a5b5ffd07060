// What this node knows of its peers, from network events alone.
import type { Offer, PeerId, PeerView } from '../../src-shared/peer.ts';
import type { RememberedPeer, PeerSighting } from '../store/remembered-peers.ts';
import type { Candidate } from '../swarm/placement.ts';
import type { NetworkEvent } from '../swarm/ports.ts';

type Known = {
  name: string | undefined;
  state: PeerView['state'];
  addresses: string[];
  /** Where the link leads that is there now; null: none */
  link: string | null;
  latencyMs: number | null;
  offer: Offer | null;
  lastSeen: number | null;
  /** Wall clock ms when what it says of itself was last so. */
  offerAt: number | null;
  /** What it said last before this run, told while it is away; null: nothing that is known */
  earlier: RememberedPeer['said'] | null;
  /** It is connected, and its Axon does not speak with this one. */
  tooOld?: boolean;
  /** It answered others since it came, and does not any more. */
  stopped?: boolean;
};

export type Peers = {
  hear(event: NetworkEvent): void;
  views(): PeerView[];
  candidates(): Candidate[];
  get(peerId: PeerId): Known | undefined;
  forget(peerId: PeerId): void;
  /** What is worth keeping for the next run. */
  sightings(): PeerSighting[];
  /** Another swarm, or the network stopped. */
  clear(remembered: readonly RememberedPeer[]): void;
};

export function knownPeers(date: () => number, named: (peerId: PeerId, name: string) => void): Peers {
  let peers = new Map<PeerId, Known>();
  /** Role auto and placement look at all of them whenever something changed, and most did not change. */
  const candidates = new Map<PeerId, Candidate>();
  const candidate = (peerId: PeerId, peer: Known): Candidate => {
    const known = candidates.get(peerId);
    if (known !== undefined) return known;
    const made: Candidate = {
      peerId,
      name: peer.name ?? shortName(peerId),
      local: false,
      connected: peer.state === 'connected',
      latencyMs: peer.latencyMs,
      offer: peer.offer,
      ...(peer.state === 'connected' && peer.link !== null ? { near: isNear(peer.link) } : {}),
    };
    candidates.set(peerId, made);
    return made;
  };
  const at = (peerId: PeerId): Known => {
    const known = peers.get(peerId) ?? {
      name: undefined,
      state: 'found',
      addresses: [],
      link: null,
      latencyMs: null,
      offer: null,
      lastSeen: null,
      offerAt: null,
      earlier: null,
    };
    peers.set(peerId, known);
    // whoever asks for it here is about to change it
    candidates.delete(peerId);
    return known;
  };

  return {
    hear(event) {
      switch (event.kind) {
        case 'found':
          at(event.peerId).addresses = event.addresses;
          return;
        case 'connected': {
          const peer = at(event.peerId);
          peer.state = 'connected';
          peer.link = event.address;
          peer.lastSeen = date();
          // it may have been updated meanwhile
          delete peer.tooOld;
          delete peer.stopped;
          if (!peer.addresses.includes(event.address)) peer.addresses = [event.address, ...peer.addresses].slice(0, 8);
          return;
        }
        case 'disconnected': {
          const peer = at(event.peerId);
          peer.state = 'away';
          peer.link = null;
          peer.latencyMs = null;
          return;
        }
        case 'offer': {
          const peer = at(event.peerId);
          if (endedLeading(peer.offer, event.offer)) peer.stopped = true;
          else if (event.offer.leads !== null) delete peer.stopped;
          peer.offer = event.offer;
          delete peer.tooOld;
          peer.name = event.offer.name;
          peer.lastSeen = date();
          peer.offerAt = peer.lastSeen;
          named(event.peerId, event.offer.name);
          return;
        }
        case 'offer-confirmed': {
          const peer = at(event.peerId);
          peer.lastSeen = date();
          peer.offerAt = peer.lastSeen;
          return;
        }
        case 'too-old':
          at(event.peerId).tooOld = true;
          return;
        case 'latency': {
          const peer = at(event.peerId);
          peer.latencyMs = event.ms;
          peer.link = event.address ?? peer.link;
          peer.lastSeen = date();
          return;
        }
        case 'shut-out':
        case 'other-swarms':
        case 'heard':
        case 'listening':
        case 'trouble':
          return;
      }
    },
    views: () =>
      [...peers]
        .map(([peerId, { name, link: _link, earlier, ...peer }]) => ({
          peerId,
          name: name ?? shortName(peerId),
          ...peer,
          // once it is here only what it says now counts
          ...(peer.offer === null && peer.state === 'away' && earlier != null ? { offer: earlier.offer, offerAt: earlier.at } : {}),
        }))
        .toSorted((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    candidates: () => Array.from(peers, ([peerId, peer]) => candidate(peerId, peer)),
    get: (peerId) => peers.get(peerId),
    forget(peerId) {
      peers.delete(peerId);
      candidates.delete(peerId);
    },
    sightings: () =>
      Array.from(peers, ([peerId, { lastSeen, offer, offerAt, earlier }]) => ({
        peerId,
        lastSeen: lastSeen ?? undefined,
        said: offer === null ? (earlier ?? undefined) : { offer, at: offerAt ?? date() },
      })),
    clear(remembered) {
      candidates.clear();
      const now = date();
      // a name that was heard a moment ago is not on disk yet
      const heard = peers;
      peers = new Map(
        remembered.map(({ peerId, addresses, name: kept, lastSeen, said }) => [
          peerId,
          {
            ...{
              name: heard.get(peerId)?.name ?? kept,
              state: 'away' as const,
              addresses,
              link: null,
              latencyMs: null,
              offer: null,
              offerAt: null,
            },
            // this machine's clock may have been set back since
            lastSeen: lastSeen === undefined ? null : Math.min(lastSeen, now),
            earlier: said === undefined ? null : { offer: said.offer, at: Math.min(said.at, now) },
          },
        ]),
      );
    },
  };
}

/** Not for a moment, as with another engine or model, nor by a fault: its person, or the machine by role auto, ended it. */
function endedLeading(before: Offer | null, now: Offer): boolean {
  return before?.leads != null && now.leads === null && now.role !== 'leader' && now.engineDown !== true;
}

/** Until a peer has said its name: the end of its id, as people compare it. */
export function shortName(peerId: PeerId): string {
  return `…${peerId.slice(-6)}`;
}

function order(peer: PeerView): number {
  return peer.state === 'connected' ? (peer.offer?.leads === null ? 1 : 0) : peer.state === 'away' ? 2 : 3;
}

/**
 * The link stays in the house: a private, link-local or loopback address (RFC 1918, 3927, 4193, 4291), and no relay on the way.
 * @param address multiaddr of the link
 */
export function isNear(address: string): boolean {
  if (address.includes('/p2p-circuit')) return false;
  const [, kind, host = ''] = address.split('/');
  if (kind === 'ip4') return /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(host);
  return kind === 'ip6' && (host === '::1' || /^(fe[89ab]|f[cd])[0-9a-f]{0,2}:/i.test(host));
}
