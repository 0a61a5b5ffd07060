// A growing answer, written often enough that a crash loses at most half a second of it.
import type { AnswerState, RouteStep, StoredAnswer } from '../../../src-shared/conversation.ts';
import type { Rows } from './rows.ts';

/** Text is written when it is this old, ms (reliability note, fault 17). */
const flushMs = 500;

/** One growing answer. */
export type AnswerWriter = {
  /** What was written before it was opened (UTF-16 units), by whom, and what was thought for it. */
  readonly before: { length: number; route: readonly RouteStep[]; thinking: string };
  text(piece: string): void;
  /** Of what is thought on the way to the answer; whoever tells it bounds it (src-shared/thinking.ts). */
  thinking(piece: string): void;
  note(facts: Partial<Omit<StoredAnswer, 'state'>>): void;
  /** Writes the rest and how it ended; what only was interrupted may go on by itself, if that was wished. */
  end(state: Exclude<AnswerState, 'streaming'>, facts?: Partial<Omit<StoredAnswer, 'state'>>): void;
};

export type OpenWriter = AnswerWriter & { flush(): void };
export type Writing = { rows: Rows; open: Set<OpenWriter>; troubled: (error: unknown) => void };

/** Never throws: an answer goes on though the disk is full, and each flush writes the whole text anew. */
export function writerFor({ rows, open, troubled }: Writing, id: string, start: { answer: StoredAnswer; text: string }): OpenWriter {
  let { answer, text } = start;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    if (open.has(writer)) timer ??= setTimeout(writer.flush, flushMs);
  };
  const writer: OpenWriter = {
    before: { length: text.length, route: answer.route ?? [], thinking: answer.thinking ?? '' },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      try {
        rows.setAnswer.run(text, JSON.stringify(answer), id);
      } catch (error) {
        troubled(error);
      }
    },
    text(piece) {
      text += piece;
      later();
    },
    thinking(piece) {
      answer = { ...answer, thinking: (answer.thinking ?? '') + piece };
      later();
    },
    note(facts) {
      answer = { ...answer, ...facts };
      later();
    },
    end(state, facts = {}) {
      if (!open.has(writer)) return;
      const { wish, ...rest } = answer;
      answer = { ...rest, ...facts, state, ...(wish !== undefined && state === 'interrupted' ? { wish } : {}) };
      writer.flush();
      open.delete(writer);
    },
  };
  open.add(writer);
  return writer;
}

/** The route of an answer whose text is cut: what was written behind the cut is nobody's any more. @param length UTF-16 units that stay */
export function cutRoute(route: readonly RouteStep[], length: number): RouteStep[] {
  const kept = route.filter(({ from }) => from < length);
  const next = route[kept.length];
  const last = kept.at(-1);
  // its end was cut away, and with it why it ended
  if (last !== undefined && (next === undefined || next.from > length)) return [...kept.slice(0, -1), { ...last, lost: null }];
  return kept;
}
