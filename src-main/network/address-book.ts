// Where peers can be dialled, and who is worth remembering.
import type { Connection } from '@libp2p/interface';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Trust } from '../membership/ports.ts';
import { withoutPeerId, withPeerId } from './address.ts';
import { isLoopback } from './libp2p-node.ts';
import type { Redial } from './redial.ts';

export type AddressBook = {
  /** Where that peer can be dialled: where we dialled it, and what it says itself. */
  learn(connection: Connection, listening: string[]): void;
  /** A member, or one that was a member when we last met it. */
  isKnown(peerId: PeerId): boolean;
};

export type AddressBookOptions = {
  trust: Trust;
  /** From earlier runs. */
  remembered: { peerId: PeerId; addresses: string[] }[];
  remember(peerId: PeerId, addresses: string[]): void;
};

/** Only members are remembered for later runs. */
export function addressBook(loop: Redial, forgotten: ReadonlySet<PeerId>, options: AddressBookOptions): AddressBook {
  const { trust } = options;
  const remembered = new Map<PeerId, string>(options.remembered.map(({ peerId, addresses }) => [peerId, addresses.join()]));
  return {
    learn(connection, listening) {
      const peerId = connection.remotePeer.toString();
      if (forgotten.has(peerId)) return;
      const own = connection.direction === 'outbound' ? [withoutPeerId(connection.remoteAddr.toString())] : [];
      // its loopback is ours: only true when it is on this host
      const near = isLoopback(connection.remoteAddr.toString());
      const usable = listening
        .map(withoutPeerId)
        .filter((address) => (near || !isLoopback(address)) && withPeerId(address, peerId) !== undefined);
      loop.found(peerId, [...new Set([...own, ...usable])]);
      const after = loop.addresses(peerId);
      if (after.length === 0 || after.join() === remembered.get(peerId) || trust.standing(peerId) !== 'member') return;
      remembered.set(peerId, after.join());
      options.remember(peerId, after);
    },
    // where everyone with the key is a member, every stranger's peer id is one's
    isKnown: (peerId) => remembered.has(peerId) || (!trust.host().open && trust.standing(peerId) === 'member'),
  };
}
