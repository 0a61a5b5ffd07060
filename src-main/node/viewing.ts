// The view that goes out: built anew when something changed, and handed to whoever looks.
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { ChangeSignal } from './change.ts';

export type Viewing = {
  now(): SwarmView;
  /** As it is this moment, for one who asks; nobody else is told. */
  fresh(): SwarmView;
  /** Builds it anew, for all who look. */
  renew(): void;
  /** Called with each new view; returns the unsubscriber. */
  onView(seen: (view: SwarmView) => void): () => void;
  /** The view as it is, then each later one; those that a slow reader misses are left out. */
  watch(signal: AbortSignal): AsyncGenerator<SwarmView>;
};

/**
 * @param build everything but the revision, which counts up from 1
 * @param ready false: it would show a member as a stranger, so nobody who follows it is shown it
 */
export function viewing(
  build: () => Omit<SwarmView, 'revision'>,
  changes: Pick<ChangeSignal, 'next' | 'flush'>,
  ready: () => boolean = () => true,
): Viewing {
  let revision = 0;
  const fresh = (): SwarmView => ({ revision: (revision += 1), ...build() });
  let current = fresh();
  /** Of the one that is current: it may have been built before the node was ready. */
  let whole = ready();
  const seers = new Set<(view: SwarmView) => void>();
  return {
    now: () => current,
    fresh,
    renew() {
      whole = ready();
      current = fresh();
      for (const seer of seers) seer(current);
    },
    onView(seen) {
      seers.add(seen);
      return () => void seers.delete(seen);
    },
    async *watch(signal) {
      let sent = -1;
      // whoever changed something and looks at once is to see it; and nobody sees what the others are told later
      changes.flush();
      while (!signal.aborted) {
        if (current.revision !== sent && whole) {
          sent = current.revision;
          yield current;
        } else if (!(await changes.next(signal))) return;
      }
    },
  };
}
