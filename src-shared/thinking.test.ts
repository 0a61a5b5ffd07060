import { expect, test } from 'vitest';
import { chatLimits, type ChatChunk } from './chat.ts';
import { noThinking, thinkingAfter, thoughtMsAt, thoughtOf, thoughtTimeAfter } from './thinking.ts';
import type { ThoughtTime } from './thinking.ts';

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

test('thinking that the engine left in the text is told apart', () => {
  expect(thoughtOf('<think>\nhm\n</think>\n\nYes.', '')).toEqual({ thinking: 'hm', text: 'Yes.' });
  expect(thoughtOf('<think>hm, so', '')).toEqual({ thinking: 'hm, so', text: '' });
  expect(thoughtOf('Yes. <think>no</think>', '')).toEqual({ thinking: '', text: 'Yes. <think>no</think>' });
  expect(thoughtOf('Yes.', 'hm')).toEqual({ thinking: 'hm', text: 'Yes.' });
  expect(thoughtOf('<thinking>b</thinking>c', 'a')).toEqual({ thinking: 'a\n\nb', text: 'c' });
});

test('it is timed from the first thought to the first word, and no longer', () => {
  const steps: [content: string, thinking: string, now: number][] = [
    ['', '', 100],
    ['', 'hm', 200],
    ['', 'hm, so', 900],
    ['Yes', 'hm, so', 1200],
    ['Yes.', 'hm, so', 5000],
  ];
  const times: (ThoughtTime | null)[] = [];
  for (const step of steps) times.push(thoughtTimeAfter(times.at(-1) ?? null, ...step));
  expect(times).toEqual([null, { since: 200, ms: null }, { since: 200, ms: null }, { since: 200, ms: 1000 }, { since: 200, ms: 1000 }]);
  expect(times.map((time) => thoughtMsAt(time, 1000))).toEqual([undefined, 800, 800, 1000, 1000]);
});
