import { expect, test } from 'vitest';
import { askedConversation, scripted } from './scripted-chat.ts';

test('a folder that cannot be renamed is as it was, and it is said why', async () => {
  const { chat, stored, online } = scripted();
  for (const id of ['one', 'two']) stored.set(id, { ...askedConversation(), id, folder: id === 'one' ? 'Work' : null });
  await chat.reload();
  await chat.open('one');
  online(false);
  await chat.moveAll(['one'], 'Play');
  const { summaries, conversation, failure } = chat.store.getState();
  expect(failure?.code).toBe('disconnected');
  expect(summaries?.map(({ id, folder }) => [id, folder])).toEqual([
    ['one', 'Work'],
    ['two', null],
  ]);
  expect(conversation?.folder).toBe('Work');
});
