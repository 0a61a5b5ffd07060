import { expect, test } from 'vitest';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import type { Conversation, Message } from '../../../src-shared/conversation.ts';
import { versionNumber, versionsOf, withAnswer, withQuestion } from './branches.ts';

const message = (id: string, role: 'user' | 'assistant', content = id): Message => ({ id, parent: null, role, content, createdAt: 0 });
const path = ({ messages }: Conversation): string[] => messages.map(({ id }) => id);
const start = (): Conversation => ({
  ...emptyConversation('c', '', 0),
  messages: [message('q1', 'user'), message('a1', 'assistant'), message('q2', 'user'), message('a2', 'assistant')],
});

test('an edited question takes the place of the old one, and counts as its next version', () => {
  const after = withQuestion(start(), message('q3', 'user'), 'q2');
  expect(path(after)).toEqual(['q1', 'a1', 'q3']);
  expect(after.messages.map((one) => [versionNumber(one), versionsOf(one).length])).toEqual([
    [1, 1],
    [1, 1],
    [2, 2],
  ]);
  const third = withQuestion(after, message('q4', 'user'), 'q3');
  expect(versionsOf(third.messages[2] ?? message('?', 'user'))).toEqual(['q2', 'q3', 'q4']);
});

test('a further answer stands beside the old one, unless that has no word', () => {
  const after = withAnswer(start(), message('a3', 'assistant', ''), 'q2');
  expect(path(after)).toEqual(['q1', 'a1', 'q2', 'a3']);
  expect(after.messages.at(-1)?.siblings).toEqual(['a2', 'a3']);
  const again = withAnswer(after, message('a4', 'assistant'), 'q2');
  expect(again.messages.at(-1)?.siblings).toEqual(['a2', 'a4']);
});

test('an answer in the middle puts what followed out of sight', () => {
  expect(path(withAnswer(start(), message('a3', 'assistant'), 'q1'))).toEqual(['q1', 'a3']);
});

test('a first answer is the only one', () => {
  const asked = withQuestion(start(), message('q3', 'user'));
  expect(withAnswer(asked, message('a3', 'assistant'), 'q3').messages.at(-1)?.siblings).toBeUndefined();
});
