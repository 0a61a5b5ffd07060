// One answer under way, and those who hear it: any number of windows, or none.
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { Failure } from '../../src-shared/failure.ts';
import { noThinking, thinkingAfter } from '../../src-shared/thinking.ts';

/** The contract's longest piece of text, UTF-16 units. */
const pieceLength = 32_768;

/** What an answer waits for, until something else comes. */
const passing: ReadonlySet<ChatChunk['kind']> = new Set(['queued', 'loading', 'reading', 'reconnecting', 'waiting']);

export type LiveAnswer = {
  /**
   * Gives what is written from now on, after what the hearer lacks. Whoever stops hearing it ends it for all, except when its connection is
   * gone: that is nobody's wish. For the others it ends there then, without a last chunk and without a failure.
   * @param from characters of the answer that the hearer has; left out: all that there are
   */
  hear(hearer: { from?: number | undefined; gone?: AbortSignal | undefined; signal: AbortSignal }): AsyncGenerator<ChatChunk>;
  /** why: what those who hear it are told; left out: that it was stopped */
  stop(why?: Failure): void;
  /** However it ends: whether somebody heard it then. Never fails. */
  ended: Promise<boolean>;
};

/** @param before text of the answer that is there already */
export function liveAnswer(before: string, write: (signal: AbortSignal) => AsyncIterable<ChatChunk>): LiveAnswer {
  const stop = new AbortController();
  const hearers = new Set<{ heard: ChatChunk[]; wake: () => void }>();
  let text = before;
  let thinking = noThinking;
  /** What one who comes later has to know besides the text. */
  let placed: ChatChunk | null = null;
  let state: ChatChunk | null = null;
  let over: { error?: unknown } | null = null;
  let told: { error?: unknown } = {};

  const note = (chunk: ChatChunk): void => {
    thinking = thinkingAfter(thinking, chunk);
    if (chunk.kind === 'text') text += chunk.text;
    if (chunk.kind === 'placed') placed = chunk;
    state = passing.has(chunk.kind) ? chunk : null;
  };
  const wakeAll = (): void => {
    for (const { wake } of hearers) wake();
  };
  const run = async (): Promise<boolean> => {
    try {
      for await (const chunk of write(stop.signal)) {
        note(chunk);
        for (const { heard } of hearers) heard.push(chunk);
        wakeAll();
      }
      over = {};
    } catch (error) {
      // a stop is no failure, and for those who did not ask for it no cancel either
      over = stop.signal.aborted ? told : { error };
    }
    const heard = hearers.size > 0;
    wakeAll();
    return heard;
  };
  const missed = (from: number): ChatChunk[] => {
    const chunks = placed === null ? [] : [placed];
    // of an answer that has a word, its thoughts are stored
    if (text === '') for (const piece of pieces(thinking.text)) chunks.push({ kind: 'thinking', text: piece });
    for (const piece of pieces(text.slice(from))) chunks.push({ kind: 'text', text: piece });
    return state === null ? chunks : [...chunks, state];
  };
  const ended = run();

  return {
    ended,
    stop(why) {
      if (why !== undefined) told = { error: why };
      stop.abort();
    },
    async *hear({ from, gone, signal }) {
      const hearer = { heard: missed(from ?? text.length), wake: (): void => {} };
      hearers.add(hearer);
      const woken = (): void => hearer.wake();
      signal.addEventListener('abort', woken);
      try {
        for (;;) {
          signal.throwIfAborted();
          const chunk = hearer.heard.shift();
          if (chunk !== undefined) yield chunk;
          else if (over === null) await new Promise<void>((resolve) => (hearer.wake = resolve));
          else if ('error' in over) throw over.error;
          else return;
        }
      } finally {
        signal.removeEventListener('abort', woken);
        hearers.delete(hearer);
        if (over === null && gone?.aborted !== true) {
          stop.abort();
          await ended;
        }
      }
    },
  };
}

function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += pieceLength) yield text.slice(at, at + pieceLength);
}
