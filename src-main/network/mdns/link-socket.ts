// One UDP socket for the mDNS of one interface: what it sends leaves there, whatever the routes say.
import { createSocket } from 'node:dgram';
import { isLoopbackAddress, onLink, type Interface } from './interfaces.ts';

const mdnsGroup = '224.0.0.251';
const mdnsPort = 5353;

/** A goodbye that cannot leave keeps nobody waiting longer. */
const lastWordMs = 200;

export type LinkSocket = {
  readonly link: Interface;
  send(packet: Uint8Array): void;
  /** Sends these, then closes. */
  close(lastWords: Uint8Array[]): Promise<void>;
};

type LinkEvents = {
  /** Bound and joined. */
  ready(): void;
  packet(bytes: Uint8Array, from: string): void;
  /** It could not be opened, or broke; it is closed. */
  failed(error: NodeJS.ErrnoException): void;
  /** The outcome of a send: undefined is success. */
  sent(error: Error | undefined): void;
};

/** Opens it. All mDNS programs of a host share the port. */
export function linkSocket(link: Interface, events: LinkEvents): LinkSocket {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  let open = true;
  let ready = false;

  const fail = (error: NodeJS.ErrnoException): void => {
    if (!open) return;
    open = false;
    socket.close();
    events.failed(error);
  };
  const transmit = (packet: Uint8Array, done: (error: Error | undefined) => void): void => {
    try {
      socket.send(packet, mdnsPort, mdnsGroup, (error) => done(error ?? undefined));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  };

  socket.on('error', fail);
  socket.on('message', (bytes, { address }) => {
    if (open) events.packet(bytes, address);
  });
  // not to the interface's address: Linux would deliver no multicast then
  socket.bind(mdnsPort, '0.0.0.0', () => {
    if (!open) return;
    try {
      socket.addMembership(mdnsGroup, link.address);
      socket.setMulticastInterface(link.address);
      socket.setMulticastTTL(255);
      // other nodes on this host hear us this way
      socket.setMulticastLoopback(true);
    } catch (error) {
      fail(error as NodeJS.ErrnoException);
      return;
    }
    ready = true;
    events.ready();
  });

  return {
    link,
    send(packet) {
      if (open && ready) transmit(packet, (error) => open && events.sent(error));
    },
    async close(lastWords) {
      if (!open) return;
      open = false;
      const sent = ready ? lastWords.map((packet) => new Promise<void>((resolve) => transmit(packet, () => resolve()))) : [];
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, lastWordMs);
      });
      await Promise.race([Promise.all(sent), late]);
      clearTimeout(timer);
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

/**
 * Whether the socket of `link` answers for a packet from that address. Linux hands each packet to the sockets of all interfaces:
 * the one whose network the sender is in takes it; all do when there is none, since a home may carry two networks on one cable.
 */
export function concerns(link: Interface, from: string, links: Interface[]): boolean {
  if (isLoopbackAddress(from)) return link.loopback;
  if (link.loopback) return link.address === from;
  return onLink(from, link) || !links.some((other) => !other.loopback && onLink(from, other));
}
