// How long a leader's silence is trusted before somebody else is asked as well, or it is left.
import type { ChatChunk } from '../../src-shared/chat.ts';

/** First tokens that were seen of a leader, ms; as Observed.firstToken has it. */
export type FirstTokens = { medianMs: number; p95Ms: number; samples: number };

export const silencePace = {
  /** Fewer answers than this say nothing about what is normal. */
  samples: 5,
  /** Late is what takes that many times its own p95 (reliability note, fault 10), */
  times: 3,
  /** and never less than this: a hiccup of the network is shorter. */
  floorMs: 1000,
  /** Nothing is known of anybody. */
  unknownMs: 8000,
  /** One that failed lately and is tried again is not waited for longer than the others take, and never less than this. */
  probeFloorMs: 250,
  /** Leaders that are asked one question at the same time: work that is doubled, and a swarm that is slow as a whole is not to be made slower. */
  lanes: 4,
  /** Without a word about the load or the line; both are told whenever they change. */
  loadingMs: 120_000,
  queuedMs: 10 * 60_000,
  /** Before the first text with nobody else to ask; an engine's own patience with reading is as long. */
  aloneMs: 60_000,
  /** Between two texts, or that many median gaps: a leader's engine gives itself 15 s, and the job has to be elsewhere after 20. */
  writingMs: 17_000,
  gaps: 20,
} as const;

/**
 * After which silence the first token is late, ms.
 * @param own what was seen of this leader @param others of the others that have the model: what this swarm can do
 */
export function firstTokenBound(own: FirstTokens | null, others: readonly (FirstTokens | null)[]): number {
  const known = (seen: FirstTokens | null): seen is FirstTokens => seen !== null && seen.samples >= silencePace.samples;
  if (known(own)) return Math.max(silencePace.floorMs, own.p95Ms * silencePace.times);
  const p95s = others.filter(known).map(({ p95Ms }) => p95Ms);
  if (p95s.length === 0) return silencePace.unknownMs;
  return Math.min(silencePace.unknownMs, Math.max(silencePace.floorMs, ...p95s.map((ms) => ms * silencePace.times)));
}

/** The same for one that failed lately and is tried again: the person is not to pay for the try. */
export function probeBound(others: readonly (FirstTokens | null)[]): number {
  const p95s = others.flatMap((seen) => (seen !== null && seen.samples >= silencePace.samples ? [seen.p95Ms] : []));
  return Math.max(silencePace.probeFloorMs, p95s.length === 0 ? silencePace.floorMs : Math.min(...p95s));
}

/** What a leader is at, by its last chunk. */
export type Stage = 'accepted' | 'queued' | 'loading' | 'reading' | 'writing' | 'reconnecting';

export function stageOf(chunk: ChatChunk, before: Stage): Stage {
  switch (chunk.kind) {
    case 'queued':
    case 'loading':
    case 'reading':
    case 'reconnecting':
      return chunk.kind;
    case 'thinking':
    case 'text':
      return 'writing';
    case 'began':
    case 'placed':
    case 'seam':
    case 'waiting':
    case 'done':
      return before;
  }
}

/** Median of the last gaps between texts, ms. */
export function gapMeter(): { note(ms: number): void; median(): number } {
  const gaps: number[] = [];
  /** Asked for after every chunk: kept in order instead of sorted each time. */
  const sorted: number[] = [];
  const place = (ms: number): number => {
    const at = sorted.findIndex((other) => other >= ms);
    return at < 0 ? sorted.length : at;
  };
  return {
    note(ms) {
      gaps.push(ms);
      sorted.splice(place(ms), 0, ms);
      const oldest = gaps.length > 64 ? gaps.shift() : undefined;
      if (oldest !== undefined) sorted.splice(place(oldest), 1);
    },
    median: () => sorted[Math.floor(sorted.length / 2)] ?? 0,
  };
}
