// How long a silent engine is trusted before it counts as hanging.
import type { Clock } from '../jobs/ports.ts';

export type Patience = {
  /** The model is read from disk, ms. */
  loadingMs: number;
  /** The prompt is read, ms. */
  readingMs: number;
  /** Between two texts, ms; a slow machine gets 20 times its own median gap when that is more. */
  writingMs: number;
};

/** reliability.md, fault 3: 15 s or 20 median gaps after the first token. Loading has no steady progress with mmap. */
export const defaultPatience: Patience = { loadingMs: 120_000, readingMs: 60_000, writingMs: 15_000 };

export type WritingPace = {
  /** A text came; returns the patience for the next one, ms. */
  beat(): number;
  /** The same without a text. */
  wait(): number;
};

export function writingPace(clock: Clock, floorMs: number): WritingPace {
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
