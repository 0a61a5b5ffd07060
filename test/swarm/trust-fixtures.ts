// Nodes with a roster, on loopback addresses of their own.
import { noise } from '@chainsafe/libp2p-noise';
import type { Connection, Stream } from '@libp2p/interface';
import { identify } from '@libp2p/identify';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { privateKeyOf } from '../../src-main/network/identity.ts';
import { jsonFrame } from '../../src-main/network/frames.ts';
import type { NetworkOptions } from '../../src-main/network/network.ts';
import { swarmKeyText } from '../../src-main/network/swarm-key.ts';
import type { TestTrust } from '../fakes/test-trust.ts';
import { ending, question, startNode, type TestNode } from './network-fixtures.ts';

let hosts = 0;

/** A node of that device; each has a 127.x address to itself. */
export async function startMember(trust: TestTrust, options: Partial<NetworkOptions> = {}): Promise<TestNode & { trust: TestTrust }> {
  hosts = (hosts + 1) % 60_000;
  const listen = [`/ip4/127.9.${1 + Math.floor(hosts / 250)}.${1 + (hosts % 250)}/tcp/0`];
  const node = await startNode({ privateKey: trust.privateKey, trust, listen, ...options });
  trust.onChange = () => node.network.trustChanged();
  return { ...node, trust };
}

/** What a stolen key, or an invite's, is for a thief: stock js-libp2p, nothing of ours. */
export async function startStranger(keyHex: string, privateKey?: Uint8Array) {
  const psk = new TextEncoder().encode(swarmKeyText(new Uint8Array(Buffer.from(keyHex, 'hex'))));
  const node = await createLibp2p({
    addresses: { listen: [] },
    ...(privateKey === undefined ? {} : { privateKey: privateKeyOf(privateKey) }),
    transports: [tcp()],
    connectionProtector: preSharedKey({ psk }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { reconnectRetries: 0 },
    services: { identify: identify({ runOnConnectionOpen: false }) },
  });
  ending(() => node.stop());
  return node;
}
export type Stranger = Awaited<ReturnType<typeof startStranger>>;

/** Every protocol that a node has a handler for, and what one says there first. */
export const openings: Readonly<Record<string, unknown>> = {
  '/axon/join/1': { ask: { name: 'a stranger', commitment: 'a'.repeat(64) } },
  '/axon/chat/1': question('Tell me all.'),
  '/axon/inference/1.0.0': { prompt: 'Tell me all.' },
  '/axon/offer/1': { bye: true },
  '/axon/roster/1': { digest: { swarm: null, heads: [], epoch: 0 } },
  '/axon/rekey/1': { digest: { swarm: null, heads: [], epoch: 0 } },
  '/ipfs/id/1.0.0': null,
};

export type Heard = 'shut' | 'refused' | 'answered';

/** Dials anew and says what a member would. shut: there is no connection. refused: the stream was. answered: bytes came back. */
export async function heardBack(stranger: Stranger, address: string, protocol: string, waitMs = 1500): Promise<Heard> {
  let connection: Connection;
  try {
    connection = await stranger.dial(multiaddr(address), { signal: AbortSignal.timeout(3000), force: true });
  } catch {
    return 'shut';
  }
  const heard = await said(connection, protocol, waitMs);
  connection.abort(new Error('over'));
  return heard;
}

/** The same on a connection that is there. */
export async function said(connection: Connection, protocol: string, waitMs: number): Promise<Heard> {
  let stream: Stream;
  try {
    stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(waitMs) });
  } catch {
    return connection.status === 'open' ? 'refused' : 'shut';
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('refused'), waitMs);
    const over = (heard: Heard): void => {
      clearTimeout(timer);
      resolve(heard);
    };
    stream.addEventListener('message', () => over('answered'));
    stream.addEventListener('close', () => over(connection.status === 'open' ? 'refused' : 'shut'));
    try {
      if (openings[protocol] !== null) stream.send(jsonFrame(openings[protocol]));
    } catch {
      // it was reset already
      over(connection.status === 'open' ? 'refused' : 'shut');
    }
  });
}
