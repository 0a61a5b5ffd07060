// Notices an engine that says nothing at all any more, whatever it is at: loading, reading, writing.
import type { Clock } from '../jobs/ports.ts';

/**
 * An engine's process at work says that often that its loop turns, ms. Measured with the real library, which loads and reads on threads of its
 * own, and 20 busy processes on 2 cores: the loop was held up for 0.7 s at most while loading, 2.9 s while a prompt of 3,800 tokens was cut
 * into tokens, 0.6 s while it was read.
 */
export const beatMs = 1000;

export type LifeWatch = {
  /** A sign of life came. */
  heard(): void;
  /** Nothing is expected any more. */
  end(): void;
};

/**
 * Calls `silent` once when nothing was heard for `quietMs`. Silence is counted while this process itself was awake and quick: of a look that
 * comes late, because the machine slept, this process was stopped or is starved, only one and a half turns count. So what lay in the pipe
 * meanwhile is read before anybody is blamed.
 */
export function watchLife(clock: Clock, quietMs: number, silent: () => void): LifeWatch {
  let quiet = 0;
  let lookedAt = clock.now();
  let cancel = (): void => {};
  const look = (): void => {
    const now = clock.now();
    quiet += Math.min(now - lookedAt, 1.5 * beatMs);
    lookedAt = now;
    if (quiet >= quietMs) silent();
    else cancel = clock.after(beatMs, look);
  };
  cancel = clock.after(beatMs, look);
  return {
    heard: () => void (quiet = 0),
    end: () => cancel(),
  };
}
