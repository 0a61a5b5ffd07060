// Whether anybody answers, told once: that the last machine went away, and that one is back. Not for what comes and goes in between.
import type { SwarmView } from '../../src-shared/swarm-view.ts';

/** A machine that wakes, or whose node starts anew, is back within that, ms. */
const settleMs = 20_000;
/** Whoever was told is not told again so soon: a machine that comes and goes all evening is no news, ms. */
const quietMs = 10 * 60_000;

export type LeaderNews = { kind: 'nobody' | 'somebody'; name: string };
export type LeaderWatch = {
  /** With each view; null: the node is gone, and nothing is known. */
  see(view: SwarmView | null): void;
  /** The person hears of it in another way: about a question that waits. */
  heard(): void;
};

/** @param tell false: nobody was told, so that its end is no news either */
export function leaderWatch(tell: (news: LeaderNews) => boolean): LeaderWatch {
  /** Who answered last; null: nobody yet. */
  let last: string | null = null;
  let present: boolean | null = null;
  let missing = false;
  let quietUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const settled = (there: boolean, name: string): void => {
    if (there) {
      if (missing) tell({ kind: 'somebody', name });
      missing = false;
    } else if (!missing && Date.now() >= quietUntil) {
      missing = tell({ kind: 'nobody', name });
      if (missing) quietUntil = Date.now() + quietMs;
    }
  };
  return {
    see(view) {
      const actual = view?.key == null ? null : view.self.role.actual;
      const leader = actual?.kind === 'subordinate' ? actual.leader : undefined;
      if (leader?.name !== undefined) last = leader.name;
      const now = leader === undefined || last === null ? null : leader !== null;
      if (now === present) return;
      present = now;
      clearTimeout(timer);
      const name = last;
      // who answers for himself, or left the swarm, misses nobody
      if (now === null || name === null) missing = false;
      else timer = setTimeout(() => settled(now, name), settleMs);
    },
    heard() {
      quietUntil = Date.now() + quietMs;
    },
  };
}
