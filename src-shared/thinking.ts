// What a model thought on its way to an answer, followed from its chunks: the node stores it, the window shows it while it grows.
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
