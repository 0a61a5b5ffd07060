import { expect, test } from 'vitest';
import { emptyConversation, conversation as schema } from '../../../src-shared/conversation.ts';
import type { Conversation } from '../../../src-shared/conversation.ts';
import { exportName, exportText } from './export.ts';

const id = '0b9d8f3e-5a1c-4c6e-9a55-6f5f6d0b1c2d';
const kept: Conversation = {
  ...emptyConversation(id, 'Trip', 0),
  system: 'Be brief.\nBe kind.',
  messages: [
    { id, parent: null, role: 'user', content: 'Where to?', createdAt: 0 },
    {
      id: id.replace('0b', '1b'),
      parent: id,
      role: 'assistant',
      content: '<think>hm</think>To **Rome**.',
      createdAt: 1,
      answer: { state: 'done', placement: null, model: 'qwen3:8b', figures: null, failure: null },
    },
  ],
};
const words = { you: 'You', machine: 'A machine' };

test('Markdown is to be read: who said what, without the thinking', () => {
  expect(exportText(kept, 'markdown', words)).toBe(
    '# Trip\n\n> Be brief.\n> Be kind.\n\n## You\n\nWhere to?\n\n## A machine (qwen3:8b)\n\nTo **Rome**.\n',
  );
});

test('JSON holds all of it', () => {
  const file = JSON.parse(exportText(kept, 'json', words)) as { conversation: unknown };
  expect(schema.parse(file.conversation)).toEqual(kept);
});

test('a name that every file system takes', () => {
  expect(exportName('a/b: "c"?\n', 'markdown')).toBe('a b c.md');
  expect(exportName(' ..', 'json')).toBe('conversation.json');
});
