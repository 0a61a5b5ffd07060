import { expect, test } from 'vitest';
import { thoughtOf } from './thought.ts';

test('thinking that the engine left in the text is told apart', () => {
  expect(thoughtOf('<think>\nhm\n</think>\n\nYes.', '')).toEqual({ thinking: 'hm', text: 'Yes.' });
  expect(thoughtOf('<think>hm, so', '')).toEqual({ thinking: 'hm, so', text: '' });
  expect(thoughtOf('Yes. <think>no</think>', '')).toEqual({ thinking: '', text: 'Yes. <think>no</think>' });
  expect(thoughtOf('Yes.', 'hm')).toEqual({ thinking: 'hm', text: 'Yes.' });
  expect(thoughtOf('<thinking>b</thinking>c', 'a')).toEqual({ thinking: 'a\n\nb', text: 'c' });
});
