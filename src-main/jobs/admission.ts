// Bounded, and fair between members: who waits, who holds a slot, who is refused.
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Offer, PeerId } from '../../src-shared/peer.ts';
import { turns } from './fair-line.ts';
import { jobOf } from './job.ts';
import { defaultLeasePatience, type LeasePatience } from './lease.ts';
import type { Limits } from './limits.ts';
import { charactersOf, pace, promptTokensOf, waits } from './pace.ts';
import type { Clock, ServedChat } from './ports.ts';
import { enterLine, type Asked, type Job, type LineBounds, type Ticket, waiting as waitingFor } from './ticket.ts';
import { openToAll, pausedFailure, type Yielded } from './yielding.ts';

/** Jobs that may wait for one model; reliability note, fault 12: a bounded queue of 16 per leader. */
export const defaultMaxWaiting = 16;
/** Models whose lines may be full at the same time. */
const fullLines = 4;
/** What one member's waiting questions may hold, UTF-16 units: two of the longest. A single one may always wait. */
const maxWaitingCharacters = 16 * 1024 * 1024;
/** Slots for others while the machine works for its owner too. */
const loweredSlots = 1;
/** Longer than three restarts take (engine/supervise.ts: 7 s and a start), and short enough that a job is elsewhere 20 s after a fault, ms. */
const defaultHoldMs = 15_000;

/** Why nothing reaches the engine now. final: it does not come back by itself. */
export type EngineDown = { why: Failure; final: boolean };

export type AdmissionOptions = {
  clock: Clock;
  chat: Chat;
  /** Slots of the engine now; asked each time, since a loaded model can change it. */
  slots: () => number;
  /** Slots of one model, where the engine says so; null: it shares those of the engine. */
  slotsOf?: (model: string) => number | null;
  /** The model that will answer: each has a line of its own. */
  modelOf?: (request: ChatRequest) => string;
  /** This machine itself: its questions go first, and have no bounds. */
  owner?: () => PeerId | null;
  limits?: Limits;
  maxWaiting?: number;
  patience?: LeasePatience;
  /** Asked each time; after a change of it comes recheck(). null: it takes questions. */
  down?: () => EngineDown | null;
  /** So long a question waits for an engine that is down; then its asker is told, and goes elsewhere, ms. */
  holdMs?: number;
  /** Called after each change of running(), waiting() or waitMs(). */
  changed: () => void;
};

export type OfferedLine = Pick<NonNullable<Offer['leads']>, 'slots' | 'waiting' | 'maxWaiting' | 'waitMs' | 'paused' | 'ownerActive'>;

export type Admission = {
  readonly chat: ServedChat;
  running(): number;
  waiting(): number;
  /** How many other members those answers are for. */
  people(): number;
  /** Since the engine computed for anybody, ms; 0: it does now. */
  idleMs(): number;
  /** What the offer says of the line: to others, or to this machine itself, which goes before them. */
  offered(whom: 'self' | 'others'): OfferedLine;
  /** Jobs that may wait, for one model. */
  readonly maxWaiting: number;
  /** New jobs fail with `draining`, those in line too; running ones finish. Resolves when none runs. */
  drain(): Promise<void>;
  /** Admits again after drain(). */
  resume(): void;
  /** The slots may have grown, or the engine is down or up: grants leases to whoever waits, or holds the line. */
  recheck(): void;
  /** The machine belongs to its owner, so far. Paused: others who wait are refused; who runs has `drainMs` to end. */
  yieldTo(state: Yielded): void;
};

/** Wraps an engine's chat: `queued` chunks while in line, then a lease on a slot, given back on every way out. */
export function admission(options: AdmissionOptions): Admission {
  const { clock, slotsOf = () => null, modelOf = () => '', owner = () => null, down = () => null } = options;
  const bounds: LineBounds = {
    waiting: options.maxWaiting ?? defaultMaxWaiting,
    inAll: fullLines * (options.maxWaiting ?? defaultMaxWaiting),
    characters: maxWaitingCharacters,
  };
  /** In order of arrival. */
  const line: Ticket[] = [];
  const running = new Set<Job>();
  const turn = turns();
  const measured = pace();
  const idle: (() => void)[] = [];
  let draining = false;
  let lastEnd = Number.NEGATIVE_INFINITY;
  let yielded: Yielded = openToAll;
  let cancelEnd = (): void => {};
  /** Of those who wait for an engine that is down: when they do no longer. */
  const holds = new Map<Ticket, () => void>();

  const others = (): number => [...running].filter(({ ticket }) => !ticket.owner).length;
  const slotsNow = (ofOwner: boolean): number =>
    ofOwner || yielded.mode === 'open' ? options.slots() : Math.min(loweredSlots, options.slots());
  const fits = ({ owner: own, model }: Pick<Ticket, 'owner' | 'model'>): boolean => {
    const ofModel = slotsOf(model);
    return (
      down() === null &&
      running.size < options.slots() &&
      (own || others() < slotsNow(false)) &&
      (ofModel === null || [...running].filter(({ ticket }) => ticket.model === model).length < ofModel)
    );
  };
  /** Expected waits of the line, in its order of service; models with slots of their own have a line of their own. */
  const estimate = (ordered: readonly Asked[]): (number | null)[] => {
    const groups = Map.groupBy(ordered, ({ model }) => (slotsOf(model) === null ? null : model));
    const found = new Map<Asked, number | null>();
    for (const [model, tickets] of groups) {
      const jobs = [...running].filter(({ ticket }) => model === null || ticket.model === model);
      const total = model === null ? slotsNow(false) : (slotsOf(model) ?? 1);
      const left = jobs.map((job) => job.leftMs());
      while (left.length < total) left.push(0);
      const expected = waits(
        left,
        tickets.map((ticket) => measured.expects(ticket.model, ticket).ms),
      );
      tickets.forEach((ticket, place) => found.set(ticket, expected[place] ?? null));
    }
    return ordered.map((ticket) => found.get(ticket) ?? null);
  };

  const grant = (): void => {
    for (let next = turn.next(line.filter(fits)); next !== undefined; next = turn.next(line.filter(fits))) {
      line.splice(line.indexOf(next), 1);
      const job = jobOf(next, {
        clock,
        patience: options.patience ?? defaultLeasePatience,
        turn,
        measured,
        limits: options.limits,
        release,
      });
      running.add(job);
      next.grant(job);
    }
    const isDown = down();
    hold(isDown);
    const ordered = turn.order(line);
    const expected = isDown === null ? estimate(ordered) : [];
    ordered.forEach((ticket, place) => ticket.move(place + 1, expected[place] ?? null));
    options.changed();
  };
  function release(job: Job): void {
    if (!running.delete(job)) return;
    lastEnd = clock.now();
    if (!job.ticket.owner) turn.gave(job.ticket.from);
    if (running.size === 0) {
      if (line.length === 0) turn.rest();
      for (const done of idle.splice(0)) done();
    }
    grant();
  }
  const letGo = (ticket: Ticket): void => {
    holds.get(ticket)?.();
    holds.delete(ticket);
  };
  const refuse = (tickets: readonly Ticket[], why: Failure): void => {
    for (const ticket of tickets) {
      letGo(ticket);
      line.splice(line.indexOf(ticket), 1);
      ticket.refuse(why);
    }
  };
  /** A line that went on into an engine that is down would be burnt: each of them would fail at once. */
  function hold(state: EngineDown | null): void {
    if (state === null) for (const ticket of [...holds.keys()]) letGo(ticket);
    else if (state.final) refuse([...line], state.why);
    else
      for (const ticket of line) {
        if (holds.has(ticket)) continue;
        const over = (): void => {
          if (line.includes(ticket)) refuse([ticket], down()?.why ?? state.why);
          grant();
        };
        holds.set(ticket, clock.after(options.holdMs ?? defaultHoldMs, over));
      }
  }
  const leave = (ticket: Ticket): void => {
    letGo(ticket);
    const place = line.indexOf(ticket);
    if (place < 0) return;
    line.splice(place, 1);
    grant();
  };
  /** For a slot, ms; null: nothing was measured yet. */
  const newcomerWaits = (own: boolean): number | null => {
    if (down() !== null) return null;
    const one = { from: '', owner: own, moved: false, model: '', promptTokens: 1, maxTokens: undefined, cost: 1, characters: 0 };
    if (line.length === 0 && fits(one)) return 0;
    const ordered = turn.order<Asked>([...line, one]);
    return estimate(ordered)[ordered.indexOf(one)] ?? null;
  };
  /** When somebody's slot is free again, about, ms. */
  const retryAfterMs = (): number => Math.max(1000, Math.min(...[...running].map((job) => job.leftMs() ?? 5000), 60_000));

  const enter = (request: ChatRequest, from: PeerId): Ticket => {
    const own = from === owner();
    if (draining) throw new Failure('draining', 'This leader stops leading and takes no new questions.');
    const isDown = down();
    if (isDown?.final === true) throw isDown.why;
    const promptTokens = promptTokensOf(request);
    if (!own) {
      options.limits?.admit(from, promptTokens);
      if (yielded.mode === 'pause') throw pausedFailure(yielded, clock.date());
    }
    const model = modelOf(request);
    const { maxTokens } = request.parameters;
    const cost = measured.expects(model, { promptTokens, maxTokens }).tokens;
    const characters = charactersOf(request);
    const asked = { from, owner: own, moved: request.continued !== undefined, model, promptTokens, maxTokens, cost, characters };
    const ticket = enterLine(asked, { line, bounds, fits, turn, retryAfterMs });
    grant();
    return ticket;
  };
  async function* chat(request: ChatRequest, signal: AbortSignal, from: PeerId): AsyncGenerator<ChatChunk> {
    signal.throwIfAborted();
    const ticket = enter(request, from);
    try {
      const job = yield* waitingFor(ticket, signal, clock);
      signal.throwIfAborted();
      yield* job.run((stop) => options.chat(request, stop), signal);
    } finally {
      leave(ticket);
      ticket.job()?.end();
    }
  }
  const endOthers = (): void => {
    for (const job of running) if (!job.ticket.owner) job.revoke(pausedFailure(yielded, clock.date()));
  };

  return {
    chat,
    maxWaiting: bounds.waiting,
    running: () => running.size,
    waiting: () => line.length,
    people: () => new Set([...line, ...[...running].map(({ ticket }) => ticket)].filter((one) => !one.owner).map(({ from }) => from)).size,
    idleMs: () => (running.size > 0 ? 0 : clock.now() - lastEnd),
    offered(whom) {
      const total = slotsNow(whom === 'self');
      const free = down() !== null ? 0 : Math.max(0, Math.min(whom === 'self' ? total : total - others(), options.slots() - running.size));
      const slots = { total, free };
      const at = { slots, waiting: line.length, maxWaiting: bounds.waiting, waitMs: coarseWait(newcomerWaits(whom === 'self')) };
      if (whom === 'self') return at;
      const own = line.some((ticket) => ticket.owner) || [...running].some(({ ticket }) => ticket.owner);
      return { ...at, paused: yielded.pause, ownerActive: own ? true : yielded.busy };
    },
    drain: () => {
      draining = true;
      const why = new Failure('draining', 'This leader stops leading and takes no new questions.');
      refuse([...line], why);
      options.changed();
      return running.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },
    resume: () => {
      draining = false;
      options.changed();
    },
    recheck: grant,
    yieldTo(state) {
      const before = yielded;
      yielded = state;
      if (state.mode !== 'pause') cancelEnd();
      else if (before.mode !== 'pause' || before.drainMs !== state.drainMs) {
        refuse(
          line.filter(({ owner: own }) => !own),
          pausedFailure(state, clock.date()),
        );
        cancelEnd();
        if (state.drainMs === 0) endOthers();
        else cancelEnd = clock.after(state.drainMs, endOthers);
      }
      grant();
    },
  };
}

/** In steps of a second, and of five beyond ten: a wait that passes is no news to everybody. */
function coarseWait(ms: number | null): number | null {
  if (ms === null) return null;
  const step = ms > 10_000 ? 5_000 : 1_000;
  return Math.ceil(ms / step) * step;
}
