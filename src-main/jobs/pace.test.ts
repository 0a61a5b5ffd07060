import { expect, test } from 'vitest';
import { jpegOf } from '../../test/fakes/pictures.ts';
import type { ChatRequest } from '../../src-shared/chat.ts';
import { charactersOf, promptTokensOf } from './pace.ts';

const question = (content: string, images?: string[]): ChatRequest => ({
  id: 'q',
  messages: [{ role: 'user', content, ...(images === undefined ? {} : { images }) }],
  parameters: {},
});

test('what a question holds and gives to read: its words, those written before, and its pictures', () => {
  const words = question('x'.repeat(400));
  const picture = jpegOf(560, 280);
  expect([charactersOf(words), promptTokensOf(words)]).toEqual([400, 100]);
  const seen = question('x'.repeat(400), [picture, picture]);
  expect(charactersOf(seen)).toBe(400 + 2 * picture.length);
  expect(promptTokensOf(seen)).toBe(100 + 2 * 200);
  expect(charactersOf({ ...seen, continued: { text: 'so far', tokens: null } } as never)).toBe(406 + 2 * picture.length);
  expect(promptTokensOf(question(''))).toBe(1);
});
