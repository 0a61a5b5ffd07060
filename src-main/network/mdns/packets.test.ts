import { decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memberName } from '../../../src-shared/name.ts';
import { answerPacket, packetLimits, queryPacket, readPacket, type Sighting } from './packets.ts';

const tag = '_axon._udp.local';
const tags = [tag, '_p2p._udp.local'];
const peer = '12D3KooWArtoPseRUDz5wzuS7938YFF7FoMkK85qF23keib5cwDX';
const other = '12D3KooWGgXAmc9W6nK7Adh8VomhgRSSg7N4RvUi2gc7hfKmbos9';
const instance = `abc123.${tag}`;

function sightingsOf(packet: Uint8Array): Sighting[] {
  const read = readPacket(packet, tags);
  return read?.kind === 'answer' ? read.sightings : [];
}

function answerWith(texts: string[], more: Partial<Packet> = {}): Uint8Array {
  const additionals = texts.map((data) => ({ type: 'TXT' as const, name: instance, data }));
  return encode({ type: 'response', answers: [{ type: 'PTR', name: tag, ttl: 120, data: instance }], additionals, ...more });
}

describe('what we send', () => {
  test('an answer has its PTR in the answers and every TXT in the additionals', () => {
    const packet = decode(
      Buffer.from(answerPacket({ tag, instance, addresses: [`/ip4/10.0.0.7/tcp/4101/p2p/${peer}`], swarm: '0011aabb' })),
    );
    expect(packet.answers?.map(({ type }) => type)).toEqual(['PTR']);
    expect(packet.additionals?.map((record) => [record.type, record.name, record.type === 'TXT' ? String(record.data) : ''])).toEqual([
      ['TXT', instance, `dnsaddr=/ip4/10.0.0.7/tcp/4101/p2p/${peer}`],
      ['TXT', instance, 'axon=0011aabb'],
    ]);
  });

  test('an answer comes back as it was sent', () => {
    const addresses = fc.array(
      fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => ({ text: `/ip4/${host}/tcp/${port}`, host })),
      { minLength: 1, maxLength: packetLimits.addresses },
    );
    const doors = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    const swarms = fc.stringMatching(/^[0-9a-f]{8}$/);
    fc.assert(
      fc.property(addresses, swarms, fc.boolean(), fc.constantFrom(...tags), doors, (sent, swarm, goodbye, under, pairing) => {
        const name = `x.${under}`;
        const packet = answerPacket({
          tag: under,
          instance: name,
          addresses: sent.map(({ text }) => `${text}/p2p/${peer}`),
          swarm,
          goodbye,
          ...(pairing === undefined ? {} : { pairing }),
        });
        expect(sightingsOf(packet)).toEqual([
          { tag: under, instance: name, peerId: peer, addresses: sent, swarm, pairing, ttlSeconds: goodbye ? 0 : 120 },
        ]);
      }),
    );
  });

  test('what the machine is called is said while it adds a device, and at no other time', () => {
    const said = { tag, instance, addresses: [`/ip4/10.0.0.7/tcp/4101/p2p/${peer}`], swarm: '0011aabb', name: 'GPU-DESKTOP' };
    expect(sightingsOf(answerPacket({ ...said, pairing: 5000 }))[0]).toMatchObject({ pairing: 5000, name: 'GPU-DESKTOP' });
    const closed = answerPacket(said);
    expect(Buffer.from(closed).includes('GPU-DESKTOP')).toBe(false);
    expect(closed).toEqual(answerPacket({ ...said, name: '' }));
    expect(answerPacket({ ...said, pairing: 5000, name: '漢'.repeat(1000) }).byteLength).toBeLessThan(600);
  });

  test('an answer stays within one packet however many addresses there are', () => {
    const addresses = Array.from({ length: 100 }, (_, index) => `/ip4/10.0.0.${index}/tcp/4101/p2p/${peer}`);
    const packet = answerPacket({
      tag,
      instance,
      addresses: [`/dns4/${'a'.repeat(300)}/tcp/1/p2p/${peer}`, ...addresses],
      swarm: '00000000',
    });
    expect(packet.byteLength).toBeLessThan(1400);
    expect(sightingsOf(packet)[0]?.addresses).toHaveLength(packetLimits.addresses);
  });

  test('a query names what is known already, within one packet', () => {
    const known = Array.from({ length: 50 }, (_, index) => `${'f'.repeat(32 - String(index).length)}${index}.${tag}`);
    const packet = queryPacket(tag, known);
    expect(packet.byteLength).toBeLessThan(1400);
    expect(readPacket(packet, tags)).toEqual({ kind: 'query', tags: [tag], known: known.slice(0, packetLimits.knownAnswers) });
  });
});

describe('what we read', () => {
  test('a known answer that is about to be forgotten does not keep us quiet', () => {
    const query = encode({
      type: 'query',
      questions: [{ name: tag, type: 'PTR' }],
      answers: [{ type: 'PTR', name: tag, ttl: 30, data: instance }],
    });
    expect(readPacket(query, tags)).toEqual({ kind: 'query', tags: [tag], known: [] });
  });

  test('TXT records in the answers count too: js-libp2p puts them there', () => {
    const data = `dnsaddr=/ip4/10.0.0.7/tcp/1/p2p/${peer}`;
    const packet = answerWith([], {
      answers: [
        { type: 'PTR', name: tag, ttl: 120, data: instance },
        { type: 'TXT', name: instance, data },
      ],
    });
    expect(sightingsOf(packet)[0]).toMatchObject({ peerId: peer, addresses: [{ text: '/ip4/10.0.0.7/tcp/1' }], swarm: undefined });
  });

  test('TXT records of another name do not', () => {
    const packet = answerWith([], { additionals: [{ type: 'TXT', name: `zz.${tag}`, data: `dnsaddr=/ip4/10.0.0.7/tcp/1/p2p/${peer}` }] });
    expect(sightingsOf(packet)[0]).toMatchObject({ peerId: undefined, addresses: [] });
  });

  test.each([
    `/ip4/10.0.0.7/udp/1/quic-v1/p2p/${peer}`,
    `/ip4/10.0.0.7/tcp/1/ws/p2p/${peer}`,
    `/ip4/10.0.0.7/tcp/1/p2p/${other}/p2p-circuit/p2p/${peer}`,
    `/dns4/example.org/tcp/1/p2p/${peer}`,
    `/ip4/10.0.0.7/tcp/1`,
    `/ip4/10.0.0.7/tcp/0/p2p/${peer}`,
    `/ip4/10.0.0.7/tcp/70000/p2p/${peer}`,
    `/ip4/10.0.0.777/tcp/1/p2p/${peer}`,
    `/ip4/::1/tcp/1/p2p/${peer}`,
    `/ip4/10.0.0.7/tcp/1/p2p/not a peer`,
  ])('%s is no address to dial', (address) => {
    expect(sightingsOf(answerWith([`dnsaddr=${address}`]))[0]?.addresses).toEqual([]);
  });

  test('an answer is about one peer: the first one it names', () => {
    const texts = [peer, other].map((id, index) => `dnsaddr=/ip4/10.0.0.${index}/tcp/1/p2p/${id}`);
    expect(sightingsOf(answerWith(texts))[0]).toMatchObject({ peerId: peer, addresses: [{ text: '/ip4/10.0.0.0/tcp/1' }] });
  });

  test.each(['axon=', 'axon=0011aab', 'axon=0011aabb9', 'axon=0011AABB', 'AXON=0011aabb', ' axon=0011aabb'])(
    '%j names no swarm',
    (text) => {
      expect(sightingsOf(answerWith([text]))[0]?.swarm).toBeUndefined();
    },
  );

  test('a name is cleaned, cut to the length of a name, and taken only beside a door', () => {
    const nameIn = (...texts: string[]): string | undefined => sightingsOf(answerWith(texts))[0]?.name;
    expect(nameIn('pair=5000', 'name=Küche \u{1f4bb}')).toBe('Küche \u{1f4bb}');
    expect(nameIn('pair=5000', 'name=\u202ePOTKSED\u0000\u001b[31m\n')).toBe('POTKSED[31m');
    expect(nameIn('pair=5000', `name=${'a'.repeat(240)}`)).toBe('a'.repeat(63));
    expect(nameIn('pair=5000', 'name= \u200b ')).toBeUndefined();
    expect(nameIn('pair=5000', 'NAME=x')).toBeUndefined();
    expect([nameIn('name=DESK'), nameIn('pair=0', 'name=DESK'), nameIn('pair=70000', 'name=DESK')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('other services of the network are none of our business', () => {
    expect(readPacket(encode({ type: 'query', questions: [{ name: '_ipp._tcp.local', type: 'PTR' }] }), tags)).toBeUndefined();
    expect(readPacket(encode({ type: 'query', questions: [{ name: `x.${tag}`, type: 'TXT' }] }), tags)).toBeUndefined();
    expect(sightingsOf(encode({ type: 'response', answers: [{ type: 'PTR', name: '_ipp._tcp.local', data: instance }] }))).toEqual([]);
  });

  test('addresses, texts and records are bounded', () => {
    const texts = Array.from({ length: 40 }, (_, index) => `dnsaddr=/ip4/10.0.0.${index}/tcp/1/p2p/${peer}`);
    expect(sightingsOf(answerWith(texts))[0]?.addresses).toHaveLength(packetLimits.addresses);
    expect(readPacket(answerWith(Array.from({ length: packetLimits.records }, () => 'x')), tags)).toBeUndefined();
    const late = [...Array.from({ length: packetLimits.texts }, () => 'x'), 'axon=0011aabb'];
    expect(sightingsOf(answerWith(late))[0]?.swarm).toBeUndefined();
  });
});

describe('hostile packets', () => {
  const sane = (packet: Uint8Array): void => {
    const read = readPacket(packet, tags);
    if (read?.kind !== 'answer') return;
    for (const sighting of read.sightings) {
      expect(tags).toContain(sighting.tag);
      expect(sighting.addresses.length).toBeLessThanOrEqual(packetLimits.addresses);
      expect(sighting.name === undefined || memberName.parse(sighting.name) === sighting.name).toBe(true);
      for (const { text } of sighting.addresses) expect(text).toMatch(/^\/ip[46]\/[0-9a-fA-F.:]+\/tcp\/\d+$/);
    }
  };

  test('any bytes are read or refused, never thrown at', () => {
    const counts = fc.tuple(fc.nat(2), fc.nat(3), fc.nat(1), fc.nat(3)).map((all) => Buffer.from(all.flatMap((count) => [0, count])));
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        // names, pointers to them, and record heads, so that decoding gets somewhere
        fc
          .constantFrom(
            '\x05_axon\x04_udp\x05local\0',
            '\xc0\x0c',
            '\0\x0c\0\x01',
            '\0\0\0\x78\0\x02\xc0\x0c',
            '\0\x10\0\x01\0\0\0\x78\0\x04\x03abc',
          )
          .map((text) => Buffer.from(text, 'latin1')),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.boolean(), counts, pieces, (answers, header, body) => {
        sane(Buffer.concat([Buffer.from([0, 0, answers ? 0x84 : 0, 0]), header, Buffer.from('\x05_axon\x04_udp\x05local\0'), ...body]));
      }),
      { numRuns: 5000 },
    );
  });

  test('a damaged packet of ours is read or refused, never thrown at', () => {
    const whole = answerPacket({
      tag,
      instance,
      addresses: [`/ip4/10.0.0.7/tcp/4101/p2p/${peer}`],
      swarm: '0011aabb',
      pairing: 5000,
      name: 'GPU-DESKTOP',
    });
    const edits = fc.array(fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(edits, fc.nat(whole.byteLength), (changes, length) => {
        const packet = Uint8Array.from(whole);
        for (const [at, byte] of changes) packet[at] = byte;
        sane(packet);
        sane(packet.subarray(0, length));
      }),
      { numRuns: 2000 },
    );
  });

  test('counts that no packet holds are refused before decoding', () => {
    const packet = Buffer.from(answerPacket({ tag, instance, addresses: [], swarm: '0011aabb' }));
    packet.writeUInt16BE(65_535, 6);
    expect(readPacket(packet, tags)).toBeUndefined();
    expect(readPacket(Buffer.concat([answerWith([]), Buffer.alloc(packetLimits.bytes)]), tags)).toBeUndefined();
  });

  test('a name that points at itself is refused', () => {
    const packet = Buffer.from(answerWith([]));
    const at = packet.lastIndexOf('\x06abc123');
    packet.writeUInt16BE(0xc000 + at, at);
    expect(readPacket(packet, tags)).toBeUndefined();
  });
});
