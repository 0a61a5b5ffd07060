// How long a server that is silent on an answer is waited for, and whether it still answers anything at all.
import type { Clock } from '../jobs/ports.ts';
import { beatMs, watchLife } from './life.ts';

/** One question is given up after this; the next one may be heard, ms. */
const answerMs = 5000;

/**
 * Asks the server for something small every second, which it tells at once whatever its models are at, and calls `silent` once when it said
 * nothing for `quietMs`. A model that hangs behind a server that is well cannot be told from one that works, where no progress is told.
 * Returns the end.
 * @param alive resolves when the server said anything at all; rejects where it did not
 */
export function watchServer(
  alive: (signal: AbortSignal) => Promise<unknown>,
  clock: Clock,
  quietMs: number,
  silent: () => void,
): () => void {
  const over = new AbortController();
  const life = watchLife(clock, quietMs, silent);
  let cancel = (): void => {};
  const ask = async (): Promise<void> => {
    try {
      await alive(AbortSignal.any([over.signal, AbortSignal.timeout(answerMs)]));
      life.heard();
    } catch {
      // whoever refuses the connection ends the answer too
    }
    if (!over.signal.aborted) cancel = clock.after(beatMs, () => void ask());
  };
  void ask();
  return () => {
    over.abort();
    life.end();
    cancel();
  };
}

/** A signal that aborts with the caller's, or when nothing came for the time that was expected last. */
export function stallGuard(
  clock: Clock,
  signal: AbortSignal,
  firstMs: number,
): { signal: AbortSignal; expect: (ms: number) => void; now: () => void; rest: () => void; end: () => void } {
  const stalled = new AbortController();
  const now = (): void => stalled.abort();
  let cancel = clock.after(firstMs, now);
  const rest = (): void => cancel();
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    rest,
    expect(ms) {
      cancel();
      cancel = clock.after(ms, now);
    },
    now,
    end: rest,
  };
}
