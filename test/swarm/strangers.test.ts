// What devices without rights do to a node that they can reach: many at the door at once, and a machine that would like to have an invite.
// And what a member's second connection, for long questions, is worth once the member is out.
import type { Stream } from '@libp2p/interface';
import { preSharedKey } from '@libp2p/pnet';
import { noise } from '@chainsafe/libp2p-noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { afterEach, expect, test } from 'vitest';
import { state } from '../../src-main/membership/roster.ts';
import { circlePace } from '../../src-main/network/circle.ts';
import { parseHost } from '../../src-main/network/encounter.ts';
import { jsonFrame } from '../../src-main/network/frames.ts';
import { frameReader } from '../../src-main/network/stream-io.ts';
import { swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { commitmentTo, newNonce } from '../../src-main/network/words.ts';
import { applying } from '../../src-main/node/applying.ts';
import type { ServedChat } from '../../src-main/jobs/ports.ts';
import { testSwarm, testTrust, type TestTrust } from '../fakes/test-trust.ts';
import { cleanUp, done, ending, question, quietLog, realClock, textOf } from './network-fixtures.ts';
import { heardBack, openings, startMember, startStranger } from './trust-fixtures.ts';

afterEach(cleanUp);

const soon = { timeout: 10_000 };
const limit = (): AbortSignal => AbortSignal.timeout(10_000);

/** Knocks as our own program does, without being it: until words are on both screens, and then waits. */
async function knock(desk: { address(): string; trust: TestTrust }, name: string): Promise<Stream> {
  const stranger = await startStranger(desk.trust.keyring().current.key);
  const connection = await stranger.dial(multiaddr(desk.address()), { signal: limit() });
  const stream = await connection.newStream('/axon/join/1', { signal: limit() });
  const nonce = newNonce();
  const reader = frameReader(stream, realClock, { limit: () => 4096 });
  stream.send(jsonFrame({ ask: { name, commitment: commitmentTo(nonce) } }));
  const said = parseHost((await reader.next()) ?? new Uint8Array());
  expect(Object.keys(said)).toContain('nonce');
  stream.send(jsonFrame({ nonce }));
  return stream;
}

test(
  'seventeen at the door: sixteen wait, the newest in the place of the oldest, and members notice nothing',
  { timeout: 60_000 },
  async () => {
    const [deskTrust, memberTrust] = testSwarm(['desk', 'member']);
    const desk = await startMember(deskTrust!);
    const member = await startMember(memberTrust!);
    await member.network.dial(desk.address(), limit());
    const names = (): string[] => desk.trust.applicants.map(({ name }) => name);
    const streams: Stream[] = [];
    for (let at = 0; at < circlePace.strangers; at += 1) streams.push(await knock(desk, `stranger ${at}`));
    await expect.poll(() => names().length, soon).toBe(16);
    streams.push(await knock(desk, 'stranger 16'));
    await expect.poll(names, soon).toEqual(Array.from({ length: 16 }, (_, at) => `stranger ${at + 1}`));
    expect(streams.map(({ status }) => status === 'open')).toEqual([false, ...Array.from({ length: 16 }, () => true)]);
    expect(await textOf(member.network.ask(desk.network.peerId, question('still here'), limit()))).toBe('stillhere');
    // a place that was given up is one for the next
    streams[5]?.abort(new Error('tired of waiting'));
    await expect.poll(names, soon).not.toContain('stranger 5');
    await knock(desk, 'stranger 17');
    await expect.poll(names, soon).toContain('stranger 17');
    desk.trust.applicants.find(({ name }) => name === 'stranger 17')?.answer(true);
    expect([...state(desk.trust.roster()).members.values()].map(({ name }) => name)).toContain('stranger 17');
  },
);

test(
  'a long question goes over a connection of its own, which is compared first, and is cut with the member',
  { timeout: 60_000 },
  async () => {
    const [deskTrust, askerTrust] = testSwarm(['desk', 'asker']);
    const slow: ServedChat = async function* ({ messages }, signal) {
      for (let at = 0; at < 2000; at += 1) {
        signal.throwIfAborted();
        yield { kind: 'text', text: `${messages[0]?.content.length} ` };
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      yield done;
    };
    const compared: string[] = [];
    const desk = await startMember(deskTrust!, { serve: slow });
    const take = deskTrust!.compared;
    deskTrust!.compared = (peerId) => {
      compared.push(peerId);
      take(peerId);
    };
    const asker = await startMember(askerTrust!);
    await asker.network.dial(desk.address(), limit());
    await expect.poll(() => compared.length, soon).toBe(1);
    let heard = 0;
    const stop = new AbortController();
    const reading = (async () => {
      for await (const chunk of asker.network.ask(desk.network.peerId, question('x'.repeat(400_000)), stop.signal))
        if (chunk.kind === 'text') heard += 1;
    })();
    const ended = reading.then(
      () => 'whole',
      (error: unknown) => (error as { code?: string }).code ?? 'none',
    );
    await expect.poll(() => heard, soon).toBeGreaterThan(0);
    // on the second connection nothing was served before it was compared too
    expect([desk.network.connections(asker.network.peerId), compared.length]).toEqual([2, 2]);
    desk.trust.revoke(asker.network.peerId);
    await expect.poll(() => desk.network.connections(asker.network.peerId), { timeout: 1000 }).toBe(0);
    const then = heard;
    // a hundred texts long
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(heard - then).toBeLessThan(5);
    stop.abort();
    expect(await ended).not.toBe('whole');
  },
);

test('the token of an invite reaches its issuer, and nothing that stands between or poses as it', { timeout: 60_000 }, async () => {
  const [deskTrust] = testSwarm(['desk']);
  const desk = await startMember(deskTrust!);
  const token = deskTrust!.invite();
  const key = deskTrust!.keyring().current;
  const trust = testTrust({ name: 'laptop', key });
  const own = {
    application: trust.application,
    heard: trust.heard,
  };
  const application = applying({
    log: quietLog,
    name: () => 'laptop',
    pending: () => !state(trust.roster()).members.has(trust.peerId),
    swarm: () => null,
    held: () => ({ swarm: state(deskTrust!.roster()).swarm ?? '', issuer: deskTrust!.peerId, name: 'desk', token, addresses: [] }),
    forgetInvite: () => undefined,
    reach: () => undefined,
    adopt(from, news) {
      own.heard(from.peerId, { kind: 'welcome', name: from.name, news });
      return true;
    },
    changed: () => undefined,
    trustChanged: () => undefined,
  });
  trust.application = application.application;
  trust.heard = application.heard;
  const laptop = await startMember(trust);

  // it has the key, says that it is an admin, and keeps whatever it is told on any protocol
  const psk = new TextEncoder().encode(swarmKeyText(new Uint8Array(Buffer.from(key.key, 'hex'))));
  const malicious = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionProtector: preSharedKey({ psk }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
  ending(() => malicious.stop());
  const kept: Buffer[] = [];
  let streams = 0;
  for (const protocol of Object.keys(openings))
    await malicious.handle(protocol, (stream) => {
      streams += 1;
      stream.addEventListener('message', ({ data }) => kept.push(Buffer.from(data.subarray())));
      if (protocol === '/axon/join/1') stream.send(jsonFrame({ nonce: newNonce(), name: 'desk', swarm: state(deskTrust!.roster()).swarm }));
    });
  const [address = ''] = malicious.getMultiaddrs().map((one) => one.toString().split('/p2p/')[0] ?? '');
  // where the invite says that its issuer is, somebody else answers
  await expect(laptop.network.dial(`${address}/p2p/${deskTrust!.peerId}`, limit())).rejects.toThrow();
  await laptop.network.dial(address, limit()).catch(() => undefined);
  // and it asks back, as one that wants in, and as one that brings a list
  for (const protocol of Object.keys(openings)) await heardBack(malicious as never, laptop.address(), protocol, 400);
  await laptop.network.dial(desk.address(), limit());
  await expect.poll(() => state(trust.roster()).members.size, soon).toBe(2);
  expect(malicious.getConnections().length + streams).toBeGreaterThan(0);
  expect(Buffer.concat(kept).toString('utf8')).not.toContain(token);
});
