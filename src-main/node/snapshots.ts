// Snapshots of the swarm: one now, and the last one on disk for whoever asks later.
import { toFailure } from '../../src-shared/failure.ts';
import type { Offer } from '../../src-shared/peer.ts';
import type { SwarmSnapshot } from '../../src-shared/snapshot.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { snapshotOf } from '../swarm/snapshot.ts';

/** Where the last one is kept; store/snapshot-file.ts. */
export type SnapshotKeeper = { read(): SwarmSnapshot | null; write(snapshot: SwarmSnapshot): void };

/** One is kept at most this often, and only when something else than the time changed or the kept one is older than the other, ms. */
const keepEveryMs = 30_000;
const keepAnywayMs = 300_000;

export type Snapshots = {
  now(): SwarmSnapshot;
  /** The last one that was kept, without looking at anything. */
  kept(): SwarmSnapshot | null;
  /** Something changed. */
  changed(): void;
  /** Keeps one more. */
  stop(): void;
};

export type SnapshotsOptions = { clock: Clock; log: Log; keeper: SnapshotKeeper; view: () => SwarmView; offer: () => Offer };

export function snapshots({ clock, log, keeper, view, offer }: SnapshotsOptions): Snapshots {
  let kept: { body: string; at: number } | undefined;
  let timer: (() => void) | null = null;

  const now = (): SwarmSnapshot => snapshotOf(view(), offer(), clock.date());
  const keep = (): void => {
    const snapshot = now();
    const body = bodyOf(snapshot);
    if (body === kept?.body && snapshot.takenAt - kept.at < keepAnywayMs) return;
    try {
      keeper.write(snapshot);
      kept = { body, at: snapshot.takenAt };
    } catch (error) {
      log.warn('the snapshot of the swarm could not be kept', { code: toFailure(error).code });
    }
  };
  return {
    now,
    kept: () => keeper.read(),
    changed() {
      timer ??= clock.after(keepEveryMs, () => {
        timer = null;
        keep();
      });
    },
    stop() {
      timer?.();
      // what a home that has no swarm knows is nothing
      if (view().key !== null) keep();
    },
  };
}

/** What says something: times and the hum of the own machine do not. */
function bodyOf({ nodes }: SwarmSnapshot): string {
  return JSON.stringify(
    nodes.map(({ seenAt: _seenAt, toldAt: _toldAt, latencyMs: _latencyMs, hardware, self, ...node }) => [node, self ? null : hardware]),
  );
}
