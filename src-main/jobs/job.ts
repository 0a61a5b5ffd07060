// An answer that holds a slot: its lease, what it uses, and what it pays for in the line.
import { writtenIn, type ChatChunk } from '../../src-shared/chat.ts';
import type { Turns } from './fair-line.ts';
import { lease, type LeasePatience } from './lease.ts';
import type { Limits } from './limits.ts';
import type { Pace } from './pace.ts';
import type { Clock } from './ports.ts';
import type { Job, Ticket } from './ticket.ts';

export type JobParts = {
  clock: Clock;
  patience: LeasePatience;
  turn: Turns;
  measured: Pace;
  limits: Limits | undefined;
  /** The slot is free; called once. */
  release: (job: Job) => void;
};

/** The lease begins here. The cost of the ticket is paid already; the difference to what is really used is charged as it shows. */
export function jobOf(ticket: Ticket, { clock, patience, turn, measured, limits, release }: JobParts): Job {
  const { from, model, owner } = ticket;
  const began = clock.now();
  const expected = measured.expects(model, ticket).ms;
  let paid = ticket.cost;
  /** Tokens that the day's share was charged with. */
  let counted = 0;
  let promptTokens = 0;
  let written = 0;
  let figures: { promptTokens: number; written: number } | null = null;

  const pay = (tokens: number): void => {
    if (owner) return;
    turn.charge(from, tokens - paid);
    paid = tokens;
  };
  const count = (tokens: number): void => {
    if (owner || tokens === counted) return;
    const over = limits?.use(from, tokens - counted) ?? null;
    counted = tokens;
    // an answer that has ended was within the share when its last token came
    if (over !== null && figures === null) held.revoke(over);
  };
  const account = (chunk: ChatChunk): void => {
    if (chunk.kind === 'loading') return;
    written += writtenIn(chunk);
    if (chunk.kind === 'done') figures = { promptTokens: chunk.figures.promptTokens ?? promptTokens, written: chunk.figures.tokens };
    if (promptTokens + written > paid) pay(promptTokens + written);
    count(figures === null ? promptTokens + written : figures.promptTokens + figures.written);
  };
  const given = (): void => {
    const used = figures ?? { promptTokens, written };
    pay(used.promptTokens + used.written);
    if (figures !== null) measured.took(model, { ms: clock.now() - began, ...figures });
    release(job);
  };
  const held = lease(clock, patience, given);

  const job: Job = {
    ticket,
    leftMs: () => (expected === null ? null : Math.max(0, expected - (clock.now() - began))),
    revoke: (why) => held.revoke(why),
    end: () => held.end(),
    async *run(start, signal) {
      promptTokens = ticket.promptTokens;
      const ended = endOf(signal);
      const chunks = start(AbortSignal.any([signal, held.signal]))[Symbol.asyncIterator]();
      const finish = async (): Promise<unknown> => chunks.return?.();
      // a reader that does not come back must not keep the engine
      held.signal.addEventListener('abort', () => void finish().catch(() => undefined), { once: true });
      try {
        for (;;) {
          held.awaits('engine');
          const step = await Promise.race([chunks.next(), held.over, ended.promise]);
          if (step.done === true) return;
          held.renew(step.value);
          account(step.value);
          held.signal.throwIfAborted();
          held.awaits('reader');
          yield step.value;
          held.signal.throwIfAborted();
        }
      } finally {
        ended.forget();
        // the slot is free when the engine is really done with it, or should have been
        held.ending();
        await Promise.race([finish(), held.over]).catch(() => undefined);
        held.end();
      }
    },
  };
  return job;
}

/** A promise that rejects with the signal's reason, for a race with an engine that does not listen to it. */
function endOf(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  const end = Promise.withResolvers<never>();
  end.promise.catch(() => undefined);
  const aborted = (): void => end.reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  if (signal.aborted) aborted();
  return { promise: end.promise, forget: () => signal.removeEventListener('abort', aborted) };
}
