// /axon/offer/1: who I am and what I lend. One stream a message: a frame {offer, links}, {bye} or {have}; the sender closes its half; the receiver
// answers {have} with a frame {offer} or {same}, and closes too once it has taken it. All of it travels on control connections only, which
// is how the other side tells them from bulk ones. What is said to whom and when: offer-exchange.ts.
import type { Connection, Stream } from '@libp2p/interface';
import { z } from 'zod';
import { offer as offerSchema, type Offer, type PeerId } from '../../src-shared/peer.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { jsonFrame, jsonOf } from './frames.ts';
import { offerExchange, UnsupportedError, type OfferAnswer, type OfferMessage } from './offer-exchange.ts';
import { ratePerPeer } from './rate.ts';
import { frameReader, send } from './stream-io.ts';

export const offerProtocol = '/axon/offer/1';

export const offerWire = {
  frameBytes: 256 * 1024,
  streams: 8,
  /** For one message, there and taken. */
  messageMs: 5000,
  /** Leaving does not wait longer than this for the others to hear it. */
  byeMs: 300,
} as const;

/** Twice what an honest node ever says (node/offering.ts: 4 a second), and what links that come and go bring at once. */
export const offerPeerRate = { burst: 32, perSecond: 8 } as const;

export type OfferHandlers = {
  /** A valid offer, not older than the last one of that peer. */
  taken(from: PeerId, offer: Offer): void;
  /** What is known of that peer is still so. */
  confirmed(from: PeerId): void;
  /** That peer does not speak this protocol. */
  unsupported(to: PeerId): void;
  /** That peer stops in an orderly way. */
  bye(from: PeerId): void;
  /** Whatever came on it, this is a control connection. */
  control(connection: Connection): void;
};

export type Offers = {
  handle(stream: Stream, connection: Connection): Promise<void>;
  /** Sends this to everyone connected, now and later; a newer one replaces it. */
  announce(offer: Offer): void;
  /** Keeps that peer up to date from now on, on the connection that `over` gives. */
  follow(peerId: PeerId, over: () => Connection | undefined): void;
  unfollow(peerId: PeerId): void;
  /** How many links that peer says it has; 0: it said nothing. */
  linksOf(peerId: PeerId): number;
  /** Says goodbye to all, and on those connections, for at most offerWire.byeMs, and sends nothing more. */
  stop(also: Connection[]): Promise<void>;
};

const messageSchema = z.union([
  z.object({ offer: offerSchema, links: z.number().int().nonnegative().optional() }),
  z.object({ bye: z.literal(true) }),
  z.object({ have: z.number().int().nonnegative().nullable() }),
]);
const answerSchema = z.union([z.object({ offer: offerSchema }), z.object({ same: z.literal(true) })]);

/** What one frame says, rebuilt from the schema. Fails with bad-request. */
export function parseOfferMessage(body: Uint8Array): OfferMessage {
  const parsed = messageSchema.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The message is no offer.');
  return parsed.data;
}

/** What {have} is answered with, rebuilt from the schema. Fails with bad-request. */
export function parseOfferAnswer(body: Uint8Array): Exclude<OfferAnswer, null> {
  const parsed = answerSchema.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The answer is no offer.');
  return parsed.data;
}

export function offers(handlers: OfferHandlers, clock: Clock, log: Log, random: () => number): Offers {
  const over = new Map<PeerId, () => Connection | undefined>();
  const connectionTo = (peerId: PeerId): Connection | undefined => over.get(peerId)?.();
  const takeOne = ratePerPeer(clock, offerPeerRate);
  const exchange = offerExchange({
    ...handlers,
    reaches: (peerId) => connectionTo(peerId) !== undefined,
    async send(peerId, message) {
      const connection = connectionTo(peerId);
      if (connection === undefined) throw new Error('not connected');
      try {
        return await sendMessage(connection, message, clock);
      } catch (error) {
        // an Axon-Cluster node has no such protocol
        throw error instanceof Error && error.name === 'UnsupportedProtocolError' ? new UnsupportedError() : error;
      }
    },
    clock,
    log,
    random,
  });

  return {
    async handle(stream, connection) {
      try {
        // before any of it is read: an honest peer says its newest word again a little later
        if (!takeOne(connection.remotePeer.toString())) throw new Failure('rate-limited', 'Too many offers of one peer.');
        const reader = frameReader(stream, clock, { limit: () => offerWire.frameBytes });
        const cancel = clock.after(offerWire.messageMs, () => stream.abort(new Error('no message in time')));
        const body = await reader.next().finally(cancel);
        if (body === null) throw new Error('no message');
        const message = parseOfferMessage(body);
        handlers.control(connection);
        const answer = exchange.heard(connection.remotePeer.toString(), message);
        if (answer !== null) await send(stream, jsonFrame(answer), clock, offerWire.messageMs);
        await stream.close({ signal: AbortSignal.timeout(offerWire.messageMs) });
      } catch (error) {
        log.debug('an offer was refused', {
          peer: connection.remotePeer.toString(),
          error: error instanceof Error ? error.name : 'unknown',
        });
        stream.abort(error instanceof Error ? error : new Error('refused'));
      }
    },
    announce: (offer) => exchange.announce(offer),
    follow(peerId, connection) {
      over.set(peerId, connection);
      exchange.follow(peerId);
    },
    unfollow(peerId) {
      over.delete(peerId);
      exchange.unfollow(peerId);
    },
    linksOf: exchange.linksOf,
    async stop(also) {
      const connections = exchange.followed().flatMap((peerId) => connectionTo(peerId) ?? []);
      exchange.stop();
      const byes = [...new Set([...connections, ...also])].map((connection) =>
        sendMessage(connection, { bye: true }, clock).catch(() => undefined),
      );
      await Promise.race([Promise.all(byes), new Promise<void>((resolve) => clock.after(offerWire.byeMs, resolve))]);
    },
  };
}

/** Resolves with the answer when the other side has taken it; null: it said nothing. */
async function sendMessage(connection: Connection, message: OfferMessage, clock: Clock): Promise<OfferAnswer> {
  const signal = AbortSignal.timeout(offerWire.messageMs);
  const stream = await connection.newStream(offerProtocol, { signal, maxOutboundStreams: offerWire.streams });
  const abort = (): void => stream.abort(new Error('not taken in time'));
  signal.addEventListener('abort', abort);
  try {
    const reader = frameReader(stream, clock, { limit: () => ('have' in message ? offerWire.frameBytes : 0) });
    await send(stream, jsonFrame(message), clock, offerWire.messageMs);
    await stream.close({ signal });
    // its end is the receipt; a reset is a refusal and throws
    const body = await reader.next();
    return body === null ? null : parseOfferAnswer(body);
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('not taken'));
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
