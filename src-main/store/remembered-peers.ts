// Peers that were connected, and where: dialled first after a start, before mDNS answers. With what they said last, so that a node that starts
// while its leader is off knows whom to wait for.
import { z } from 'zod';
import { plainName } from '../../src-shared/name.ts';
import { offer, peerId, type Offer, type PeerId } from '../../src-shared/peer.ts';
import { readJson, writeJson } from './atomic-file.ts';

const limits = { peers: 256, addresses: 16, address: 300, name: 63, offerCharacters: 8 * 1024 } as const;
/** What a peer said of itself last. at: wall clock ms when that was last so */
const said = z.object({ offer, at: z.number().nonnegative() });

const schema = z
  .array(
    z.object({
      peerId,
      addresses: z.array(z.string().max(limits.address)).max(limits.addresses),
      name: z.string().max(limits.name).transform(plainName).optional(),
      /** wall clock ms of the last sign of life */
      lastSeen: z.number().nonnegative().optional().catch(undefined),
      // one that another Axon wrote and this one does not understand costs what was said, and not the address
      said: said.optional().catch(undefined),
    }),
  )
  .max(limits.peers);
export type RememberedPeer = z.infer<typeof schema>[number];

/** When a peer was here last, and what it said then. */
export type PeerSighting = Pick<RememberedPeer, 'peerId' | 'lastSeen' | 'said'>;

export type RememberedPeers = {
  all(): RememberedPeer[];
  /** Keeps that of those which are on the list, in one write; others are not put there. */
  saw(sightings: readonly PeerSighting[]): void;
  remember(id: PeerId, known: { addresses?: string[]; name?: string }): void;
  forget(id: PeerId): void;
  clear(): void;
};

/** Opens the list; an unreadable one starts empty, since it can be found again. */
export function openRememberedPeers(path: string): RememberedPeers {
  const parsed = schema.safeParse(readJson(path)?.value);
  let peers = parsed.success ? parsed.data : [];
  const save = (next: RememberedPeer[]): void => {
    peers = next.slice(0, limits.peers);
    writeJson(path, peers);
  };
  return {
    all: () => peers,
    remember(id, known) {
      const before = peers.find((peer) => peer.peerId === id);
      const name = (known.name ?? before?.name)?.slice(0, limits.name);
      const addresses = (known.addresses ?? before?.addresses ?? [])
        .filter(({ length }) => length <= limits.address)
        .slice(0, limits.addresses);
      const next: RememberedPeer = { ...before, peerId: id, addresses, ...(name === undefined ? {} : { name }) };
      if (JSON.stringify(before) !== JSON.stringify(next)) save([next, ...peers.filter((peer) => peer.peerId !== id)]);
    },
    saw(sightings) {
      const seen = new Map(sightings.map((one) => [one.peerId, one]));
      const next = peers.map((peer) => ({ ...peer, ...bounded(seen.get(peer.peerId)) }));
      if (JSON.stringify(next) !== JSON.stringify(peers)) save(next);
    },
    forget: (id) => save(peers.filter((peer) => peer.peerId !== id)),
    clear: () => save([]),
  };
}

/** Without what is not known. A list of models that is too long for the file loses its end: what a machine is matters more. */
function bounded(sighting: PeerSighting | undefined): Partial<PeerSighting> {
  if (sighting === undefined) return {};
  const { lastSeen, said: last } = sighting;
  const fits = last === undefined ? null : fitting(last.offer);
  return {
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(last === undefined || fits === null ? {} : { said: { offer: fits, at: last.at } }),
  };
}

/** null: it is too long however few models are kept */
function fitting(whole: Offer): Offer | null {
  const fits = (one: Offer): boolean => JSON.stringify(one).length <= limits.offerCharacters;
  if (fits(whole)) return whole;
  const { couldLead: _, ...rest } = whole;
  for (let count = rest.leads?.models.length ?? 0; ; count = Math.floor(count / 2)) {
    const { leads } = rest;
    const shorter = leads === null ? rest : { ...rest, leads: { ...leads, downloads: [], models: leads.models.slice(0, count) } };
    if (fits(shorter)) return shorter;
    if (count === 0) return null;
  }
}
