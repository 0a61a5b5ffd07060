// What this node saw of leaders, and how fast it writes itself, kept over a restart.
import { ownSpeed, type OwnSpeed } from '../jobs/own-speed.ts';
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
  readonly own: OwnSpeed;
  /** Writes what is not written yet. */
  stop(): void;
};

export function observing({ clock, log, keeper }: { clock: Clock; log: Log; keeper: ObservedKeeper }): Observing {
  const seen = observed();
  let cancel: (() => void) | null = null;
  const own = ownSpeed();
  const stored = keeper.read();
  const restore = (take: () => void): void => {
    try {
      take();
    } catch (error) {
      log.warn('what was seen of leaders could not be read', { reason: String(error) });
    }
  };
  if (stored !== undefined) restore(() => seen.restore(stored));
  const kept = typeof stored === 'object' && stored !== null && 'own' in stored ? stored.own : undefined;
  if (kept !== undefined) restore(() => own.restore(kept));
  const write = (): void => {
    cancel?.();
    cancel = null;
    try {
      keeper.write({ ...seen.dump(), own: own.dump() });
    } catch (error) {
      // a full disk does not keep anybody from an answer
      log.warn('what was seen of leaders could not be written', { reason: String(error) });
    }
  };
  const writeSoon = (): void => void (cancel ??= clock.after(writeAfterMs, write));
  return {
    own: {
      ...own,
      wrote(model, figures) {
        own.wrote(model, figures);
        writeSoon();
      },
    },
    seen: {
      ...seen,
      answered(peerId, model, figures) {
        seen.answered(peerId, model, figures);
        writeSoon();
      },
    },
    stop() {
      if (cancel !== null) write();
    },
  };
}
