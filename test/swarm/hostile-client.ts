// A process of its own: a stock client with the key that sends hostile frames, so that what it holds in memory, and how slow it is, is its own
// affair. Told by the parent: {address, key, each, protocols}; tells {sent, dialled} when every frame is over, or {failed}.
import type { Connection, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import fc from 'fast-check';
import { protector } from '../../src-main/network/protector.ts';
import { hostileFrames, piecesOf, type HostileFrame } from './hostile-frames.ts';
import { startStock } from './network-fixtures.ts';
import { peerMessages } from './peer-protocols.ts';

/** `key`: the swarm key, base64. `each`: frames for each kind of request of these protocols. */
export type HostileOrder = { address: string; key: string; each: number; protocols: string[] };
/** `dialled`: how many connections that took; a node may end one of a client that does not keep up. */
export type HostileResult = { sent: number; dialled: number } | { failed: string };

/** Sends the frame on the stream and waits until it is over, in whatever way. */
async function sendFrame(stream: Stream, frame: HostileFrame): Promise<void> {
  return new Promise((resolve) => {
    stream.addEventListener('close', () => resolve());
    stream.addEventListener('message', () => undefined);
    stream.addEventListener('end', () => stream.abort(new Error('enough')));
    try {
      for (const piece of piecesOf(frame)) stream.send(piece);
      void stream.close().catch(() => undefined);
    } catch {
      // refused while it was being sent
      resolve();
    }
  });
}

async function attack({ address, key, each, protocols }: HostileOrder): Promise<HostileResult> {
  const bytes = Buffer.from(key, 'base64');
  // the stock protector enciphers in WebAssembly, whose memory now and then ends with the large frames, and the process with it
  const stock = await startStock(bytes, { connectionProtector: protector(bytes, 'native') });
  let connection: Connection | undefined;
  let dialled = 0;
  const link = async (): Promise<Connection> => {
    if (connection?.status === 'open') return connection;
    dialled += 1;
    connection = await stock.dial(multiaddr(address), { signal: AbortSignal.timeout(30_000) });
    return connection;
  };
  const open = async (protocol: string): Promise<Stream> => {
    for (let time = 1; ; time += 1) {
      try {
        return await (await link()).newStream(protocol, { signal: AbortSignal.timeout(30_000) });
      } catch (error) {
        if (time === 10) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  let sent = 0;
  for (const row of peerMessages.filter(({ kind, protocol }) => kind === 'request' && protocols.includes(protocol))) {
    const frames: HostileFrame[] = [];
    for (let at = 0; at < each; at += 8) {
      // a hundred at a time: who makes them all at once says nothing for so long that the link is taken for dead
      if (frames.length < at + 8) frames.push(...fc.sample(hostileFrames(row.sample), 104));
      const some = frames.slice(at, Math.min(at + 8, each));
      // the next ones only when these are over: the limits of streams are tried elsewhere
      const streams: Stream[] = [];
      for (const _frame of some) streams.push(await open(row.protocol));
      await Promise.all(some.map(async (frame, nth) => sendFrame(streams[nth] as Stream, frame)));
      sent += some.length;
    }
  }
  return { sent, dialled };
}

process.once('message', (order: HostileOrder) => {
  void attack(order)
    .catch((error: unknown): HostileResult => ({ failed: String(error) }))
    .then((result) => process.send?.(result, () => process.exit(0)));
});
