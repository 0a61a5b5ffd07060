import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../../src-shared/chat.ts';
import { factsOf } from '../../../src-shared/attachment.ts';
import type { CarriedAttachment } from '../../../src-shared/attachment.ts';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import type { Conversation } from '../../../src-shared/conversation.ts';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import type { ChatEdges } from './edges.ts';
import type { Tuning } from '../../../src-shared/settings.ts';
import { titleOf } from './run.ts';
import { unsaved } from './state.ts';
import type { ChatStore } from './state.ts';
import { createChat } from './store.ts';

type Scripted = {
  chat: ChatStore;
  calls: [string, unknown][];
  stored: Map<string, Conversation>;
  answer: (make: (signal: AbortSignal) => AsyncIterable<ChatChunk>) => void;
  tick: () => void;
  online: (yes: boolean) => void;
  /** How files are read from now on. */
  reads: (how: ChatEdges['readFile']) => void;
};

const raise = (): never => {
  throw new Failure('bad-request', 'not what it says');
};

/** A chat over a node that stores what it is told and answers as scripted; timers run by hand, frames at once. usual: what new ones start with */
function scripted(usual: Tuning = { system: '', parameters: {} }): Scripted {
  const calls: [string, unknown][] = [];
  const stored = new Map<string, Conversation>();
  const timers: (() => void)[] = [];
  let online = true;
  let ids = 0;
  let make: (signal: AbortSignal) => AsyncIterable<ChatChunk> = () => chunks([]);
  const call =
    <I, O>(name: string, run: (input: I) => O) =>
    (input: I) => {
      calls.push([name, input]);
      return online ? Promise.resolve(run(input)) : Promise.reject(new Failure('disconnected', 'no link'));
    };
  const conversations = {
    list: call('list', () => [...stored.values()]),
    get: call('get', ({ id }: { id: string }) => structuredClone(stored.get(id))),
    create: call('create', ({ id, title }: { id: string; title: string }) => {
      stored.set(id, emptyConversation(id, title, 0));
    }),
    update: call('update', ({ id, ...change }: { id: string }) => {
      Object.assign(stored.get(id) ?? {}, change);
    }),
    attach: call('attach', ({ id, attachment }: { id: string; attachment: CarriedAttachment }) => {
      stored.get(id)?.attachments.push(factsOf(attachment) ?? raise());
    }),
    detach: call('detach', ({ id, attachmentId }: { id: string; attachmentId: string }) => {
      const conversation = stored.get(id);
      if (conversation !== undefined) conversation.attachments = conversation.attachments.filter((one) => one.id !== attachmentId);
    }),
    attached: call('attached', () => ({ data: 'what is in it' })),
    remove: call('remove', ({ id }: { id: string }) => void stored.delete(id)),
    send: (input: { id: string }, { signal }: { signal: AbortSignal }) => {
      calls.push(['send', input]);
      return online ? Promise.resolve(make(signal)) : Promise.reject(new Failure('disconnected', 'no link'));
    },
    continue: (input: { id: string }, { signal }: { signal: AbortSignal }) => {
      calls.push(['continue', input]);
      return Promise.resolve(make(signal));
    },
  };
  let read: ChatEdges['readFile'] = async (file) => ({ kind: 'text', data: await file.text() });
  const chat = createChat({
    node: () => ({ conversations }) as never,
    newTuning: () => usual,
    newId: () => `id-${++ids}`,
    now: () => 1000,
    frame: (run) => {
      run();
      return () => undefined;
    },
    after: (_ms, run) => {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
    readFile: (file, signal) => read(file, signal),
    failureOf: (error) => toFailure(error).toShape(),
  });
  return {
    chat,
    calls,
    stored,
    answer: (next) => (make = next),
    tick: () => timers.splice(0).forEach((run) => run()),
    online: (yes) => (online = yes),
    reads: (how) => (read = how),
  };
}

async function* chunks(list: ChatChunk[]): AsyncGenerator<ChatChunk> {
  yield* list;
}

const figures = { tokens: 2, tokensPerSecond: 10, timeToFirstTokenMs: 5 };
const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures };
const lastMessage = (chat: ChatStore) => chat.store.getState().conversation?.messages.at(-1);
const idle = (chat: ChatStore) => expect.poll(() => Object.keys(chat.store.getState().runs)).toEqual([]);

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
    await idle(chat);
    expect(stored.get('id-1')).toMatchObject(usual);
    expect(chat.store.getState().conversation).toMatchObject(usual);
    await chat.startNew();
    chat.tune({ system: '', parameters: {} });
    chat.writeDraft('Two');
    chat.send();
    await expect.poll(() => calls.filter(([name]) => name === 'create')).toHaveLength(2);
    await idle(chat);
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

test('a machine that was picked gets the questions of its conversation, and none of another', async () => {
  const { chat, calls, answer } = scripted();
  answer(() => chunks([{ kind: 'text', text: 'yes' }, done]));
  chat.pickMachine('id-DESK');
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

test('a question that was too long goes into a new chat, told and sampled as the old one, with nothing sent yet', async () => {
  const { chat, calls, stored, answer, tick } = scripted();
  answer(() => chunks([{ kind: 'text', text: 'yes' }, done]));
  chat.pickModel('small');
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
      chat.saveDraft();
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

test('a new chat reuses an empty one', async () => {
  const { chat, stored } = scripted();
  stored.set('empty', { ...emptyConversation('empty', '', 0), draft: 'old draft' });
  stored.set('full', {
    ...emptyConversation('full', 'Full', 0),
    updatedAt: 1,
    messages: [{ id: 'm', parent: null, role: 'user', content: 'x', createdAt: 0 }],
  });
  await chat.reload();
  await chat.open('full');
  await chat.startNew();
  expect(chat.store.getState()).toMatchObject({ currentId: 'empty', drafts: { empty: 'old draft' } });
});

test('titles are the first line, cut between words', () => {
  expect(titleOf('\n Hello  there\nmore')).toBe('Hello there');
  expect(titleOf(`${'word '.repeat(30)}`)).toMatch(/^(word ){11}word…$|^(word )+word…$/);
  expect(titleOf('x'.repeat(100))).toBe(`${'x'.repeat(60)}…`);
});

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
