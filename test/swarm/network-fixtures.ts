// Real nodes on loopback, and a relay between them that can be cut or frozen.
import { noise } from '@chainsafe/libp2p-noise';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p, type Libp2pOptions } from 'libp2p';
import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { newIdentity } from '../../src-main/network/identity.ts';
import { createNetwork, type NetworkOptions, type PeerNetwork } from '../../src-main/network/network.ts';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import type { Clock, Log, ServedChat } from '../../src-main/jobs/ports.ts';
import type { NetworkEvent } from '../../src-main/swarm/ports.ts';
import { openTrust } from '../fakes/open-trust.ts';

export const realClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export const quietLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const swarmKey = newSwarmKey();

export const done: ChatChunk = {
  kind: 'done',
  reason: 'stop',
  model: 'm',
  figures: { tokens: 2, tokensPerSecond: 1, timeToFirstTokenMs: 1 },
};

/** Says the question back, word by word. */
export const echo: ServedChat = async function* (request) {
  for (const word of (request.messages.at(-1)?.content ?? '').split(' ')) yield { kind: 'text', text: word };
  yield done;
};

export function question(content: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return { id: randomUUID(), messages: [{ role: 'user', content }], parameters: {}, ...more };
}

export function sampleOffer(revision: number, name = 'a machine'): Offer {
  const hardware = {
    os: 'Linux',
    arch: 'x64',
    cpu: { model: 'a cpu', cores: 2 },
    ram: { totalMb: 1000, freeMb: 500 },
    gpus: [],
    load: 0.5,
    battery: null,
  };
  return { revision, name, version: '0.1.0', role: 'subordinate', hardware, leads: null };
}

export type TestNode = { network: PeerNetwork; events: NetworkEvent[]; remembered: Map<string, string[]>; address(): string };

const cleanups: (() => Promise<void> | void)[] = [];

/** Something that cleanUp ends. */
export function ending(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

/** Ends all nodes and relays of the test. */
export async function cleanUp(): Promise<void> {
  await Promise.all(cleanups.splice(0).map(async (cleanup) => cleanup()));
}

export async function startNode(options: Partial<NetworkOptions> = {}): Promise<TestNode> {
  const events: NetworkEvent[] = [];
  const remembered = new Map<string, string[]>();
  const network = createNetwork({
    privateKey: newIdentity(),
    trust: openTrust(swarmKey),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    version: '0.1.0',
    serve: echo,
    onEvent: (event) => void events.push(event),
    remembered: [],
    remember: (peerId, addresses) => void remembered.set(peerId, addresses),
    discover: null,
    clock: realClock,
    log: quietLog,
    ...options,
  });
  cleanups.push(() => network.stop());
  await network.start();
  return { network, events, remembered, address: () => network.addresses()[0] ?? '' };
}

export async function linked(leaderOptions: Partial<NetworkOptions> = {}): Promise<{ leader: TestNode; asker: TestNode }> {
  const leader = await startNode(leaderOptions);
  const asker = await startNode();
  await asker.network.dial(leader.address(), AbortSignal.timeout(5000));
  return { leader, asker };
}

export async function textOf(chunks: AsyncIterable<ChatChunk>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) if (chunk.kind === 'text') text += chunk.text;
  return text;
}

/** A stock libp2p node with the swarm's key and no service at all, as Axon-Cluster's: no identify, no ping. */
export async function startStock(key = swarmKey, more: Pick<Libp2pOptions, 'connectionProtector'> = {}) {
  const psk = new TextEncoder().encode(swarmKeyText(key));
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionProtector: preSharedKey({ psk }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    ...more,
  });
  cleanups.push(() => node.stop());
  return node;
}

export type Relay = { address: string; cut(): void; freeze(): void; sockets: Set<Socket> };

/** A TCP relay to a node's first address. freeze: nothing passes any more, and nothing closes. */
export async function relayTo(node: TestNode): Promise<Relay> {
  const [, host = '', port = '0'] = /^\/ip4\/([^/]+)\/tcp\/(\d+)/.exec(node.address()) ?? [];
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => {
        if (!frozen) to.write(bytes);
      });
      from.on('close', () => {
        if (!frozen) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  cleanups.push(cut);
  return { address: `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`, cut, freeze: () => void (frozen = true), sockets };
}
