// What every engine of the simulated swarm answers: each token is there once, so whatever is lost, doubled or mixed up shows.
import type { ChatRequest } from '../../../src-shared/chat.ts';

/** @param filler words that only have to be read */
export function questionText(number: number, tokens: number, filler = 0): string {
  return `question ${number}, ${tokens} tokens${' word'.repeat(filler)}`;
}

const parts = /^question (\d+), (\d+) tokens/;

/** The tokens of the whole answer to the last message. */
export function scriptFor({ messages }: Pick<ChatRequest, 'messages'>): string[] {
  const [, number, tokens] = parts.exec(messages.at(-1)?.content ?? '') ?? [];
  return Array.from({ length: Number(tokens ?? 0) }, (_, index) => `${number}.${index} `);
}
