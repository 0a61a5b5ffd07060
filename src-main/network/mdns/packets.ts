// mDNS packets of peers: written as rust-libp2p and js-libp2p read them, read as anybody may write them.
// https://github.com/libp2p/specs/blob/master/discovery/mdns.md
import { AUTHORITATIVE_ANSWER, decode, encode, type Answer, type Packet } from 'dns-packet';
import { isIPv4, isIPv6 } from 'node:net';
import { plainName } from '../../../src-shared/name.ts';
import { peerId as peerIdSchema, type PeerId } from '../../../src-shared/peer.ts';

export const packetLimits = {
  /** RFC 6762, section 17 */
  bytes: 9000,
  records: 128,
  /** TXT strings looked at, and addresses taken, of one answer */
  texts: 64,
  addresses: 8,
  /** Known answers in one query; they must fit one Ethernet frame with it. */
  knownAnswers: 10,
  /** RFC 6762, section 10 */
  ttlSeconds: 120,
} as const;

/** One address without /p2p/, its host apart. */
export type SeenAddress = { text: string; host: string };

/** What an answer says of one peer. */
export type Sighting = {
  tag: string;
  /** The random name of that boot of that node, in full: NAME._axon._udp.local */
  instance: string;
  /** Undefined: it names no address that we can read. */
  peerId: PeerId | undefined;
  addresses: SeenAddress[];
  /** 8 hex digits of its swarm; undefined: it does not say (Axon-Cluster, other libp2p programs). */
  swarm: string | undefined;
  /** TCP port where machines without the key may knock. */
  pairing: number | undefined;
  /** What that machine is called, while it adds a device: as it may be shown. Undefined: it does not say. */
  name: string | undefined;
  /** 0: goodbye. */
  ttlSeconds: number;
};

/** known: instances that the asker has heard of lately, so they need not answer. */
type Question = { kind: 'query'; tags: string[]; known: string[] };
export type Incoming = Question | { kind: 'answer'; sightings: Sighting[] };

/** Asks for one tag: js-libp2p looks at the first question only. */
export function queryPacket(tag: string, known: string[]): Uint8Array {
  const answers = known.slice(0, packetLimits.knownAnswers).map((instance) => pointer(tag, instance, packetLimits.ttlSeconds));
  return encode({ type: 'query', questions: [{ name: tag, type: 'PTR' }], answers });
}

/**
 * PTR in the answers, TXT in the additionals: rust-libp2p looks for TXT nowhere else, js-libp2p in both.
 * @param addresses multiaddrs with /p2p/; too long ones (255 bytes of a TXT string) and those beyond 8 are left out
 */
export function answerPacket(answer: {
  tag: string;
  instance: string;
  addresses: string[];
  swarm: string;
  pairing?: number;
  /** Said only beside `pairing`. */
  name?: string;
  goodbye?: boolean;
}): Uint8Array {
  const ttl = answer.goodbye === true ? 0 : packetLimits.ttlSeconds;
  const texts = answer.addresses
    .map((address) => `dnsaddr=${address}`)
    .filter((text) => Buffer.byteLength(text) <= 255)
    .slice(0, packetLimits.addresses);
  const name = plainName(answer.name ?? '');
  const door = answer.pairing === undefined ? [] : [`pair=${answer.pairing}`, ...(name === '' ? [] : [`name=${name}`])];
  const additionals: Answer[] = [...texts, `axon=${answer.swarm}`, ...door].map((data) => ({
    name: answer.instance,
    type: 'TXT',
    class: 'IN',
    ttl,
    data,
  }));
  return encode({ type: 'response', flags: AUTHORITATIVE_ANSWER, answers: [pointer(answer.tag, answer.instance, ttl)], additionals });
}

function pointer(tag: string, instance: string, ttl: number): Answer {
  return { name: tag, type: 'PTR', class: 'IN', ttl, data: instance };
}

/**
 * Reads a packet from the network. Undefined when it is not about our tags or not a packet; never throws.
 * @param bytes as they came; hostile
 */
export function readPacket(bytes: Uint8Array, tags: string[]): Incoming | undefined {
  if (!mayConcernUs(bytes, tags)) return undefined;
  try {
    const packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return packet.type === 'query' ? readQuery(packet, tags) : { kind: 'answer', sightings: readAnswer(packet, tags) };
  } catch {
    return undefined;
  }
}

/** Most mDNS on a network is printers and televisions: dropped before any decoding, like all that announces absurd counts. */
function mayConcernUs(bytes: Uint8Array, tags: string[]): boolean {
  if (bytes.byteLength < 12 || bytes.byteLength > packetLimits.bytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records = [4, 6, 8, 10].reduce((sum, offset) => sum + view.getUint16(offset), 0);
  if (records === 0 || records > packetLimits.records) return false;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return tags.some((tag) => {
    const label = tag.split('.')[0] ?? '';
    return buffer.includes(`${String.fromCharCode(label.length)}${label}`, 12, 'latin1');
  });
}

function readQuery(packet: Packet, tags: string[]): Incoming | undefined {
  const asked = (packet.questions ?? []).filter(({ type, name }) => (type === 'PTR' || (type as string) === 'ANY') && tags.includes(name));
  if (asked.length === 0) return undefined;
  const known = (packet.answers ?? []).flatMap((record) =>
    // an answer that will be forgotten soon is asked for again (RFC 6762, section 7.1)
    record.type === 'PTR' && (record.ttl ?? 0) >= packetLimits.ttlSeconds / 2 ? [record.data] : [],
  );
  return { kind: 'query', tags: [...new Set(asked.map(({ name }) => name))], known };
}

function readAnswer(packet: Packet, tags: string[]): Sighting[] {
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])];
  const texts = new Map<string, string[]>();
  let taken = 0;
  for (const record of records) {
    if (record.type !== 'TXT') continue;
    for (const text of [record.data].flat()) {
      if ((taken += 1) > packetLimits.texts) break;
      texts.set(record.name, [...(texts.get(record.name) ?? []), text.toString()]);
    }
  }
  const sightings = new Map<string, Sighting>();
  for (const record of packet.answers ?? []) {
    if (record.type !== 'PTR' || !tags.includes(record.name) || !record.data.endsWith(`.${record.name}`)) continue;
    const seen = readTexts(texts.get(record.data) ?? []);
    sightings.set(record.data, { tag: record.name, instance: record.data, ttlSeconds: record.ttl ?? 0, ...seen });
  }
  return [...sightings.values()];
}

function readTexts(texts: string[]): Pick<Sighting, 'peerId' | 'addresses' | 'swarm' | 'pairing' | 'name'> {
  const dialable = texts.flatMap((text) => (text.startsWith('dnsaddr=') ? (readAddress(text.slice('dnsaddr='.length)) ?? []) : []));
  const peerId = dialable[0]?.peerId;
  // one answer is about one peer
  const own = dialable.filter((address) => address.peerId === peerId).slice(0, packetLimits.addresses);
  const swarm = texts.find((text) => /^axon=[0-9a-f]{8}$/.test(text))?.slice('axon='.length);
  const port = Number(texts.find((text) => /^pair=[1-9]\d{0,4}$/.test(text))?.slice('pair='.length));
  const pairing = port > 0 && port <= 65_535 ? port : undefined;
  const name = plainName(texts.find((text) => text.startsWith('name='))?.slice('name='.length) ?? '');
  return {
    peerId,
    addresses: own.map(({ text, host }) => ({ text, host })),
    swarm,
    pairing,
    name: pairing === undefined || name === '' ? undefined : name,
  };
}

/** Only TCP on an IP address, with the peer's id: nothing that would have us look up names for strangers. */
function readAddress(text: string): (SeenAddress & { peerId: PeerId }) | undefined {
  const parts = /^\/(ip4|ip6)\/([0-9a-fA-F.:]{2,45})\/tcp\/([1-9]\d{0,4})\/p2p\/([^/]+)$/.exec(text);
  if (parts === null) return undefined;
  const [, kind = '', host = '', port = '', id] = parts;
  const peerId = peerIdSchema.safeParse(id);
  if (!peerId.success || Number(port) > 65_535 || !(kind === 'ip4' ? isIPv4(host) : isIPv6(host))) return undefined;
  return { text: `/${kind}/${host}/tcp/${port}`, host, peerId: peerId.data };
}
