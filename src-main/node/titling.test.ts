import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { emptyConversation, type Conversation } from '../../src-shared/conversation.ts';
import { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { titleIn, titling } from './titling.ts';

const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 2, tokensPerSecond: 1, timeToFirstTokenMs: 1 } };

function scene(title: string, answer: (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatChunk>, wanted = true) {
  const leader = { peerId: 'desk', name: 'DESK' };
  const placement = { leader, model: 'tiny', local: false, reason: 'speed' as const, candidates: [] };
  const answerFacts = { state: 'done' as const, placement, model: 'tiny', figures: null, failure: null };
  const conversation: Conversation = {
    ...emptyConversation(randomUUID(), title, 0),
    messages: [
      { id: randomUUID(), parent: null, role: 'user', content: 'why  is the sky blue, and not green?', createdAt: 0 },
      { id: randomUUID(), parent: null, role: 'assistant', content: 'Rayleigh scattering.', createdAt: 0, answer: answerFacts },
    ],
  };
  const asked: (ChatRequest & { peer: string })[] = [];
  const clock = handClock();
  const titles = titling({
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    conversations: { get: () => ({ ...conversation }), update: (_, patch) => void Object.assign(conversation, patch) },
    ask(request, peer, signal) {
      asked.push({ ...request, peer });
      return answer(request, signal);
    },
    wanted: () => wanted,
  });
  return { conversation, asked, clock, titles, title: () => titles.title(conversation.id, new AbortController().signal) };
}
async function* says(text: string): AsyncGenerator<ChatChunk> {
  yield { kind: 'text', text };
  yield done;
}
/** Waits until it is aborted. */
async function* silent(signal: AbortSignal): AsyncGenerator<ChatChunk> {
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  yield done;
}

describe('a title', () => {
  test.each(['', 'why is the sky blue, and…', 'why is the sky blue, and not green?'])('replaces the first words: %j', async (title) => {
    const { conversation, asked, title: make } = scene(title, () => says('"Blue Sky."'));
    expect(await make()).toBe('Blue Sky');
    expect(conversation.title).toBe('Blue Sky');
    expect(asked).toMatchObject([{ peer: 'desk', model: 'tiny', parameters: { maxTokens: 32 }, forTitle: true }]);
    expect(await make()).toBe('Blue Sky');
    expect(asked).toHaveLength(1);
  });

  test('of the person stays, and so does everything where the person wants none', async () => {
    const named = scene('My sky', () => says('Blue Sky'));
    expect(await named.title()).toBe('My sky');
    const off = scene('', () => says('Blue Sky'), false);
    expect(await off.title()).toBe('');
    expect([...named.asked, ...off.asked]).toEqual([]);
  });

  test('given while the model writes wins', async () => {
    const { conversation, title } = scene('', async function* () {
      conversation.title = 'Mine';
      yield* says('Blue Sky');
    });
    expect(await title()).toBe('Mine');
  });

  test('is none while there is no whole answer', async () => {
    const { conversation, asked, title } = scene('', () => says('Blue Sky'));
    const answer = conversation.messages[1]?.answer;
    if (answer !== undefined) answer.state = 'failed';
    expect(await title()).toBe('');
    expect(asked).toEqual([]);
  });

  test('that nobody can write leaves the first words', async () => {
    const { title } = scene('why is the sky', async function* () {
      yield await Promise.reject<ChatChunk>(new Failure('no-leader', 'nobody'));
    });
    expect(await title()).toBe('why is the sky');
  });

  test('gives way to a question, does not wait for ever, and is one at a time', async () => {
    const { titles, title, clock, asked } = scene('', (_, signal) => silent(signal));
    const first = title();
    expect(await title()).toBe('');
    expect(asked).toHaveLength(1);
    titles.giveWay();
    expect(await first).toBe('');
    const second = title();
    await clock.run(60_000);
    expect(await second).toBe('');
    expect(asked).toHaveLength(2);
  });
});

test.each([
  ['Blue Sky', 'Blue Sky'],
  ['**Title:** "The Blue Sky"\n\nBecause', 'The Blue Sky'],
  ['„Der blaue Himmel“', 'Der blaue Himmel'],
  ['「青い空」', '青い空'],
  ['The secret word is the word "PLUM".', 'The secret word is the word "PLUM"'],
  ['"PLUM" is the secret word', '"PLUM" is the secret word'],
  ['"Romeo" and "Juliet"', '"Romeo" and "Juliet"'],
  ['„Rot“ und „Blau“', '„Rot“ und „Blau“'],
  ['*“Blue ‘Sky’”.*', 'Blue ‘Sky’'],
  ['"Blue Sky', 'Blue Sky'],
  ["'Tis the sailors' song", "'Tis the sailors' song"],
  ['x'.repeat(61), null],
  ['...', null],
  ['', null],
  ['12', null],
])('in %j is %j', (text, title) => {
  expect(titleIn(text)).toBe(title);
});
