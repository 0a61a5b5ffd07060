// Who knows which offer. Each change is pushed to everyone connected, again until it is taken; and one peer after the other is asked whether
// what is known of it is still so, which repairs whatever a push can lose: taken and forgotten by a crash, dropped for a clock that went
// back, or never sent by a peer that believes it was. Without streams: offer-protocol.ts has them.
import type { Offer, PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { pulsePace } from './pulse.ts';

export const offerPace = {
  retryMinMs: 250,
  retryMaxMs: 30_000,
  /** Every peer is asked about once in this time, ... */
  roundMs: 60_000,
  /** ... one at a time, with no more than this between two and no less than that: 300 peers make a round of 150 s. */
  askMaxMs: 20_000,
  askMinMs: 500,
  /** Those that know half or twice the number of our links are told the new one, one in this time. */
  tellMs: 60,
  /** No node has more links (nodeLimits.connections), whatever it says: it is asked within 256 s all the same. */
  linksMax: 512,
} as const;

/**
 * links: how many the sender has, for who has few to ask it as seldom as it asks them; undefined: an older Axon.
 * have: the revision of the receiver's offer that the sender knows; null: none. It is answered with the offer, unless it is that one.
 */
export type OfferMessage = { offer: Offer; links?: number | undefined } | { bye: true } | { have: number | null };
/** What {have} is answered with. null: nothing is announced yet. */
export type OfferAnswer = { offer: Offer } | { same: true } | null;

export type OfferExchangeOptions = {
  /** Resolves when the other side has taken it, with its answer to {have}. Fails with 'unsupported' when it never will. */
  send(peerId: PeerId, message: OfferMessage): Promise<OfferAnswer>;
  /** A connection to say it on is there. */
  reaches(peerId: PeerId): boolean;
  taken(from: PeerId, offer: Offer): void;
  /** What is known of that peer is still so. */
  confirmed(from: PeerId): void;
  /** It does not speak this protocol, and so never says what it lends. */
  unsupported(to: PeerId): void;
  bye(from: PeerId): void;
  clock: Clock;
  log: Log;
  random: () => number;
};

/** Of `send`: the other side does not speak this. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}

export type OfferExchange = {
  /** What the other side said; the answer to send back. */
  heard(from: PeerId, message: OfferMessage): OfferAnswer;
  announce(offer: Offer): void;
  follow(peerId: PeerId): void;
  unfollow(peerId: PeerId): void;
  /** Those to whom a goodbye may be said. */
  followed(): PeerId[];
  /** How many links that peer says it has, at most offerPace.linksMax; 0: it said nothing. */
  linksOf(peerId: PeerId): number;
  stop(): void;
};

type Follower = {
  sent: Offer | undefined;
  /** How many links we said we have. */
  told: number;
  busy: boolean;
  deaf: boolean;
  retryMs: number;
  askedAt: number;
  cancel: () => void;
};

export function offerExchange({
  send,
  reaches,
  taken,
  confirmed,
  unsupported,
  bye,
  clock,
  log,
  random,
}: OfferExchangeOptions): OfferExchange {
  const known = new Map<PeerId, number>();
  const crowds = new Map<PeerId, number>();
  const followers = new Map<PeerId, Follower>();
  let current: Offer | undefined;
  let stopped = false;
  let cancelAsk = (): void => {};
  let cancelTell = (): void => {};
  let telling = false;

  const take = (from: PeerId, offer: Offer): void => {
    known.set(from, offer.revision);
    taken(from, offer);
  };
  const push = (peerId: PeerId, follower: Follower): void => {
    const offer = current;
    if (stopped || follower.busy || follower.deaf || offer === undefined || offer === follower.sent || !reaches(peerId)) return;
    follower.busy = true;
    follower.told = followers.size;
    follower.cancel();
    send(peerId, { offer, links: followers.size }).then(
      () => {
        follower.busy = false;
        follower.sent = offer;
        follower.retryMs = offerPace.retryMinMs;
        if (followers.get(peerId) === follower) push(peerId, follower);
      },
      (error: unknown) => {
        follower.busy = false;
        follower.deaf = error instanceof UnsupportedError;
        if (follower.deaf && !stopped && followers.get(peerId) === follower) unsupported(peerId);
        if (stopped || follower.deaf || followers.get(peerId) !== follower) return;
        log.debug('an offer was not taken, trying again', { peer: peerId, error: error instanceof Error ? error.name : 'unknown' });
        follower.cancel = clock.after(follower.retryMs * (0.8 + 0.4 * random()), () => push(peerId, follower));
        follower.retryMs = Math.min(follower.retryMs * 2, offerPace.retryMaxMs);
      },
    );
  };

  /** Not all at once, and not each change: many come at the same time, when a swarm is switched on. */
  const tellNext = (): void => {
    const next = [...followers].find(([, { told, sent, busy }]) => sent !== undefined && !busy && isFarFrom(told, followers.size));
    telling = next !== undefined;
    if (next === undefined) return;
    next[1].sent = undefined;
    push(...next);
    cancelTell = clock.after(offerPace.tellMs, tellNext);
  };
  const linksChanged = (): void => {
    if (telling || stopped) return;
    telling = true;
    cancelTell = clock.after(offerPace.tellMs, tellNext);
  };

  /** The answer to a question says what is so now: whatever its revision, unless something came meanwhile. */
  const ask = async (peerId: PeerId): Promise<void> => {
    const have = known.get(peerId) ?? null;
    try {
      const answer = await send(peerId, { have });
      if (stopped || !followers.has(peerId) || (known.get(peerId) ?? null) !== have || answer === null) return;
      if ('offer' in answer) take(peerId, answer.offer);
      else if (have !== null) confirmed(peerId);
    } catch {
      // the link itself is watched elsewhere, and the next round comes
    }
  };
  const askNext = (): void => {
    const waiting = [...followers].filter(([peerId, { deaf }]) => !deaf && reaches(peerId));
    // one that has many asks them all at this pace, and is asked no more often
    const isTime = ([peerId, { askedAt }]: [PeerId, Follower]): boolean => clock.now() - askedAt >= linksOf(peerId) * offerPace.askMinMs;
    const [next] = waiting.filter(isTime).toSorted(([, one], [, other]) => one.askedAt - other.askedAt);
    if (next !== undefined) {
      next[1].askedAt = clock.now();
      void ask(next[0]);
    }
    const pause = Math.min(offerPace.askMaxMs, Math.max(offerPace.askMinMs, offerPace.roundMs / Math.max(1, waiting.length)));
    if (!stopped) cancelAsk = clock.after(pause * (0.8 + 0.4 * random()), askNext);
  };
  const linksOf = (peerId: PeerId): number => crowds.get(peerId) ?? 0;
  cancelAsk = clock.after(offerPace.askMaxMs * (0.2 + 0.8 * random()), askNext);

  return {
    heard(from, message) {
      if ('bye' in message) bye(from);
      else if ('have' in message) {
        if (current === undefined) return null;
        return message.have === current.revision ? { same: true } : { offer: current };
      } else {
        crowds.set(from, Math.min(message.links ?? 0, offerPace.linksMax));
        // the same one comes again after a reconnect
        if (message.offer.revision >= (known.get(from) ?? 0)) take(from, message.offer);
      }
      return null;
    },
    announce(offer) {
      current = offer;
      for (const [peerId, follower] of followers) push(peerId, follower);
    },
    follow(peerId) {
      followers.get(peerId)?.cancel();
      const follower: Follower = {
        sent: undefined,
        told: 0,
        busy: false,
        deaf: false,
        retryMs: offerPace.retryMinMs,
        askedAt: clock.now(),
        cancel: () => undefined,
      };
      followers.set(peerId, follower);
      push(peerId, follower);
      linksChanged();
    },
    unfollow(peerId) {
      followers.get(peerId)?.cancel();
      followers.delete(peerId);
      // it may come back with another clock
      known.delete(peerId);
      crowds.delete(peerId);
      linksChanged();
    },
    linksOf,
    followed: () => [...followers].filter(([, { deaf }]) => !deaf).map(([peerId]) => peerId),
    stop() {
      stopped = true;
      cancelAsk();
      cancelTell();
      for (const { cancel } of followers.values()) cancel();
      followers.clear();
    },
  };
}

/** Whether it makes a difference to who was told `told`: half or twice as many, above what every link is asked each second. */
function isFarFrom(told: number, now: number): boolean {
  const [one, other] = [told, now].map((links) => Math.max(links, pulsePace.asksPerSecond)) as [number, number];
  return one >= 2 * other || other >= 2 * one;
}
