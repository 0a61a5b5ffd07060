// A right on a slot for a time: each sign of progress renews it, and what is not renewed ends by itself.
import { isWritten, type ChatChunk } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock } from './ports.ts';

export type LeasePatience = {
  /** Until the engine says its first word, and while a model is loaded, ms. */
  loadingMs: number;
  /** While the prompt is read, ms. */
  readingMs: number;
  /** Between two texts, ms; 20 times the answer's own mean gap when that is more, and at most loadingMs. */
  writingMs: number;
  /** From the end of an answer until the engine is really done with it, ms. */
  endingMs: number;
  /** Until the reader takes what was written, ms. */
  readerMs: number;
};

/**
 * A little more than what the engines allow themselves without a word (engine/patience.ts; while one is alive it says so every 30 to 45 s), so
 * that they notice first and say why; this is the net under them. Writing: reliability.md, fault 3 (20 s until the job is elsewhere). Readers: a link may be away for 60 s.
 */
export const defaultLeasePatience: LeasePatience = {
  loadingMs: 130_000,
  readingMs: 65_000,
  writingMs: 18_000,
  endingMs: 5_000,
  readerMs: 60_000,
};

/** A timer that is later than this has slept with the machine, ms. */
const sleptMs = 2_000;

export type Lease = {
  /** Rejects when the lease ended: expired (engine-stalled, timed-out), or taken away. Never resolves. */
  readonly over: Promise<never>;
  /** Aborted at the same moment, with the same reason. */
  readonly signal: AbortSignal;
  /** The engine is silent from now on; or the reader is, who holds a chunk. */
  awaits(whom: 'engine' | 'reader'): void;
  /** A chunk came: the next stretch begins. */
  renew(chunk: ChatChunk): void;
  /** Nothing more is wanted of the engine; it gets a short while to be done. */
  ending(): void;
  /** Taken away now. */
  revoke(why: Failure): void;
  /** Ends it; after that nothing happens any more. */
  end(): void;
};

/** @param given the slot is free again; called exactly once, at the end or at the expiry */
export function lease(clock: Clock, patience: LeasePatience, given: () => void): Lease {
  const stop = new AbortController();
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined);
  let held = true;
  let phase: 'loadingMs' | 'readingMs' | 'writingMs' | 'endingMs' = 'loadingMs';
  // whoever waited in line has to come and take it
  let waitsFor: 'engine' | 'reader' = 'reader';
  let firstText: number | null = null;
  let texts = 0;
  /** The mean between two texts of this answer. */
  let gapMs = 0;
  let cancel = (): void => {};

  const length = (): number => {
    if (waitsFor === 'reader' && phase !== 'endingMs') return patience.readerMs;
    if (phase !== 'writingMs') return patience[phase];
    // a sleep between two texts makes no snail of an engine
    return Math.max(patience.writingMs, Math.min(20 * gapMs, patience.loadingMs));
  };
  const giveBack = (): void => {
    if (!held) return;
    held = false;
    cancel();
    given();
  };
  const revoke = (why: Failure): void => {
    if (!held) return;
    over.reject(why);
    stop.abort(why);
    giveBack();
  };
  const restart = (): void => {
    cancel();
    if (!held) return;
    const ms = length();
    const due = clock.now() + ms;
    cancel = clock.after(ms, () => {
      if (clock.now() - due > sleptMs) return restart();
      revoke(
        waitsFor === 'engine'
          ? new Failure('engine-stalled', `Nothing came from the engine for ${Math.round(ms / 1000)} s.`)
          : new Failure('timed-out', `Nobody took the answer for ${Math.round(ms / 1000)} s.`),
      );
    });
  };
  restart();

  return {
    over: over.promise,
    signal: stop.signal,
    revoke,
    end: giveBack,
    awaits(whom) {
      waitsFor = whom;
      restart();
    },
    renew(chunk) {
      if (chunk.kind === 'loading') phase = 'loadingMs';
      else if (isWritten(chunk)) {
        phase = 'writingMs';
        texts += 1;
        firstText ??= clock.now();
        if (texts > 1) gapMs = (clock.now() - firstText) / (texts - 1);
      } else if (chunk.kind === 'reading' || chunk.kind === 'began') phase = 'readingMs';
    },
    ending() {
      phase = 'endingMs';
      restart();
    },
  };
}
