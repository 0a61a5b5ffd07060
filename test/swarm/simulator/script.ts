// What every engine of the simulated swarm answers: each token is there once, so whatever is lost, doubled or mixed up shows.
import type { ChatRequest } from '../../../src-shared/chat.ts';

/** @param filler words that only have to be read */
export function questionText(number: number, tokens: number, filler = 0): string {
  return `question ${number}, ${tokens} tokens${' word'.repeat(filler)}`;
}

const parts = /^question (\d+), (\d+) tokens/;

/** Engines and askers of one question want the same script; the last few are kept. */
const made = new Map<string, readonly string[]>();
const mostMade = 64;

/** The tokens of the whole answer to the last message. */
export function scriptFor({ messages }: Pick<ChatRequest, 'messages'>): readonly string[] {
  const [key = '', number, tokens] = parts.exec(messages.at(-1)?.content ?? '') ?? [];
  const known = made.get(key);
  if (known !== undefined) return known;
  const script = Array.from({ length: Number(tokens ?? 0) }, (_, index) => `${number}.${index} `);
  const [oldest] = made.keys();
  if (made.size >= mostMade && oldest !== undefined) made.delete(oldest);
  made.set(key, script);
  return script;
}
