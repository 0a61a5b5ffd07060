// A thief's own program: stock libp2p with a stolen swarm.key and a stolen device identity, and nothing of Axon that could refuse itself.
// Started with one JSON line {swarmKey, identity?}; then one line {targets} a round. Tells {event: 'tried', target, protocol, outcome} for each.
import { noise } from '@chainsafe/libp2p-noise';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { Connection, Stream } from '@libp2p/interface';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PeerId } from '../../src-shared/peer.ts';

/** identity: as the home keeps it, {"key": base64 of the private key}; absent: a new device. */
export type ThiefConfig = { swarmKey: string; identity?: string };
/** quick: the connection only, which is what is tried most often. */
export type Round = { targets: string[]; quick?: boolean };
/** shut: no connection, or one that was closed at once. refused: the stream was. answered: bytes came back. */
export type Outcome = 'shut' | 'refused' | 'answered';

const waitMs = 1500;

/** What a member would say there. */
const openings: Readonly<Record<string, unknown>> = {
  '/axon/chat/1': { id: randomUUID(), messages: [{ role: 'user', content: 'Tell me all.' }], parameters: {} },
  '/axon/inference/1.0.0': { prompt: 'Tell me all.' },
  '/axon/offer/1': { bye: true },
  '/axon/roster/1': { digest: { swarm: null, heads: [], epoch: 0 } },
  '/axon/rekey/1': { digest: { swarm: null, heads: [], epoch: 0 } },
};
export const membersProtocols: readonly string[] = Object.keys(openings);

function framed(value: unknown): Uint8Array {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.byteLength);
  return Buffer.concat([head, body]);
}

/** Makes the stolen node; dials only. */
export async function startThief({ swarmKey, identity }: ThiefConfig) {
  const key = identity === undefined ? undefined : Buffer.from((JSON.parse(identity) as { key: string }).key, 'base64');
  return createLibp2p({
    ...(key === undefined ? {} : { privateKey: privateKeyFromRaw(new Uint8Array(key)) }),
    transports: [tcp()],
    connectionProtector: preSharedKey({ psk: new TextEncoder().encode(swarmKey) }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { reconnectRetries: 0, addressDialTimeout: 2000, dialTimeout: 3000 },
  });
}
export type Thief = Awaited<ReturnType<typeof startThief>>;

/** Opens one connection and tries to talk on each protocol. Never throws. */
export async function tryAll(
  thief: Thief,
  target: string,
  protocols: readonly string[],
): Promise<{ protocol: string; outcome: Outcome }[]> {
  let connection: Connection;
  try {
    connection = await thief.dial(multiaddr(target), { signal: AbortSignal.timeout(3000), force: true });
  } catch {
    return protocols.map((protocol) => ({ protocol, outcome: 'shut' as const }));
  }
  const outcomes = await Promise.all(protocols.map(async (protocol) => ({ protocol, outcome: await tryOne(connection, protocol) })));
  connection.abort(new Error('round over'));
  return outcomes;
}

async function tryOne(connection: Connection, protocol: string): Promise<Outcome> {
  let stream: Stream;
  try {
    stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(waitMs) });
  } catch {
    return connection.status === 'open' ? 'refused' : 'shut';
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('refused'), waitMs);
    const over = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    stream.addEventListener('message', ({ data }) => {
      if (data.byteLength > 0) over('answered');
    });
    stream.addEventListener('close', () => over('refused'));
    try {
      stream.send(framed(openings[protocol] ?? {}));
    } catch {
      over('refused');
    }
  });
}

async function main(): Promise<void> {
  const tell = (event: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  const { swarmKey, identity } = JSON.parse(String(first.value)) as ThiefConfig;
  const thief = await startThief({
    swarmKey: readFileSync(swarmKey, 'utf8'),
    ...(identity === undefined ? {} : { identity: readFileSync(identity, 'utf8') }),
  });
  const peerId: PeerId = thief.peerId.toString();
  tell({ event: 'ready', peerId });
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    const { targets, quick } = JSON.parse(line.value) as Round;
    for (const target of targets) {
      const protocols = quick === true ? ['/axon/chat/1'] : membersProtocols;
      for (const tried of await tryAll(thief, target, protocols)) tell({ event: 'tried', target, ...tried });
    }
    tell({ event: 'round' });
  }
  await thief.stop();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
