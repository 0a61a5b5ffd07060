// Programs on the same network that we did not write: one without the key who knocks at doors, stock libp2p with the key that dials, and a
// stock libp2p node with its default limits, to see what the same knocking does to that. Line 1 on stdin is an Errand; events go out as
// JSON lines. A second line, or the end of stdin, ends the errand and the program.
import { noise } from '@chainsafe/libp2p-noise';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';

export type Errand =
  /** Opens connections from these addresses in turn, each second so many that stay silent and so many that send garbage, until told. */
  | { do: 'knock'; from: string[]; to: { host: string; port: number }; silent: number; garbage: number }
  /** Dials that multiaddr again and again, each time as somebody new with the key; tells how long each took, or that it was not let in. */
  | { do: 'dial'; to: string; times: number; key: string }
  | { do: 'listen'; key: string };

const tell = (event: string, fields: Record<string, unknown> = {}): void => {
  process.stdout.write(`${JSON.stringify({ ...fields, event, at: Number(process.hrtime.bigint()) / 1e6 })}\n`);
};

function knockOnce(host: string, port: number, localAddress: string, words: Uint8Array | undefined): Socket {
  const socket = connect({ host, port, localAddress });
  socket.on('error', () => undefined);
  if (words !== undefined) socket.on('connect', () => socket.write(words));
  return socket;
}

async function knock({ from, to, silent, garbage }: Extract<Errand, { do: 'knock' }>, enough: AbortSignal): Promise<void> {
  const began = performance.now();
  let knocks = 0;
  for (let second = 0; !enough.aborted; second += 1) {
    for (let number = 0; number < silent + garbage; number += 1) {
      const words = number < silent ? undefined : randomBytes(1 + ((number * 997) % 60_000));
      knockOnce(to.host, to.port, from[knocks % from.length] ?? '', words);
      knocks += 1;
      await sleep(Math.max(0, began + (second + (number + 1) / (silent + garbage)) * 1000 - performance.now()));
    }
  }
  tell('knocked', { knocks, seconds: (performance.now() - began) / 1000 });
}

const stock = (key: string, listen: string[]) =>
  createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionProtector: preSharedKey({ psk: new TextEncoder().encode(key) }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });

async function dial({ to, times, key }: Extract<Errand, { do: 'dial' }>): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const node = await stock(key, []);
    const began = performance.now();
    try {
      const connection = await node.dial(multiaddr(to), { signal: AbortSignal.timeout(5000) });
      const ms = performance.now() - began;
      // one that is refused is told so after it looked open
      await sleep(200);
      tell('dialled', connection.status === 'open' ? { ms } : { ms: null });
    } catch {
      tell('dialled', { ms: null });
    }
    await node.stop();
  }
  tell('dialled-all');
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const errand = JSON.parse(String((await lines.next()).value)) as Errand;
tell('ready');
const enough = new AbortController();
let knocking: Promise<void> | undefined;
if (errand.do === 'knock') knocking = knock(errand, enough.signal);
else if (errand.do === 'dial') void dial(errand);
else {
  const node = await stock(errand.key, ['/ip4/0.0.0.0/tcp/0']);
  tell('listening', { addresses: node.getMultiaddrs().map(String) });
}
await lines.next();
enough.abort();
await knocking;
process.exit(0);
