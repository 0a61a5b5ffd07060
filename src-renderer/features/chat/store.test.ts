import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../../src-shared/chat.ts';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { askedConversation, chunks, done, figures, idle, lastMessage, scripted } from './scripted-chat.ts';
import type { Scripted } from './scripted-chat.ts';
import { titleOf } from './run.ts';
import { machineOf, unsaved } from './state.ts';

describe('sending', () => {
  test('makes the conversation, asks, and keeps text and figures', async () => {
    const { chat, calls, answer } = scripted();
    answer(() => chunks([{ kind: 'reading' }, { kind: 'text', text: 'Hel' }, { kind: 'text', text: 'lo' }, done]));
    chat.writeDraft('  What is it?  ');
    chat.send();
    await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('done');
    expect(lastMessage(chat)).toMatchObject({ content: 'Hello', answer: { model: 'm', figures } });
    expect(calls.find(([name]) => name === 'create')).toEqual(['create', { id: 'id-1', title: 'What is it?' }]);
    expect(calls.find(([name]) => name === 'send')?.[1]).toMatchObject({ id: 'id-1', content: 'What is it?' });
    expect(chat.store.getState().drafts['id-1']).toBe('');
  });

  test('a new conversation starts as the person wants new ones, unless it was told otherwise', async () => {
    const usual = { system: 'In verse.', parameters: { think: 'off' as const } };
    const { chat, calls, stored, answer } = scripted(usual);
    answer(() => chunks([done]));
    chat.writeDraft('One');
    chat.send();
    await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('done');
    expect(stored.get('id-1')).toMatchObject(usual);
    expect(chat.store.getState().conversation).toMatchObject(usual);
    await chat.startNew();
    chat.tune({ system: '', parameters: {} });
    chat.writeDraft('Two');
    chat.send();
    await expect.poll(() => calls.filter(([name]) => name === 'send')).toHaveLength(2);
    expect([...stored.values()].at(-1)).toMatchObject({ system: '', parameters: {} });
  });

  test('an answer ends in one change, so that it is drawn once for it', async () => {
    const { chat, answer } = scripted();
    answer(() => chunks([{ kind: 'text', text: 'Hello' }, done]));
    const between: unknown[] = [];
    chat.store.subscribe(({ runs, conversation }) => {
      const state = conversation?.messages.at(-1)?.answer?.state;
      if (conversation !== null && Object.keys(runs).length > 0 === (state === 'done')) between.push(state);
    });
    chat.writeDraft('q');
    chat.send();
    await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('done');
    // before it is asked there is neither
    expect(between.filter((state) => state !== undefined)).toEqual(['streaming']);
  });

  test('a failure keeps the partial text; retry asks the same question with a new answer', async () => {
    const { chat, calls, answer } = scripted();
    answer(async function* () {
      yield { kind: 'text', text: 'half' };
      throw new Failure('leader-lost', 'gone');
    });
    chat.writeDraft('q');
    chat.send();
    await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('failed');
    expect(lastMessage(chat)).toMatchObject({ content: 'half', answer: { failure: { code: 'leader-lost' } } });
    answer(() => chunks([{ kind: 'text', text: 'whole' }, done]));
    chat.retry();
    await expect.poll(() => lastMessage(chat)?.content).toBe('whole');
    const sends = calls
      .filter(([name]) => name === 'send')
      .map(([, input]) => input as { questionId: string; answerId: string; content?: string });
    expect(sends[1]).not.toHaveProperty('content');
    expect(sends[1]?.questionId).toBe(sends[0]?.questionId);
    expect(sends[1]?.answerId).not.toBe(sends[0]?.answerId);
    expect(chat.store.getState().conversation?.messages).toHaveLength(2);
  });

  test('stop ends it as stopped, and nothing that comes later is drawn', async () => {
    const { chat, answer } = scripted();
    answer(async function* (signal) {
      yield { kind: 'text', text: 'so far' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield { kind: 'text', text: ' LATE' };
    });
    chat.writeDraft('q');
    chat.send();
    await expect.poll(() => Object.values(chat.store.getState().runs)[0]?.text).toBe('so far');
    chat.stop();
    await idle(chat);
    expect(lastMessage(chat)).toMatchObject({ content: 'so far', answer: { state: 'stopped', failure: null } });
  });

  test('an empty box sends nothing', () => {
    const { chat, calls } = scripted();
    chat.writeDraft('   ');
    chat.send();
    expect(calls).toEqual([]);
  });
});

describe('an answer that broke off', () => {
  const machine = (name: string) => ({ peerId: `id-${name}`, name });
  const placed = (name: string): ChatChunk => ({
    kind: 'placed',
    placement: { leader: machine(name), model: 'm', local: false, reason: 'speed', candidates: [] },
  });
  const half: (failure: Failure) => () => AsyncIterable<ChatChunk> = (failure) =>
    async function* () {
      yield placed('DESK');
      yield { kind: 'text', text: 'half an ' };
      throw failure;
    };
  const broken = async (scene: Scripted): Promise<void> => {
    scene.answer(half(new Failure('leader-lost', 'gone')));
    scene.chat.writeDraft('q');
    scene.chat.send();
    await expect.poll(() => lastMessage(scene.chat)?.answer?.state).toBe('failed');
  };

  test('goes on in the same message, after the text that is there; the route has both machines', async () => {
    const scene = scripted();
    await broken(scene);
    const answerId = lastMessage(scene.chat)?.id;
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    scene.answer(async function* () {
      await gate;
      yield placed('STUDIO');
      yield { kind: 'text', text: 'answer' };
      yield done;
    });
    scene.chat.resume(false);
    // What was there stays in sight from the first moment on.
    expect(Object.values(scene.chat.store.getState().runs)[0]).toMatchObject({ text: 'half an ', phase: { kind: 'sending' } });
    go();
    await expect.poll(() => lastMessage(scene.chat)?.answer?.state).toBe('done');
    expect(lastMessage(scene.chat)).toMatchObject({ id: answerId, content: 'half an answer', answer: { failure: null } });
    expect(lastMessage(scene.chat)?.answer?.route?.map(({ leader, from }) => [leader.name, from])).toEqual([
      ['DESK', 0],
      ['STUDIO', 8],
    ]);
    expect(scene.calls.find(([name]) => name === 'continue')?.[1]).toEqual({ id: 'id-1', answerId, shown: 8, wait: false });
    expect(scene.chat.store.getState().conversation?.messages).toHaveLength(2);
  });

  test('waits for a machine when asked to, and can be stopped then with its text kept', async () => {
    const scene = scripted();
    await broken(scene);
    scene.answer(async function* (signal) {
      yield { kind: 'waiting', code: 'no-leader' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    scene.chat.resume(true);
    await expect.poll(() => Object.values(scene.chat.store.getState().runs)[0]?.phase.kind).toBe('waiting');
    scene.chat.stop();
    await idle(scene.chat);
    expect(lastMessage(scene.chat)).toMatchObject({ content: 'half an ', answer: { state: 'stopped', failure: null, model: 'm' } });
    expect(scene.calls.find(([name]) => name === 'continue')?.[1]).toMatchObject({ wait: true });
  });

  test('that cannot go on fails again, with its text', async () => {
    const scene = scripted();
    await broken(scene);
    scene.answer(() => {
      throw new Failure('no-leader', 'nobody');
    });
    scene.chat.resume(false);
    await expect.poll(() => lastMessage(scene.chat)?.answer?.failure?.code).toBe('no-leader');
    expect(lastMessage(scene.chat)?.content).toBe('half an ');
  });

  test('that the node knows otherwise is read again', async () => {
    const scene = scripted();
    await broken(scene);
    const message = lastMessage(scene.chat);
    const stored = scene.stored.get('id-1');
    if (message?.answer === undefined || stored === undefined) throw new Error('there is no answer');
    stored.messages = [{ ...message, content: 'half', answer: { ...message.answer, state: 'interrupted', failure: null } }];
    scene.answer(() => {
      throw new Failure('bad-request', 'more is shown than was stored');
    });
    scene.chat.resume(false);
    await expect.poll(() => lastMessage(scene.chat)?.content).toBe('half');
  });

  test('one that is complete does not go on', async () => {
    const scene = scripted();
    scene.answer(() => chunks([{ kind: 'text', text: 'all' }, done]));
    scene.chat.writeDraft('q');
    scene.chat.send();
    await expect.poll(() => lastMessage(scene.chat)?.answer?.state).toBe('done');
    scene.chat.resume(false);
    expect(scene.calls.map(([name]) => name)).not.toContain('continue');
  });
});

const desk = { peerId: 'id-DESK', name: 'DESK' };

test('a machine that was picked gets the questions of its conversation, and none of another', async () => {
  const { chat, calls, answer } = scripted();
  answer(() => chunks([{ kind: 'text', text: 'yes' }, done]));
  chat.pick({ machine: desk });
  for (const question of ['first', 'second', 'elsewhere']) {
    if (question === 'elsewhere') await chat.startNew();
    chat.writeDraft(question);
    chat.send();
    await idle(chat);
    await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('done');
  }
  const peers = calls.filter(([name]) => name === 'send').map(([, input]) => (input as { peer?: string }).peer);
  expect(peers).toEqual(['id-DESK', 'id-DESK', undefined]);
});

test('a machine that was picked stays so while another conversation is looked at, and for what comes of this one', async () => {
  const { chat, stored, tick } = scripted();
  for (const id of ['one', 'two']) stored.set(id, { ...askedConversation(), id, title: id });
  await chat.reload();
  const picked = () => machineOf(chat.store.getState())?.peerId ?? null;
  await chat.open('one');
  chat.pick({ machine: desk });
  await chat.open('two');
  expect(picked()).toBeNull();
  await chat.open('one');
  expect(picked()).toBe('id-DESK');
  chat.askAnew('m');
  expect(picked()).toBe('id-DESK');
  tick();
  await expect.poll(() => chat.store.getState().currentId).toBe('id-1');
  expect(picked()).toBe('id-DESK');
  chat.pick({ machine: null });
  await chat.open('one');
  expect(picked()).toBe('id-DESK');
});

test('a question that was too long goes into a new chat, told and sampled as the old one, with nothing sent yet', async () => {
  const { chat, calls, stored, answer, tick } = scripted();
  answer(() => chunks([{ kind: 'text', text: 'yes' }, done]));
  chat.pick({ model: 'small' });
  chat.tune({ system: 'Be brief.', parameters: { seed: 7 } });
  chat.writeDraft('why?');
  chat.send();
  await idle(chat);
  await expect.poll(() => lastMessage(chat)?.answer?.state).toBe('done');
  const question = chat.store.getState().conversation?.messages[0];
  chat.askAnew(question?.id ?? '');
  expect(chat.store.getState()).toMatchObject({
    currentId: null,
    conversation: null,
    drafts: { [unsaved]: 'why?' },
    unsavedModel: 'small',
  });
  tick();
  await expect
    .poll(() => chat.store.getState().conversation)
    .toMatchObject({ model: 'small', system: 'Be brief.', parameters: { seed: 7 } });
  await expect.poll(() => [...stored.values()].at(-1)?.draft).toBe('why?');
  expect(calls.filter(([name]) => name === 'send')).toHaveLength(1);
});

describe('a conversation that was removed comes back', () => {
  const kept = async (): Promise<Scripted> => {
    const scene = scripted();
    for (const id of ['a', 'b']) scene.stored.set(id, emptyConversation(id, id, 0));
    await scene.chat.reload();
    await scene.chat.open('a');
    return scene;
  };
  const opened = ({ chat }: Scripted): (string | null)[] => [
    chat.store.getState().currentId,
    chat.store.getState().conversation?.id ?? null,
  ];

  test('open, as it was', async () => {
    const scene = await kept();
    await scene.chat.remove('a');
    expect(opened(scene)).toEqual([null, null]);
    await scene.chat.restore('a');
    expect(opened(scene)).toEqual(['a', 'a']);
  });

  test('closed, when it was, and when the person turned to another or wrote since', async () => {
    const scene = await kept();
    await scene.chat.remove('b');
    await scene.chat.restore('b');
    expect(opened(scene)).toEqual(['a', 'a']);
    await scene.chat.remove('a');
    await scene.chat.open('b');
    await scene.chat.restore('a');
    expect(opened(scene)).toEqual(['b', 'b']);
    await scene.chat.remove('b');
    scene.chat.writeDraft('something new');
    await scene.chat.restore('b');
    expect(scene.chat.store.getState().drafts[unsaved]).toBe('something new');
    expect(opened(scene)).toEqual([null, null]);
  });
});

test('titles are the first line, cut between words', () => {
  expect(titleOf('\n Hello  there\nmore')).toBe('Hello there');
  expect(titleOf(`${'word '.repeat(30)}`)).toMatch(/^(word ){11}word…$|^(word )+word…$/);
  expect(titleOf('x'.repeat(100))).toBe(`${'x'.repeat(60)}…`);
});

test('a page that is loaded anew opens what was open in it, if that is still there', async () => {
  for (const [before, opened] of [
    ['full', 'full'],
    ['gone', null],
    [null, null],
  ] as const) {
    const { chat, stored } = scripted(undefined, before);
    stored.set('full', askedConversation());
    await chat.reload();
    expect(chat.store.getState().currentId).toBe(opened);
    expect(chat.store.getState().conversation?.id ?? null).toBe(opened);
    // a later link changes nothing
    await chat.startNew();
    await chat.reload();
    expect(chat.store.getState().currentId).toBeNull();
  }
});
