// What is typed and not sent yet: kept, found again, and nobody else's.
import { describe, expect, test } from 'vitest';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import { createDrafts } from './drafts.ts';
import { askedConversation, chunks, done, idle, lastMessage, scripted } from './scripted-chat.ts';
import { editOf, machineOf, modelOf, unsaved } from './state.ts';

describe('drafts', () => {
  test('are saved after a pause, into a conversation that is made for them', async () => {
    const { chat, stored, tick } = scripted();
    chat.writeDraft('half a thou');
    chat.writeDraft('half a thought');
    expect(stored.size).toBe(0);
    tick();
    await expect.poll(() => stored.get('id-1')?.draft).toBe('half a thought');
    expect(chat.store.getState().drafts).toEqual({ 'id-1': 'half a thought' });
  });

  test('survive a lost link: the box keeps the text and a later save stores it', async () => {
    const { chat, stored, tick, online } = scripted();
    online(false);
    chat.writeDraft('precious');
    tick();
    await expect.poll(() => chat.store.getState().drafts[unsaved]).toBe('precious');
    online(true);
    const savedDrafts = (): string[] => {
      void chat.saveDraft();
      return [...stored.values()].map(({ draft }) => draft);
    };
    await expect.poll(savedDrafts).toEqual(['precious']);
  });

  test('a question that the node never heard returns into the box', async () => {
    const { chat, online } = scripted();
    chat.writeDraft('first');
    chat.send();
    await idle(chat);
    online(false);
    chat.writeDraft('lost question');
    chat.send();
    await expect.poll(() => lastMessage(chat)?.answer?.failure?.code).toBe('disconnected');
    online(true);
    await chat.reload();
    expect(chat.store.getState().drafts['id-1']).toBe('lost question');
  });
});

describe('a question on its way out of the box', () => {
  test('is sent once, and what is typed meanwhile stays for the next one', async () => {
    const { chat, calls, stored, tick, answer } = scripted();
    answer(() => chunks([{ kind: 'text', text: 'Yes.' }, done]));
    chat.writeDraft('hello');
    chat.send();
    chat.send();
    chat.writeDraft('hello and');
    chat.send();
    await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('done');
    expect(calls.filter(([name]) => name === 'send').map(([, input]) => input)).toMatchObject([{ content: 'hello' }]);
    expect(chat.store.getState().drafts).toEqual({ 'id-1': ' and' });
    tick();
    await expect.poll(() => stored.get('id-1')?.draft).toBe(' and');
    chat.send();
    await expect.poll(() => calls.filter(([name]) => name === 'send').length).toBe(2);
    expect(chat.store.getState().drafts).toEqual({ 'id-1': '' });
  });

  test('that could not be sent is kept as before', async () => {
    const { chat, stored, online, tick } = scripted();
    online(false);
    chat.writeDraft('precious');
    chat.send();
    await expect.poll(() => chat.store.getState().failure?.code).toBe('disconnected');
    online(true);
    const savedDrafts = (): string[] => {
      tick();
      return [...stored.values()].map(({ draft }) => draft);
    };
    await expect.poll(savedDrafts).toEqual(['precious']);
  });
});

describe('saves that fail', () => {
  /** What was given to be saved, in order; each save ends when it is told. */
  function saving() {
    const saves: { text: string; end: (how: 'kept' | 'failed') => Promise<void> }[] = [];
    const drafts = createDrafts<string>({ after: () => () => undefined }, (_id, text) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = async (how: 'kept' | 'failed'): Promise<void> => {
        if (how === 'kept') resolve();
        else reject(new Error('no link'));
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      };
      saves.push({ text, end });
      return promise;
    });
    const save = (text: string): void => {
      drafts.later('id', text);
      void drafts.saveNow();
    };
    return { drafts, saves, save, texts: () => saves.map(({ text }) => text) };
  }

  test('the newest of two is tried again', async () => {
    const { drafts, saves, save, texts } = saving();
    save('old');
    save('new');
    for (const { end } of [...saves]) await end('failed');
    void drafts.saveNow();
    expect(texts()).toEqual(['old', 'new', 'new']);
  });

  test('an older one is not, once a newer one is kept, nor what was dropped meanwhile', async () => {
    const { drafts, saves, save, texts } = saving();
    save('old');
    save('new');
    await saves[1]?.end('kept');
    await saves[0]?.end('failed');
    save('sent');
    drafts.drop('id');
    await saves[2]?.end('failed');
    void drafts.saveNow();
    expect(texts()).toEqual(['old', 'new', 'sent']);
  });
});

const blank = (id: string, draft: string) => ({ ...emptyConversation(id, '', 0), draft });

test('a new chat reuses an empty one', async () => {
  const { chat, stored } = scripted();
  stored.set('full', askedConversation());
  await chat.reload();
  stored.set('empty', blank('empty', 'old draft'));
  await chat.reload();
  await chat.startNew();
  expect(chat.store.getState()).toMatchObject({ currentId: 'empty', drafts: { empty: 'old draft' } });
  await chat.open('full');
  await chat.startNew();
  expect(chat.store.getState()).toMatchObject({ currentId: 'empty', drafts: { empty: 'old draft' } });
});

describe('a window that comes', () => {
  test('goes on with the new chat that was begun before it, and makes no other', async () => {
    const { chat, stored, tick } = scripted();
    for (const one of [askedConversation(), blank('nothing', ''), blank('begun', 'half a thought')]) stored.set(one.id, one);
    await chat.reload();
    expect(chat.store.getState()).toMatchObject({ currentId: 'begun', drafts: { begun: 'half a thought' } });
    chat.writeDraft('half a thought more');
    tick();
    await expect.poll(() => stored.get('begun')?.draft).toBe('half a thought more');
    expect(stored.size).toBe(3);
  });

  test('goes on with an empty one where nothing was written, and begins with nothing where all were asked in', async () => {
    const { chat, stored } = scripted();
    stored.set('full', askedConversation());
    await chat.reload();
    expect(chat.store.getState().currentId).toBeNull();
    const other = scripted();
    other.stored.set('nothing', blank('nothing', ''));
    await other.chat.reload();
    expect(other.chat.store.getState().currentId).toBe('nothing');
  });

  test('takes nothing from the person who was quicker, nor on a later connection', async () => {
    const { chat, stored } = scripted();
    stored.set('begun', blank('begun', 'half a thought'));
    chat.writeDraft('quick');
    await chat.reload();
    const { currentId, drafts } = chat.store.getState();
    expect(drafts[currentId ?? unsaved]).toBe('quick');
    expect(stored.get('begun')?.draft).toBe('half a thought');
    const other = scripted();
    await other.chat.reload();
    other.stored.set('begun', blank('begun', 'half a thought'));
    await other.chat.reload();
    expect(other.chat.store.getState().currentId).toBeNull();
  });
});

test('what is written into the editor of a message stays until it is closed, wherever the person looks meanwhile', async () => {
  const { chat, stored } = scripted();
  stored.set('full', askedConversation());
  stored.set('other', { ...askedConversation(), id: 'other' });
  await chat.reload();
  await chat.open('full');
  chat.writeEdit('m', 'x, and why');
  await chat.open('other');
  await chat.open('full');
  expect(editOf(chat.store.getState(), 'm')).toBe('x, and why');
  await expect.poll(() => stored.get('full')?.edits).toEqual({ m: 'x, and why' });
  chat.writeEdit('m', null);
  await expect.poll(() => stored.get('full')?.edits).toEqual({});
  expect(editOf(chat.store.getState(), 'm')).toBeNull();
});

test('a begun edit and the machine that was picked are there in the next window, of a new chat too', async () => {
  const { chat, stored, tick } = scripted();
  const desk = { peerId: 'id-DESK', name: 'DESK' };
  stored.set('full', askedConversation());
  await chat.reload();
  await chat.open('full');
  chat.pick({ machine: desk });
  chat.writeEdit('m', 'x, and w');
  chat.writeEdit('m', 'x, and why');
  tick();
  await expect.poll(() => stored.get('full')).toMatchObject({ machine: desk, edits: { m: 'x, and why' } });
  await chat.startNew();
  // picked again before the node knows the new chat
  chat.pick({ model: 'small' });
  chat.pick({ model: 'large', machine: desk });
  await expect.poll(() => stored.get('id-1')).toMatchObject({ model: 'large', machine: desk });

  const next = scripted();
  for (const one of stored.values()) next.stored.set(one.id, structuredClone(one));
  await next.chat.reload();
  const state = () => next.chat.store.getState();
  expect(state().currentId).toBe('id-1');
  expect([modelOf(state()), machineOf(state())]).toEqual(['large', desk]);
  await next.chat.open('full');
  expect([machineOf(state()), editOf(state(), 'm')]).toEqual([desk, 'x, and why']);
});
