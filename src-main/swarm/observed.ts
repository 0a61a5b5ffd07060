// What this node saw of leaders itself: how fast they write, and how soon. A leader may say anything of itself; what was seen is believed.
import { z } from 'zod';
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import { peerId as peerIdSchema, type PeerId } from '../../src-shared/peer.ts';

export const observedBounds = {
  /** Pairs of leader and model that are remembered; the one that was silent longest is forgotten. */
  most: 512,
  /** First-token times that are kept of a pair, for the median and the 95th percentile. */
  firstTokens: 64,
  /**
   * Weight of the newest answer in the mean (EWMA). Half of what is known is then from the last two or three answers: a machine that
   * begins to throttle is noticed within a few questions, and one slow answer does not turn the order around.
   */
  weight: 0.25,
  /** An answer of fewer tokens tells little about speed: the time between two packets is most of it. */
  leastTokens: 8,
  /** No machine writes one answer faster; whatever is measured above is the echo of a buffer, tokens/s. */
  mostTokensPerSecond: 5000,
  /** A speed that failed answers hide: each failure in a row takes that share off, down to a fifth. */
  failureShare: 0.6,
  leastShare: 0.2,
} as const;

const bounded = z.number().nonnegative().max(1e9);
const pair = z.object({
  peerId: peerIdSchema,
  model: z.string().min(1).max(200),
  tokensPerSecond: bounded.max(observedBounds.mostTokensPerSecond).nullable(),
  /** Answers that the speed is made of. */
  answers: z.number().int().nonnegative(),
  firstTokensMs: z.array(bounded).max(observedBounds.firstTokens),
});
/** As it is stored: the pair that was heard of last comes last. */
export const observedDump = z.object({ pairs: z.array(pair).max(observedBounds.most) });
export type ObservedDump = z.infer<typeof observedDump>;
type Pair = z.infer<typeof pair>;

export type AnswerSeen = {
  /** Between its first and its last token, as this side saw them come; 0: too short to tell */
  tokensPerSecond: number;
  timeToFirstTokenMs: number;
  tokens: number;
};

export type Observed = {
  answered(peerId: PeerId, model: string, seen: AnswerSeen): void;
  /** It was asked and did not answer. Its speed counts for less until it answers again. */
  failed(peerId: PeerId, code: FailureCode): void;
  /** Tokens/s that a question may expect of it; null: nothing was seen. */
  speed(peerId: PeerId, model: string): number | null;
  /** No leader was ever seen to be faster, tokens/s; 0: none was seen. */
  fastest(): number;
  firstToken(peerId: PeerId, model: string): { medianMs: number; p95Ms: number; samples: number } | null;
  dump(): ObservedDump;
  /** Takes the place of all that is known; throws a ZodError on what is no dump. */
  restore(dump: unknown): void;
};

/** Failures that say something about the machine; that a line is full or an owner is back says nothing about its speed. */
const telling: ReadonlySet<FailureCode> = new Set([
  'leader-lost',
  'timed-out',
  'engine-crashed',
  'engine-stalled',
  'engine-failed',
  'out-of-memory',
  'internal',
]);

/** Starts with nothing seen. Bounded in memory; time is no argument, since only the order of answers counts. */
export function observed(): Observed {
  /** In the order in which they were heard of last. */
  const pairs = new Map<string, Pair>();
  const failures = new Map<PeerId, number>();
  let fastest = 0;
  /** The same pairs by leader and model: placement asks for thousands of leaders, and no key is made for each. */
  const leaders = new Map<PeerId, Map<string, Pair>>();
  const keyOf = (peerId: PeerId, model: string): string => `${peerId}\n${model}`;
  const keep = (key: string, value: Pair): void => {
    fastest = Math.max(fastest, value.tokensPerSecond ?? 0);
    pairs.delete(key);
    pairs.set(key, value);
    const models = leaders.get(value.peerId) ?? new Map<string, Pair>();
    leaders.set(value.peerId, models.set(value.model, value));
    const oldest = pairs.keys().next();
    if (pairs.size <= observedBounds.most || oldest.done === true) return;
    const gone = pairs.get(oldest.value);
    pairs.delete(oldest.value);
    if (gone === undefined) return;
    const left = leaders.get(gone.peerId);
    left?.delete(gone.model);
    if (left?.size === 0) leaders.delete(gone.peerId);
  };

  return {
    answered(peerId, model, seen) {
      failures.delete(peerId);
      if (model === '' || model.length > 200) return;
      const key = keyOf(peerId, model);
      const before = pairs.get(key) ?? { peerId, model, tokensPerSecond: null, answers: 0, firstTokensMs: [] };
      keep(key, withAnswer(before, seen));
    },
    failed(peerId, code) {
      if (!telling.has(code)) return;
      const count = (failures.get(peerId) ?? 0) + 1;
      failures.delete(peerId);
      failures.set(peerId, count);
      dropOldest(failures, observedBounds.most);
    },
    speed(peerId, model) {
      const seen = leaders.get(peerId)?.get(model)?.tokensPerSecond ?? null;
      const failed = seen === null ? undefined : failures.get(peerId);
      if (seen === null || failed === undefined) return seen;
      const { failureShare, leastShare } = observedBounds;
      return seen * Math.max(leastShare, failureShare ** failed);
    },
    fastest: () => fastest,
    firstToken(peerId, model) {
      const times = pairs.get(keyOf(peerId, model))?.firstTokensMs ?? [];
      if (times.length === 0) return null;
      const sorted = times.toSorted((a, b) => a - b);
      const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
      return { medianMs: rank(0.5), p95Ms: rank(0.95), samples: sorted.length };
    },
    dump: () => ({ pairs: [...pairs.values()] }),
    restore(dump) {
      const stored = observedDump.parse(dump);
      pairs.clear();
      leaders.clear();
      failures.clear();
      for (const one of stored.pairs) keep(keyOf(one.peerId, one.model), one);
    },
  };
}

function withAnswer(before: Pair, { tokensPerSecond, timeToFirstTokenMs, tokens }: AnswerSeen): Pair {
  const { firstTokens, leastTokens, weight, mostTokensPerSecond } = observedBounds;
  // JSON knows no zero below zero
  const first = Number.isFinite(timeToFirstTokenMs) && timeToFirstTokenMs >= 0 ? [Math.min(1e9, Math.abs(timeToFirstTokenMs))] : [];
  const firstTokensMs = [...before.firstTokensMs, ...first].slice(-firstTokens);
  const tells = tokens >= leastTokens && Number.isFinite(tokensPerSecond) && tokensPerSecond > 0;
  if (!tells) return { ...before, firstTokensMs };
  const newest = Math.min(mostTokensPerSecond, tokensPerSecond);
  return {
    ...before,
    firstTokensMs,
    answers: before.answers + 1,
    tokensPerSecond: before.tokensPerSecond === null ? newest : before.tokensPerSecond + weight * (newest - before.tokensPerSecond),
  };
}
