import { describe, expect, test } from 'vitest';
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { swarmChat } from './ask.ts';
import type { Candidate } from './placement.ts';

const hardware = {
  os: '',
  arch: '',
  cpu: { model: '', cores: null },
  ram: { totalMb: null, freeMb: null },
  gpus: [],
  load: null,
  battery: null,
};
const leads: Offer['leads'] = {
  models: [{ name: 'tiny', loaded: true }],
  slots: { total: 1, free: 1 },
  waiting: 0,
  maxWaiting: 4,
  engine: { kind: 'fake', device: { kind: 'cpu', name: '', why: '' } },
};
const node = (name: string, local = false): Candidate => ({
  peerId: name,
  name,
  local,
  connected: true,
  latencyMs: 1,
  offer: { revision: 1, name, version: '1', role: 'leader', hardware, leads },
});
const request: ChatRequest = { id: '00000000-0000-4000-8000-000000000000', messages: [{ role: 'user', content: 'hi' }], parameters: {} };
const done = (tokens = 3): ChatChunk => ({
  kind: 'done',
  reason: 'stop',
  model: 'tiny',
  figures: { tokens, tokensPerSecond: 999, timeToFirstTokenMs: 999 },
});

/** A step is a chunk to yield, a failure to throw, or ms that pass. */
type Step = ChatChunk | Error | number;

function swarm(scripts: Record<string, Step[]>, options: { pinned?: string; local?: string } = {}) {
  let now = 0;
  const asked: { who: string; request: ChatRequest }[] = [];
  const answer = async function* (who: string, asking: ChatRequest): AsyncGenerator<ChatChunk> {
    asked.push({ who, request: asking });
    for (const step of scripts[who] ?? []) {
      if (typeof step === 'number') now += step;
      else if (step instanceof Error) throw step;
      else yield step;
    }
  };
  const chat: Chat = swarmChat({
    candidates: () => Object.keys(scripts).map((name) => node(name, name === options.local)),
    local: (asking) => answer(options.local ?? '', asking),
    remote: (peerId, asking) => answer(peerId, asking),
    now: () => now,
    ...(options.pinned === undefined ? {} : { pinned: options.pinned }),
  });
  return { chat, asked };
}

async function run(chat: Chat, signal = new AbortController().signal): Promise<{ chunks: ChatChunk[]; error: unknown }> {
  const chunks: ChatChunk[] = [];
  try {
    for await (const chunk of chat(request, signal)) chunks.push(chunk);
    return { chunks, error: null };
  } catch (error) {
    return { chunks, error };
  }
}
const text = (content: string): ChatChunk => ({ kind: 'text', text: content });
const kinds = (chunks: ChatChunk[]): string =>
  chunks.map((chunk) => (chunk.kind === 'placed' ? `placed:${chunk.placement.leader.name}` : chunk.kind)).join(' ');

describe('a question through the swarm', () => {
  test('is placed, relayed, and measured by the asker', async () => {
    const { chat, asked } = swarm({ a: [50, text('x'), 100, text('y'), 100, text('z'), done()] });
    const { chunks, error } = await run(chat);
    expect(error).toBeNull();
    expect(kinds(chunks)).toBe('placed:a text text text done');
    expect(chunks.at(-1)).toMatchObject({ figures: { tokens: 3, tokensPerSecond: 10, timeToFirstTokenMs: 50 } });
    expect(asked[0]?.request.model).toBe('tiny');
  });

  test.each(['leader-lost', 'queue-full', 'draining', 'engine-crashed', 'model-missing'] as const)(
    'goes to the next one after %s before any text',
    async (code) => {
      const { chat } = swarm({ a: [{ kind: 'queued', position: 1 }, 20, new Failure(code, 'no')], b: [text('x'), done()] });
      const { chunks, error } = await run(chat);
      expect(error).toBeNull();
      expect(kinds(chunks)).toBe('placed:a queued placed:b text done');
      // the person waited through both
      expect(chunks.at(-1)).toMatchObject({ figures: { timeToFirstTokenMs: 20 } });
    },
  );

  test('after the first text a failure ends the answer', async () => {
    const { chat, asked } = swarm({ a: [text('x'), new Failure('leader-lost', 'gone')], b: [text('y'), done()] });
    const { chunks, error } = await run(chat);
    expect(kinds(chunks)).toBe('placed:a text');
    expect(error).toMatchObject({ code: 'leader-lost' });
    expect(asked).toHaveLength(1);
  });

  test('a bad question is not asked elsewhere', async () => {
    const { chat, asked } = swarm({ a: [new Failure('prompt-too-long', 'no')], b: [done()] });
    expect((await run(chat)).error).toMatchObject({ code: 'prompt-too-long' });
    expect(asked).toHaveLength(1);
  });

  test('the last failure is told when nobody is left', async () => {
    const { chat, asked } = swarm({ a: [new Failure('queue-full', 'no')], b: [new Failure('engine-crashed', 'no')] });
    expect((await run(chat)).error).toMatchObject({ code: 'engine-crashed' });
    expect(asked.map(({ who }) => who)).toEqual(['a', 'b']);
  });

  test('an answer that just stops was lost', async () => {
    const { chat } = swarm({ a: [text('x')] });
    expect((await run(chat)).error).toMatchObject({ code: 'leader-lost' });
  });

  test('a pinned leader is not replaced', async () => {
    const { chat, asked } = swarm({ a: [done()], b: [new Failure('leader-lost', 'gone')] }, { pinned: 'b' });
    expect((await run(chat)).error).toMatchObject({ code: 'leader-lost' });
    expect(asked.map(({ who }) => who)).toEqual(['b']);
  });

  test('this machine is asked without the network', async () => {
    const { chat } = swarm({ me: [text('x'), done()] }, { local: 'me' });
    const { chunks } = await run(chat);
    expect(chunks[0]).toMatchObject({ kind: 'placed', placement: { local: true } });
  });

  test('what a leader says about placement is not believed', async () => {
    const lie: ChatChunk = {
      kind: 'placed',
      placement: { leader: { peerId: 'x', name: 'x' }, model: 'x', local: true, reason: 'name', candidates: [] },
    };
    const { chat } = swarm({ a: [lie, text('x'), done()] });
    expect(kinds((await run(chat)).chunks)).toBe('placed:a text done');
  });

  test('cancel is not a failure and asks nobody else', async () => {
    const stop = new AbortController();
    const { chat, asked } = swarm({ a: [new Failure('leader-lost', 'gone')], b: [done()] });
    const chunks: ChatChunk[] = [];
    const running = (async () => {
      for await (const chunk of chat(request, stop.signal)) {
        chunks.push(chunk);
        stop.abort();
      }
    })();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect([kinds(chunks), asked.length]).toEqual(['placed:a', 1]);
  });
});
