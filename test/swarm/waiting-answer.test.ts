// An answer that is to go on as soon as a machine can: over a restart of the node that asked, and of the window that showed it.
import { createRouterClient } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { Message } from '../../src-shared/conversation.ts';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import { fakeAnswer } from '../fakes/fake-engine.ts';
import { cleanUpNodes, leadsFor, peerOf, question, reading, seen, startTestNode, type TestNode } from './node-fixtures.ts';

afterEach(cleanUpNodes);

const words = 'why is the sky blue?';
const whole = fakeAnswer(question(words));
const script = (asked: ChatRequest): string => (asked.forTitle === true ? 'Blue sky' : fakeAnswer(asked));
const leader = (swarm: FakeSwarm, name: string) =>
  startTestNode({ swarm, settings: { name, role: 'leader' }, engine: { tokensPerSecond: 50, script } });
/** One that stays in the middle of its answers until it is told to go on. */
const halfway = (swarm: FakeSwarm, name: string) =>
  startTestNode({ swarm, settings: { name, role: 'leader' }, engine: { hangsAfter: 6, script } });
const asker = (swarm: FakeSwarm, folder?: string) =>
  startTestNode({ swarm, settings: { name: 'laptop' }, ...(folder === undefined ? {} : { folder }) });
const stored = async (node: TestNode, id: string): Promise<Message | undefined> =>
  (await node.control.conversations.get({ id })).messages.at(-1);
const state = async (node: TestNode, id: string) => (await stored(node, id))?.answer?.state;
const asked = async (node: TestNode) => {
  const ids = { id: randomUUID(), questionId: randomUUID(), answerId: randomUUID() };
  await node.control.conversations.create({ id: ids.id });
  return { ...ids, content: words };
};
/** As a window asks: its connection can end, and with it whatever runs on it. */
function windowOf(node: TestNode) {
  const [gone, stop] = [new AbortController(), new AbortController()];
  const control = createRouterClient(node.node.control, { context: { face: {}, gone: gone.signal } });
  return {
    control,
    signal: stop.signal,
    stop: () => stop.abort(),
    close() {
      gone.abort();
      stop.abort();
    },
  };
}

/** A laptop whose leader went away in mid-answer. */
async function broken() {
  const swarm = fakeSwarm();
  const [desk, laptop] = [await halfway(swarm, 'desk'), await asker(swarm)];
  await leadsFor(laptop, desk);
  const input = await asked(laptop);
  const first = reading(laptop.control.conversations.send(input));
  await expect.poll(() => first.chunks.at(-1)?.kind).toBe('text');
  return { swarm, desk, laptop, input, first };
}

test('the node is closed in mid-answer: nobody stopped it, and it does not go on unasked', async () => {
  const { swarm, desk, laptop, input } = await broken();
  await laptop.stop();
  const again = await asker(swarm, laptop.folder);
  await leadsFor(again, desk);
  const kept = await stored(again, input.id);
  expect(kept?.answer).toMatchObject({ state: 'interrupted', failure: null });
  expect(kept?.content).not.toBe('');
  expect(whole.startsWith(kept?.content ?? '-')).toBe(true);
  expect(await state(again, input.id)).toBe('interrupted');
});

test('what was to go on when a machine is back does so after a restart, from its last word', async () => {
  const { swarm, desk, laptop, input, first } = await broken();
  await desk.stop();
  expect((await first.ended).failure).not.toBeNull();
  const later = reading(laptop.control.conversations.continue({ id: input.id, answerId: input.answerId, wait: true }));
  await expect.poll(() => later.chunks.at(-1)?.kind).toBe('waiting');
  await laptop.stop();
  const again = await asker(swarm, laptop.folder);
  expect(await stored(again, input.id)).toMatchObject({ answer: { state: 'streaming', wish: {} } });
  // and over one more
  await again.stop();
  const third = await asker(swarm, laptop.folder);
  await leader(swarm, 'studio');
  await expect.poll(() => state(third, input.id)).toBe('done');
  const kept = await stored(third, input.id);
  expect(kept?.content).toBe(whole);
  expect(kept?.answer?.wish).toBeUndefined();
  expect(kept?.answer?.route?.map((step) => step.leader.name)).toEqual(['desk', 'studio']);
});

test('a question that waits for the machine that was picked waits for that one after a restart', async () => {
  const swarm = fakeSwarm();
  const [desk, laptop] = [await leader(swarm, 'desk'), await asker(swarm)];
  await leadsFor(laptop, desk);
  await desk.stop();
  await seen(laptop, (view) => peerOf(view, desk)?.state === 'away');
  const input = await asked(laptop);
  const waiting = reading(laptop.control.conversations.send({ ...input, peer: desk.id, model: 'fake', wait: true }));
  await expect.poll(() => waiting.chunks.at(-1)?.kind).toBe('waiting');
  await laptop.stop();
  const again = await asker(swarm, laptop.folder);
  const studio = await leader(swarm, 'studio');
  await leadsFor(again, studio);
  expect(await stored(again, input.id)).toMatchObject({ content: '', answer: { state: 'streaming' } });
  await startTestNode({ swarm, folder: desk.folder });
  await expect.poll(() => state(again, input.id)).toBe('done');
  expect((await stored(again, input.id))?.answer?.placement?.leader.name).toBe('desk');
  expect(studio.engine.asked).toHaveLength(0);
});

test('a wait that the person ended is not taken up', async () => {
  const swarm = fakeSwarm();
  const laptop = await asker(swarm);
  const input = await asked(laptop);
  const stop = new AbortController();
  const waiting = reading(laptop.control.conversations.send({ ...input, wait: true }, { signal: stop.signal }));
  await expect.poll(() => waiting.chunks.at(-1)?.kind).toBe('waiting');
  stop.abort();
  await expect.poll(() => state(laptop, input.id)).toBe('stopped');
  expect((await stored(laptop, input.id))?.answer?.wish).toBeUndefined();
  await laptop.stop();
  const again = await asker(swarm, laptop.folder);
  expect(await state(again, input.id)).toBe('stopped');
});

test('a question that waits in one swarm is asked of nobody in the next', async () => {
  const [home, office] = [fakeSwarm(), fakeSwarm()];
  const laptop = await asker(home);
  const input = await asked(laptop);
  const waiting = reading(laptop.control.conversations.send({ ...input, wait: true }));
  await expect.poll(() => waiting.chunks.at(-1)?.kind).toBe('waiting');
  await laptop.control.key.forget();
  await expect.poll(() => state(laptop, input.id)).toBe('stopped');
  expect((await stored(laptop, input.id))?.answer?.wish).toBeUndefined();
  await laptop.stop();
  const elsewhere = await asker(office, laptop.folder);
  const boss = await leader(office, 'boss');
  await leadsFor(elsewhere, boss);
  expect(await state(elsewhere, input.id)).toBe('stopped');
  expect(boss.engine.asked).toHaveLength(0);
});

test('a window that goes away stops nothing: the wait goes on without it, and the next window hears the answer and can stop it', async () => {
  const swarm = fakeSwarm();
  const laptop = await asker(swarm);
  const input = await asked(laptop);
  const [one, other] = [windowOf(laptop), windowOf(laptop)];
  const waiting = reading(one.control.conversations.send({ ...input, wait: true }, { signal: one.signal }));
  await expect.poll(() => waiting.chunks.at(-1)?.kind).toBe('waiting');
  one.close();
  await waiting.ended;
  await expect.poll(() => state(laptop, input.id)).toBe('streaming');
  const { id, answerId } = input;
  const stop = new AbortController();
  const heard = reading(other.control.conversations.continue({ id, answerId, shown: 0, wait: true }, { signal: stop.signal }));
  await expect.poll(() => heard.chunks.at(-1)?.kind).toBe('waiting');
  await halfway(swarm, 'desk');
  await expect.poll(() => heard.chunks.at(-1)?.kind).toBe('text');
  stop.abort();
  await expect.poll(() => state(laptop, id)).toBe('stopped');
});

/** An answer that a window hears, with some words of it. */
async function heardAnswer() {
  const swarm = fakeSwarm();
  const [desk, laptop] = [await halfway(swarm, 'desk'), await asker(swarm)];
  await leadsFor(laptop, desk);
  const input = await asked(laptop);
  const page = windowOf(laptop);
  const answer = reading(page.control.conversations.send(input, { signal: page.signal }));
  await expect.poll(() => answer.chunks.at(-1)?.kind).toBe('text');
  return { swarm, desk, laptop, input, page, answer };
}
const textOf = (chunks: ChatChunk[]): string => chunks.map((chunk) => (chunk.kind === 'text' ? chunk.text : '')).join('');

test('a window that goes away in mid-answer has stopped nothing either: it is written to its end, asked for once', async () => {
  const { desk, laptop, input, page, answer } = await heardAnswer();
  page.close();
  await answer.ended;
  desk.engine.resume();
  await expect.poll(() => state(laptop, input.id)).toBe('done');
  expect((await stored(laptop, input.id))?.content).toBe(whole);
  expect(desk.engine.asked.filter(({ messages }) => messages.at(-1)?.content === words)).toHaveLength(1);
});

test('what nobody heard gets its title all the same: after a window that went away, and after a restart', async () => {
  const { swarm, desk, laptop, input, page, answer } = await heardAnswer();
  const titled = async (node: TestNode, id: string) => (await node.control.conversations.get({ id })).title;
  const forTitles = () => desk.engine.asked.filter(({ forTitle }) => forTitle === true).length;
  page.close();
  await answer.ended;
  desk.engine.resume();
  await expect.poll(() => titled(laptop, input.id), { timeout: 10_000 }).toBe('Blue sky');
  expect(forTitles()).toBe(1);
  await desk.stop();
  const later = await asked(laptop);
  const waiting = reading(laptop.control.conversations.send({ ...later, wait: true }));
  await expect.poll(() => waiting.chunks.at(-1)?.kind).toBe('waiting');
  await laptop.stop();
  const again = await asker(swarm, laptop.folder);
  const studio = await leader(swarm, 'studio');
  await expect.poll(() => titled(again, later.id), { timeout: 10_000 }).toBe('Blue sky');
  // no second one of the first
  expect(studio.engine.asked.filter(({ forTitle }) => forTitle === true)).toHaveLength(1);
});

test('what a window heard to its end, that window names: the node asks for nothing', async () => {
  const { desk, laptop, input, answer } = await heardAnswer();
  desk.engine.resume();
  expect((await answer.ended).failure).toBeNull();
  // whatever the node would ask for, it would have asked for before this
  const { title } = await laptop.control.conversations.title({ id: input.id });
  expect(title).toBe('Blue sky');
  expect(desk.engine.asked.filter(({ forTitle }) => forTitle === true)).toHaveLength(1);
});

test('the next window hears the rest of it, each word once, and so does one beside the first', async () => {
  const { desk, laptop, input, page, answer } = await heardAnswer();
  const { id, answerId } = input;
  const [next, beside] = [windowOf(laptop), windowOf(laptop)];
  const shown = textOf(answer.chunks).length;
  const second = reading(next.control.conversations.continue({ id, answerId, shown, wait: false }, { signal: next.signal }));
  const third = reading(beside.control.conversations.continue({ id, answerId, shown: 0, wait: false }, { signal: beside.signal }));
  await expect.poll(() => third.chunks.at(-1)?.kind).toBe('text');
  page.close();
  desk.engine.resume();
  expect((await second.ended).failure).toBeNull();
  expect((await third.ended).failure).toBeNull();
  expect(whole.slice(0, shown) + textOf(second.chunks)).toBe(whole);
  expect(textOf(third.chunks)).toBe(whole);
  for (const { chunks } of [second, third]) expect(chunks.map(({ kind }) => kind)).toContain('placed');
  expect(desk.engine.asked).toHaveLength(1);
});

test('whoever hears it can stop it, for all', async () => {
  const { laptop, input, answer } = await heardAnswer();
  const { id, answerId } = input;
  const other = windowOf(laptop);
  const stop = new AbortController();
  const heard = reading(other.control.conversations.continue({ id, answerId, shown: 0, wait: false }, { signal: stop.signal }));
  await expect.poll(() => heard.chunks.at(-1)?.kind).toBe('text');
  stop.abort();
  // for the window that asked it ends there, and has not failed
  expect((await answer.ended).failure).toBeNull();
  expect(await state(laptop, id)).toBe('stopped');
});

test('a window that would hear it, and comes when it was stopped, does not go on with it', async () => {
  const { desk, laptop, input, page, answer } = await heardAnswer();
  const { id, answerId } = input;
  // what the other window reads
  expect(await state(laptop, id)).toBe('streaming');
  page.stop();
  await answer.ended;
  await expect.poll(() => state(laptop, id)).toBe('stopped');
  const late = reading(windowOf(laptop).control.conversations.continue({ id, answerId, shown: 0, wait: false, hear: true }));
  expect((await late.ended).failure).toBe('bad-request');
  expect(await state(laptop, id)).toBe('stopped');
  expect(desk.engine.asked).toHaveLength(1);
});

test('the wait ends with its conversation', async () => {
  const swarm = fakeSwarm();
  const laptop = await asker(swarm);
  const input = await asked(laptop);
  const page = windowOf(laptop);
  const waiting = reading(page.control.conversations.send({ ...input, wait: true }, { signal: page.signal }));
  await expect.poll(() => waiting.chunks.at(-1)?.kind).toBe('waiting');
  page.close();
  await expect.poll(() => state(laptop, input.id)).toBe('streaming');
  await laptop.control.conversations.remove({ id: input.id });
  const desk = await leader(swarm, 'desk');
  await leadsFor(laptop, desk);
  const other = await reading(laptop.control.ask({ request: question('and now?') })).ended;
  expect(other.failure).toBeNull();
  expect(desk.engine.asked.map(({ messages }) => messages.at(-1)?.content)).toEqual(['and now?']);
});
