// How long a leader that failed in the course of one answer is left alone by it. Time is an argument. suspects.ts is for all answers.
import type { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';

export const backoffPace = {
  /** After its first failure; twice as long after each one in a row. */
  firstMs: 1000,
  mostMs: 5 * 60_000,
  /** Who says when it is worth trying again is believed up to this: its owner may change his mind before. */
  hintMostMs: 10 * 60_000,
} as const;

export type Backoff = {
  /** wrote: it got on with the answer before, so that this is its first failure in a row. */
  failed(peerId: PeerId, failure: Failure, wrote: boolean): void;
  /** Who is not to be asked yet. */
  now(): ReadonlySet<PeerId>;
  /** Of those, who said so itself. */
  refusing(): ReadonlySet<PeerId>;
  /** Until the first of them may be asked again, ms; Infinity: nobody is left alone. */
  nextMs(): number;
};

/** @param clock now: monotonic ms */
export function backoff(clock: { now(): number }): Backoff {
  /** until: clock ms. hinted: by its own word */
  const left = new Map<PeerId, { failures: number; until: number; hinted: boolean }>();
  const waiting = () => [...left].filter(([, { until }]) => clock.now() < until);

  return {
    failed(peerId, { retryAfterMs }, wrote) {
      const failures = wrote ? 0 : (left.get(peerId)?.failures ?? 0);
      const own = Math.min(backoffPace.firstMs * 2 ** failures, backoffPace.mostMs);
      const hint = Math.min(retryAfterMs ?? 0, backoffPace.hintMostMs);
      left.set(peerId, { failures: failures + 1, until: clock.now() + Math.max(own, hint), hinted: retryAfterMs !== undefined });
    },
    now: () => new Set(waiting().map(([peerId]) => peerId)),
    refusing: () => new Set(waiting().flatMap(([peerId, { hinted }]) => (hinted ? [peerId] : []))),
    nextMs: () => Math.min(Infinity, ...waiting().map(([, { until }]) => until - clock.now())),
  };
}
