// The machine belongs to its owner: when others get less of it, or nothing, for a while. The owner's own questions are always answered.
import { Failure } from '../../src-shared/failure.ts';
import type { Pause } from '../../src-shared/peer.ts';
import type { PauseHours, Settings } from '../../src-shared/settings.ts';
import type { OtherLoad } from './ports.ts';

/** Share of all cores, or of a graphics card, that other programs take when the owner is at work with them: a game, a build. */
const busyShare = 0.5;
/** Below this he is done. */
const quietShare = 0.25;
/** A page that loads is no game: it has to last, ms. */
const busyAfterMs = 15_000;
/** A loading screen is no end of the game, ms. */
const quietAfterMs = 60_000;
/** So long the last answer holds when nobody can tell any more, ms. */
const unknownAfterMs = 5 * 60_000;
/** How long running answers of others may go on; then they end with `paused` and the asker takes them elsewhere, ms. */
const drainMs = 60_000;

export type Yielded = {
  /** lower: one slot for others, and placement prefers other machines */
  mode: 'open' | 'lower' | 'pause';
  /** Set when mode is pause. */
  pause: Pause | null;
  /** Other programs are at work; null: unknown */
  busy: boolean | null;
  drainMs: number;
};

export const openToAll: Yielded = { mode: 'open', pause: null, busy: null, drainMs };

export type YieldFacts = {
  /** monotonic ms */
  now: number;
  /** wall clock ms */
  date: number;
  /** null: unknown, or no battery */
  onBattery: boolean | null;
  /** The network is paid for by what goes over it; null or left out: unknown, which counts as no */
  metered?: boolean | null;
  others: OtherLoad;
};

export type YieldSettings = Pick<Settings, 'yielding' | 'pausedUntil'>;

export type YieldWatch = {
  /** What holds now. Remembers what it saw, so that one moment is no change: call it every few seconds. */
  look(facts: YieldFacts, settings: YieldSettings): Yielded;
};

export function yieldWatch(): YieldWatch {
  const busy = busyWatch();
  return {
    look(facts, { yielding, pausedUntil }) {
      const isBusy = busy(facts, yielding.busy === 'pause');
      const pause = (why: Pause['why'], until?: number): Yielded => ({
        mode: 'pause',
        pause: { why, ...(until === undefined ? {} : { until }) },
        busy: isBusy,
        drainMs,
      });
      if (pausedUntil !== null && pausedUntil > facts.date) return pause('owner', pausedUntil);
      const until = scheduledUntil(yielding.hours, facts.date);
      if (until !== null) return pause('schedule', until);
      const battery = facts.onBattery === true ? yielding.battery : 'ignore';
      const atWork = isBusy === true ? yielding.busy : 'ignore';
      const metered = facts.metered === true ? (yielding.metered ?? 'ignore') : 'ignore';
      if (battery === 'pause') return pause('battery');
      if (metered === 'pause') return pause('metered');
      if (atWork === 'pause') return pause('busy');
      return { ...openToAll, busy: isBusy, mode: [battery, metered, atWork].includes('lower') ? 'lower' : 'open' };
    },
  };
}

/** Busy or not, and only after it lasted; null: nobody could tell yet. */
function busyWatch(): (facts: YieldFacts, pauses: boolean) => boolean | null {
  let state: boolean | null = null;
  /** The first look saw it busy, and nothing else was seen since: a restart amid a game, where there is a pause to be lost. */
  let atFirst = false;
  /** Since when the shares say the opposite of the state. */
  let since: number | null = null;
  let knownAt: number | null = null;

  return ({ now, others: { cpu, gpu } }, pauses) => {
    if (cpu === null && gpu === null) {
      since = null;
      if (knownAt !== null && now - knownAt > unknownAfterMs) state = null;
      return state;
    }
    knownAt = now;
    const share = Math.max(cpu ?? 0, gpu ?? 0);
    if (state === null) atFirst = pauses && share >= busyShare;
    state ??= false;
    const opposite = state ? share < quietShare : share >= busyShare;
    if (share < busyShare) atFirst = false;
    if (!opposite) since = null;
    else {
      since ??= now;
      if (now - since >= (state ? quietAfterMs : busyAfterMs)) {
        state = !state;
        since = null;
      }
    }
    return state || atFirst;
  };
}

/** Until when the owner's hours last, wall clock ms; null: none of them now. Local time, so a change of the clocks moves them with the day. */
export function scheduledUntil(hours: readonly PauseHours[], date: number): number | null {
  const now = new Date(date);
  const at = (dayOffset: number, minutes: number): number =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + dayOffset, 0, minutes).getTime();
  const ends = hours.flatMap(({ days, from, to }) =>
    // today's, and yesterday's that went over midnight
    [0, -1].flatMap((offset) => {
      const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset).getDay();
      if (!days.includes(day)) return [];
      const end = at(to < from ? offset + 1 : offset, to);
      return date >= at(offset, from) && date < end ? [end] : [];
    }),
  );
  return ends.length === 0 ? null : Math.max(...ends);
}

/** What a member is told who asks meanwhile. */
export function pausedFailure({ pause }: Yielded, date: number): Failure {
  return new Failure(
    'paused',
    'The owner of this machine uses it himself now.',
    pause?.until === undefined ? {} : { retryAfterMs: Math.max(0, pause.until - date) },
  );
}
