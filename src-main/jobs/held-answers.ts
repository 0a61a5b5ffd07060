// Answers under way, kept for askers who lose the link: detach is not stop. Every chunk is numbered and kept until its arrival was told,
// so whoever comes back gets what is missing and nothing twice. In memory only, and only for the member who asked.
import { z } from 'zod';
import { chatLimits, isWritten, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { charactersOf } from './pace.ts';
import type { Clock, ServedChat } from './ports.ts';

export const heldLimits = {
  /** Kept of one answer whose arrival was not told; then its engine waits. */
  answerBytes: 256 * 1024,
  /** An asker who is away that long has lost the answer, and the work on it ends. */
  graceMs: 60_000,
  /** Answers of one member. */
  perMember: 256,
  /** Answers whose askers are away: of one member, and in all. The oldest of whoever has most ends. */
  awayPerMember: 16,
  away: 64,
  /**
   * Questions that are worked on and what is kept of their answers, of one member and in all: room for the largest question there is
   * (8 Mi characters of two bytes) and as much again. In all, answers whose askers are away make way.
   */
  memberBytes: 32 * 1024 * 1024,
  bytes: 128 * 1024 * 1024,
  /** Answers that are over, remembered for graceMs so that a late copy of their question is not worked on again. */
  over: 2048,
  /** The longest answer, line and all. */
  answerMs: 60 * 60_000,
  /** Of one chunk's text, by its schema. */
  chunkText: 65_536,
} as const;

/** When it is worth trying again for who asks too much at once: a guess, since answers end at any time, ms. */
const busyMs = 5000;
/** One for all: each would cost more than the rest of ending an answer does. */
const stopped = new DOMException('The asker stopped or went away.', 'AbortError');

/** Which answer; with the member, who is known from the connection, this is all there is to know. */
export const heldKey = z.object({ id: z.uuid(), attempt: z.number().int().min(0).max(chatLimits.attempts) });
export type HeldKey = z.infer<typeof heldKey>;

/** The last one is a `done` or a failure. */
export type HeldEntry = { readonly n: number } & ({ readonly chunk: ChatChunk } | { readonly failure: Failure });

/** One asker's hold on an answer. */
export type HeldReader = {
  /** The next entry; undefined after the last one. Throws the signal's reason, and TakenOver. */
  next(signal: AbortSignal): Promise<HeldEntry | undefined>;
  /** Everything below that number has arrived. After the last one the answer is forgotten. */
  arrived(below: number): void;
  /** How long its engine has waited for word of an arrival, ms; 0: it does not wait. */
  blockedMs(): number;
  /** The link broke: the answer goes on. */
  leave(): void;
  /** The asker wants no more: the work ends. */
  stop(): void;
};

/** The asker came back on another stream, or the answer is gone: this reader is over. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

export type HeldAnswers = {
  /**
   * Asks. The same key again joins the work that is under way, or its end: nothing is worked on twice. Fails with bad-request when its
   * beginning has arrived already, with not-found when it is over, and with queue-full when that member asks too much at once.
   */
  begin(request: ChatRequest, from: PeerId): HeldReader;
  /** From that number on, whoever read it before. Fails with not-found: never asked here, over for too long, or of somebody else. */
  resume(key: HeldKey & { next: number }, from: PeerId): HeldReader;
  /** As the reader's stop, for who is not connected to it. A question that it has overtaken is not worked on either. */
  stop(key: HeldKey, from: PeerId): void;
  /** Drops the answers of all others at once. */
  keep(may: (from: PeerId) => boolean): void;
  /** Ends all work with that failure; who reads gets it. */
  close(failure: Failure): void;
  /** What is held now: answers, those of them whose asker is away, and bytes of questions that are worked on, text and tokens. */
  size(): { answers: number; away: number; bytes: number };
};

type Held = {
  readonly from: PeerId;
  readonly name: string;
  readonly end: AbortController;
  entries: HeldEntry[];
  /** Of the entries; and of the question, 0 when the work on it has ended. */
  bytes: number;
  questionBytes: number;
  /** Number of the first entry in `entries`, and of the first one that was given to nobody yet. */
  base: number;
  given: number;
  ended: boolean;
  reader: object | null;
  /** Since when its asker is away, as a running number. */
  leftAs: number;
  /** Since when its engine waits, clock ms. */
  blockedAt: number | null;
  gone: boolean;
  cancelGrace: () => void;
  cancelLimit: () => void;
  wakeReader: () => void;
  wakeEngine: () => void;
};

export type HeldOptions = { serve: ServedChat; clock: Clock; graceMs?: number | undefined };

export function heldAnswers({ serve, clock, graceMs = heldLimits.graceMs }: HeldOptions): HeldAnswers {
  const all = new Map<string, Held>();
  const over = overLately(clock, graceMs);
  let leaves = 0;
  const nameOf = (from: PeerId, { id, attempt }: HeldKey): string => `${from} ${id} ${attempt}`;

  const forget = (held: Held, why: Error): void => {
    if (held.gone) return;
    held.gone = true;
    all.delete(held.name);
    over.add(held.name);
    held.cancelGrace();
    held.cancelLimit();
    held.entries = [];
    held.bytes = 0;
    held.questionBytes = 0;
    if (!held.ended) held.end.abort(why);
    held.wakeReader();
    held.wakeEngine();
  };
  const away = (): Held[] => [...all.values()].filter(({ reader }) => reader === null);
  const limitAway = (): void => {
    const left = away().toSorted((a, b) => a.leftAs - b.leftAs);
    const counts = new Map<PeerId, number>();
    for (const { from } of left) counts.set(from, (counts.get(from) ?? 0) + 1);
    const most = Math.max(0, ...counts.values());
    if (most <= heldLimits.awayPerMember && left.length <= heldLimits.away) return;
    const oldest = left.find(({ from }) => counts.get(from) === most);
    if (oldest !== undefined) forget(oldest, stopped);
  };

  const bytesOf = (some: Iterable<Held>): number => [...some].reduce((sum, { bytes, questionBytes }) => sum + bytes + questionBytes, 0);
  const of = (from: PeerId): Held[] => [...all.values()].filter((held) => held.from === from);
  /** Throws when that much more cannot be had. */
  const makeRoom = (from: PeerId, bytes: number): void => {
    const tooMuch = (): Failure => new Failure('queue-full', 'Too many large questions at the same time.', { retryAfterMs: busyMs });
    if (bytesOf(of(from)) + bytes > heldLimits.memberBytes) throw tooMuch();
    while (bytesOf(all.values()) + bytes > heldLimits.bytes) {
      const left = away().toSorted((a, b) => a.leftAs - b.leftAs);
      const most = Math.max(...left.map((held) => bytesOf(of(held.from))));
      const oldest = left.find((held) => bytesOf(of(held.from)) === most);
      if (oldest === undefined) throw tooMuch();
      forget(oldest, stopped);
    }
  };

  const add = (held: Held, entry: { chunk: ChatChunk } | { failure: Failure }): void => {
    const last = held.entries.at(-1);
    const n = held.base + held.entries.length;
    const joined =
      last !== undefined && last.n >= held.given && 'chunk' in last && 'chunk' in entry ? joinedText(last.chunk, entry.chunk) : null;
    if (joined !== null && last !== undefined && 'chunk' in last) {
      held.bytes += weight(joined) - weight(last.chunk);
      held.entries[held.entries.length - 1] = { n: last.n, chunk: joined };
    } else {
      held.entries.push({ n, ...entry });
      if ('chunk' in entry) held.bytes += weight(entry.chunk);
    }
    held.wakeReader();
  };
  const finish = (held: Held, failure: Failure | null): void => {
    if (held.gone || held.ended) return;
    if (failure !== null) add(held, { failure });
    held.ended = true;
    held.cancelLimit();
    held.wakeReader();
  };
  const put = async (held: Held, chunk: ChatChunk): Promise<void> => {
    for (const piece of pieces(chunk)) {
      add(held, { chunk: piece });
      while (held.bytes >= heldLimits.answerBytes && !held.gone && !held.ended) {
        held.blockedAt ??= clock.now();
        await new Promise<void>((resolve) => void (held.wakeEngine = resolve));
      }
      held.blockedAt = null;
    }
  };
  const fill = async (held: Held, request: ChatRequest): Promise<void> => {
    try {
      for await (const chunk of serve(request, held.end.signal, held.from)) {
        if (held.gone || held.ended) return;
        await put(held, chunk);
        if (chunk.kind === 'done') {
          finish(held, null);
          return;
        }
      }
      finish(held, new Failure('leader-lost', 'The answer ended without its last part.'));
    } catch (error) {
      finish(held, toFailure(error));
    } finally {
      held.questionBytes = 0;
    }
  };

  const leave = (held: Held): void => {
    held.reader = null;
    if (held.gone) return;
    held.leftAs = leaves += 1;
    held.cancelGrace();
    held.cancelGrace = clock.after(graceMs, () => forget(held, stopped));
    limitAway();
  };
  const arrived = (held: Held, below: number): void => {
    if (held.gone || below > held.given) return;
    while (held.base < below) {
      const entry = held.entries.shift();
      if (entry !== undefined && 'chunk' in entry) held.bytes -= weight(entry.chunk);
      held.base += 1;
      if (held.blockedAt !== null) held.blockedAt = clock.now();
    }
    if (held.ended && held.entries.length === 0) forget(held, stopped);
    else held.wakeEngine();
  };
  const read = (held: Held, from: number): HeldReader => {
    const self = {};
    let at = from;
    held.cancelGrace();
    held.reader = self;
    // whoever read it before is woken to hear of it
    held.wakeReader();
    const isMine = (): boolean => held.reader === self && !held.gone;
    return {
      async next(signal) {
        for (;;) {
          signal.throwIfAborted();
          if (!isMine()) throw new TakenOver('somebody else reads this answer now, or nobody does');
          const entry = held.entries[at - held.base];
          if (entry !== undefined) {
            at += 1;
            held.given = Math.max(held.given, at);
            return entry;
          }
          if (held.ended) return undefined;
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              signal.removeEventListener('abort', wake);
              resolve();
            };
            held.wakeReader = wake;
            signal.addEventListener('abort', wake, { once: true });
          });
        }
      },
      arrived: (below) => {
        if (isMine()) arrived(held, below);
      },
      blockedMs: () => (held.blockedAt === null ? 0 : clock.now() - held.blockedAt),
      leave: () => {
        if (isMine()) leave(held);
      },
      stop: () => forget(held, stopped),
    };
  };

  return {
    begin(request, from) {
      const key = { id: request.id, attempt: request.attempt ?? 0 };
      const name = nameOf(from, key);
      const known = all.get(name);
      if (known !== undefined) {
        if (known.base > 0) throw new Failure('bad-request', 'That was asked already, and its beginning has arrived.');
        return read(known, 0);
      }
      if (over.has(name)) throw new Failure('not-found', 'That answer is not here any more.');
      if (of(from).length >= heldLimits.perMember) {
        throw new Failure('queue-full', 'Too many questions of this device at the same time.', { retryAfterMs: busyMs });
      }
      const questionBytes = questionWeight(request);
      makeRoom(from, questionBytes);
      const end = new AbortController();
      const nothing = (): void => undefined;
      const held: Held = {
        ...{
          from,
          name,
          end,
          entries: [],
          bytes: 0,
          questionBytes,
          base: 0,
          given: 0,
          ended: false,
          reader: null,
          leftAs: 0,
          blockedAt: null,
          gone: false,
        },
        ...{ cancelGrace: nothing, cancelLimit: nothing, wakeReader: nothing, wakeEngine: nothing },
      };
      all.set(name, held);
      held.cancelLimit = clock.after(heldLimits.answerMs, () => {
        const late = new Failure('timed-out', 'The answer took longer than an hour.');
        finish(held, late);
        end.abort(late);
      });
      const reader = read(held, 0);
      void fill(held, request);
      return reader;
    },
    resume({ id, attempt, next }, from) {
      const held = all.get(nameOf(from, { id, attempt }));
      if (held === undefined || next < held.base || next > held.given) throw new Failure('not-found', 'That answer is not here any more.');
      const reader = read(held, next);
      reader.arrived(next);
      return reader;
    },
    stop(key, from) {
      const held = all.get(nameOf(from, key));
      if (held === undefined) over.add(nameOf(from, key));
      else forget(held, stopped);
    },
    keep(may) {
      for (const held of [...all.values()]) if (!may(held.from)) forget(held, stopped);
    },
    close(failure) {
      for (const held of [...all.values()]) {
        finish(held, failure);
        held.end.abort(stopped);
        if (held.reader === null) forget(held, stopped);
      }
    },
    size: () => ({ answers: all.size, away: away().length, bytes: bytesOf(all.values()) }),
  };
}

/** Names for that long; the oldest go when they are too many. */
function overLately(clock: Clock, ms: number) {
  const until = new Map<string, number>();
  const drop = (): void => {
    for (const [name, end] of until) {
      if (end > clock.now() && until.size <= heldLimits.over) return;
      until.delete(name);
    }
  };
  return {
    add(name: string): void {
      // the newest last
      until.delete(name);
      until.set(name, clock.now() + ms);
      drop();
    },
    has(name: string): boolean {
      drop();
      return until.has(name);
    },
  };
}

/** Memory of a question, roughly: a character may take two bytes. */
function questionWeight(request: ChatRequest): number {
  return 64 * request.messages.length + 2 * charactersOf(request) + 8 * (request.continued?.tokens?.ids.length ?? 0);
}

/** Memory of a chunk, roughly: what it is bounded by. */
function weight(chunk: ChatChunk): number {
  return isWritten(chunk) ? 64 + chunk.text.length * 2 + (chunk.tokens?.length ?? 0) * 8 : 64;
}

/** Two of a kind, both with their tokens or both without; null: they stay two. */
function joinedText(first: ChatChunk, second: ChatChunk): ChatChunk | null {
  if (!isWritten(first) || !isWritten(second) || first.kind !== second.kind) return null;
  // a sign of life adds nothing to what is there
  if (second.text === '' && second.tokens === undefined) return first;
  if (first.text.length + second.text.length > heldLimits.chunkText) return null;
  const { kind } = first;
  const text = first.text + second.text;
  if (first.tokens === undefined && second.tokens === undefined) return { kind, text };
  if (first.tokens === undefined || second.tokens === undefined) return null;
  if (first.tokens.length + second.tokens.length > heldLimits.chunkText) return null;
  return { kind, text, tokens: [...first.tokens, ...second.tokens] };
}

/** An engine may give everything at once. Which token belongs to which piece is not known then, so they go. */
function pieces(chunk: ChatChunk): ChatChunk[] {
  if (!isWritten(chunk) || (chunk.text.length <= heldLimits.chunkText && (chunk.tokens?.length ?? 0) <= heldLimits.chunkText))
    return [chunk];
  const { kind } = chunk;
  const count = Math.ceil(chunk.text.length / heldLimits.chunkText);
  return Array.from({ length: count }, (_, at) => ({
    kind,
    text: chunk.text.slice(at * heldLimits.chunkText, (at + 1) * heldLimits.chunkText),
  }));
}
