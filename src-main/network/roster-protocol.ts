// /axon/roster/1 and /axon/rekey/1, one exchange under two names: {digest, news?} there, {digest, same} back, and the news of each for
// the other where the digests differ. Rekey is the only one that runs on a connection made with an old key, for members alone.
import type { Connection, Stream } from '@libp2p/interface';
import { z } from 'zod';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { Digest, News, Trust } from '../membership/ports.ts';
import { jsonFrame, jsonOf } from './frames.ts';
import { digestSchema, newsWire, readNews, sameDigest, sendNews } from './news-wire.ts';
import { ratePerPeer } from './rate.ts';
import { frameReader, send, type FrameReader } from './stream-io.ts';

export const rosterProtocol = '/axon/roster/1';
export const rekeyProtocol = '/axon/rekey/1';

export const rosterWire = {
  streams: 4,
  /** For one exchange. */
  exchangeMs: 10_000,
  /** News taken from one peer: that many at once, then so many a second. Each may cost half a second of verifying. */
  takenAtOnce: 40,
  takenPerSecond: 4,
} as const;

const greeting = z.object({ digest: digestSchema, news: z.boolean().optional() });
const reply = z.object({ digest: digestSchema, same: z.boolean() });

/** refused: it seems to have reset the stream, so we are not a member to it, or the key is an old one to it. unsupported: no Axon, or an older one. */
export type Exchanged = 'compared' | 'refused' | 'unsupported' | 'failed';

export type RosterExchange = {
  /** Compares with the other side of that connection, and evens out what differs. Never rejects. */
  run(connection: Connection, protocol: typeof rosterProtocol | typeof rekeyProtocol): Promise<Exchanged>;
  /** Tells it what it may know (no key) without hearing anything, within the time. Never rejects. */
  push(connection: Connection, news: News, limitMs: number): Promise<void>;
  /** The other side's turn. True once both know the same. Never rejects. */
  serve(stream: Stream, connection: Connection): Promise<boolean>;
};

/** What the first frame of an exchange says, rebuilt from the schema. Fails with bad-request. */
export function parseGreeting(body: Uint8Array): { digest: Digest; news?: boolean | undefined } {
  return parsedBy(greeting, body);
}

/** What the answer to it says. Fails with bad-request. */
export function parseRosterReply(body: Uint8Array): { digest: Digest; same: boolean } {
  return parsedBy(reply, body);
}

function parsedBy<Value>(schema: z.ZodType<Value>, body: Uint8Array): Value {
  const parsed = schema.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The message is not one about a roster.');
  return parsed.data;
}

export function rosterExchange({ trust, clock, log }: { trust: Trust; clock: Clock; log: Log }): RosterExchange {
  const mayTake = ratePerPeer(clock, { burst: rosterWire.takenAtOnce, perSecond: rosterWire.takenPerSecond });

  const take = async (from: PeerId, news: News | null): Promise<void> => {
    if (news === null || news.statements.length + news.keys.length === 0) return;
    if (!mayTake(from)) throw new Failure('queue-full', 'That peer brings news too often.');
    await trust.take(from, news);
  };

  const ask = async (stream: Stream, reader: FrameReader, peerId: PeerId): Promise<void> => {
    await send(stream, jsonFrame({ digest: trust.digest() }), clock, newsWire.stallMs);
    const { same } = parseRosterReply(await next(reader));
    if (!same) {
      await take(peerId, await readNews(reader));
      await sendNews(stream, trust.newsFor(peerId), clock);
    }
    await stream.close({ signal: AbortSignal.timeout(newsWire.stallMs) });
    // its end is the receipt
    await reader.next();
  };
  const answer = async (stream: Stream, reader: FrameReader, peerId: PeerId): Promise<boolean> => {
    const { digest, news: pushed } = parseGreeting(await next(reader));
    if (pushed === true) {
      await take(peerId, await readNews(reader));
      await stream.close({ signal: AbortSignal.timeout(newsWire.stallMs) });
      return false;
    }
    const own = trust.digest();
    const same = sameDigest(digest, own);
    await send(stream, jsonFrame({ digest: own, same }), clock, newsWire.stallMs);
    if (!same) {
      await sendNews(stream, trust.newsFor(peerId), clock);
      await take(peerId, await readNews(reader));
    }
    await stream.close({ signal: AbortSignal.timeout(newsWire.stallMs) });
    return true;
  };

  /** With the time limit, and the stream reset whenever it goes wrong. */
  const within = async <Value>(stream: Stream, ms: number, talk: (reader: FrameReader) => Promise<Value>): Promise<Value> => {
    const reader = frameReader(stream, clock, { limit: () => newsWire.frameBytes });
    const cancel = clock.after(ms, () => stream.abort(new Error('not in time')));
    try {
      return await talk(reader);
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('failed'));
      throw error;
    } finally {
      cancel();
    }
  };
  const said = (connection: Connection, error: unknown): void =>
    log.debug('rosters were not compared', {
      peer: connection.remotePeer.toString(),
      error: error instanceof Error ? error.name : 'unknown',
    });

  return {
    async run(connection, protocol) {
      const peerId = connection.remotePeer.toString();
      try {
        const signal = AbortSignal.timeout(rosterWire.exchangeMs);
        const stream = await connection.newStream(protocol, { signal, maxOutboundStreams: rosterWire.streams });
        await within(stream, rosterWire.exchangeMs, (reader) => ask(stream, reader, peerId));
        return 'compared';
      } catch (error) {
        said(connection, error);
        if (error instanceof Error && error.name === 'UnsupportedProtocolError') return 'unsupported';
        // a reset may show in several errors, by how far we were; one that is none does no harm
        return connection.status === 'open' ? 'refused' : 'failed';
      }
    },
    async push(connection, { statements }, limitMs) {
      const signal = AbortSignal.timeout(limitMs);
      try {
        const stream = await connection.newStream(rosterProtocol, { signal, maxOutboundStreams: rosterWire.streams });
        await within(stream, limitMs, async (reader) => {
          await send(stream, jsonFrame({ digest: trust.digest(), news: true }), clock, limitMs);
          await sendNews(stream, { statements, keys: [] }, clock);
          await stream.close({ signal });
          await reader.next();
        });
      } catch (error) {
        said(connection, error);
      }
    },
    async serve(stream, connection) {
      try {
        return await within(stream, rosterWire.exchangeMs, (reader) => answer(stream, reader, connection.remotePeer.toString()));
      } catch (error) {
        said(connection, error);
        return false;
      }
    },
  };
}

async function next(reader: FrameReader): Promise<Uint8Array> {
  const body = await reader.next();
  if (body === null) throw new Failure('bad-request', 'The exchange broke off.');
  return body;
}
