import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chatParameters, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { conversationPatch, emptyConversation, type Conversation, type Message } from '../../src-shared/conversation.ts';
import { Failure } from '../../src-shared/failure.ts';
import { summarising } from './summarising.ts';

const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 2, tokensPerSecond: 1, timeToFirstTokenMs: 1 } };
const facts = { state: 'done' as const, placement: null, model: 'tiny', figures: null, failure: null };

function scene(texts: readonly string[], answer: (at: number, signal: AbortSignal) => AsyncIterable<ChatChunk>) {
  const messages = texts.map((content, at): Message => {
    const role = at % 2 === 0 ? 'user' : 'assistant';
    return { id: randomUUID(), parent: null, role, content, createdAt: 0, ...(role === 'user' ? {} : { answer: facts }) };
  });
  const old: Conversation = { ...emptyConversation(randomUUID(), 'Sky', 0), messages, parameters: { seed: 3 }, folder: 'Physics' };
  const made = new Map<string, Conversation>([[old.id, old]]);
  const contents = new Map<string, string>();
  const asked: (ChatRequest & { peer: string | undefined })[] = [];
  const summarise = summarising({
    conversations: {
      get: (id) => made.get(id) ?? old,
      create: (id, title) => void made.set(id, emptyConversation(id, title, 1)),
      attached: (_id, attachmentId) => contents.get(attachmentId) ?? '',
      update: (id, patch) => void made.set(id, { ...(made.get(id) ?? old), ...(patch as Partial<Conversation>) }),
    },
    ask(request, peer, signal) {
      asked.push({ ...request, peer });
      return answer(asked.length, signal);
    },
  });
  const newId = randomUUID();
  const run = (contextTokens = 4096, signal = new AbortController().signal, id = old.id, to = newId) =>
    summarise({ id, newId: to, contextTokens, peer: 'desk' }, signal);
  return { old, made, asked, contents, newId, run };
}
async function* says(...texts: string[]): AsyncGenerator<ChatChunk> {
  for (const text of texts) yield { kind: 'text', text };
  yield done;
}

describe('a summary', () => {
  test('is what a new conversation begins with, which is told and sampled as the old one', async () => {
    const { old, made, asked, newId, run } = scene(['why blue?', '<think>hm</think>Rayleigh.'], () =>
      says('<think>so', '</think>', ' Blue: Rayleigh. '),
    );
    old.system = 'Be brief.';
    await run();
    expect(made.get(newId)).toMatchObject({
      title: 'Sky',
      system: 'Be brief.\n\nWhat was said before, in short:\nBlue: Rayleigh.',
      continues: old.id,
      folder: 'Physics',
      parameters: { seed: 3 },
    });
    expect(asked).toMatchObject([{ peer: 'desk', model: 'tiny', parameters: { temperature: 0, think: 'off', maxTokens: 819 } }]);
    const content = asked[0]?.messages[0]?.content ?? '';
    expect(content).toContain('Question: why blue?\n\nAnswer: Rayleigh.');
    expect(content).not.toContain('hm');
  });

  test('is not made of a conversation that nothing was asked in: no model is asked, and nothing begins', async () => {
    const { made, asked, run } = scene([], () => says('Of nothing.'));
    await expect(run()).rejects.toMatchObject({ code: 'bad-request' });
    expect([asked.length, made.size]).toEqual([0, 1]);
  });

  test('is made of what was attached too: texts whole, in pieces that fit, pictures by their names', async () => {
    const { old, asked, contents, run } = scene(['what is the rent?', '800.', 'and the flat?', 'Small.'], () => says('So.'));
    const [lease, photo] = [randomUUID(), randomUUID()];
    const words = Array.from({ length: 600 }, (_, at) => `clause${at}`);
    contents.set(lease, `<think>${words.join(' ')}`);
    Object.assign(old.messages[0] ?? {}, {
      attachments: [{ kind: 'pdf', id: lease, name: 'lease.pdf', bytes: 9, characters: 9, pages: 2 }],
    });
    Object.assign(old.messages[2] ?? {}, { attachments: [{ kind: 'image', id: photo, name: 'flat.jpg', bytes: 9, width: 1, height: 1 }] });
    await run(2048);
    const read = asked.map(({ messages }) => messages[0]?.content ?? '');
    expect(read.length).toBeGreaterThan(1);
    expect(read[0]).toContain('<document name="lease.pdf">');
    const pieces = read.map((one) => /Conversation:\n([^]*)\n\nSummarise/.exec(one)?.[1] ?? '').join('');
    expect(pieces.replaceAll(/\s/g, '')).toContain(`<think>${words.join('')}</document>whatistherent?`);
    expect(pieces).toContain('<document name="flat.jpg">\n(a picture)\n</document>');
    expect(asked.flatMap(({ messages }) => messages).every(({ images }) => images === undefined)).toBe(true);
  });

  test('of a long conversation is made in pieces that fit, with nothing left out', async () => {
    const words = Array.from({ length: 3000 }, (_, at) => `word${at}`);
    const { asked, made, newId, run } = scene(['one', 'two', words.join(' '), 'four ünïcödé'], (at) => says(`summary ${at}`));
    await run(1024);
    for (const { messages } of asked) expect(Buffer.byteLength(messages[0]?.content ?? '') / 3).toBeLessThan(1024 - 204);
    const pieces = asked.map(({ messages }) => /Conversation:\n([^]*)\n\nSummarise/.exec(messages[0]?.content ?? '')?.[1] ?? '');
    expect(pieces.join('').replaceAll(/\s/g, '')).toBe(`Question:oneAnswer:twoQuestion:${words.join('')}Answer:fourünïcödé`);
    expect(asked[1]?.messages[0]?.content).toContain('Summary of what came before:\nsummary 1\n');
    expect(made.get(newId)?.system).toContain(`summary ${asked.length}`);
  });

  test('of a long conversation is cut between characters', async () => {
    const { asked, run } = scene([`${'x'.repeat(95)}${'🙂'.repeat(200)}`, `${'🙂'.repeat(200)}`], () => says('so'));
    await run(512);
    expect(asked.length).toBeGreaterThan(2);
    for (const { messages } of asked) expect(messages[0]?.content.isWellFormed()).toBe(true);
  });

  test('is asked and kept within what a request and a conversation hold', async () => {
    const { old, made, asked, newId, run } = scene(['why?', 'So.'], () => says('🙂'.repeat(200_000)));
    old.system = 'Be brief!';
    await run(1_048_576);
    expect(chatParameters.safeParse(asked[0]?.parameters).success).toBe(true);
    const { system = '' } = made.get(newId) ?? {};
    expect(conversationPatch.safeParse({ id: newId, system }).success).toBe(true);
    expect(system.length).toBeGreaterThan(199_990);
    expect(system.isWellFormed()).toBe(true);
  });

  test('for which there is no room beside what the model is told is not begun', async () => {
    const { old, asked, run } = scene(['why?', 'So.'], () => says('so'));
    old.system = 'x'.repeat(200_000);
    await expect(run()).rejects.toMatchObject({ code: 'prompt-too-long' });
    expect(asked).toEqual([]);
  });

  test('of one that began with a summary begins with that, and does not pile up', async () => {
    const { old, made, asked, run } = scene(['and green?', 'No.'], (at) => says(`summary ${at}`));
    old.system = 'Be brief.\n\nWhat was said before, in short:\nOld sky.';
    const next = randomUUID();
    await run(4096, undefined, old.id, next);
    expect(asked[0]?.messages[0]?.content).toContain('Summary of what came before:\nOld sky.');
    expect(made.get(next)?.system).toBe('Be brief.\n\nWhat was said before, in short:\nsummary 1');
  });

  test('that nobody writes makes no conversation', async () => {
    const failing = scene(['why?', 'So.'], async function* () {
      yield await Promise.reject<ChatChunk>(new Failure('no-leader', 'nobody'));
    });
    await expect(failing.run()).rejects.toMatchObject({ code: 'no-leader' });
    const mute = scene(['why?', 'So.'], () => says('<think>and on'));
    await expect(mute.run()).rejects.toMatchObject({ code: 'engine-failed' });
    const stop = new AbortController();
    const stopped = scene(['why?', 'So.'], async function* () {
      stop.abort();
      yield* says('late');
    });
    await expect(stopped.run(4096, stop.signal)).rejects.toThrow();
    for (const { made, newId } of [failing, mute, stopped]) expect(made.has(newId)).toBe(false);
  });

  test('that does not end is heard to the end of what a model could write', async () => {
    let pulled = 0;
    const { made, newId, run } = scene(['why?', 'So.'], async function* () {
      for (;;) {
        pulled += 1;
        yield { kind: 'text', text: 'x'.repeat(10_000) };
      }
    });
    await run(512);
    expect(pulled).toBe(2);
    expect(made.get(newId)?.system.length).toBeLessThan(30_000);
  });
});
