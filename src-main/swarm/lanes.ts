// Leaders that were asked the same question, each read in the background by one chunk at a time, and heard in one place.
import { isWritten, writtenIn, type ChatChunk, type Placement } from '../../src-shared/chat.ts';
import { Failure, isCancel, toFailure } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';
import { gapMeter, silencePace, stageOf, type Stage } from './silence.ts';

/** A timer that fires this much too late was held up by a sleep of this machine: nobody else's silence. */
const sleptMs = 1000;
/** One for all: each would cost more than the rest of ending a lane does. */
const nobodyWaits = new DOMException('nobody waits for this answer any more', 'AbortError');

export type Lane = {
  readonly placement: Placement;
  readonly stage: Stage;
  /** Clock ms since when its next chunk may be expected. */
  readonly since: number;
  /** What it said of its state before it was shown: its last word on the line, the load or the prompt, and its `began`. */
  readonly hidden: readonly ChatChunk[];
  /** From the question, or from the end of its wait in line and of the load, to its first text or thought, ms; undefined: none came. */
  readonly firstTextMs: number | undefined;
  /** What it wrote. */
  readonly tokens: number;
  /**
   * Of that what came after its first text and before its link broke, and the time it took, ms. What comes after a break was written
   * meanwhile and lay in a buffer: its pace is that of the link.
   */
  readonly paced: number;
  readonly writingMs: number;
  readonly medianGapMs: number;
  /** Its link is broken, and its program has ended. */
  readonly refused: boolean;
  /** Waits for its next chunk. */
  pull(): void;
  /** Says `late` after that long from `since` on. */
  expect(ms: number): void;
  /** What was waited for so far does not count: this machine or the link was away. */
  restart(): void;
  /** Nobody waits for it any more: ends its work. */
  close(): void;
};

export type Heard =
  | { kind: 'chunk'; lane: Lane; chunk: ChatChunk }
  | { kind: 'failed'; lane: Lane; failure: Failure }
  /** Its silence, which began at `since`, is longer than was expected of it. slept: this machine itself was away meanwhile. */
  | { kind: 'late'; lane: Lane; since: number; slept: boolean };

export type Inbox = {
  put(heard: Heard): void;
  /** Throws the signal's reason. */
  take(): Promise<Heard>;
};

export function inbox(signal: AbortSignal): Inbox {
  const waiting: Heard[] = [];
  let wake: () => void = () => undefined;
  return {
    put(heard) {
      waiting.push(heard);
      wake();
    },
    async take() {
      for (;;) {
        signal.throwIfAborted();
        const next = waiting.shift();
        if (next !== undefined) return next;
        await new Promise<void>((resolve) => {
          wake = () => {
            signal.removeEventListener('abort', wake);
            resolve();
          };
          signal.addEventListener('abort', wake, { once: true });
        });
      }
    },
  };
}

/** Asks the placement's leader. @param open its answer; ends with the signal */
export function lane(
  placement: Placement,
  open: (signal: AbortSignal) => AsyncIterable<ChatChunk>,
  world: { clock: Clock; signal: AbortSignal; heard: (heard: Heard) => void },
): Lane {
  const { clock } = world;
  const end = new AbortController();
  const gaps = gapMeter();
  const asked = clock.now();
  let chunks: AsyncIterator<ChatChunk> | undefined;
  let closed = false;
  let stage: Stage = 'accepted';
  let since = asked;
  let began: ChatChunk | undefined;
  let state: ChatChunk | undefined;
  /** The end of its wait in line and of the load. */
  let grantedAt = asked;
  let firstTextMs: number | undefined;
  let lastTextAt: number | undefined;
  let tokens = 0;
  let paced = 0;
  let writingMs = 0;
  let steady = true;
  let refused = false;
  let cancel = (): void => undefined;

  const note = (chunk: ChatChunk): void => {
    const now = clock.now();
    stage = stageOf(chunk, stage);
    if (stage === 'reconnecting') steady = false;
    refused = chunk.kind === 'reconnecting' && chunk.refused === true;
    if (chunk.kind === 'began') began = chunk;
    if (chunk.kind === 'queued' || chunk.kind === 'loading' || chunk.kind === 'reading') state = chunk;
    if (stage === 'queued' || stage === 'loading') grantedAt = now;
    if (!isWritten(chunk)) return;
    firstTextMs ??= now - grantedAt;
    const count = writtenIn(chunk);
    tokens += count;
    if (lastTextAt !== undefined && steady) {
      gaps.note(now - lastTextAt);
      writingMs += now - lastTextAt;
      paced += count;
    }
    lastTextAt = now;
  };
  const hear = (heard: Heard): void => {
    if (closed) return;
    cancel();
    world.heard(heard);
  };
  const close = (): void => {
    if (closed) return;
    closed = true;
    cancel();
    end.abort(nobodyWaits);
    // one that ignores its signal is left behind
    void chunks?.return?.(undefined)?.then(undefined, () => undefined);
  };

  const self: Lane = {
    placement,
    get stage() {
      return stage;
    },
    get since() {
      return since;
    },
    get hidden() {
      return [state, began].filter((chunk) => chunk !== undefined);
    },
    get firstTextMs() {
      return firstTextMs;
    },
    get tokens() {
      return tokens;
    },
    get paced() {
      return paced;
    },
    get writingMs() {
      return writingMs;
    },
    get medianGapMs() {
      return gaps.median();
    },
    get refused() {
      return refused;
    },
    pull() {
      if (stage !== 'reconnecting') since = clock.now();
      void next().then(
        (result) => {
          if (closed) return;
          if (result.done === true) {
            hear({ kind: 'failed', lane: self, failure: new Failure('leader-lost', 'The answer ended without its last part.') });
            return;
          }
          note(result.value);
          hear({ kind: 'chunk', lane: self, chunk: result.value });
        },
        (error: unknown) => hear({ kind: 'failed', lane: self, failure: isCancel(error) ? gaveUp(error) : toFailure(error) }),
      );
    },
    expect(ms) {
      cancel();
      const due = Math.max(clock.now(), since + ms);
      cancel = clock.after(due - clock.now(), () => {
        if (!closed) world.heard({ kind: 'late', lane: self, since, slept: clock.now() - due >= sleptMs });
      });
    },
    restart() {
      since = clock.now();
      steady = false;
    },
    close,
  };
  const next = async (): Promise<IteratorResult<ChatChunk>> => {
    chunks ??= open(AbortSignal.any([world.signal, end.signal]))[Symbol.asyncIterator]();
    return chunks.next();
  };
  return self;
}

/** It was not this side that cancelled. */
function gaveUp(cause: unknown): Failure {
  return new Failure('leader-lost', 'The leader gave up the answer.', { cause });
}

/** The silence that is trusted of a lane that wrote or waits for others, ms; null: what is known of first tokens decides. */
export function patienceWith({ stage, medianGapMs }: Lane): number | null {
  if (stage === 'queued') return silencePace.queuedMs;
  if (stage === 'loading') return silencePace.loadingMs;
  if (stage === 'writing') return Math.max(silencePace.writingMs, silencePace.gaps * medianGapMs);
  return null;
}
