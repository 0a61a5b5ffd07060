import { describe, expect, test } from 'vitest';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import { chunks, done, idle, scripted } from './scripted-chat.ts';
import type { ChatStore } from './state.ts';

describe('attaching', () => {
  const file = (name: string, text = 'words'): File => new File([text], name);
  const names = (chat: ChatStore) =>
    Object.values(chat.store.getState().files).flatMap((all) => all.map(({ name, attachment }) => [name, attachment !== null]));

  test('makes the conversation, keeps the files with its draft, and sends them with the question', async () => {
    const { chat, calls, answer, stored } = scripted();
    answer(() => chunks([{ kind: 'text', text: 'So.' }, done]));
    chat.attach([file('a.md'), file('b.md')]);
    expect(names(chat)).toEqual([
      ['a.md', false],
      ['b.md', false],
    ]);
    chat.writeDraft('And?');
    // what is still being read is not left behind
    chat.send();
    await expect
      .poll(() => names(chat))
      .toEqual([
        ['a.md', true],
        ['b.md', true],
      ]);
    expect(calls.filter(([name]) => name === 'send')).toEqual([]);
    const [id] = stored.keys();
    const ids = stored.get(id ?? '')?.attachments.map((one) => one.id);
    chat.send();
    await expect.poll(() => calls.find(([name]) => name === 'send')?.[1]).toMatchObject({ content: 'And?', attachments: ids });
    await idle(chat);
    expect(names(chat)).toEqual([]);
    expect(chat.store.getState().conversation?.messages[0]?.attachments?.map(({ name }) => name)).toEqual(['a.md', 'b.md']);
    const question = chat.store.getState().conversation?.messages[0];
    chat.edit(question?.id ?? '', 'And then?');
    await expect.poll(() => calls.filter(([name]) => name === 'send').length).toBe(2);
    expect(calls.findLast(([name]) => name === 'send')?.[1]).toMatchObject({ content: 'And then?', attachments: ids });
  });

  test('says why a file is refused, and keeps the others', async () => {
    const { chat, reads } = scripted();
    reads(async ({ name }) => (name === 'bad' ? { refused: 'binary' } : { kind: 'text', data: 'x' }));
    chat.attach([file('bad'), file('good.md')]);
    await expect.poll(() => names(chat)).toEqual([['good.md', true]]);
    expect(chat.store.getState().refused).toEqual({ name: 'bad', why: 'binary' });
    chat.attach(Array.from({ length: 10 }, (_, at) => file(`${at}`)));
    await expect.poll(() => names(chat).length).toBe(10);
    expect(chat.store.getState().refused).toEqual({ name: '9', why: 'too-many' });
  });

  test('a file that is taken off while it is read is neither kept nor spoken of', async () => {
    const { chat, calls, reads } = scripted();
    const aborted: string[] = [];
    reads(
      (_file, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(aborted.push('yes') && signal.reason))),
    );
    chat.attach([file('a.md')]);
    await expect.poll(() => chat.store.getState().currentId).not.toBeNull();
    const [entry] = Object.values(chat.store.getState().files).flat();
    chat.detach(entry?.id ?? '');
    await expect.poll(() => aborted).toEqual(['yes']);
    expect(names(chat)).toEqual([]);
    expect(calls.filter(([name]) => name === 'attach')).toEqual([]);
    expect(chat.store.getState()).toMatchObject({ failure: null, refused: null });
  });

  test('nor is one that is taken off before its turn to be read', async () => {
    const { chat, calls, reads } = scripted();
    const read: string[] = [];
    const first = Promise.withResolvers<void>();
    reads(async ({ name }) => {
      read.push(name);
      await first.promise;
      return { kind: 'text', data: 'x' };
    });
    chat.attach([file('a.md'), file('b.md'), file('c.md')]);
    await expect.poll(() => read).toEqual(['a.md']);
    const second = Object.values(chat.store.getState().files)
      .flat()
      .find(({ name }) => name === 'b.md');
    chat.detach(second?.id ?? '');
    // what is brought next waits for its turn too
    chat.attach([file('d.md')]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(read).toEqual(['a.md']);
    first.resolve();
    await expect
      .poll(() => names(chat))
      .toEqual([
        ['a.md', true],
        ['c.md', true],
        ['d.md', true],
      ]);
    expect(read).toEqual(['a.md', 'c.md', 'd.md']);
    expect(calls.filter(([name]) => name === 'attach')).toHaveLength(3);
  });

  test('files go to the conversation that they were given to, also when another one is opened meanwhile', async () => {
    const { chat, stored, reads } = scripted();
    const gate = Promise.withResolvers<void>();
    reads(async () => {
      await gate.promise;
      return { kind: 'text', data: 'x' };
    });
    stored.set('other', emptyConversation('other', 'talk', 0));
    chat.attach([file('a.md'), file('b.md')]);
    await expect.poll(() => chat.store.getState().currentId).not.toBeNull();
    const id = chat.store.getState().currentId ?? '';
    await chat.open('other');
    gate.resolve();
    await expect.poll(() => stored.get(id)?.attachments.map(({ name }) => name)).toEqual(['a.md', 'b.md']);
    expect(stored.get('other')?.attachments).toEqual([]);
  });

  test('where the node is away, the file is not shown as kept, and it is said why', async () => {
    const { chat, online } = scripted();
    chat.writeDraft('x');
    online(false);
    chat.attach([file('a.md')]);
    await expect.poll(() => chat.store.getState().failure?.code).toBe('disconnected');
    expect(names(chat)).toEqual([]);
  });

  test('what the node keeps with a draft is shown where this window has nothing', async () => {
    const { chat, stored } = scripted();
    const attachment = { kind: 'text' as const, id: 'f', name: 'kept.md', bytes: 1, characters: 1 };
    stored.set('c', { ...emptyConversation('c', 'talk', 0), attachments: [attachment] });
    await chat.open('c');
    expect(names(chat)).toEqual([['kept.md', true]]);
  });
});
