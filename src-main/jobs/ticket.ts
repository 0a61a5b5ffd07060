// A place in the line: how it is got, what is told while one stands there, and how it ends.
import type { ChatChunk } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Place, Turns } from './fair-line.ts';
import type { Clock } from './ports.ts';

/** An estimate that moved by less than this is no news, ms. */
const noNewsMs = 2_000;
/** Nor one that moved by less than this share. */
const noNewsShare = 0.25;

export type Asked = Place & {
  readonly from: PeerId;
  readonly owner: boolean;
  readonly moved: boolean;
  readonly model: string;
  readonly promptTokens: number;
  readonly maxTokens: number | undefined;
  /** UTF-16 units of its texts. */
  readonly characters: number;
};

/** An answer that holds a slot (job.ts). */
export type Job = {
  readonly ticket: Ticket;
  /** What it will probably still take, ms; null: nothing was measured yet. */
  leftMs(): number | null;
  /** Relays the engine's answer for as long as the lease holds. */
  run(start: (signal: AbortSignal) => AsyncIterable<ChatChunk>, signal: AbortSignal): AsyncGenerator<ChatChunk>;
  /** Ends it with that failure, now. */
  revoke(why: Failure): void;
  /** Gives the slot back; harmless when that was done. */
  end(): void;
};

type State = { kind: 'waiting' } | { kind: 'granted'; job: Job } | { kind: 'refused'; why: Failure };

export type Ticket = Asked & {
  state(): State;
  job(): Job | null;
  grant(job: Job): void;
  refuse(why: Failure): void;
  /** Its place in the line changed, or what it will probably wait. */
  move(position: number, etaMs: number | null): void;
  place(): { position: number; etaMs: number | null };
  /** Resolves at its next change; rejects when the signal aborts. */
  change(signal: AbortSignal): Promise<void>;
};

/** How many may wait: for one model, in all, and with how much of one member. */
export type LineBounds = { waiting: number; inAll: number; characters: number };

export type LineState = {
  line: Ticket[];
  bounds: LineBounds;
  fits: (asked: Asked) => boolean;
  turn: Turns;
  retryAfterMs: () => number;
};

/**
 * Adds a ticket at the end of the line. In a full one the newest of whoever has most there makes way for somebody who has less.
 * @throws Failure queue-full, with retryAfterMs
 */
export function enterLine(asked: Asked, { line, bounds, fits, turn, retryAfterMs }: LineState): Ticket {
  if (!fits(asked)) {
    const full = (count: number): Failure =>
      new Failure('queue-full', `All slots are taken and ${count} questions wait.`, { retryAfterMs: retryAfterMs() });
    const own = line.filter(({ from }) => from === asked.from);
    const held = own.reduce((sum, { characters }) => sum + characters, 0);
    if (own.length > 0 && held + asked.characters > bounds.characters) throw full(line.length);
    const same = line.filter(({ model }) => model === asked.model);
    const tooMany = same.length >= bounds.waiting ? same : line.length >= bounds.inAll ? line : null;
    if (tooMany !== null) {
      const other = asked.owner ? tooMany.findLast((ticket) => !ticket.owner) : turn.makesWay(tooMany, asked.from);
      if (other === undefined) throw full(tooMany.length);
      line.splice(line.indexOf(other), 1);
      other.refuse(full(tooMany.length));
    }
  }
  const ticket = ticketOf(asked);
  line.push(ticket);
  return ticket;
}

function ticketOf(asked: Asked): Ticket {
  let state: State = { kind: 'waiting' };
  let place: { position: number; etaMs: number | null } = { position: 0, etaMs: null };
  let notify = (): void => {};
  return {
    ...asked,
    state: () => state,
    job: () => (state.kind === 'granted' ? state.job : null),
    place: () => place,
    grant(job) {
      state = { kind: 'granted', job };
      notify();
    },
    refuse(why) {
      state = { kind: 'refused', why };
      notify();
    },
    move(position, etaMs) {
      place = { position, etaMs };
      notify();
    },
    change: (signal) =>
      new Promise((resolve, reject) => {
        const aborted = (): void => {
          notify = () => {};
          reject(signal.reason);
        };
        notify = () => {
          signal.removeEventListener('abort', aborted);
          resolve();
        };
        signal.addEventListener('abort', aborted, { once: true });
        if (signal.aborted) aborted();
      }),
  };
}

/** Yields the place each time it changes, and returns the job when a lease is granted. @throws the Failure that ended the wait */
export async function* waiting(ticket: Ticket, signal: AbortSignal, clock: Clock): AsyncGenerator<ChatChunk, Job> {
  let told = { position: 0, etaMs: null as number | null, at: 0 };
  for (let state = ticket.state(); ; state = ticket.state()) {
    if (state.kind === 'granted') return state.job;
    if (state.kind === 'refused') throw state.why;
    const { position, etaMs } = ticket.place();
    if (position !== told.position || isNews(told, etaMs, clock.now())) {
      told = { position, etaMs, at: clock.now() };
      yield { kind: 'queued', position, ...(etaMs === null ? {} : { etaMs: Math.round(etaMs) }) };
    } else await ticket.change(signal);
  }
}

/** An estimate that only grew shorter by the time that passed is none. */
function isNews(told: { etaMs: number | null; at: number }, etaMs: number | null, now: number): boolean {
  if (etaMs === null) return false;
  if (told.etaMs === null) return true;
  const expected = Math.max(0, told.etaMs - (now - told.at));
  return Math.abs(expected - etaMs) > Math.max(noNewsMs, noNewsShare * expected);
}
