// Peers that were connected, and where: dialled first after a start, before mDNS answers.
import { z } from 'zod';
import { plainName } from '../../src-shared/name.ts';
import { peerId, type PeerId } from '../../src-shared/peer.ts';
import { readJson, writeJson } from './atomic-file.ts';

const limits = { peers: 256, addresses: 16, address: 300, name: 63 } as const;
const schema = z
  .array(
    z.object({
      peerId,
      addresses: z.array(z.string().max(limits.address)).max(limits.addresses),
      name: z.string().max(limits.name).transform(plainName).optional(),
    }),
  )
  .max(limits.peers);
export type RememberedPeer = z.infer<typeof schema>[number];

export type RememberedPeers = {
  all(): RememberedPeer[];
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
      const next: RememberedPeer = { peerId: id, addresses, ...(name === undefined ? {} : { name }) };
      if (JSON.stringify(before) !== JSON.stringify(next)) save([next, ...peers.filter((peer) => peer.peerId !== id)]);
    },
    forget: (id) => save(peers.filter((peer) => peer.peerId !== id)),
    clear: () => save([]),
  };
}
