import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../../src-shared/chat.ts';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { chunks, done, idle, lastMessage, scripted } from './scripted-chat.ts';

describe('a conversation that is too long', () => {
  const asked = async () => {
    const world = scripted();
    world.answer(() => chunks([{ kind: 'text', text: 'So.' }, done]));
    world.chat.writeDraft('q');
    world.chat.send();
    await expect.poll(() => lastMessage(world.chat)?.answer?.state).toBe('done');
    return world;
  };

  test('goes on in a new one with a summary, and what stands in the composer goes along', async () => {
    const { chat, calls, tick, stored } = await asked();
    chat.pick({ machine: { peerId: 'desk', name: 'DESK' } });
    chat.writeDraft('and then?');
    chat.summarise(4096);
    await expect.poll(() => chat.store.getState().summarising).toBeNull();
    const { currentId, conversation, drafts } = chat.store.getState();
    expect(calls.find(([name]) => name === 'summarise')?.[1]).toEqual({ id: 'id-1', newId: currentId, contextTokens: 4096, peer: 'desk' });
    expect(conversation).toMatchObject({ system: 'In short.', continues: 'id-1' });
    expect(drafts).toMatchObject({ 'id-1': '', [currentId ?? '']: 'and then?' });
    tick();
    expect(stored.get(currentId ?? '')?.draft).toBe('and then?');
    expect(stored.has('id-1')).toBe(true);
  });

  test('stays as it is when the summary is stopped or fails, and says why it failed', async () => {
    const { chat, summary } = await asked();
    summary((signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
    chat.summarise(4096);
    expect(chat.store.getState().summarising).toBe('id-1');
    chat.stop();
    await expect.poll(() => chat.store.getState().summarising).toBeNull();
    expect(chat.store.getState()).toMatchObject({ currentId: 'id-1', failure: null });
    summary(() => Promise.reject(new Failure('no-leader', 'nobody')));
    chat.summarise(4096);
    await expect.poll(() => chat.store.getState().failure?.code).toBe('no-leader');
    expect(chat.store.getState().currentId).toBe('id-1');
  });

  test('is summarised on when another one is stopped', async () => {
    const { chat, stored, summary } = await asked();
    let signal: AbortSignal | undefined;
    summary((given) => new Promise((_, reject) => (signal = given).addEventListener('abort', () => reject(given.reason))));
    chat.summarise(4096);
    await expect.poll(() => signal).toBeDefined();
    stored.set('other', emptyConversation('other', 'Other', 0));
    await chat.open('other');
    chat.stop();
    expect(signal?.aborted).toBe(false);
    await chat.open('id-1');
    chat.stop();
    await expect.poll(() => chat.store.getState().summarising).toBeNull();
  });

  test.each([
    ['is being answered', true],
    ['was asked on meanwhile', false],
  ])('does not leave the person where it %s', async (_name, still) => {
    const { chat, answer, summary } = await asked();
    const written = Promise.withResolvers<string>();
    summary(() => written.promise);
    chat.summarise(4096);
    const answered = Promise.withResolvers<ChatChunk>();
    answer(async function* () {
      yield { kind: 'text', text: 'Then' };
      yield await answered.promise;
    });
    chat.writeDraft('and then?');
    chat.send();
    await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('streaming');
    if (!still) {
      answered.resolve(done);
      await idle(chat);
    }
    chat.writeDraft('more');
    written.resolve('In short.');
    await expect.poll(() => chat.store.getState().summarising).toBeNull();
    const { currentId, drafts, summaries } = chat.store.getState();
    expect(currentId).toBe('id-1');
    expect(drafts['id-1']).toBe('more');
    expect(summaries).toHaveLength(2);
    answered.resolve(done);
    await idle(chat);
  });

  test('has no summary as long as nothing was asked in it', async () => {
    const { chat, calls, tick } = scripted();
    chat.writeDraft('a thought');
    tick();
    await expect.poll(() => chat.store.getState().currentId).toBe('id-1');
    chat.summarise(4096);
    expect(chat.store.getState().summarising).toBeNull();
    expect(calls.filter(([name]) => name === 'summarise')).toEqual([]);
  });

  test('leaves out what stands before a message, and takes that back', async () => {
    const { chat, stored } = await asked();
    chat.leaveOut('id-9');
    expect(chat.store.getState().conversation?.leftOut).toEqual({ before: 'id-9', at: 1000 });
    await expect.poll(() => stored.get('id-1')?.leftOut?.before).toBe('id-9');
    chat.leaveOut(null);
    await expect.poll(() => stored.get('id-1')?.leftOut?.before).toBeNull();
  });
});
