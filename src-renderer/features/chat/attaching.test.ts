import { describe, expect, test } from 'vitest';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import type { Message } from '../../../src-shared/conversation.ts';
import { imageLimits } from '../../../src-shared/image.ts';
import { chunks, done, idle, scripted } from './scripted-chat.ts';
import { unsaved } from './state.ts';
import type { ChatStore } from './state.ts';

/** A PNG of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

describe('attaching', () => {
  const file = (name: string, text = 'words'): File => new File([text], name);
  const names = (chat: ChatStore) =>
    Object.values(chat.store.getState().files).flatMap((all) => all.map(({ name, attachment }) => [name, attachment !== null]));

  test('makes the conversation, keeps the files with its draft, and sends them with the question', async () => {
    const { chat, calls, answer, stored } = scripted();
    answer(() => chunks([{ kind: 'text', text: 'So.' }, done]));
    const attached = chat.attach([file('a.md'), file('b.md')]);
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
    expect(attached).toEqual(ids);
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
    expect(chat.attach(Array.from({ length: 10 }, (_, at) => file(`${at}`)))).toHaveLength(9);
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

  test('pictures that are left out are not counted: another one has room', async () => {
    const { chat, stored, reads } = scripted();
    reads(() => Promise.resolve({ kind: 'image', data: pixel }));
    const picture = { kind: 'image' as const, name: 'a.png', bytes: 9, width: 1, height: 1 };
    const full = Array.from({ length: imageLimits.count }, (_, at) => ({ ...picture, id: `${at}` }));
    const asked = (id: string, attachments?: typeof full) =>
      ({ id, parent: null, role: 'user', content: 'q', createdAt: 0, ...(attachments === undefined ? {} : { attachments }) }) as const;
    stored.set('c', { ...emptyConversation('c', 'talk', 0), messages: [asked('one', full), asked('two')] });
    await chat.open('c');
    chat.attach([file('b.png')]);
    await expect.poll(() => chat.store.getState().refused?.why).toBe('too-many-images');
    chat.leaveOut('two');
    chat.attach([file('b.png')]);
    await expect.poll(() => names(chat)).toEqual([['b.png', true]]);
    expect(chat.store.getState().refused).toBeNull();
  });

  test('a question with files waits with them for somebody who can answer', async () => {
    const { chat, calls, answer } = scripted();
    answer(() => chunks([{ kind: 'text', text: 'So.' }, done]));
    chat.attach([file('a.md')]);
    await expect.poll(() => names(chat)).toEqual([['a.md', true]]);
    const [kept] = Object.values(chat.store.getState().files).flat();
    chat.writeDraft('And?');
    chat.send(true);
    await expect.poll(() => calls.find(([name]) => name === 'send')?.[1]).toMatchObject({ attachments: [kept?.id], wait: true });
    await idle(chat);
    expect(names(chat)).toEqual([]);
  });
});

describe('files that go along to another conversation', () => {
  const kept = { kind: 'pdf' as const, id: 'f', name: 'kept.pdf', bytes: 9, characters: 15, pages: 2 };
  const talk = () => {
    const world = scripted();
    const question = { id: 'q', parent: null, role: 'user' as const, content: 'q', createdAt: 0, attachments: [kept] } satisfies Message;
    world.stored.set('c', { ...emptyConversation('c', 'talk', 0), messages: [question] });
    return world;
  };
  const draftOf = (chat: ChatStore) => {
    const { currentId, files } = chat.store.getState();
    return files[currentId ?? unsaved]?.map(({ name, attachment }) => [name, attachment !== null]);
  };

  test('with a summary the files of the draft go to the new one, and the question is not sent before they are there', async () => {
    const { chat, stored, calls, holdAttached } = talk();
    const drafted = { ...kept, id: 'd', name: 'drafted.pdf' };
    stored.set('c', { ...emptyConversation('c', 'talk', 0), ...stored.get('c'), attachments: [drafted] });
    await chat.open('c');
    chat.writeDraft('and then?');
    const release = holdAttached();
    chat.summarise(4096);
    await expect.poll(() => chat.store.getState().currentId).not.toBe('c');
    expect(draftOf(chat)).toEqual([['drafted.pdf', false]]);
    chat.send();
    release();
    await expect.poll(() => draftOf(chat)).toEqual([['drafted.pdf', true]]);
    await expect.poll(() => chat.store.getState().summarising).toBeNull();
    const id = chat.store.getState().currentId ?? '';
    expect(stored.get(id)?.attachments).toMatchObject([{ kind: 'pdf', name: 'drafted.pdf', bytes: 9, pages: 2 }]);
    expect(stored.get('c')?.attachments).toEqual([]);
    expect(calls.filter(([name]) => name === 'send')).toEqual([]);
    await chat.open('c');
    expect(draftOf(chat)).toEqual([]);
  });

  test('asked in a new chat, its copies are there before it can be sent, and one that is taken off stays off', async () => {
    const { chat, stored, calls, holdAttached } = talk();
    await chat.open('c');
    const release = holdAttached();
    chat.askAnew('q');
    expect(draftOf(chat)).toEqual([['kept.pdf', false]]);
    chat.send();
    await expect.poll(() => chat.store.getState().currentId).not.toBeNull();
    release();
    await expect.poll(() => draftOf(chat)).toEqual([['kept.pdf', true]]);
    expect(calls.filter(([name]) => name === 'send')).toEqual([]);
    expect(stored.get('c')?.messages[0]?.attachments).toEqual([kept]);
    await chat.open('c');
    const again = holdAttached();
    chat.askAnew('q');
    await expect.poll(() => chat.store.getState().currentId).not.toBeNull();
    const id = chat.store.getState().currentId ?? '';
    chat.detach(chat.store.getState().files[id]?.[0]?.id ?? '');
    again();
    await expect.poll(() => calls.filter(([name]) => name === 'attached').length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve));
    expect(draftOf(chat)).toEqual([]);
    expect(stored.get(id)?.attachments).toEqual([]);
    expect(chat.store.getState().failure).toBeNull();
  });
});
