// A leader whose answers are written by hand: what it keeps for askers that lose the link, and what one of them can read.
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { heldAnswers, type HeldEntry, type HeldReader } from '../../src-main/jobs/held-answers.ts';
import type { ServedChat } from '../../src-main/jobs/ports.ts';
import { handClock } from './hand-clock.ts';

export const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const question = (n = 0, attempt?: number): ChatRequest => ({
  id: id(n),
  messages: [{ role: 'user', content: 'my secret' }],
  parameters: {},
  ...(attempt === undefined ? {} : { attempt }),
});
export const done: ChatChunk = {
  kind: 'done',
  reason: 'stop',
  model: 'm',
  figures: { tokens: 1, tokensPerSecond: 1, timeToFirstTokenMs: 1 },
};
/** Of a reader that never gives up. */
export const still = new AbortController().signal;

/** A leader whose answers are written by hand. */
export function leader() {
  const clock = handClock();
  const works: { from: string; write(chunk: ChatChunk | Error): void; end(): void; aborted: boolean; written: number }[] = [];
  const serve: ServedChat = async function* (_request, signal, from) {
    const waiting: (ChatChunk | Error | null)[] = [];
    let wake = (): void => undefined;
    const put = (one: ChatChunk | Error | null): void => {
      waiting.push(one);
      wake();
    };
    const work = { from, write: put, end: () => put(null), aborted: false, written: 0 };
    works.push(work);
    signal.addEventListener('abort', () => {
      work.aborted = true;
      put(signal.reason as Error);
    });
    for (;;) {
      const next = waiting.shift();
      if (next === undefined) await new Promise<void>((resolve) => void (wake = resolve));
      else if (next === null) return;
      else if (next instanceof Error) throw next;
      else {
        yield next;
        work.written += 1;
      }
    }
  };
  const held = heldAnswers({ serve, clock });
  const work = (at = 0): (typeof works)[number] => {
    const one = works[at];
    if (one === undefined) throw new Error('nothing was asked');
    return one;
  };
  return { held, clock, works, work };
}

/** Until no promise has anything left to do. */
export const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
/** What is there now. */
export async function now(reader: HeldReader): Promise<HeldEntry[]> {
  const entries: HeldEntry[] = [];
  for (;;) {
    const end = new AbortController();
    const next = reader.next(end.signal);
    await settle();
    end.abort();
    const entry = await next.catch((error: unknown) =>
      error instanceof Error && error.name === 'AbortError' ? undefined : Promise.reject(error),
    );
    if (entry === undefined) return entries;
    entries.push(entry);
  }
}
export const shown = (entries: HeldEntry[]): string[] =>
  entries.map(
    (entry) => `${entry.n} ${'chunk' in entry ? (entry.chunk.kind === 'text' ? entry.chunk.text : entry.chunk.kind) : entry.failure.code}`,
  );
