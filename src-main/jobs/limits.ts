// How much each member may use of this machine: tokens a day, questions a minute. The owner has no bounds here.
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { Clock } from './ports.ts';

/** Members of whom something is remembered; whoever is forgotten is counted from the ledger again. */
const maxRemembered = 4096;
const minuteMs = 60_000;
/** Days of a member that are remembered: a clock may be put right more than once. */
const maxDays = 8;

export type LimitsOptions = {
  clock: Clock;
  settings: () => Pick<Settings, 'limits' | 'memberTokensPerDay'>;
  /** Tokens read and written since the last midnight here, as the ledger has them. Asked once for each member and day. */
  usedToday: (from: PeerId) => number;
};

export type Limits = {
  /**
   * One more question: takes it from the minute's share.
   * @param promptTokens what it gives to read, about
   * @throws Failure rate-limited, quota-used; both with retryAfterMs
   */
  admit(from: PeerId, promptTokens: number): void;
  /** Tokens were used (negative: fewer than was said). Returns quota-used when the day's share is over now, else null. */
  use(from: PeerId, tokens: number): Failure | null;
  /** Tokens that are left today; null: no bound. */
  left(from: PeerId): number | null;
};

/** Tokens of a day, by its number. bucket: in questions. */
type Remembered = { days: Map<number, { used: number }>; bucket: number; filledAt: number };

export function limits({ clock, settings, usedToday }: LimitsOptions): Limits {
  const members = new Map<PeerId, Remembered>();

  /** Looked at for every token: the calendar is asked once a day, or when the clock was set. */
  let current = { day: 0, from: 0, until: 0 };
  const dayNow = (): number => {
    const date = clock.date();
    if (date < current.from || date >= current.until) current = { day: dayOf(date), from: date, until: date + untilMidnight(date) };
    return current.day;
  };
  const of = (from: PeerId): Remembered => {
    const known = members.get(from);
    if (known !== undefined) return known;
    const next: Remembered = { days: new Map(), bucket: Number.POSITIVE_INFINITY, filledAt: clock.now() };
    members.set(from, next);
    dropOldest(members, maxRemembered);
    return next;
  };
  /** Each day is given once, however often the clock is put right: one that it comes back to is the one that it was. */
  const today = (from: PeerId): { used: number } => {
    const { days } = of(from);
    const day = dayNow();
    // put back over the midnight with which a share began: what is left of that one has to do
    const known = days.get(day) ?? (Math.min(...days.keys()) === day + 1 ? days.get(day + 1) : undefined);
    if (known !== undefined) return known;
    // the day's first question, or the first one since the start: what the ledger has was used before
    const next = { used: usedToday(from) };
    days.set(day, next);
    dropOldest(days, maxDays);
    return next;
  };
  const quotaOf = (from: PeerId): number | null => {
    const { limits: all, memberTokensPerDay } = settings();
    const own = Object.hasOwn(memberTokensPerDay, from) ? memberTokensPerDay[from] : undefined;
    return own === undefined ? all.tokensPerDay : own;
  };
  const left = (from: PeerId): number | null => {
    const quota = quotaOf(from);
    return quota === null ? null : Math.max(0, quota - today(from).used);
  };
  const usedUp = (): Failure =>
    new Failure('quota-used', 'This device has used its share of today.', { retryAfterMs: untilMidnight(clock.date()) });

  return {
    left,
    admit(from, promptTokens) {
      const now = clock.now();
      const member = of(from);
      const perMinute = settings().limits.questionsPerMinute;
      if (perMinute !== null) {
        member.bucket = Math.min(perMinute, member.bucket + ((now - member.filledAt) * perMinute) / minuteMs);
        member.filledAt = now;
        if (member.bucket < 1) {
          const retryAfterMs = Math.ceil(((1 - member.bucket) * minuteMs) / perMinute);
          throw new Failure('rate-limited', `This device may ask ${perMinute} questions a minute here.`, { retryAfterMs });
        }
        member.bucket -= 1;
      }
      const rest = left(from);
      if (rest !== null && promptTokens >= rest) throw usedUp();
    },
    use(from, tokens) {
      const day = today(from);
      day.used = Math.max(0, day.used + tokens);
      const quota = quotaOf(from);
      return quota !== null && day.used > quota ? usedUp() : null;
    },
  };
}

/** The number of the local day. */
function dayOf(date: number): number {
  const now = new Date(date);
  return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / 86_400_000;
}

/** ms to the next local midnight; a day may have 23 or 25 hours. */
function untilMidnight(date: number): number {
  const now = new Date(date);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - date;
}
