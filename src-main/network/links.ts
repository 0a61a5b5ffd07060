// The connections to each peer: one control connection a pair, and a bulk one beside it while a large message is under way.
// Both sides may dial at once; the connection that the lower peer id dialled stays. A connection that the other side dialled counts as
// control once an offer came over it (offers never travel on bulk ones), so a bulk connection is never mistaken for a duplicate.
// One that we dialled counts as open once a ping came back: libp2p calls it open before the other side had a chance to refuse us.
import type { Connection } from '@libp2p/interface';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import { chatProtocol } from './chat-protocol.ts';
import { inferenceProtocol } from './inference-protocol.ts';
import { roundTrip } from './pulse.ts';

const aliveMs = 1000;
const confirmMs = 2000;
const idleCheckMs = 500;

export type Links = {
  opened(connection: Connection): void;
  /** Whether the other side keeps a connection that we dialled. */
  confirmed(connection: Connection): Promise<boolean>;
  /** An offer came over it. */
  marked(connection: Connection): void;
  /** The connection to talk over; undefined when there is none. */
  control(peerId: PeerId): Connection | undefined;
  peers(): PeerId[];
  /** While this runs, connections that we dial to that peer are bulk ones. */
  dialBulk(peerId: PeerId, dial: () => Promise<Connection>): Promise<Connection>;
  /** Closes one that is not needed, once no answer runs on it. */
  closeWhenIdle(connection: Connection): void;
};

type LinkEvents = {
  first(connection: Connection): void;
  /** Another one, or the first: it stays until one side ends it. */
  kept(connection: Connection): void;
  /** We dialled another one: an offer has to go over it, so that the other side knows it for control. */
  second(peerId: PeerId): void;
  last(peerId: PeerId): void;
};

export function links(self: PeerId, clock: Clock, events: LinkEvents): Links {
  const open = new Map<PeerId, Connection[]>();
  const control = new WeakSet<Connection>();
  const bulk = new WeakSet<Connection>();
  const closing = new WeakSet<Connection>();
  const diallingBulk = new Map<PeerId, number>();
  const confirming = new WeakMap<Connection, Promise<boolean>>();

  const of = (peerId: PeerId): Connection[] => (open.get(peerId) ?? []).filter((connection) => connection.status === 'open');

  const closed = (peerId: PeerId, connection: Connection): void => {
    const left = (open.get(peerId) ?? []).filter((other) => other !== connection);
    if (left.length > 0) open.set(peerId, left);
    else if (open.delete(peerId)) events.last(peerId);
  };

  const closeWhenIdle = (connection: Connection): void => {
    closing.add(connection);
    const look = (): void => {
      if (connection.status !== 'open') return;
      if (connection.streams.some((stream) => stream.protocol === chatProtocol || stream.protocol === inferenceProtocol)) {
        clock.after(idleCheckMs, look);
        return;
      }
      connection.close().catch((error: unknown) => connection.abort(error instanceof Error ? error : new Error('not closed')));
    };
    look();
  };

  /** Both sides come to the same conclusion, whoever learns of the two first. */
  const settle = async (theirs: Connection, other: Connection, peerId: PeerId): Promise<void> => {
    if (other.direction === 'inbound') {
      // they would not have dialled again had the older one been alive; it is known as control, so no answer is lost with it
      if (control.has(other)) other.abort(new Error('replaced by a newer connection'));
      return;
    }
    if (self > peerId) closeWhenIdle(other);
    else if ((await roundTrip(other, clock, aliveMs)) !== null) closeWhenIdle(theirs);
    else other.abort(new Error('replaced by a newer connection'));
  };

  const admit = (peerId: PeerId, connection: Connection): void => {
    if (connection.status !== 'open') return;
    const before = open.get(peerId);
    open.set(peerId, [...(before ?? []), connection]);
    connection.addEventListener('close', () => closed(peerId, connection));
    if (before === undefined) events.first(connection);
    else if (connection.direction === 'outbound' && !bulk.has(connection)) {
      const theirs = before.find((other) => other.direction === 'inbound' && control.has(other));
      if (theirs === undefined) events.second(peerId);
      else void settle(theirs, connection, peerId);
    }
    events.kept(connection);
  };

  return {
    opened(connection) {
      const peerId = connection.remotePeer.toString();
      if (connection.direction === 'inbound') {
        admit(peerId, connection);
        return;
      }
      ((diallingBulk.get(peerId) ?? 0) > 0 ? bulk : control).add(connection);
      const confirmation = roundTrip(connection, clock, confirmMs).then((ms) => ms !== null);
      confirming.set(connection, confirmation);
      void confirmation.then((kept) => {
        if (kept) admit(peerId, connection);
        else connection.abort(new Error('the other side does not answer on it'));
      });
    },
    confirmed: async (connection) => connection.direction === 'inbound' || (confirming.get(connection) ?? false),
    marked(connection) {
      if (connection.direction === 'outbound' || control.has(connection)) return;
      control.add(connection);
      const peerId = connection.remotePeer.toString();
      for (const other of of(peerId)) if (other !== connection && !bulk.has(other)) void settle(connection, other, peerId);
    },
    control(peerId) {
      const candidates = of(peerId).filter((connection) => !bulk.has(connection));
      const staying = candidates.filter((connection) => !closing.has(connection));
      return staying.find((connection) => control.has(connection)) ?? staying[0] ?? candidates[0];
    },
    peers: () => [...open.keys()],
    async dialBulk(peerId, dial) {
      diallingBulk.set(peerId, (diallingBulk.get(peerId) ?? 0) + 1);
      try {
        return await dial();
      } finally {
        const left = (diallingBulk.get(peerId) ?? 1) - 1;
        if (left > 0) diallingBulk.set(peerId, left);
        else diallingBulk.delete(peerId);
      }
    },
    closeWhenIdle,
  };
}
