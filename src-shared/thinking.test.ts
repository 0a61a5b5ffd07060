import { expect, test } from 'vitest';
import { chatLimits, type ChatChunk } from './chat.ts';
import { noThinking, thinkingAfter } from './thinking.ts';

const thinking = (text: string): ChatChunk => ({ kind: 'thinking', text });
const text = (words: string): ChatChunk => ({ kind: 'text', text: words });
const seam: ChatChunk = { kind: 'seam', lost: { peerId: '12D3KooWLeader', name: 'a' }, code: 'leader-lost', at: 0 };
const after = (...chunks: ChatChunk[]): string => chunks.reduce(thinkingAfter, noThinking).text;

test('what a leader thought counts no more when it is lost before it wrote', () => {
  expect(after(thinking('let me '), thinking('see'))).toBe('let me see');
  expect(after(thinking('let me see'), seam, thinking('so'))).toBe('so');
});

test('what was thought before a text stays with it, and what came after it goes with the leader', () => {
  expect(after(thinking('first'), text('One'), thinking(', then'), seam, thinking('; anew'))).toBe('first; anew');
  // no more than a sign of life
  expect(after(thinking('first'), text(''), seam)).toBe('');
});

test('is bounded, whatever a leader sends', () => {
  const whole = after(...Array.from({ length: 5 }, () => thinking('x'.repeat(65_536))));
  expect(whole).toHaveLength(chatLimits.thinking);
});
