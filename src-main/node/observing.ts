// What this node saw of leaders, kept over a restart.
import type { Clock, Log } from '../jobs/ports.ts';
import { observed, type Observed } from '../swarm/observed.ts';

/** After an answer it is written this much later, once for all answers until then, ms. */
const writeAfterMs = 10_000;

export type ObservedKeeper = {
  /** What write() was given last; undefined: nothing, or it cannot be read. */
  read(): unknown;
  write(dump: unknown): void;
};

export type Observing = {
  readonly seen: Observed;
  /** Writes what is not written yet. */
  stop(): void;
};

export function observing({ clock, log, keeper }: { clock: Clock; log: Log; keeper: ObservedKeeper }): Observing {
  const seen = observed();
  let cancel: (() => void) | null = null;
  const stored = keeper.read();
  try {
    if (stored !== undefined) seen.restore(stored);
  } catch (error) {
    log.warn('what was seen of leaders could not be read', { reason: String(error) });
  }
  const write = (): void => {
    cancel?.();
    cancel = null;
    try {
      keeper.write(seen.dump());
    } catch (error) {
      // a full disk does not keep anybody from an answer
      log.warn('what was seen of leaders could not be written', { reason: String(error) });
    }
  };
  return {
    seen: {
      ...seen,
      answered(peerId, model, figures) {
        seen.answered(peerId, model, figures);
        cancel ??= clock.after(writeAfterMs, write);
      },
    },
    stop() {
      if (cancel !== null) write();
    },
  };
}
