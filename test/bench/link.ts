// One measurement of a link: `link KIND MEBIBYTES` forks a receiver, sends it that much over loopback in pieces of 64 KiB,
// and prints {mibPerSecond, sendCpuMs, receiveCpuMs}. KIND: raw (TCP) | ours | stock (libp2p with its own pnet, noise and yamux).
// Runs on Node and on Electron as Node, so that both ends are of the runtime under measure.
import { noise } from '@chainsafe/libp2p-noise';
import type { Libp2p, Stream } from '@libp2p/interface';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Clock } from '../../src-main/jobs/ports.ts';
import { newIdentity, privateKeyOf } from '../../src-main/network/identity.ts';
import { startPeerNode } from '../../src-main/network/libp2p-node.ts';
import { protector } from '../../src-main/network/protector.ts';
import { send } from '../../src-main/network/stream-io.ts';
import { swarmKeyText } from '../../src-main/network/swarm-key.ts';

type Kind = 'raw' | 'ours' | 'stock';
type Received = { cpuMs: number };

const pieceBytes = 64 * 1024;
const mebibyte = 1024 * 1024;
const protocol = '/axon/bench/1';
/** Both ends of one measurement, on loopback, for seconds: no secret. */
const benchKey = new Uint8Array(32).fill(7);

const clock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

async function startNode(kind: Exclude<Kind, 'raw'>, listen: string[]): Promise<Libp2p> {
  if (kind === 'ours') {
    const privateKey = privateKeyOf(newIdentity());
    return startPeerNode({
      privateKey,
      protector: protector(benchKey, 'native'),
      ciphers: 'native',
      listen,
      gate: { denies: () => false, admits: () => true },
      version: '0',
    });
  }
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionProtector: preSharedKey({ psk: new TextEncoder().encode(swarmKeyText(benchKey)) }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
}

/** The receiver tells its address, counts, and answers one byte when everything is there. */
async function receive(kind: Kind, total: number): Promise<void> {
  let received = 0;
  let cpu = process.cpuUsage();
  const counter = (answer: () => void) => (bytes: number) => {
    if (received === 0) cpu = process.cpuUsage();
    received += bytes;
    if (received < total) return;
    process.send?.({ cpuMs: cpuMs(cpu) } satisfies Received);
    answer();
  };
  if (kind === 'raw') {
    const server = createServer((socket: Socket) => {
      const count = counter(() => socket.write('.'));
      socket.on('data', (data: Buffer) => count(data.byteLength));
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1', () => process.send?.({ address: String((server.address() as AddressInfo).port) }));
    return;
  }
  const node = await startNode(kind, ['/ip4/127.0.0.1/tcp/0']);
  await node.handle(protocol, (stream) => {
    const count = counter(() => stream.send(new Uint8Array([1])));
    stream.addEventListener('message', ({ data }) => count(data.byteLength));
  });
  process.send?.({ address: node.getMultiaddrs()[0]?.toString() });
}

async function sendRaw(port: number, total: number): Promise<() => Promise<void>> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const piece = Buffer.alloc(pieceBytes, 3);
  return async () => {
    const answered = once(socket, 'data');
    for (let sent = 0; sent < total; sent += pieceBytes) if (!socket.write(piece)) await once(socket, 'drain');
    await answered;
    socket.destroy();
  };
}

async function sendStream(kind: Exclude<Kind, 'raw'>, address: string, total: number): Promise<() => Promise<void>> {
  const node = await startNode(kind, []);
  const stream: Stream = await node.dialProtocol(multiaddr(address), protocol);
  const piece = new Uint8Array(pieceBytes).fill(3);
  return async () => {
    const answered = new Promise<void>((resolve) => stream.addEventListener('message', () => resolve()));
    for (let sent = 0; sent < total; sent += pieceBytes) await send(stream, piece, clock, 60_000);
    await answered;
  };
}

async function measure(kind: Kind, total: number): Promise<void> {
  const child = fork(process.argv[1] ?? '', [kind, String(total / mebibyte), 'receive'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [{ address }] = (await once(child, 'message')) as [{ address: string }];
    const run = kind === 'raw' ? await sendRaw(Number(address), total) : await sendStream(kind, address, total);
    const told = once(child, 'message') as Promise<[Received]>;
    const cpu = process.cpuUsage();
    const started = performance.now();
    await run();
    const seconds = (performance.now() - started) / 1000;
    const sendCpuMs = cpuMs(cpu);
    const [received] = await told;
    console.log(JSON.stringify({ mibPerSecond: total / mebibyte / seconds, sendCpuMs, receiveCpuMs: received.cpuMs }));
  } finally {
    child.kill('SIGKILL');
  }
}

const [kind, mebibytes, side] = process.argv.slice(2) as [Kind, string, string | undefined];
const total = Number(mebibytes) * mebibyte;
if (side === 'receive') await receive(kind, total);
else {
  await measure(kind, total);
  process.exit(0);
}
