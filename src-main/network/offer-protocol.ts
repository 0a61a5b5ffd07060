// /axon/offer/1: who I am and what I lend. One stream a message: a frame {offer} or {bye}, the sender closes its half, the receiver
// closes too once it has taken it. Offers travel on control connections only, which is how the other side tells them from bulk ones.
import type { Connection, Stream } from '@libp2p/interface';
import { offer as offerSchema, type Offer, type PeerId } from '../../src-shared/peer.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { jsonFrame, jsonOf } from './frames.ts';
import { frameReader, send } from './stream-io.ts';

export const offerProtocol = '/axon/offer/1';

export const offerWire = {
  frameBytes: 256 * 1024,
  streams: 8,
  /** For one message, there and taken. */
  messageMs: 5000,
  retryMinMs: 250,
  retryMaxMs: 30_000,
  /** Leaving does not wait longer than this for the others to hear it. */
  byeMs: 300,
} as const;

export type OfferHandlers = {
  /** A valid offer, not older than the last one of that peer. */
  taken(from: PeerId, offer: Offer): void;
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
  /** Says goodbye to all, and on those connections, for at most offerWire.byeMs, and sends nothing more. */
  stop(also: Connection[]): Promise<void>;
};

/** What one frame says, rebuilt from the schema. Fails with bad-request. */
export function parseOffer(body: Uint8Array): Offer | 'bye' {
  const message = jsonOf(body) as { offer?: unknown; bye?: unknown } | null;
  if (message?.bye === true) return 'bye';
  const parsed = offerSchema.safeParse(message?.offer);
  if (!parsed.success) throw new Failure('bad-request', 'The message is no offer.');
  return parsed.data;
}

type Follower = {
  over: () => Connection | undefined;
  sent: Offer | undefined;
  busy: boolean;
  retryMs: number;
  cancel: () => void;
  deaf: boolean;
};

export function offers(handlers: OfferHandlers, clock: Clock, log: Log, random: () => number): Offers {
  const revisions = new Map<PeerId, number>();
  const followers = new Map<PeerId, Follower>();
  let current: Offer | undefined;
  let stopped = false;

  const receive = (from: PeerId, body: Uint8Array): void => {
    const offer = parseOffer(body);
    if (offer === 'bye') {
      handlers.bye(from);
      return;
    }
    // the same one comes again after a reconnect
    if (offer.revision < (revisions.get(from) ?? 0)) return;
    revisions.set(from, offer.revision);
    handlers.taken(from, offer);
  };

  const push = (peerId: PeerId, follower: Follower): void => {
    const offer = current;
    const connection = follower.over();
    if (stopped || follower.busy || follower.deaf || offer === undefined || offer === follower.sent || connection === undefined) return;
    follower.busy = true;
    follower.cancel();
    void sendMessage(connection, { offer }, clock).then(
      () => {
        follower.busy = false;
        follower.sent = offer;
        follower.retryMs = offerWire.retryMinMs;
        push(peerId, follower);
      },
      (error: unknown) => {
        follower.busy = false;
        // an Axon-Cluster node has no such protocol
        follower.deaf = error instanceof Error && error.name === 'UnsupportedProtocolError';
        if (follower.deaf || followers.get(peerId) !== follower) return;
        log.debug('an offer was not taken, trying again', { peer: peerId, error: error instanceof Error ? error.name : 'unknown' });
        follower.cancel = clock.after(follower.retryMs * (0.8 + 0.4 * random()), () => push(peerId, follower));
        follower.retryMs = Math.min(follower.retryMs * 2, offerWire.retryMaxMs);
      },
    );
  };

  return {
    async handle(stream, connection) {
      try {
        const reader = frameReader(stream, clock, { limit: () => offerWire.frameBytes });
        const cancel = clock.after(offerWire.messageMs, () => stream.abort(new Error('no message in time')));
        const body = await reader.next().finally(cancel);
        if (body === null) throw new Error('no message');
        handlers.control(connection);
        receive(connection.remotePeer.toString(), body);
        await stream.close({ signal: AbortSignal.timeout(offerWire.messageMs) });
      } catch (error) {
        log.debug('an offer was refused', {
          peer: connection.remotePeer.toString(),
          error: error instanceof Error ? error.name : 'unknown',
        });
        stream.abort(error instanceof Error ? error : new Error('refused'));
      }
    },
    announce(offer) {
      current = offer;
      for (const [peerId, follower] of followers) push(peerId, follower);
    },
    follow(peerId, over) {
      followers.get(peerId)?.cancel();
      const follower: Follower = {
        over,
        sent: undefined,
        busy: false,
        retryMs: offerWire.retryMinMs,
        cancel: () => undefined,
        deaf: false,
      };
      followers.set(peerId, follower);
      push(peerId, follower);
    },
    unfollow(peerId) {
      followers.get(peerId)?.cancel();
      followers.delete(peerId);
    },
    async stop(also) {
      stopped = true;
      const connections = [...followers.values()].flatMap(({ deaf, over }) => (deaf ? [] : (over() ?? [])));
      for (const { cancel } of followers.values()) cancel();
      followers.clear();
      const byes = [...new Set([...connections, ...also])].map((connection) =>
        sendMessage(connection, { bye: true }, clock).catch(() => undefined),
      );
      await Promise.race([Promise.all(byes), new Promise<void>((resolve) => clock.after(offerWire.byeMs, resolve))]);
    },
  };
}

/** Resolves when the other side has taken it. */
async function sendMessage(connection: Connection, message: { offer: Offer } | { bye: true }, clock: Clock): Promise<void> {
  const signal = AbortSignal.timeout(offerWire.messageMs);
  const stream = await connection.newStream(offerProtocol, { signal, maxOutboundStreams: offerWire.streams });
  const abort = (): void => stream.abort(new Error('not taken in time'));
  signal.addEventListener('abort', abort);
  try {
    const reader = frameReader(stream, clock, { limit: () => 0 });
    await send(stream, jsonFrame(message), clock, offerWire.messageMs);
    await stream.close({ signal });
    // its end is the receipt; a reset is a refusal and throws
    await reader.next();
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('not taken'));
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
