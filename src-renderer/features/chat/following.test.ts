import { describe, expect, test } from 'vitest';
import { emptyConversation, type Conversation, type Message } from '../../../src-shared/conversation.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { chunks, done, lastMessage, scripted, type Scripted } from './scripted-chat.ts';
import { unsaved } from './state.ts';

const message = (id: string, role: Message['role'], content: string): Message => ({ id, parent: null, role, content, createdAt: 0 });

/** A conversation on the node, as another window left it. */
function elsewhere({ stored }: Scripted, id: string, change: Partial<Conversation> = {}): Conversation {
  const conversation = { ...(stored.get(id) ?? emptyConversation(id, id, 0)), ...change };
  stored.set(id, conversation);
  return conversation;
}
const titles = ({ chat }: Scripted) => chat.store.getState().summaries?.map(({ title }) => title);
const texts = ({ chat }: Scripted) => chat.store.getState().conversation?.messages.map(({ content }) => content);

/** A window that follows a node with one conversation, which is open. */
async function following(): Promise<Scripted> {
  const scene = scripted();
  elsewhere(scene, 'a', { messages: [message('q', 'user', 'Why?')], draft: 'half' });
  void scene.chat.follow(new AbortController().signal);
  await expect.poll(() => titles(scene)).toEqual(['a']);
  await scene.chat.open('a');
  return scene;
}

describe('what changes elsewhere', () => {
  test('comes into the list, and into the open conversation; what is as it was keeps its identity', async () => {
    const scene = await following();
    const [before] = scene.chat.store.getState().conversation?.messages ?? [];
    elsewhere(scene, 'b', { updatedAt: 5 });
    scene.news(['b']);
    await expect.poll(() => titles(scene)).toEqual(['b', 'a']);
    expect(texts(scene)).toEqual(['Why?']);
    elsewhere(scene, 'a', { title: 'named', messages: [message('q', 'user', 'Why?'), message('r', 'assistant', 'So.')] });
    scene.news(['a']);
    await expect.poll(() => texts(scene)).toEqual(['Why?', 'So.']);
    expect(scene.chat.store.getState().conversation?.title).toBe('named');
    expect(scene.chat.store.getState().conversation?.messages[0]).toBe(before);
    scene.stored.clear();
    elsewhere(scene, 'a');
    // any of them
    scene.news([]);
    await expect.poll(() => texts(scene)).toEqual([]);
  });

  test('of another one that is open nothing is read again', async () => {
    const scene = await following();
    elsewhere(scene, 'b');
    const reads = () => scene.calls.filter(([name]) => name === 'get').length;
    const before = reads();
    scene.news(['b']);
    await expect.poll(() => titles(scene)?.length).toBe(2);
    expect(reads()).toBe(before);
  });

  test('does not touch what was typed here, and takes away what was sent there', async () => {
    const scene = await following();
    const draft = () => scene.chat.store.getState().drafts['a'];
    expect(draft()).toBe('half');
    elsewhere(scene, 'a', { draft: '', messages: [message('q', 'user', 'Why?'), message('s', 'user', 'half')] });
    scene.news(['a']);
    await expect.poll(() => texts(scene)?.length).toBe(2);
    expect(draft()).toBe('');
    scene.chat.writeDraft('mine');
    elsewhere(scene, 'a', { draft: 'theirs', messages: [] });
    scene.news(['a']);
    await expect.poll(() => texts(scene)).toEqual([]);
    expect(draft()).toBe('mine');
  });

  test('of begun edits is taken message by message', async () => {
    const scene = await following();
    const edits = () => scene.chat.store.getState().edits['a'];
    scene.chat.writeEdit('q', 'mine');
    elsewhere(scene, 'a', { edits: { r: 'theirs' } });
    scene.tick();
    // saved without a word of what the other window began
    await expect.poll(() => scene.stored.get('a')?.edits).toEqual({ q: 'mine', r: 'theirs' });
    elsewhere(scene, 'a', { title: 'named' });
    scene.news(['a']);
    await expect.poll(edits).toEqual({ q: 'mine', r: 'theirs' });
    // sent there; and here one goes on with one's own
    elsewhere(scene, 'a', { title: 'again', edits: { q: 'mine' } });
    scene.chat.writeEdit('q', 'mine, longer');
    scene.news(['a']);
    await expect.poll(edits).toEqual({ q: 'mine, longer' });
    scene.chat.writeEdit('q', null);
    await expect.poll(() => scene.stored.get('a')?.edits).toEqual({});
    expect(edits()).toEqual({});
  });

  test('never comes between an answer and this window', async () => {
    const scene = await following();
    let goOn: () => void = () => undefined;
    const later = new Promise<void>((resolve) => (goOn = resolve));
    scene.answer(async function* () {
      yield { kind: 'text', text: 'So' };
      await later;
      yield* chunks([{ kind: 'text', text: '.' }, done]);
    });
    scene.chat.writeDraft('And?');
    scene.chat.send();
    await expect.poll(() => scene.chat.store.getState().runs['a']?.text).toBe('So');
    const count = (call: string): number => scene.calls.filter(([name]) => name === call).length;
    const [lists, reads] = [count('list'), count('get')];
    scene.news(['a']);
    await expect.poll(() => count('list')).toBeGreaterThan(lists);
    goOn();
    await expect.poll(() => texts(scene)?.at(-1)).toBe('So.');
    expect(count('get')).toBe(reads);
  });

  test('that was read while something was done here is read once more', async () => {
    const scene = await following();
    elsewhere(scene, 'a', { title: 'theirs' });
    // it changes here in the moment of reading
    const push = scene.calls.push.bind(scene.calls);
    scene.calls.push = (call) => {
      if (call[0] === 'get') {
        scene.calls.push = push;
        queueMicrotask(() => scene.chat.tune({ system: 'In verse.', parameters: {} }));
      }
      return push(call);
    };
    const shownSystems: unknown[] = [''];
    scene.chat.store.subscribe(({ conversation }) => {
      if (conversation !== null && conversation.system !== shownSystems.at(-1)) shownSystems.push(conversation.system);
    });
    scene.news(['a']);
    await expect.poll(() => scene.chat.store.getState().conversation?.system).toBe('In verse.');
    await expect.poll(() => scene.calls.filter(([name]) => name === 'update').length).toBe(1);
    scene.tick();
    await expect.poll(() => scene.chat.store.getState().conversation?.title).toBe('theirs');
    expect(shownSystems).toEqual(['', 'In verse.']);
  });

  test('that was read while a question was sent here does not take it away', async () => {
    const scene = await following();
    const goOn = scene.holdRead();
    // as when a link comes
    const reloaded = scene.chat.reload();
    const reads = () => scene.calls.filter(([name]) => name === 'get').length;
    await expect.poll(reads).toBe(2);
    scene.answer(() => chunks([{ kind: 'text', text: 'So.' }, done]));
    scene.chat.writeDraft('And?');
    scene.chat.send();
    await expect.poll(() => texts(scene)).toEqual(['Why?', 'And?', 'So.']);
    const stored = scene.chat.store.getState().conversation;
    if (stored !== null) elsewhere(scene, 'a', { ...stored, draft: '' });
    goOn();
    await reloaded;
    expect(texts(scene)).toEqual(['Why?', 'And?', 'So.']);
    expect(scene.chat.store.getState().drafts['a']).toBe('');
  });

  test('a conversation that is deleted there is left here, with what was typed', async () => {
    const scene = await following();
    scene.chat.writeDraft('precious');
    scene.stored.delete('a');
    scene.news(['a']);
    await expect.poll(() => scene.chat.store.getState().currentId).toBeNull();
    expect(scene.chat.store.getState()).toMatchObject({ conversation: null, summaries: [], drafts: { [unsaved]: 'precious' } });
  });

  test('an answer that is stopped there was stopped, and has not failed', async () => {
    const scene = await following();
    scene.answer(() => chunks([{ kind: 'text', text: 'So' }]));
    scene.chat.writeDraft('And?');
    scene.chat.send();
    await expect.poll(() => lastMessage(scene.chat)?.answer?.state).toBe('stopped');
    expect(lastMessage(scene.chat)).toMatchObject({ content: 'So', answer: { failure: null } });
  });

  test('an answer from there whose link breaks leaves nothing to be put away: the next link reads it', async () => {
    const scene = await following();
    const answer: Message['answer'] = { state: 'streaming', placement: null, model: null, figures: null, failure: null };
    elsewhere(scene, 'a', { messages: [message('q', 'user', 'Why?'), { ...message('r', 'assistant', 'So'), answer }] });
    const { promise: broken, reject } = Promise.withResolvers<never>();
    scene.answer(async function* () {
      yield { kind: 'text', text: ' it' };
      await broken;
    });
    scene.news(['a']);
    const run = () => scene.chat.store.getState().runs['a'];
    await expect.poll(() => run()?.text).toBe('So it');
    expect(scene.calls.find(([name]) => name === 'continue')?.[1]).toEqual({ id: 'a', answerId: 'r', shown: 2, hear: true });
    const reads = () => scene.calls.filter(([name]) => name === 'list').length;
    const before = reads();
    scene.online(false);
    reject(new Failure('disconnected', 'no link'));
    await expect.poll(run).toBeUndefined();
    await expect.poll(reads).toBeGreaterThan(before);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect(scene.chat.store.getState().failure).toBeNull();
    scene.online(true);
    elsewhere(scene, 'a', { messages: [message('q', 'user', 'Why?'), message('r', 'assistant', 'So it is.')] });
    await scene.chat.reload();
    expect(texts(scene)?.at(-1)).toBe('So it is.');
  });

  test('a link that breaks ends it, and the next one reads all again', async () => {
    const scene = await following();
    scene.news(null);
    elsewhere(scene, 'b', { updatedAt: 9 });
    scene.news([]);
    void scene.chat.follow(new AbortController().signal);
    await expect.poll(() => titles(scene)).toEqual(['b', 'a']);
  });
});
