// Finds the peers of this network by mDNS, without a server, on every IPv4 interface by itself: with several of them, without a default
// route, and on one that comes up later. What it announces anyone nearby can read: peer id, address, port, and 4 bytes of a hash of the key.
import { randomBytes } from 'node:crypto';
import type { MulticastHeard } from '../../../src-shared/discovery.ts';
import { dropOldest } from '../../../src-shared/drop-oldest.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { AnnouncedDoor, Discovery, DiscoveryOptions } from '../discovery.ts';
import { ipv4Interfaces, isLoopbackAddress, isPrivateAddress, onLink, type Interface } from './interfaces.ts';
import { lanLink, type LanLink } from './lan-link.ts';
import { concerns } from './link-socket.ts';
import { mdnsTrouble } from './mdns-trouble.ts';
import { answerPacket, packetLimits, queryPacket, readPacket, type Sighting } from './packets.ts';
import { allowance, intake, sightings, type Sightings } from './sightings.ts';

/** Interfaces are looked at this often: less than a link may take to be of use again. */
const scanMs = 2000;

type Self = { peerId: PeerId; addresses: () => string[] };
type Listeners = {
  found: ((peerId: PeerId, addresses: string[]) => void)[];
  pairing: ((peerId: PeerId, addresses: string[], name: string) => void)[];
  others: ((count: number) => void)[];
  interfaces: (() => void)[];
};

/** Makes one; nothing is opened before start(). See discovery.ts for the seam. */
export function lanDiscovery(options: DiscoveryOptions): Discovery {
  const listeners: Listeners = { found: [], pairing: [], others: [], interfaces: [] };
  const seen = sightings(options.clock);
  let self: Self | undefined;
  let pairing: AnnouncedDoor | null = null;
  const talk = conversation(options, seen, listeners, () => (self === undefined ? undefined : { ...self, pairing }));
  let cancelScan: () => void = () => undefined;
  const rescan = (): void => {
    cancelScan = options.clock.after(scanMs, () => {
      rescan();
      void talk.scan();
    });
  };

  return {
    async start(own) {
      self = own;
      rescan();
      await talk.scan();
    },
    async stop() {
      cancelScan();
      await talk.stop();
      self = undefined;
    },
    met: (peerId) => seen.met(peerId),
    setPairing(door) {
      if (pairing?.port === door?.port) return;
      pairing = door;
      talk.announce();
    },
    changed: () => talk.announce(),
    onPairing: (found) => void listeners.pairing.push(found),
    onFound: (found) => void listeners.found.push(found),
    onOtherSwarm: (changed) => void listeners.others.push(changed),
    onInterfaces: (changed) => void listeners.interfaces.push(changed),
  };
}

type Announced = Self & { pairing: AnnouncedDoor | null };

type Conversation = {
  /** Says what we announce on all links, now. */
  announce(): void;
  /** Opens links on new interfaces and on those whose socket broke; closes those that are gone. */
  scan(): Promise<void>;
  stop(): Promise<void>;
};

/** All links, and what we say on them. */
function conversation(options: DiscoveryOptions, seen: Sightings, listeners: Listeners, self: () => Announced | undefined): Conversation {
  const { tags, clock, log } = options;
  // another name each time: who remembers the old one need not take us for the same boot
  const name = randomBytes(16).toString('hex');
  const links = new Map<string, LanLink>();
  const trouble = mdnsTrouble(options);
  const take = intakeOf(options, { name, seen, listeners, self, links });
  let lastKeys: string | undefined;

  const instance = (tag: string): string => `${name}.${tag}`;
  const query = (found: Interface, tag: string): Uint8Array => {
    const known = seen.known(placeOf(found, tag));
    // too many to name: then all shall answer, and one question does for everyone
    return queryPacket(tag, known.length > packetLimits.knownAnswers ? [] : known);
  };
  const answer = (found: Interface, tag: string, goodbye: boolean): Uint8Array | undefined => {
    const { announced } = options.swarmTags();
    if (announced === null) return undefined;
    const addresses = (self()?.addresses() ?? []).filter((address) => address.startsWith(`/ip4/${found.address}/`));
    // with nowhere to dial, only our own kind has a use for the answer: it learns that a swarm is near
    if (addresses.length === 0 && tag !== tags[0]) return undefined;
    const pairing = self()?.pairing ?? null;
    const knock = pairing === null || tag !== tags[0] ? {} : { pairing: pairing.port, name: pairing.name };
    return answerPacket({ tag, instance: instance(tag), addresses, swarm: announced, goodbye, ...knock });
  };

  const close = async (key: string, goodbye: boolean): Promise<void> => {
    const link = links.get(key);
    links.delete(key);
    await link?.close(goodbye);
  };
  const open = (found: Interface): Promise<void> =>
    new Promise((resolve) => {
      const link = lanLink(found, {
        tags,
        clock,
        instance,
        query: (tag) => query(found, tag),
        answer: (tag, goodbye) => answer(found, tag, goodbye),
        ready() {
          trouble.opened();
          resolve();
        },
        packet: (bytes, from) => take.packet(link, bytes, from),
        failed(error) {
          log.debug('an mDNS socket failed', { address: found.address, code: error.code });
          void close(found.key, false);
          if (![...links.values()].some(({ ready }) => ready)) trouble.failed(error);
          resolve();
        },
        sent: (error) => trouble.sent(found.key, error),
      });
      links.set(found.key, link);
    });

  return {
    announce() {
      for (const link of links.values()) link.announce();
    },
    async scan() {
      const now = ipv4Interfaces({ loopback: options.loopback === true });
      const keys = now.map(({ key }) => key);
      const gone = [...links.keys()].filter((key) => !keys.includes(key));
      trouble.interfaces(keys);
      await Promise.all([...gone.map((key) => close(key, false)), ...now.filter(({ key }) => !links.has(key)).map(open)]);
      take.tellOthers();
      const changed = lastKeys !== undefined && lastKeys !== keys.join();
      lastKeys = keys.join();
      if (!changed) return;
      take.forget();
      log.debug('the interfaces changed', { addresses: now.map(({ address }) => address).join(' ') });
      for (const tell of listeners.interfaces) tell();
    },
    async stop() {
      lastKeys = undefined;
      await Promise.all([...links.keys()].map((key) => close(key, true)));
    },
  };
}

/** Where something was heard: the same peer has a name for each tag, and not every link carries every peer. */
function placeOf({ key }: Interface, tag: string): string {
  return `${key}|${tag}`;
}

type Intake = {
  packet(link: LanLink, bytes: Uint8Array, from: string): void;
  /** The network is another one: nobody was heard there yet. */
  forget(): void;
  /** Passes the count of other swarms on when it changed. */
  tellOthers(): void;
};

/** What others say: whose it is, and who is to hear of it. */
function intakeOf(
  { tags, swarmTags, isKnown, clock, onHeard }: DiscoveryOptions,
  {
    name,
    seen,
    listeners,
    self,
    links,
  }: { name: string; seen: Sightings; listeners: Listeners; self: () => Self | undefined; links: Map<string, LanLink> },
): Intake {
  /** Who was said to add a device. */
  const open = new Set<PeerId>();
  const mayLook = allowance(clock, intake.packetsPerSecond, intake.packetsAtOnce);
  let othersTold = 0;
  let heard: MulticastHeard = 'nothing';
  const hears = (who: MulticastHeard): void => {
    if (heard === who || (who === 'own' && heard === 'others')) return;
    heard = who;
    onHeard?.(who);
  };

  const tellOthers = (): void => {
    const count = seen.others();
    if (count === othersTold) return;
    othersTold = count;
    for (const told of listeners.others) told(count);
  };
  const stranger = ({ peerId, instance, ttlSeconds }: Sighting): void => {
    const id = peerId ?? instance.split('.')[0] ?? '';
    if (ttlSeconds === 0) seen.otherGone(id);
    else seen.other(id);
    tellOthers();
  };
  const knock = (peerId: PeerId, addresses: string[], { pairing, name: called, ttlSeconds }: Sighting): void => {
    const port = ttlSeconds > 0 ? pairing : undefined;
    const doors = port === undefined ? [] : [...new Set(addresses.map((address) => address.replace(/\/tcp\/\d+$/, `/tcp/${port}`)))];
    if (doors.length === 0 && !open.delete(peerId)) return;
    if (doors.length > 0) open.add(peerId);
    dropOldest(open, intake.unknown);
    for (const told of listeners.pairing) told(peerId, doors, called ?? '');
  };
  const take = (found: Interface, sighting: Sighting, from: string): void => {
    const { peerId, swarm, instance } = sighting;
    if (instance.startsWith(name) || peerId === self()?.peerId) return;
    const own = new Set([...links.values()].map((link) => link.found.address));
    const addresses = reachable(sighting, found, from, own);
    if (peerId !== undefined && sighting.tag === tags[0]) knock(peerId, addresses, sighting);
    const strange = swarm !== undefined && !swarmTags().ours.includes(swarm);
    if (strange && (peerId === undefined || !isKnown(peerId))) return stranger(sighting);
    if (sighting.ttlSeconds === 0) return seen.gone(instance);
    if (peerId === undefined || addresses.length === 0) return;
    if (!seen.heard(peerId, placeOf(found, sighting.tag), instance, addresses)) return;
    for (const told of listeners.found) told(peerId, addresses);
  };

  return {
    tellOthers,
    forget() {
      heard = 'nothing';
      onHeard?.('nothing');
    },
    packet(link, bytes, from) {
      const all = [...links.values()].map(({ found }) => found);
      // also a packet that is none of Axon's: a printer's shows that the network lets devices hear each other
      hears(all.some(({ address }) => address === from) || isLoopbackAddress(from) ? 'own' : 'others');
      if (!concerns(link.found, from, all) || !mayLook()) return;
      const packet = readPacket(bytes, tags);
      if (packet?.kind === 'query') link.asked(packet, from);
      if (packet?.kind === 'answer') for (const sighting of packet.sightings) take(link.found, sighting, from);
    },
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
