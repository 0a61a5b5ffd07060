// A link that breaks a thousand times, anywhere, also in the middle of a frame: the real wire on streams in memory, and a smaller run over
// real connections. Nothing is lost, nothing is doubled, and the leader writes each answer once.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { askOnStream, openingBody } from '../../src-main/network/chat-client.ts';
import { chatServer, type Opening } from '../../src-main/network/chat-protocol.ts';
import { heldAnswers } from '../../src-main/jobs/held-answers.ts';
import type { ServedChat } from '../../src-main/jobs/ports.ts';
import { LinkLost, resuming, type Line, type NumberedChunk } from '../../src-main/swarm/resume.ts';
import { handClock, type HandClock } from '../fakes/hand-clock.ts';
import { streamPair } from '../fakes/stream-pair.ts';
import { percentile, report } from '../report.ts';
import { cleanUp, ending, question, quietLog, startNode, type TestNode } from './network-fixtures.ts';

const figures = report('reliability');
afterEach(cleanUp);
afterAll(() => void figures.write());

/** The same numbers for the same seed: xorshift32. */
function dice(seed: number): (below: number) => number {
  let state = seed || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const wordsOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `w${n}${n % 7 === 0 ? ' 👍 ' : ' '}`);

/** Writes words with their token ids; each takes a while. */
function writer(count: number, pause: (ms: number) => Promise<void>): { serve: ServedChat; asked: () => number; stopped: () => number } {
  let [asked, stopped] = [0, 0];
  const serve: ServedChat = async function* (_request, signal) {
    asked += 1;
    let over = false;
    try {
      yield { kind: 'reading', progress: 1 };
      yield { kind: 'began', model: 'm', digest: 'f', build: 'b' };
      for (const [n, text] of wordsOf(count).entries()) {
        await pause(n % 5);
        signal.throwIfAborted();
        yield { kind: 'text', text, tokens: [n] };
      }
      over = true;
      yield { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: count, tokensPerSecond: 1, timeToFirstTokenMs: 1 } };
    } finally {
      if (!over) stopped += 1;
    }
  };
  return { serve, asked: () => asked, stopped: () => stopped };
}

type Heard = { text: string; tokens: number[]; kinds: string[]; breaks: number };

async function hear(chunks: AsyncIterable<ChatChunk>): Promise<Heard> {
  const heard: Heard = { text: '', tokens: [], kinds: [], breaks: 0 };
  for await (const chunk of chunks) {
    if (chunk.kind === 'reconnecting') heard.breaks += 1;
    else if (heard.kinds.at(-1) !== chunk.kind) heard.kinds.push(chunk.kind);
    if (chunk.kind !== 'text') continue;
    heard.text += chunk.text;
    heard.tokens.push(...(chunk.tokens ?? []));
  }
  return heard;
}

/** One answer of `count` words over links that break by themselves. */
async function overBrokenLinks(
  seed: number,
  count: number,
): Promise<{ heard: Heard; cuts: number; asked: number; clock: HandClock; left: number }> {
  const random = dice(seed * 7919);
  const clock = handClock();
  const pause = (ms: number): Promise<void> => (ms === 0 ? Promise.resolve() : new Promise((resolve) => void clock.after(ms, resolve)));
  const { serve, asked } = writer(count, pause);
  const held = heldAnswers({ serve, clock });
  const answer = chatServer({ held, clock, log: quietLog });
  let cuts = 0;
  async function* open(opening: Opening, signal: AbortSignal): AsyncGenerator<NumberedChunk> {
    // at times the link is not back yet
    if ('resume' in opening && random(4) === 0) throw new LinkLost('not yet');
    const pair = streamPair(() => 1 + random(200), 1 + random(random(3) === 0 ? 300 : 6000));
    void answer(pair.far, 'asker');
    try {
      yield* askOnStream(pair.near, openingBody(opening), signal, clock, () => !pair.isCut);
    } finally {
      if (pair.isCut) cuts += 1;
    }
  }
  const line: Line = {
    ask: (request, signal) => open({ ask: request }, signal),
    resume: (resume, signal) => open({ resume }, signal),
    abandon: () => undefined,
  };
  let heard: Heard | undefined;
  let failure: unknown;
  void hear(resuming(line, 'leader', question('x', { attempt: seed % 3 }), new AbortController().signal, clock)).then(
    (all) => (heard = all),
    (error: unknown) => (failure = error),
  );
  for (let step = 0; step < 3000 && heard === undefined && failure === undefined; step += 1) await clock.run(100);
  if (heard === undefined) throw failure ?? new Error(`seed ${seed} never ended`);
  // whoever waits for a goodbye that was lost gives up
  await clock.run(120_000);
  return { heard, cuts, asked: asked(), clock, left: held.size().answers };
}

test('1,000 random cuts on streams in memory: every word and every token once, in order', { timeout: 120_000 }, async () => {
  const count = 300;
  const words = wordsOf(count).join('');
  let [cuts, answers, lost] = [0, 0, 0];
  for (let seed = 1; cuts < 1000; seed += 1) {
    const one = await overBrokenLinks(seed, count);
    cuts += one.cuts;
    answers += 1;
    if (one.heard.text !== words) lost += 1;
    expect([seed, one.heard.text]).toEqual([seed, words]);
    expect(one.heard.tokens).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(one.heard.kinds).toEqual(['reading', 'began', 'text', 'done']);
    expect([one.asked, one.left, one.clock.timers()]).toEqual([1, 0, 0]);
  }
  figures.row({
    name: 'blip: random cuts survived on streams in memory',
    value: cuts,
    unit: 'cuts',
    limit: 1000,
    direction: 'min',
    note: `${answers} answers`,
  });
  figures.row({ name: 'blip: answers with a lost or doubled word', value: lost, unit: 'answers', limit: 0 });
});

/** Breaks every connection that this process has dialled. */
function socketBreaker(): () => number {
  const sockets = new Set<Socket>();
  const note = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  subscribe('net.client.socket', note);
  ending(() => void unsubscribe('net.client.socket', note));
  return () => {
    const broken = sockets.size;
    for (const socket of [...sockets]) socket.destroy();
    return broken;
  };
}

async function pairOfNodes(serve: ServedChat): Promise<{ leader: TestNode; asker: TestNode }> {
  const leader = await startNode({ serve });
  const asker = await startNode();
  await asker.network.dial(leader.address(), AbortSignal.timeout(5000));
  return { leader, asker };
}

test('real connections destroyed in the middle, again and again: the same', { timeout: 120_000 }, async () => {
  const breakAll = socketBreaker();
  const count = 800;
  const { serve, asked, stopped } = writer(count, (ms) => new Promise((resolve) => setTimeout(resolve, ms * 4)));
  const { leader, asker } = await pairOfNodes(serve);
  const random = dice(4711);
  const times: number[] = [];
  let brokenAt: number | undefined;
  let over = false;
  const breaking = (async () => {
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 100 + random(500)));
      if (brokenAt !== undefined || over) continue;
      if (breakAll() > 0) brokenAt = performance.now();
    }
  })();
  const answer = async function* (): AsyncGenerator<ChatChunk> {
    for await (const chunk of asker.network.ask(leader.network.peerId, question('x'), AbortSignal.timeout(110_000))) {
      if (chunk.kind === 'text' && brokenAt !== undefined && asker.network.connections(leader.network.peerId) > 0) {
        times.push(performance.now() - brokenAt);
        brokenAt = undefined;
      }
      yield chunk;
    }
  };
  const heard = await hear(answer());
  over = true;
  await breaking;
  expect(heard.text).toBe(wordsOf(count).join(''));
  expect(heard.tokens).toEqual(Array.from({ length: count }, (_, n) => n));
  expect([asked(), stopped()]).toEqual([1, 0]);
  expect(heard.breaks).toBeGreaterThanOrEqual(5);
  figures.row({
    name: 'blip: answer goes on after a destroyed connection (real nodes, loopback), p50',
    value: percentile(times, 0.5),
    unit: 'ms',
    note: `${times.length} cuts`,
  });
  figures.row({
    name: 'blip: answer goes on after a destroyed connection (real nodes, loopback), p99',
    value: percentile(times, 0.99),
    unit: 'ms',
    limit: 3000,
    note: `${times.length} cuts`,
  });
});

test('Stop reaches the leader at once', async () => {
  const times: number[] = [];
  let stoppedAt = Promise.withResolvers<number>();
  const { leader, asker } = await pairOfNodes(async function* (_request, signal) {
    yield { kind: 'text', text: 'one' };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    stoppedAt.resolve(performance.now());
  });
  for (let run = 0; run < 20; run += 1) {
    stoppedAt = Promise.withResolvers();
    const stop = new AbortController();
    const reading = (async () => {
      for await (const chunk of asker.network.ask(leader.network.peerId, question('x'), stop.signal))
        if (chunk.kind === 'text') stop.abort();
    })();
    const began = performance.now();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    times.push((await stoppedAt.promise) - began);
  }
  figures.row({
    name: 'Stop: until the work at the leader ends, p90',
    value: percentile(times, 0.9),
    unit: 'ms',
    limit: 500,
    note: 'with the question itself; 20 runs, real nodes, loopback',
  });
});
