// "Add a device": a machine without the key comes to an admin by a code of eight characters. A node of its own, without the swarm's fence,
// that can do nothing but this; it is open while the window shows the code, for 120 s, for three wrong codes. The code only finds: what
// lets in is a person who compared the words.
import { noise } from '@chainsafe/libp2p-noise';
import type { Connection, ConnectionGater, Libp2p, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { Failure } from '../../src-shared/failure.ts';
import { hostPort } from '../../src-shared/own-address.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { codeMs, normaliseCode, openTries, tryCode, type Tries } from '../membership/pairing-code.ts';
import type { JoinAnswer, JoinRequest } from '../membership/ports.ts';
import { joinFrameBytes, lastWord, parseKnock, parseReveal, waitBeatMs, type HostSays } from './encounter.ts';
import { jsonFrame } from './frames.ts';
import { privateKeyOf, peerIdOf } from './identity.ts';
import { sendNews } from './news-wire.ts';
import { frameReader, send, type FrameReader } from './stream-io.ts';
import { equalTexts, keepsTo, newNonce, wordsOf } from './words.ts';

export const pairProtocol = '/axon/pair/1';

export const pairWire = {
  /** Open to anyone on the network: few, and not for long. */
  connections: 16,
  connectionsPerPeer: 2,
  upgradeMs: 3000,
  /** For a frame that the joiner's program has to send. */
  frameMs: 10_000,
  stallMs: 5000,
  /** Without a word of it, a machine that connected is let go. */
  idleMs: 15_000,
} as const;

export type PairingOptions = {
  /** Of the admin, as newIdentity makes it. */
  privateKey: Uint8Array;
  /** What the other screen shows. */
  name: string;
  code: string;
  /** Multiaddrs; port 0 takes any. */
  listen: string[];
  /** Id of the swarm's first statement. */
  swarm: string;
  /** Where this node listens for the swarm, with /p2p/: told in the welcome. */
  addresses?: () => string[];
  /** A person decides. Aborted when the machine goes away, or when all of this is closed. */
  admit(request: JoinRequest, signal: AbortSignal): Promise<JoinAnswer>;
  /** A wrong code was tried, or it is over (closed). Not told of close(). */
  onChange(now: { triesLeft: number; closed: boolean }): void;
  clock: Clock;
  log: Log;
};

export type Pairing = {
  readonly port: number;
  /** host:port, as people type it */
  readonly addresses: string[];
  close(): Promise<void>;
};

/** Opens the door. It closes by close(), after codeMs, or after maxTries wrong codes. */
export async function openPairing(options: PairingOptions): Promise<Pairing> {
  const { clock, onChange } = options;
  const over = new AbortController();
  let tries = openTries(clock.now());
  const node = await bareNode(options.privateKey, options.listen, clock);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      cancel();
      over.abort(new DOMException('adding a device is over', 'AbortError'));
      for (const connection of node.getConnections()) connection.abort(new Error('adding a device is over'));
      await node.stop();
    })();
    return closing;
  };
  const end = (): void => {
    if (closing !== undefined) return;
    onChange({ triesLeft: tries.left, closed: true });
    void close();
  };
  const cancel = clock.after(codeMs, end);
  const door: Door = {
    tryCode(typed) {
      const given = normaliseCode(typed);
      const right = given !== null && equalTexts(given, normaliseCode(options.code) ?? '');
      const result = tryCode(tries, options.code, right ? options.code : '', clock.now());
      const { left } = tries;
      tries = result.tries;
      if (tries.left > 0 && tries.left < left) onChange({ triesLeft: tries.left, closed: false });
      return result.kind;
    },
    triesLeft: () => tries.left,
  };
  try {
    await node.handle(
      pairProtocol,
      (stream, connection) => serve(stream, connection, options, door, over.signal).finally(() => tries.left === 0 && end()),
      {
        maxInboundStreams: 1,
      },
    );
  } catch (error) {
    await close();
    throw error;
  }
  const addresses = node.getMultiaddrs().map(String);
  return {
    port: Number(/\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1]),
    addresses: addresses.flatMap((address) => hostPort(address) ?? []),
    close,
  };
}

type Door = { tryCode(typed: string): ReturnType<typeof tryCode>['kind']; triesLeft(): Tries['left'] };

/** One machine. Never rejects. */
async function serve(stream: Stream, connection: Connection, options: PairingOptions, door: Door, over: AbortSignal): Promise<void> {
  const { clock, log } = options;
  const peerId = connection.remotePeer.toString();
  const gone = new AbortController();
  const leave = (): void => gone.abort(new DOMException('the machine went away', 'AbortError'));
  stream.addEventListener('close', leave);
  stream.addEventListener('end', leave);
  try {
    const reader = frameReader(stream, clock, { limit: () => joinFrameBytes });
    await converse(stream, reader, peerId, options, door, AbortSignal.any([gone.signal, over]));
    await stream.close({ signal: AbortSignal.timeout(pairWire.stallMs) });
  } catch (error) {
    log.debug('a pairing ended early', { peer: peerId, error: error instanceof Error ? error.name : 'unknown' });
    stream.abort(error instanceof Error ? error : new Error('pairing failed'));
  } finally {
    leave();
  }
}

async function converse(
  stream: Stream,
  reader: FrameReader,
  peerId: PeerId,
  { privateKey, name, swarm, addresses, admit, clock }: PairingOptions,
  door: Door,
  signal: AbortSignal,
): Promise<void> {
  const say = (words: HostSays): Promise<void> => send(stream, jsonFrame(words), clock, pairWire.stallMs);
  const knock = parseKnock(await soon(reader, stream, clock));
  if (!('ask' in knock)) throw new Failure('bad-request', 'That has no place here.');
  const { ask } = knock;
  if (door.tryCode(ask.code ?? '') !== 'right') return say({ wrong: door.triesLeft() });
  const hostNonce = newNonce();
  await say({ nonce: hostNonce, name, swarm });
  const { nonce } = parseReveal(await soon(reader, stream, clock));
  if (!keepsTo(ask.commitment, nonce)) throw new Failure('bad-request', 'The number is not the one that was promised.');
  const words = wordsOf({ swarm, joiner: peerId, host: peerIdOf(privateKey), joinerNonce: nonce, hostNonce });
  let cancel: () => void = () => undefined;
  const beat = (): void => {
    cancel = clock.after(waitBeatMs, beat);
    if (stream.status === 'open' && !stream.writableNeedsDrain) stream.send(jsonFrame({ wait: true } satisfies HostSays));
  };
  beat();
  const answer = await admit({ peerId, name: ask.name, words, by: 'code' }, signal).finally(() => cancel());
  await say(lastWord(answer, addresses?.() ?? []));
  if (answer.kind === 'welcome') await sendNews(stream, answer.news, clock);
  // its end says that it has everything; closing the door earlier would cut it off
  await reader.next();
}

async function soon(reader: FrameReader, stream: Stream, clock: Clock): Promise<Uint8Array> {
  const cancel = clock.after(pairWire.frameMs, () => stream.abort(new Error('no frame in time')));
  const body = await reader.next().finally(() => cancel());
  if (body === null) throw new Failure('bad-request', 'The machine broke off.');
  return body;
}

/** tcp + noise + yamux and no service at all. The swarm's own node never comes without its fence: see libp2p-node.ts. */
export async function bareNode(privateKey: Uint8Array, listen: string[], clock: Clock): Promise<Libp2p> {
  const node = await createLibp2p({
    start: false,
    privateKey: privateKeyOf(privateKey),
    nodeInfo: { name: 'axon', version: '1', userAgent: 'axon' },
    addresses: { listen },
    transports: [tcp({ backlog: 16 })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxInboundStreams: 4, maxOutboundStreams: 4 })],
    connectionManager: {
      maxConnections: pairWire.connections,
      maxIncomingPendingConnections: pairWire.connections,
      inboundUpgradeTimeout: pairWire.upgradeMs,
      inboundConnectionThreshold: 10_000,
      reconnectRetries: 0,
    },
    connectionMonitor: { enabled: false },
    connectionGater: fewPerPeer(),
  });
  node.addEventListener('connection:open', ({ detail }) => {
    const stop = clock.after(pairWire.idleMs, () => {
      if (detail.streams.length === 0) detail.abort(new Error('nothing was said'));
    });
    detail.addEventListener('close', stop);
  });
  await node.start();
  return node;
}

function fewPerPeer(): ConnectionGater {
  const open = new Map<PeerId, number>();
  return {
    denyInboundUpgradedConnection(peerId, connection) {
      const from = peerId.toString();
      const count = open.get(from) ?? 0;
      if (count >= pairWire.connectionsPerPeer || connection.status !== 'open') return true;
      open.set(from, count + 1);
      connection.addEventListener('close', () => {
        const left = (open.get(from) ?? 1) - 1;
        if (left > 0) open.set(from, left);
        else open.delete(from);
      });
      return false;
    },
  };
}
