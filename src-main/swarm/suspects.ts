// Which leaders are left alone for now: a circuit breaker for each. Time is an argument.
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';

export const suspectPace = {
  /** Failures in a row that open the breaker. */
  failures: 3,
  /** How long it is left alone the first time; twice as long after each try that failed. */
  firstMs: 10_000,
  maxMs: 5 * 60_000,
  /** A breaker that nothing happened to for that long says nothing about today. */
  forgetMs: 30 * 60_000,
  /** Leaders remembered; the one that was quiet longest is forgotten. */
  most: 1024,
  /** Whoever says that this device has used its share is spared for the time that it names; for this long when it names none, ms. */
  spentMs: 60_000,
  /** And no longer: its owner may have changed the share meanwhile. */
  spentMaxMs: 10 * 60_000,
} as const;

export type Suspects = {
  /** Who is not to be asked now. One whose time is over may have one question; it is in here again while that is not answered. */
  now(): ReadonlySet<PeerId>;
  /** Who said that this device has used its share of it. */
  spent(): ReadonlySet<PeerId>;
  state(peerId: PeerId): 'closed' | 'open' | 'half-open';
  /** A question goes to it. */
  asked(peerId: PeerId): void;
  /** It wrote something. */
  spoke(peerId: PeerId): void;
  /** It answered to the end: as good as any other. */
  answered(peerId: PeerId): void;
  /** Codes that say nothing about its health (a full line, a pause) do not count. */
  failed(peerId: PeerId, code: FailureCode, retryAfterMs?: number): void;
  /** It accepted and stayed silent: left alone at once. */
  silent(peerId: PeerId): void;
  /** Nobody waits for its answer any more; that is no verdict. */
  released(peerId: PeerId): void;
};

type Breaker = {
  failures: number;
  /** How often it opened since the last whole answer. */
  opened: number;
  /** Clock ms; null: closed */
  until: number | null;
  probing: boolean;
  touched: number;
};

/** Failures by which a leader shows that it is in trouble; all others are its good right or the question's fault. */
const troubles: ReadonlySet<FailureCode> = new Set([
  'leader-lost',
  'not-reachable',
  'disconnected',
  'timed-out',
  'engine-missing',
  'engine-failed',
  'engine-locked',
  'engine-crashed',
  'engine-stalled',
  'model-broken',
  'out-of-memory',
  'internal',
]);

/** @param clock now: monotonic ms */
export function suspects(clock: { now(): number }): Suspects {
  const breakers = new Map<PeerId, Breaker>();
  /** Until when, clock ms. */
  const spent = new Map<PeerId, number>();

  const touch = (peerId: PeerId): Breaker => {
    const now = clock.now();
    const known = breakers.get(peerId);
    const breaker = known ?? { failures: 0, opened: 0, until: null, probing: false, touched: now };
    breaker.touched = now;
    // the newest last, so that the first is the one to forget
    breakers.delete(peerId);
    breakers.set(peerId, breaker);
    for (const [other, { touched }] of breakers) {
      if (breakers.size <= suspectPace.most && now - touched < suspectPace.forgetMs) break;
      breakers.delete(other);
    }
    return breaker;
  };
  const open = (breaker: Breaker): void => {
    breaker.until = clock.now() + Math.min(suspectPace.firstMs * 2 ** breaker.opened, suspectPace.maxMs);
    breaker.opened += 1;
    breaker.probing = false;
    breaker.failures = 0;
  };
  const isLeftAlone = ({ until, probing }: Breaker): boolean => until !== null && (probing || clock.now() < until);

  return {
    now: () => new Set([...breakers].flatMap(([peerId, breaker]) => (isLeftAlone(breaker) ? [peerId] : []))),
    state(peerId) {
      const breaker = breakers.get(peerId);
      if (breaker === undefined || breaker.until === null) return 'closed';
      return clock.now() < breaker.until ? 'open' : 'half-open';
    },
    asked(peerId) {
      const breaker = breakers.get(peerId);
      if (breaker !== undefined && breaker.until !== null && clock.now() >= breaker.until) breaker.probing = true;
    },
    spoke(peerId) {
      const breaker = breakers.get(peerId);
      if (breaker === undefined || !breaker.probing) return;
      // good enough for more questions, and one more failure is one too many
      breaker.until = null;
      breaker.probing = false;
      breaker.failures = suspectPace.failures - 1;
    },
    spent() {
      for (const [peerId, until] of spent) if (clock.now() >= until) spent.delete(peerId);
      return new Set(spent.keys());
    },
    answered(peerId) {
      breakers.delete(peerId);
      spent.delete(peerId);
    },
    failed(peerId, code, retryAfterMs = suspectPace.spentMs) {
      if (code === 'quota-used' || code === 'rate-limited') {
        spent.delete(peerId);
        spent.set(peerId, clock.now() + Math.min(retryAfterMs, suspectPace.spentMaxMs));
        dropOldest(spent, suspectPace.most);
      }
      if (!troubles.has(code)) {
        this.released(peerId);
        return;
      }
      const breaker = touch(peerId);
      // what was asked before it opened fails later: that is no news
      if (breaker.until !== null && !breaker.probing && clock.now() < breaker.until) return;
      breaker.failures += 1;
      if (breaker.probing || breaker.failures >= suspectPace.failures) open(breaker);
    },
    silent(peerId) {
      const breaker = touch(peerId);
      if (breaker.until === null || clock.now() >= breaker.until) open(breaker);
    },
    released(peerId) {
      const breaker = breakers.get(peerId);
      if (breaker !== undefined) breaker.probing = false;
    },
  };
}
