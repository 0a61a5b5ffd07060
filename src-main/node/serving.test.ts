import { expect, test } from 'vitest';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { LedgerEntry } from '../../src-shared/member.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import type { ServedChat } from '../jobs/ports.ts';
import { serving } from './serving.ts';

const request: ChatRequest = {
  id: '0d4c0d1e-5f5a-4a3e-9d51-111111111111',
  messages: [{ role: 'user', content: 'my secret' }],
  parameters: {},
};
const done: ChatChunk = {
  kind: 'done',
  reason: 'stop',
  model: 'm',
  figures: { tokens: 7, promptTokens: 3, tokensPerSecond: 1, timeToFirstTokenMs: 1 },
};
const text: ChatChunk = { kind: 'text', text: 'word' };

function machine(serve: ServedChat, options: { full?: boolean } = {}) {
  const entries: Omit<LedgerEntry, 'number'>[] = [];
  const errors: string[] = [];
  const out = new Map<string, Failure>();
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (message: string) => void errors.push(message),
  };
  const service = serving({
    clock: handClock(),
    log,
    serve,
    refusal: (from) => out.get(from) ?? null,
    nameOf: (from) => from.toUpperCase(),
    write(entry) {
      if (options.full === true) throw new Error('no space');
      entries.push(entry);
    },
  });
  const answer = async (from: string, stop = new AbortController(), asked = request): Promise<unknown> => {
    try {
      for await (const chunk of service.chat(asked, stop.signal, from)) if (chunk.kind === 'done') return 'done';
      return 'ended';
    } catch (error) {
      return error;
    }
  };
  return { service, entries, errors, out, answer };
}
const steps = (...all: (ChatChunk | Error)[]): ServedChat =>
  async function* played() {
    for (const one of all) {
      if (one instanceof Error) throw one;
      yield one;
    }
  };
/** Until it is aborted. */
const endless: ServedChat = async function* (_request, signal) {
  yield text;
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    if (signal.aborted) reject(signal.reason as Error);
  });
};

test('an answer is in the ledger with its figures, and what was asked is not', async () => {
  const { entries, answer } = machine(steps({ kind: 'queued', position: 1 }, text, done));
  expect(await answer('a')).toBe('done');
  expect(entries).toEqual([{ peerId: 'a', name: 'A', model: 'm', at: 0, ms: 0, promptTokens: 3, tokens: 7, outcome: 'done' }]);
  expect(JSON.stringify(entries)).not.toContain('secret');
});

test('a title is told from an answer', async () => {
  const { entries, answer } = machine(steps(text, done));
  await answer('a', undefined, { ...request, forTitle: true });
  await answer('a');
  expect(entries.map(({ forTitle, tokens }) => [forTitle, tokens])).toEqual([
    [true, 7],
    [undefined, 7],
  ]);
});

test('what broke or was stopped is there with what was written; what only waited in line is not', async () => {
  const thought: ChatChunk = { kind: 'thinking', text: 'hm', tokens: [1, 2, 3] };
  const broken = machine(
    steps({ kind: 'loading', model: 'm' }, thought, text, { kind: 'text', text: '' }, text, new Failure('engine-crashed', 'x')),
  );
  expect(await broken.answer('a')).toMatchObject({ code: 'engine-crashed' });
  expect(broken.entries).toMatchObject([{ outcome: 'failed', tokens: 5, promptTokens: 3, model: 'm' }]);
  const waiting = machine(steps({ kind: 'queued', position: 3 }, new Failure('draining', 'x')));
  await waiting.answer('a');
  expect(waiting.entries).toEqual([]);
  const stopped = machine(endless);
  const stop = new AbortController();
  const answer = stopped.answer('a', stop);
  await Promise.resolve();
  stop.abort();
  expect(await answer).toMatchObject({ name: 'AbortError' });
  expect(stopped.entries).toMatchObject([{ outcome: 'stopped', tokens: 1 }]);
});

test('the right is looked at before, and again at each change: only the answers of those who lost it end', async () => {
  const { service, out, answer, entries } = machine(endless);
  out.set('c', new Failure('pending', 'x'));
  expect(await answer('c')).toMatchObject({ code: 'pending' });
  const stop = new AbortController();
  const [first, second] = [answer('a'), answer('b', stop)];
  await new Promise((resolve) => setTimeout(resolve, 0));
  service.recheck();
  out.set('a', new Failure('revoked', 'x'));
  service.recheck();
  expect(await first).toMatchObject({ code: 'revoked' });
  expect(entries).toMatchObject([{ peerId: 'a', outcome: 'stopped' }]);
  stop.abort();
  expect(await second).toMatchObject({ name: 'AbortError' });
});

test('a disk that is full keeps nobody from an answer', async () => {
  const { answer, errors } = machine(steps(text, done), { full: true });
  expect(await answer('a')).toBe('done');
  expect(errors).toHaveLength(1);
});
