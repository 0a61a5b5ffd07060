// The other end of "Add a device": a machine without the key looks for an open door nearby, or at a typed address, and tries the code there.
import type { Libp2p, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { Failure } from '../../src-shared/failure.ts';
import { maxNearbyDoors } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { normaliseCode } from '../membership/pairing-code.ts';
import type { News } from '../membership/ports.ts';
import { parseAddress } from './address.ts';
import { diagnose, dialProgress } from './diagnose.ts';
import type { Discover } from './discovery.ts';
import { joinFrameBytes, parseHost, type HostSays, type Knock } from './encounter.ts';
import { jsonFrame } from './frames.ts';
import { peerIdOf } from './identity.ts';
import { listenForDoors } from './nearby-doors.ts';
import { newsWire, readNews } from './news-wire.ts';
import { bareNode, pairProtocol, pairWire } from './pairing.ts';
import { frameReader, send } from './stream-io.ts';
import { commitmentTo, newNonce, wordsOf } from './words.ts';

/** The host beats every 10 s while a person thinks. */
const silenceMs = 35_000;
const dialMs = 5000;

export type PairStep =
  | { kind: 'searching' }
  | { kind: 'words'; name: string; words: string }
  /** peerId: of the admin. swarm: the one that the words stand for. addresses: where it listens for the swarm, with /p2p/. */
  | { kind: 'welcome'; peerId: PeerId; name: string; words: string; swarm: string; news: News; addresses: string[] };

export type PairByCodeOptions = {
  /** This machine's identity. */
  privateKey: Uint8Array;
  /** What the admin's screen shows. */
  name: string;
  code: string;
  /** host:port; without it the door is looked for by mDNS. */
  address?: string;
  /** null: only with an address */
  discover: Discover | null;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
};

/**
 * Goes on until somebody let this machine in: the last step is `welcome`. Searches for as long as `signal` allows.
 * Fails with code-wrong, code-expired (the door closed), not-let-in (a person said no), bad-address, not-reachable.
 */
export async function* pairByCode(options: PairByCodeOptions): AsyncGenerator<PairStep> {
  const { signal, clock } = options;
  signal.throwIfAborted();
  if (normaliseCode(options.code) === null) throw new Failure('code-wrong', 'A code has eight characters, such as K7QM-4XWP.');
  yield { kind: 'searching' };
  const node = await bareNode(options.privateKey, [], clock);
  const stop = (): void => void node.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (options.address !== undefined) {
      yield* knockAt(node, [options.address], options);
      return;
    }
    let failure: unknown = new Failure('not-reachable', 'Nobody nearby adds a device. Is "Add a device" open there?');
    for await (const door of doors(options)) {
      try {
        yield* knockAt(node, door, options);
        return;
      } catch (error) {
        signal.throwIfAborted();
        // another door may be the right one; the person is told of this one when there is none
        failure = error;
        if (error instanceof Failure && error.code !== 'not-reachable') throw error;
      }
    }
    throw failure;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await node.stop();
  }
}

/** Open doors nearby as they are found, each once: addresses of one machine. Ends with the signal. */
async function* doors({ discover, clock, log, signal }: PairByCodeOptions): AsyncGenerator<string[]> {
  if (discover === null) return;
  const found: string[][] = [];
  const seen = new Set<string>();
  let wake: () => void = () => undefined;
  const abort = (): void => wake();
  signal.addEventListener('abort', abort);
  const stop = await listenForDoors({ discover, clock, log }, (peerId, addresses) => {
    const door = `${peerId} ${addresses.toSorted().join()}`;
    if (addresses.length === 0 || seen.has(door) || seen.size >= maxNearbyDoors) return;
    seen.add(door);
    found.push(addresses.map((address) => `${address}/p2p/${peerId}`));
    wake();
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      const door = found.shift();
      if (door !== undefined) yield door;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', abort);
    await stop();
  }
}

async function* knockAt(node: Libp2p, addresses: string[], options: PairByCodeOptions): AsyncGenerator<PairStep> {
  const { signal } = options;
  const stream = await openTo(node, addresses, options);
  const stop = (): void => stream.abort(new DOMException('stopped', 'AbortError'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* converse(stream, options);
    await stream.close({ signal: AbortSignal.timeout(pairWire.stallMs) });
  } catch (error) {
    stop();
    signal.throwIfAborted();
    if (error instanceof Failure && error.code !== 'bad-request') throw error;
    throw new Failure('code-expired', `Adding a device is over there. Ask for a new code.`, { cause: error });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function openTo(node: Libp2p, addresses: string[], { signal }: PairByCodeOptions): Promise<Stream & { from: PeerId }> {
  const progress = dialProgress();
  const parsed = addresses.map(parseAddress);
  const [first] = parsed;
  if (first === undefined) throw new Failure('not-reachable', 'There is no address to try.');
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(dialMs)]);
    const connection = await node.dial(
      parsed.map((address) => multiaddr(address.multiaddr.toString())),
      { signal: limit, onProgress: progress.onProgress },
    );
    const stream = await connection.newStream(pairProtocol, { signal: limit });
    return Object.assign(stream, { from: connection.remotePeer.toString() });
  } catch (error) {
    signal.throwIfAborted();
    throw await diagnose(first, error, progress);
  }
}

async function* converse(
  stream: Stream & { from: PeerId },
  { privateKey, name, code, clock }: PairByCodeOptions,
): AsyncGenerator<PairStep> {
  let limit: number = joinFrameBytes;
  const reader = frameReader(stream, clock, { limit: () => limit });
  const hear = async (): Promise<HostSays> => {
    const cancel = clock.after(silenceMs, () => stream.abort(new Error('the other side fell silent')));
    const body = await reader.next().finally(() => cancel());
    if (body === null) throw new Failure('bad-request', 'The other side ended the conversation.');
    return parseHost(body);
  };
  const nonce = newNonce();
  await send(stream, jsonFrame({ ask: { name, commitment: commitmentTo(nonce), code } } satisfies Knock), clock, pairWire.stallMs);
  const said = await hear();
  if ('wrong' in said)
    throw new Failure(
      'code-wrong',
      said.wrong > 0 ? `Not that code. Tries left: ${said.wrong}.` : 'Not that code; it ended with this try.',
    );
  if (!('nonce' in said)) throw new Failure('bad-request', 'That is out of turn.');
  const { name: host, swarm } = said;
  const words = wordsOf({ swarm, joiner: peerIdOf(privateKey), host: stream.from, joinerNonce: nonce, hostNonce: said.nonce });
  await send(stream, jsonFrame({ nonce }), clock, pairWire.stallMs);
  yield { kind: 'words', name: host, words };
  for (;;) {
    const answer = await hear();
    if ('wait' in answer) continue;
    if ('refused' in answer) throw new Failure('not-let-in', `${host} did not let this machine in.`);
    if (!('welcome' in answer)) throw new Failure('bad-request', 'That is out of turn.');
    limit = newsWire.frameBytes;
    const news = await readNews(reader);
    if (news === null) throw new Failure('bad-request', 'The welcome broke off.');
    yield { kind: 'welcome', peerId: stream.from, name: host, words, swarm, news, addresses: answer.addresses };
    return;
  }
}
