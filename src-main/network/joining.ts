// The joiner's side of /axon/join/1: a device that is not in yet asks everyone it is connected to, until somebody lets it in.
import type { Connection, Stream } from '@libp2p/interface';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { JoinNews, Trust } from '../membership/ports.ts';
import { joinFrameBytes, parseHost, type HostSays, type Knock } from './encounter.ts';
import { jsonFrame } from './frames.ts';
import { joinProtocol, joinWire } from './join-host.ts';
import { newsWire, readNews, sendNews } from './news-wire.ts';
import { frameReader, send, type FrameReader } from './stream-io.ts';
import { commitmentTo, newNonce, wordsOf } from './words.ts';

/** A host that is no admin is asked again: it may have become one. */
const againMs = 30_000;
/** No sign of the host for that long: it beats every 10 s while a person thinks. */
const silenceMs = 35_000;

export type Joiner = {
  /** Asks that peer now, when this device has reason to; and again as long as it has. */
  look(peerId: PeerId): void;
  /** Brings the roster to a member that takes this device for a stranger. True: it was taken. Never rejects. */
  introduce(connection: Connection): Promise<boolean>;
  stop(): void;
};

type Asking = { busy: boolean; notBefore: number; cancel: () => void };

export function joining(options: {
  self: PeerId;
  trust: Trust;
  over(peerId: PeerId): Connection | undefined;
  clock: Clock;
  log: Log;
}): Joiner {
  const { self, trust, clock, log } = options;
  const asked = new Map<PeerId, Asking>();
  let stopped = false;

  const look = (peerId: PeerId): void => {
    const application = stopped ? null : trust.application(peerId);
    const connection = options.over(peerId);
    const asking = asked.get(peerId) ?? { busy: false, notBefore: 0, cancel: () => undefined };
    if (application === null || connection === undefined) {
      asking.cancel();
      return;
    }
    asked.set(peerId, asking);
    if (asking.busy) return;
    asking.cancel();
    const wait = asking.notBefore - clock.now();
    if (wait > 0) {
      asking.cancel = clock.after(wait, () => look(peerId));
      return;
    }
    asking.busy = true;
    void ask(connection, application, { self, trust, clock, log }).then((pauseMs) => {
      asking.busy = false;
      asking.notBefore = clock.now() + pauseMs;
      look(peerId);
    });
  };

  return {
    look,
    introduce: (connection) => introduce(connection, { trust, clock, log }),
    stop() {
      stopped = true;
      for (const { cancel } of asked.values()) cancel();
    },
  };
}

type Tools = { trust: Trust; clock: Clock; log: Log };

/** Resolves with the pause before the next request there, ms. Never rejects. */
async function ask(
  connection: Connection,
  application: { name: string; token?: string },
  tools: Tools & { self: PeerId },
): Promise<number> {
  const peerId = connection.remotePeer.toString();
  try {
    return await talking(connection, tools.clock, async (stream, reader, limit) => {
      const nonce = newNonce();
      const { name, token } = application;
      await say(stream, { ask: { name, commitment: commitmentTo(nonce), ...(token === undefined ? {} : { token }) } }, tools.clock);
      return converse(stream, reader, limit, { ...tools, nonce, peerId });
    });
  } catch (error) {
    noted(tools.log, peerId, error);
    return joinWire.pauseMs;
  }
}

async function converse(
  stream: Stream,
  reader: FrameReader,
  limit: { bytes: number },
  { self, trust, clock, nonce, peerId }: Tools & { self: PeerId; nonce: string; peerId: PeerId },
): Promise<number> {
  let name = '?';
  const heard = (news: JoinNews): number => {
    trust.heard(peerId, news);
    return joinWire.pauseMs;
  };
  for (let revealed = false; ;) {
    const words = await heardFrom(reader, stream, clock);
    if ('later' in words) return words.later;
    if ('elsewhere' in words) {
      heard({ kind: 'elsewhere', ...words.elsewhere });
      return againMs;
    }
    if ('refused' in words) return heard({ kind: 'refused', name, why: words.refused });
    if ('nonce' in words && !revealed) {
      name = words.name;
      revealed = true;
      const compared = wordsOf({ swarm: words.swarm, joiner: self, host: peerId, joinerNonce: nonce, hostNonce: words.nonce });
      await send(stream, jsonFrame({ nonce }), clock, joinWire.stallMs);
      heard({ kind: 'words', name, words: compared, swarm: words.swarm });
    } else if ('welcome' in words && revealed) {
      limit.bytes = newsWire.frameBytes;
      const news = await readNews(reader);
      if (news === null) throw new Failure('bad-request', 'The welcome broke off.');
      return heard({ kind: 'welcome', name, news });
    } else if (!('wait' in words)) throw new Failure('bad-request', 'That is out of turn.');
  }
}

async function introduce(connection: Connection, { trust, clock, log }: Tools): Promise<boolean> {
  const peerId = connection.remotePeer.toString();
  try {
    return await talking(connection, clock, async (stream, reader) => {
      await say(stream, { introduce: true }, clock);
      await sendNews(stream, { statements: trust.newsFor(peerId).statements, keys: [] }, clock);
      return 'taken' in (await heardFrom(reader, stream, clock));
    });
  } catch (error) {
    noted(log, peerId, error);
    return false;
  }
}

/** Opens a stream, and resets it whatever goes wrong on it. */
async function talking<Value>(
  connection: Connection,
  clock: Clock,
  talk: (stream: Stream, reader: FrameReader, limit: { bytes: number }) => Promise<Value>,
): Promise<Value> {
  const signal = AbortSignal.timeout(joinWire.frameMs);
  const stream = await connection.newStream(joinProtocol, { signal, maxOutboundStreams: joinWire.streams });
  const limit = { bytes: joinFrameBytes as number };
  try {
    const result = await talk(stream, frameReader(stream, clock, { limit: () => limit.bytes }), limit);
    void stream.close({ signal: AbortSignal.timeout(joinWire.stallMs) }).catch(() => stream.abort(new Error('not closed')));
    return result;
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('joining failed'));
    throw error;
  }
}

async function heardFrom(reader: FrameReader, stream: Stream, clock: Clock): Promise<HostSays> {
  const cancel = clock.after(silenceMs, () => stream.abort(new Error('the host fell silent')));
  const body = await reader.next().finally(cancel);
  if (body === null) throw new Failure('bad-request', 'The host ended the conversation.');
  return parseHost(body);
}

async function say(stream: Stream, knock: Knock, clock: Clock): Promise<void> {
  await send(stream, jsonFrame(knock), clock, joinWire.stallMs);
}

function noted(log: Log, peerId: PeerId, error: unknown): void {
  log.debug('joining did not get on', { peer: peerId, error: error instanceof Error ? error.name : 'unknown' });
}
