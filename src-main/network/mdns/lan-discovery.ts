// Finds the peers of this network by mDNS, without a server, on every IPv4 interface by itself: with several of them, without a default
// route, and on one that comes up later. What it announces anyone nearby can read: peer id, address, port, and 4 bytes of a hash of the key.
import { randomBytes, randomInt } from 'node:crypto';
import { Failure } from '../../../src-shared/failure.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { Discovery, DiscoveryOptions } from '../discovery.ts';
import { ipv4Interfaces, isLoopbackAddress, isPrivateAddress, onLink, type Interface } from './interfaces.ts';
import { concerns, linkSocket, type LinkSocket } from './link-socket.ts';
import { answerPacket, packetLimits, queryPacket, readPacket, type Sighting } from './packets.ts';
import { allowance, intake, sightings } from './sightings.ts';

export const lanPace = {
  /** Interfaces are looked at this often: half of what a link may take to be of use again. */
  scanMs: 2000,
  /** Questions after an interface came up: the first packets of a new link are lost more often than not. */
  firstQueriesMs: [0, 300, 1000, 3000],
  /** We say twice that we are there. */
  firstAnswersMs: [0, 1000],
  /** Later ones (+-20 %), for what the first ones missed. Where many nodes are, one asks for all. */
  queryMs: 15_000,
  /** Between two answers on one link: many may ask at once, and all hear one answer. */
  answerGapMs: 200,
} as const;

type Link = {
  socket: LinkSocket;
  ready: boolean;
  cancels: Set<() => void>;
  answers: Map<string, { last: number; waiting: boolean }>;
  /** When another node last asked for all answers: it asked for us too. */
  asked: number;
};
type Self = { peerId: PeerId; addresses: () => string[] };

/** Makes one; nothing is opened before start(). See discovery.ts for the seam. */
export function lanDiscovery(options: DiscoveryOptions): Discovery {
  const { tags, swarmTag, clock, log } = options;
  // another name each time: who remembers the old one need not take us for the same boot
  const name = randomBytes(16).toString('hex');
  const links = new Map<string, Link>();
  const seen = sightings(clock);
  const mayLook = allowance(clock, intake.packetsPerSecond, intake.packetsAtOnce);
  const listeners = {
    found: [] as ((peerId: PeerId, addresses: string[]) => void)[],
    others: [] as ((count: number) => void)[],
    interfaces: [] as (() => void)[],
  };
  const trouble = troubleReport(options);
  let self: Self | undefined;
  let othersTold = 0;
  let lastKeys: string | undefined;
  let cancelScan: () => void = () => undefined;

  const instance = (tag: string): string => `${name}.${tag}`;
  const where = ({ socket }: Link, tag: string): string => `${socket.link.key}|${tag}`;

  const query = (link: Link): void => {
    for (const tag of tags) {
      const known = seen.known(where(link, tag));
      // too many to name: then all shall answer, and one question does for everyone
      link.socket.send(queryPacket(tag, known.length > packetLimits.knownAnswers ? [] : known));
    }
  };

  const ownAnswer = (link: Interface, tag: string, goodbye = false): Uint8Array | undefined => {
    const addresses = self?.addresses().filter((address) => address.startsWith(`/ip4/${link.address}/`)) ?? [];
    // with nowhere to dial, only our own kind has a use for the answer: it learns that a swarm is near
    if (addresses.length === 0 && tag !== tags[0]) return undefined;
    return answerPacket({ tag, instance: instance(tag), addresses, swarm: swarmTag, goodbye });
  };

  const answer = (link: Link, tag: string): void => {
    const state = link.answers.get(tag) ?? { last: Number.NEGATIVE_INFINITY, waiting: false };
    link.answers.set(tag, state);
    if (state.waiting) return;
    const send = (): void => {
      Object.assign(state, { last: clock.now(), waiting: false });
      const packet = ownAnswer(link.socket.link, tag);
      if (packet !== undefined) link.socket.send(packet);
    };
    const pause = state.last + lanPace.answerGapMs - clock.now();
    if (pause <= 0) return send();
    state.waiting = true;
    later(link, pause, send);
  };

  const later = (link: Link, ms: number, run: () => void): void => {
    const cancel = clock.after(ms, () => {
      link.cancels.delete(cancel);
      run();
    });
    link.cancels.add(cancel);
  };

  const tellOthers = (): void => {
    const count = seen.others();
    if (count === othersTold) return;
    othersTold = count;
    for (const told of listeners.others) told(count);
  };

  const take = (link: Link, sighting: Sighting, from: string): void => {
    const { peerId, swarm } = sighting;
    if (sighting.instance.startsWith(name) || peerId === self?.peerId) return;
    const id = peerId ?? sighting.instance.split('.')[0] ?? '';
    if (swarm !== undefined && swarm !== swarmTag) {
      if (sighting.ttlSeconds === 0) seen.otherGone(id);
      else seen.other(id);
      tellOthers();
      return;
    }
    if (sighting.ttlSeconds === 0) return seen.gone(sighting.instance);
    const addresses = reachable(sighting, link.socket.link, from, new Set([...links.values()].map(({ socket }) => socket.link.address)));
    if (peerId === undefined || addresses.length === 0) return;
    if (!seen.heard(peerId, where(link, sighting.tag), sighting.instance, addresses)) return;
    for (const found of listeners.found) found(peerId, addresses);
  };

  const read = (link: Link, bytes: Uint8Array, from: string): void => {
    if (
      !concerns(
        link.socket.link,
        from,
        [...links.values()].map(({ socket }) => socket.link),
      )
    )
      return;
    if (!mayLook()) return;
    const packet = readPacket(bytes, tags);
    if (packet === undefined) return;
    if (packet.kind === 'answer') {
      for (const sighting of packet.sightings) take(link, sighting, from);
      return;
    }
    if (packet.known.length === 0 && from !== link.socket.link.address) link.asked = clock.now();
    for (const tag of packet.tags) if (!packet.known.includes(instance(tag))) answer(link, tag);
  };

  const close = async (key: string, goodbye: boolean): Promise<void> => {
    const link = links.get(key);
    if (link === undefined) return;
    links.delete(key);
    for (const cancel of link.cancels) cancel();
    await link.socket.close(goodbye ? tags.flatMap((tag) => ownAnswer(link.socket.link, tag, true) ?? []) : []);
  };

  const repeatQuery = (link: Link): void => {
    later(link, (lanPace.queryMs * randomInt(80, 121)) / 100, () => {
      if (clock.now() - link.asked > lanPace.queryMs / 2) query(link);
      repeatQuery(link);
    });
  };

  const open = (found: Interface): Promise<void> =>
    new Promise((resolve) => {
      const socket = linkSocket(found, {
        ready() {
          link.ready = true;
          resolve();
          trouble.opened();
          for (const ms of lanPace.firstAnswersMs) later(link, ms, () => tags.forEach((tag) => answer(link, tag)));
          for (const ms of lanPace.firstQueriesMs) later(link, ms, () => query(link));
          repeatQuery(link);
        },
        packet: (bytes, from) => read(link, bytes, from),
        failed(error) {
          log.debug('mDNS socket failed', { address: found.address, code: error.code });
          void close(found.key, false);
          if (![...links.values()].some(({ ready }) => ready)) trouble.failed(error);
          resolve();
        },
        sent: (error) => trouble.sent(found.key, error),
      });
      const link: Link = { socket, ready: false, cancels: new Set(), answers: new Map(), asked: Number.NEGATIVE_INFINITY };
      links.set(found.key, link);
    });

  const scan = async (): Promise<void> => {
    const now = ipv4Interfaces({ loopback: options.loopback === true });
    const keys = now.map(({ key }) => key).join();
    const gone = [...links.keys()].filter((key) => !now.some((found) => found.key === key));
    trouble.interfaces(now.map(({ key }) => key));
    // sockets that broke are opened again here, too
    await Promise.all([...gone.map((key) => close(key, false)), ...now.filter(({ key }) => !links.has(key)).map(open)]);
    tellOthers();
    const changed = lastKeys !== undefined && lastKeys !== keys;
    lastKeys = keys;
    if (!changed) return;
    log.debug('the interfaces changed', { addresses: now.map(({ address }) => address).join(' ') });
    for (const tell of listeners.interfaces) tell();
  };

  const rescan = (): void => {
    cancelScan = clock.after(lanPace.scanMs, () => {
      rescan();
      void scan();
    });
  };

  return {
    async start(own) {
      self = own;
      rescan();
      await scan();
    },
    async stop() {
      cancelScan();
      await Promise.all([...links.keys()].map((key) => close(key, true)));
      self = undefined;
      lastKeys = undefined;
    },
    met: (peerId) => seen.met(peerId),
    onFound: (found) => void listeners.found.push(found),
    onOtherSwarm: (changed) => void listeners.others.push(changed),
    onInterfaces: (changed) => void listeners.interfaces.push(changed),
  };
}

/**
 * The addresses worth dialling, the sender's own first. Another host's loopback is not, and an address out in the world neither:
 * an announcement may not send us to machines that have nothing to do with this network.
 */
export function reachable(sighting: Pick<Sighting, 'addresses'>, link: Interface, from: string, own: Set<string>): string[] {
  const thisHost = isLoopbackAddress(from) || own.has(from);
  const usable = sighting.addresses.filter(({ host }) => {
    if (host.includes(':')) return /^f[cd]/i.test(host) || (thisHost && host === '::1');
    if (isLoopbackAddress(host)) return thisHost;
    return host === from || isPrivateAddress(host) || onLink(host, link);
  });
  const rank = ({ host }: { host: string }): number => (host === from ? 0 : !host.includes(':') && onLink(host, link) ? 1 : 2);
  return usable.toSorted((one, other) => rank(one) - rank(other)).map(({ text }) => text);
}

/** Says once that no interface lets mDNS through, and once that one does again. */
function troubleReport({ onTrouble, log }: Pick<DiscoveryOptions, 'onTrouble' | 'log'>): {
  opened(): void;
  failed(error: NodeJS.ErrnoException): void;
  sent(key: string, error: Error | undefined): void;
  interfaces(keys: string[]): void;
} {
  const failing = new Map<string, boolean>();
  let told = false;
  const tell = (failure: Failure | undefined): void => {
    if (told === (failure !== undefined)) return;
    told = failure !== undefined;
    if (failure !== undefined) log.warn('mDNS does not work', { cause: failure.message });
    onTrouble(failure?.toShape() ?? null);
  };
  const hint = 'Other machines can still be reached by their address; a firewall or another program may be in the way of UDP port 5353.';
  return {
    opened: () => tell(undefined),
    failed(error) {
      // anything else is an interface that went while it was being opened
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return;
      tell(new Failure('port-in-use', `UDP port 5353 could not be opened (${error.code}).`, { hint }));
    },
    sent(key, error) {
      failing.set(key, error !== undefined);
      const all = [...failing.values()].every(Boolean);
      tell(all ? new Failure('not-reachable', `No interface lets multicast out (${error?.message ?? 'unknown'}).`, { hint }) : undefined);
    },
    interfaces(keys) {
      for (const key of failing.keys()) if (!keys.includes(key)) failing.delete(key);
    },
  };
}
