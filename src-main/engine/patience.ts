// How long a silent engine is trusted before it counts as hanging.
import type { Clock } from '../jobs/ports.ts';

export type Patience = {
  /** No sign of life at all, at whatever it is, where an engine gives any: its process beats, or its server answers, ms. */
  silentMs: number;
  /** Alive, with no progress told of a load or of a prompt: where nothing is told of either (Ollama), or until the first word, ms. */
  loadingMs: number;
  /** Where progress is told: between two reports of it, beyond what the size of the model explains (withSize), ms. */
  progressMs: number;
  /** Behind others in the engine, ms. */
  waitingMs: number;
  /** Between two texts, ms; a slow machine gets 20 times its own median gap when that is more. */
  writingMs: number;
};

/**
 * reliability.md, fault 3: 15 s or 20 median gaps after the first token, so that a job is elsewhere within 20 s. A process that says nothing at
 * all gets four times the longest pause that was measured (life.ts), which leaves time for its restart as well.
 */
export const defaultPatience: Patience = {
  silentMs: 12_000,
  loadingMs: 120_000,
  progressMs: 15_000,
  waitingMs: 600_000,
  writingMs: 15_000,
};

/**
 * What a poor machine gets through of a model between two reports of progress, bytes a ms: 64 tokens of a prompt took the 98 MB model 8.4 s at
 * most with 20 busy processes on 2 cores. An old disk is faster, which matters since mmap pages the file in without a word, with the first piece.
 */
const poorBytesPerMs = 10_000;

/** `ms`, and the time in which a poor machine gets through the whole model, ms. sizeBytes: of the model's file */
export function withSize(ms: number, sizeBytes: number): number {
  return ms + sizeBytes / poorBytesPerMs;
}

export type LearnedPatience = {
  /** Progress came; returns the patience for the next, ms. */
  beat(): number;
  /** The same without progress. */
  wait(): number;
};

/** How long the next text, or the next piece of a prompt, may take: 20 times the median of the last ones, and never less than `floorMs`. */
export function learnedPatience(clock: Clock, floorMs: number): LearnedPatience {
  const gaps: number[] = [];
  let last: number | undefined;
  const wait = (): number => {
    const median = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
    return Math.max(floorMs, 20 * median);
  };
  return {
    wait,
    beat() {
      const now = clock.now();
      if (last !== undefined) gaps.push(now - last);
      last = now;
      if (gaps.length > 31) gaps.shift();
      return wait();
    },
  };
}
