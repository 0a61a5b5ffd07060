// What a model thought on its way to an answer and for how long, followed from its chunks: the node stores it, the window shows it while it
// grows.
import { chatLimits, type ChatChunk } from './chat.ts';

/** settled: UTF-16 units of it that text came after; the rest goes with the leader that thought it. */
export type Thinking = { readonly text: string; readonly settled: number };

export const noThinking: Thinking = { text: '', settled: 0 };

/** The thinking after one more chunk. More than chatLimits.thinking is not kept. */
export function thinkingAfter(before: Thinking, chunk: ChatChunk): Thinking {
  const { text, settled } = before;
  if (chunk.kind === 'thinking') {
    const more = chunk.text.slice(0, Math.max(0, chatLimits.thinking - text.length));
    return more === '' ? before : { text: text + more, settled };
  }
  if (settled === text.length) return before;
  if (chunk.kind === 'text' && chunk.text !== '') return { text, settled: text.length };
  return chunk.kind === 'seam' ? { text: text.slice(0, settled), settled } : before;
}

/** What a model thought, and what it says. */
export type Thought = { thinking: string; text: string };

const opening = /^\s*<think(?:ing)?>\s*/;
const closing = /\s*<\/think(?:ing)?>\s*/;

/**
 * An answer's thinking and its text. Some engines tell them apart; others leave the thinking in the text, between <think> and </think> at
 * its beginning. While that grows without its end, there is no text yet.
 */
export function thoughtOf(content: string, thinking: string): Thought {
  const opened = opening.exec(content);
  if (opened === null) return { thinking, text: content };
  const rest = content.slice(opened[0].length);
  const closed = closing.exec(rest);
  const [within, text] = closed === null ? [rest, ''] : [rest.slice(0, closed.index), rest.slice(closed.index + closed[0].length)];
  return { thinking: thinking === '' ? within : `${thinking}\n\n${within}`, text };
}

/** When the first thought of an answer came, ms, and how long it thought until its first word, ms; null: it still does. */
export type ThoughtTime = { readonly since: number; readonly ms: number | null };

/**
 * The time after more of an answer came; null until its first thought.
 * @param content of the answer so far @param thinking what came apart from it @param now ms, of a clock that is the same for all of it
 */
export function thoughtTimeAfter(before: ThoughtTime | null, content: string, thinking: string, now: number): ThoughtTime | null {
  if (before !== null && before.ms !== null) return before;
  const thought = thoughtOf(content, thinking);
  if (thought.thinking === '') return before;
  const since = before?.since ?? now;
  if (thought.text === '') return before ?? { since, ms: null };
  return { since, ms: Math.max(0, now - since) };
}

/** How long an answer that has ended was thought for, ms; undefined: not at all. @param now as above */
export function thoughtMsAt(time: ThoughtTime | null, now: number): number | undefined {
  return time === null ? undefined : (time.ms ?? Math.max(0, now - time.since));
}
