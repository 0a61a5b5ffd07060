import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { RouteStep } from '../../src-shared/conversation.ts';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import { fakeAnswer, fakeTokens } from '../fakes/fake-engine.ts';
import {
  cleanUpNodes,
  failing,
  keyText,
  leadsFor,
  peerOf,
  question,
  reading,
  seen,
  startTestNode,
  type TestNode,
  type TestNodeOptions,
} from './node-fixtures.ts';

afterEach(cleanUpNodes);

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const positions = (chunks: ChatChunk[]): number[] => chunks.flatMap((chunk) => (chunk.kind === 'queued' ? [chunk.position] : []));
const texts = (chunks: ChatChunk[]): number => chunks.filter(({ kind }) => kind === 'text').length;
const leader = (swarm: FakeSwarm, name: string, more: Partial<TestNodeOptions> = {}) =>
  startTestNode({ swarm, settings: { name, role: 'leader' }, ...more });
/** Slow enough to be disturbed. */
/** Stands still in mid-answer, until it is let go on. */
const halting: Partial<TestNodeOptions> = { engine: { tokensPerSecond: 50, hangsAfter: 6 } };
const asker = (swarm: FakeSwarm, more: Partial<TestNodeOptions> = {}) => startTestNode({ swarm, settings: { name: 'weak' }, ...more });

async function twoNodes(more: Partial<TestNodeOptions> = {}): Promise<{ swarm: FakeSwarm; strong: TestNode; weak: TestNode }> {
  const swarm = fakeSwarm();
  const [strong, weak] = [await leader(swarm, 'strong', more), await asker(swarm)];
  await leadsFor(weak, strong);
  return { swarm, strong, weak };
}

describe('the key', () => {
  test('without one the node is off, says so, and asks nobody', async () => {
    const alone = await startTestNode({ swarm: fakeSwarm(), key: null });
    expect(alone.node.view()).toMatchObject({ key: null, self: { peerId: null, addresses: [], role: { actual: { kind: 'off' } } } });
    expect((await reading(alone.control.ask({ request: question('hi') })).ended).failure).toBe('no-key');
    expect(await failing(alone.control.peers.add({ address: '/ip4/127.0.0.1/tcp/1' }))).toBe('no-key');
  });

  test('made on one machine, dropped on the other: they meet', async () => {
    const swarm = fakeSwarm();
    const [one, other] = [await startTestNode({ swarm, key: null }), await startTestNode({ swarm, key: null })];
    await one.control.key.create();
    const made = await seen(one, (view) => view.key !== null && view.self.peerId);
    expect(made.key?.fingerprint).toMatch(/^([0-9a-f]{2}-){3}[0-9a-f]{2}$/);
    expect(await failing(one.control.key.create())).toBe('key-exists');
    const { readFileSync } = await import('node:fs');
    const content = readFileSync(`${one.folder}/swarm.key`);
    await other.control.key.import({ content: content.toString('base64'), size: content.length });
    const met = await seen(other, (view) => view.peers.some(({ state }) => state === 'connected'));
    expect(met.key).toEqual(made.key);
    // the same key again is no other swarm
    await other.control.key.import({ content: content.toString('base64'), size: content.length });
  });

  test('a file that is no key, and another key, are refused without a change', async () => {
    const node = await startTestNode({ swarm: fakeSwarm() });
    const before = node.node.view().key;
    const other = swarmKeyText(newSwarmKey());
    expect(await failing(node.control.key.import({ content: base64('hello'), size: 5 }))).toBe('key-wrong-header');
    expect(await failing(node.control.key.import({ content: base64(other), size: 1_000_000 }))).toBe('key-too-large');
    expect(await failing(node.control.key.import({ content: base64(other), size: other.length }))).toBe('key-exists');
    expect(node.node.view().key).toEqual(before);
  });

  test('replaced: the old swarm is left, the new one joined, and the window never sees no key at all', async () => {
    // longer than a view is held back
    const swarm = fakeSwarm({ stopMs: 300 });
    const next = swarmKeyText(newSwarmKey());
    const [mover, old, fresh] = [await startTestNode({ swarm }), await startTestNode({ swarm }), await startTestNode({ swarm, key: next })];
    await seen(mover, (view) => peerOf(view, old)?.state === 'connected');
    const keyless: number[] = [];
    mover.node.onView((view) => void (view.key === null && keyless.push(view.revision)));
    await mover.control.key.import({ content: base64(next), size: next.length, replace: true });
    const view = await seen(mover, (now) => peerOf(now, fresh)?.state === 'connected');
    expect(peerOf(view, old)).toBeUndefined();
    expect(view.otherSwarms).toBe(1);
    await mover.control.settings.update({ swarmPort: 4199 });
    await seen(mover, (now) => now.settings.swarmPort === 4199 && peerOf(now, fresh)?.state === 'connected');
    expect(keyless).toEqual([]);
    await seen(old, (now) => peerOf(now, mover)?.state === 'away');
  });

  test('forgotten: off again, after a restart too', async () => {
    const swarm = fakeSwarm();
    const node = await startTestNode({ swarm });
    await node.control.key.forget();
    await seen(node, (view) => view.key === null && view.self.role.actual.kind === 'off');
    await node.stop();
    const again = await startTestNode({ swarm, folder: node.folder, key: null });
    expect(again.node.view().key).toBeNull();
  });
});

describe('a node that stops or cannot start', () => {
  test('ends its answers and its engine, and others see it go at once', async () => {
    const { strong, weak } = await twoNodes();
    strong.engine.hang();
    const answer = reading(weak.control.ask({ request: question('hi') }));
    await expect.poll(() => strong.engine.asked.length).toBe(1);
    await strong.stop();
    expect(strong.engine.facts().state.kind).toBe('stopped');
    expect((await answer.ended).failure).toBe('leader-lost');
    await seen(weak, (view) => peerOf(view, strong)?.state === 'away');
    // a late wish of the owner brings nothing up again
    await strong.control.role.set({ role: 'leader' });
    expect(strong.engine.facts().state.kind).toBe('stopped');
  });

  test('a swarm.key damaged on disk is said, and another one can be dropped on it', async () => {
    const swarm = fakeSwarm();
    const node = await startTestNode({ swarm, key: 'not a key\n' });
    const view = await seen(node, ({ troubles }) => troubles.length > 0);
    expect([view.key, view.troubles[0]?.code]).toEqual([null, 'key-wrong-header']);
    await node.control.key.import({ content: base64(keyText), size: keyText.length, replace: true });
    await seen(node, ({ key, troubles }) => key !== null && troubles.length === 0);
  });

  test('an identity that stays sealed is said, with the key there', async () => {
    const node = await startTestNode({ swarm: fakeSwarm(), sealed: true });
    const view = await seen(node, ({ self }) => self.role.actual.kind === 'troubled');
    expect(view.key).not.toBeNull();
    expect(view.troubles[0]?.code).toBe('identity-sealed');
  });
});

describe('the role', () => {
  test('a toggle is seen by the others within 3 s, starts the engine, and survives a restart', async () => {
    const swarm = fakeSwarm();
    const [one, other] = [await startTestNode({ swarm, settings: { name: 'one' } }), await asker(swarm)];
    await seen(other, (view) => peerOf(view, one)?.offer?.leads === null);
    expect(one.engine.facts().state.kind).toBe('stopped');
    expect(one.node.view().self.engine).toBeNull();
    await one.control.role.set({ role: 'leader' });
    await seen(other, (view) => peerOf(view, one)?.offer?.leads?.models[0]?.name === 'fake', 3000);
    // by its code, for a window in another language than the one that wrote it
    expect(peerOf(other.node.view(), one)?.offer?.leads?.engine.device).toEqual(one.engine.facts().device);
    expect(one.engine.facts().device.cause).toEqual({ code: 'no-gpu' });
    await seen(one, (view) => view.self.role.actual.kind === 'leader');
    await seen(other, (view) => view.self.role.actual.kind === 'subordinate' && view.self.role.actual.leader?.name === 'one');
    await one.stop();
    const again = await startTestNode({ swarm, folder: one.folder });
    expect(again.id).toBe(one.id);
    await seen(again, (view) => view.self.role.actual.kind === 'leader');
    await again.control.role.set({ role: 'subordinate' });
    await seen(other, (view) => peerOf(view, again)?.offer?.leads === null, 3000);
    await expect.poll(() => again.engine.facts().state.kind).toBe('stopped');
  });

  test('stepping down lets the running answer finish, refuses the waiting one, and stops the engine after it', async () => {
    const { strong, weak } = await twoNodes({ engine: { slots: 1 } });
    strong.engine.hang();
    const running = reading(weak.control.ask({ request: question('first') }));
    await seen(strong, (view) => view.self.role.actual.kind === 'leader' && view.self.role.actual.running === 1);
    const waiting = reading(weak.control.ask({ request: question('second') }));
    await expect.poll(() => positions(waiting.chunks)).toEqual([1]);
    await strong.control.role.set({ role: 'subordinate' });
    await seen(strong, (view) => view.self.role.actual.kind === 'draining');
    expect((await waiting.ended).failure).toBe('draining');
    expect(strong.engine.facts().state.kind).toBe('ready');
    strong.engine.resume();
    expect((await running.ended).failure).toBeNull();
    await seen(strong, (view) => view.self.role.actual.kind === 'subordinate');
    expect(strong.engine.facts().state.kind).toBe('stopped');
  });

  test('a change of mind while draining keeps the engine', async () => {
    const { strong, weak } = await twoNodes();
    strong.engine.hang();
    const running = reading(weak.control.ask({ request: question('first') }));
    await seen(strong, (view) => view.self.role.actual.kind === 'leader' && view.self.role.actual.running === 1);
    await strong.control.role.set({ role: 'subordinate' });
    await seen(strong, (view) => view.self.role.actual.kind === 'draining');
    await strong.control.role.set({ role: 'leader' });
    await seen(strong, (view) => view.self.role.actual.kind === 'leader');
    strong.engine.resume();
    expect((await running.ended).failure).toBeNull();
    expect((await reading(weak.control.ask({ request: question('next') })).ended).failure).toBeNull();
  });

  test('a leader without a model, and one whose engine died, are no leaders and say why', async () => {
    const swarm = fakeSwarm();
    const [empty, weak] = [await leader(swarm, 'empty', { engine: { models: [] } }), await asker(swarm)];
    const view = await seen(empty, ({ self }) => self.role.actual.kind === 'troubled');
    expect(view.self.role.actual).toMatchObject({ failure: { code: 'model-missing' } });
    await seen(weak, (now) => peerOf(now, empty)?.offer?.leads === null);
    empty.engine.addModel('late');
    await seen(weak, (now) => peerOf(now, empty)?.offer?.leads?.models[0]?.name === 'late');
    empty.engine.crash();
    await seen(weak, (now) => peerOf(now, empty)?.offer?.leads === null);
    const crashed = await seen(empty, ({ self }) => self.role.actual.kind === 'troubled');
    expect(crashed.self.role.actual).toMatchObject({ failure: { code: 'engine-crashed' } });
  });
});

describe('a question', () => {
  test('is answered by the leader, streamed, and says who answered and why', async () => {
    const { strong, weak } = await twoNodes();
    const request = question('why is the sky blue?');
    const { chunks, text, failure } = await reading(weak.control.ask({ request })).ended;
    expect([failure, text]).toEqual([null, fakeAnswer(request)]);
    expect(chunks[0]).toMatchObject({
      kind: 'placed',
      placement: { leader: { peerId: strong.id, name: 'strong' }, model: 'fake', local: false, reason: 'only-one' },
    });
    expect(chunks.at(-1)).toMatchObject({ kind: 'done', model: 'fake' });
  });

  test('a leader answers itself when it is the nearest', async () => {
    const { strong } = await twoNodes();
    const { chunks } = await reading(strong.control.ask({ request: question('hi') })).ended;
    expect(chunks[0]).toMatchObject({ placement: { local: true, leader: { peerId: strong.id } } });
  });

  test('without a leader, and without the model, it fails with the reason', async () => {
    const swarm = fakeSwarm();
    const alone = await asker(swarm);
    expect((await reading(alone.control.ask({ request: question('hi') })).ended).failure).toBe('no-leader');
    const strong = await leader(swarm, 'strong');
    await leadsFor(alone, strong);
    expect((await reading(alone.control.ask({ request: question('hi', { model: 'big' }) })).ended).failure).toBe('model-missing');
  });

  test('waits in line, sees the line move, and is refused when the line is full', async () => {
    const { strong, weak } = await twoNodes({ engine: { slots: 1 } });
    strong.engine.hang();
    const first = reading(weak.control.ask({ request: question('0') }));
    await seen(strong, (view) => view.self.role.actual.kind === 'leader' && view.self.role.actual.running === 1);
    const line = Array.from({ length: 16 }, (_, at) => reading(weak.control.ask({ request: question(`${at + 1}`) })));
    await expect.poll(() => line.flatMap(({ chunks }) => positions(chunks)).length).toBe(16);
    // straight to the leader: the asker's own knowledge may lag, the bound may not
    expect((await reading(weak.control.ask({ request: question('late'), peer: strong.id })).ended).failure).toBe('queue-full');
    strong.engine.resume();
    const answers = await Promise.all([first, ...line].map(({ ended }) => ended));
    expect(answers.map(({ failure }) => failure)).toEqual(answers.map(() => null));
    const last = answers.map(({ chunks }) => positions(chunks)).find((seenAt) => seenAt[0] === 16);
    expect(last).toEqual(Array.from({ length: 16 }, (_, at) => 16 - at));
  });

  test('Stop ends the work at the leader and frees its slot', async () => {
    const { strong, weak } = await twoNodes();
    strong.engine.hang();
    const stop = new AbortController();
    const answer = reading(weak.control.ask({ request: question('hi') }, { signal: stop.signal }));
    await seen(strong, (view) => view.self.role.actual.kind === 'leader' && view.self.role.actual.running === 1);
    stop.abort();
    expect((await answer.ended).failure).toBe('AbortError');
    await seen(strong, (view) => view.self.role.actual.kind === 'leader' && view.self.role.actual.running === 0);
    expect(strong.engine.facts().slots.free).toBe(4);
  });

  test('goes to another leader when the first dies before it wrote anything', async () => {
    const swarm = fakeSwarm();
    const [a, b, weak] = [await leader(swarm, 'a'), await leader(swarm, 'b'), await asker(swarm)];
    await leadsFor(weak, a);
    await leadsFor(weak, b);
    a.engine.hang();
    const answer = reading(weak.control.ask({ request: question('hi') }));
    await expect.poll(() => a.engine.asked.length).toBe(1);
    swarm.kill(a.id);
    const { chunks, failure } = await answer.ended;
    expect(failure).toBeNull();
    expect(chunks.flatMap((chunk) => (chunk.kind === 'placed' ? [chunk.placement.leader.name] : []))).toEqual(['a', 'b']);
  });

  test('a link lost in the middle of an answer: the same answer goes on when it is back, and nothing is missing', async () => {
    const { swarm, strong, weak } = await twoNodes(halting);
    const request = question('hi');
    const answer = reading(weak.control.ask({ request }));
    await expect.poll(() => texts(answer.chunks)).toBeGreaterThan(0);
    swarm.cut(strong.id, weak.id);
    await expect.poll(() => answer.chunks.at(-1)?.kind).toBe('reconnecting');
    await seen(
      weak,
      (view) =>
        peerOf(view, strong)?.state === 'away' && view.self.role.actual.kind === 'subordinate' && view.self.role.actual.leader === null,
    );
    swarm.heal(strong.id, weak.id);
    strong.engine.resume();
    const { failure, text, chunks } = await answer.ended;
    expect([failure, text]).toEqual([null, fakeAnswer(request)]);
    expect(chunks.filter(({ kind }) => kind === 'placed')).toHaveLength(1);
    expect(strong.engine.asked).toHaveLength(1);
    await seen(strong, (view) => view.self.role.actual.kind === 'leader' && view.self.role.actual.running === 0);
  });

  test('the leader is killed in the middle: another one goes on, and the text is that of an undisturbed answer', async () => {
    const swarm = fakeSwarm();
    const all = [await leader(swarm, 'a', halting), await leader(swarm, 'b', halting)];
    const weak = await asker(swarm);
    for (const one of all) await leadsFor(weak, one);
    const request = question('hi');
    const answer = reading(weak.control.ask({ request }));
    await expect.poll(() => texts(answer.chunks)).toBeGreaterThan(0);
    const [first, second] = all[0]?.engine.asked.length === 1 ? all : all.toReversed();
    swarm.kill(first?.id ?? '');
    second?.engine.resume();
    const { chunks, failure, text } = await answer.ended;
    expect([failure, text]).toEqual([null, fakeAnswer(request)]);
    const seam = chunks.find((chunk) => chunk.kind === 'seam');
    expect(seam).toMatchObject({ lost: { peerId: first?.id }, code: 'leader-lost' });
    expect(second?.engine.asked).toMatchObject([{ id: request.id, attempt: 1, continued: { text: text.slice(0, seam?.at) } }]);
    // of both: as many as one alone would have written
    expect(chunks.at(-1)).toMatchObject({ kind: 'done', figures: { tokens: fakeTokens(text).length } });
  });

  test('asks one machine alone, by id or by address, and says which way it could not', async () => {
    const swarm = fakeSwarm({ mdns: false });
    const [strong, stranger, weak] = [
      await leader(swarm, 'strong'),
      await leader(swarm, 'other', { key: swarmKeyText(newSwarmKey()) }),
      await asker(swarm),
    ];
    await seen(strong, (view) => view.self.models[0]?.loaded);
    const ask = (peer: string) => reading(weak.control.ask({ request: question('hi'), peer })).ended;
    const { chunks, failure } = await ask(swarm.address(strong.id));
    expect(failure).toBeNull();
    expect(chunks[0]).toMatchObject({ placement: { reason: 'pinned', leader: { name: 'strong' } } });
    expect((await ask(strong.id)).failure).toBeNull();
    expect((await ask('/ip4/127.0.0.1/tcp/9')).failure).toBe('not-reachable');
    expect((await ask(swarm.address(stranger.id))).failure).toBe('not-let-in');
    expect((await ask('nonsense')).failure).toBe('bad-address');
  });

  test('a node asked for a peer that does not lead says so', async () => {
    const swarm = fakeSwarm();
    const [one, weak] = [await asker(swarm, { settings: { name: 'one' } }), await asker(swarm)];
    await seen(weak, (view) => peerOf(view, one)?.offer);
    expect((await reading(weak.control.ask({ request: question('hi'), peer: one.id })).ended).failure).toBe('no-leader');
  });
});

describe('conversations', () => {
  const ids = () => ({ id: randomUUID(), questionId: randomUUID(), answerId: randomUUID() });

  test('keep question and answer with who answered, also over a restart', async () => {
    const { swarm, weak } = await twoNodes();
    const { id, questionId, answerId } = ids();
    await weak.control.conversations.create({ id });
    await weak.control.conversations.update({ id, draft: 'why is' });
    const { text, failure } = await reading(weak.control.conversations.send({ id, questionId, answerId, content: 'why is the sky blue?' }))
      .ended;
    expect(failure).toBeNull();
    await weak.stop();
    const again = await startTestNode({ swarm, folder: weak.folder });
    const kept = await again.control.conversations.get({ id });
    expect(kept).toMatchObject({ title: 'why is the sky blue?', draft: '' });
    expect(kept.messages).toMatchObject([
      { id: questionId, content: 'why is the sky blue?' },
      { id: answerId, content: text, answer: { state: 'done', model: 'fake', placement: { leader: { name: 'strong' } }, failure: null } },
    ]);
    expect((await again.control.conversations.list()).map((one) => one.id)).toEqual([id]);
  });

  test('a failed answer keeps its text and its failure; another one stands in its place', async () => {
    const { strong, weak } = await twoNodes();
    const { id, questionId, answerId } = ids();
    await weak.control.conversations.create({ id });
    strong.engine.failNext('engine-crashed', 3);
    expect((await reading(weak.control.conversations.send({ id, questionId, answerId, content: 'hi' })).ended).failure).toBe(
      'engine-crashed',
    );
    const failed = (await weak.control.conversations.get({ id })).messages[1];
    expect(failed?.content).not.toBe('');
    expect(failed?.answer).toMatchObject({ state: 'failed', failure: { code: 'engine-crashed' } });
    const again = randomUUID();
    expect((await reading(weak.control.conversations.send({ id, questionId, answerId: again })).ended).failure).toBeNull();
    expect((await weak.control.conversations.get({ id })).messages.map((message) => [message.id, message.answer?.state])).toEqual([
      [questionId, undefined],
      [again, 'done'],
    ]);
  });

  test('the prompt and the sampling of a conversation reach the engine of another machine, and a title is asked of it once', async () => {
    const { strong, weak } = await twoNodes();
    const { id, questionId, answerId } = ids();
    await weak.control.conversations.create({ id });
    await weak.control.conversations.update({ id, system: 'Speak like a pirate.', parameters: { temperature: 0, seed: 7 } });
    expect((await reading(weak.control.conversations.send({ id, questionId, answerId, content: 'hi' })).ended).failure).toBeNull();
    expect(strong.engine.asked.at(-1)).toMatchObject({
      messages: [
        { role: 'system', content: 'Speak like a pirate.' },
        { role: 'user', content: 'hi' },
      ],
      parameters: { temperature: 0, seed: 7 },
    });
    expect(strong.engine.asked).toHaveLength(1);
    const { title } = await weak.control.conversations.title({ id });
    expect(strong.engine.asked).toHaveLength(2);
    expect((await weak.control.conversations.get({ id })).title).toBe(title);
    // whoever wrote it does not count it as an answer
    expect((await strong.control.ledger({})).entries.map(({ forTitle }) => forTitle)).toEqual([true, undefined]);
    await weak.control.settings.update({ titles: false });
    await weak.control.conversations.update({ id, title: '' });
    expect(await weak.control.conversations.title({ id })).toEqual({ title: '' });
    expect(strong.engine.asked).toHaveLength(2);
  });

  test('the route of an answer has who was lost and who went on; with nobody left it is kept, and goes on later', async () => {
    const swarm = fakeSwarm({ graceMs: 50 });
    const [a, b, weak] = [await leader(swarm, 'a', halting), await leader(swarm, 'b', halting), await asker(swarm)];
    for (const one of [a, b]) await leadsFor(weak, one);
    const { id, questionId, answerId } = ids();
    await weak.control.conversations.create({ id });
    const answer = reading(weak.control.conversations.send({ id, questionId, answerId, content: 'hi' }));
    await expect.poll(() => texts(answer.chunks)).toBeGreaterThan(0);
    const [first, second] = a.engine.asked.length === 1 ? [a, b] : [b, a];
    await first.stop();
    await expect.poll(() => second.engine.asked.length).toBe(1);
    await expect.poll(() => answer.chunks.at(-1)?.kind).toBe('text');
    await second.stop();
    const broken = await answer.ended;
    expect(broken.failure).toBe('leader-lost');
    const kept = (await weak.control.conversations.get({ id })).messages[1];
    expect(kept).toMatchObject({ content: broken.text, answer: { state: 'failed', failure: { code: 'leader-lost' } } });
    const names = (route: RouteStep[] | undefined) => route?.map(({ leader: { name }, lost }) => [name, lost]);
    expect(names(kept?.answer?.route)?.slice(0, 1)).toEqual([[first.node.view().self.name, 'leader-lost']]);
    // nobody is there yet, and the person waits
    const going = reading(weak.control.conversations.continue({ id, answerId, wait: true }));
    await expect.poll(() => going.chunks.map(({ kind }) => kind)).toEqual(['waiting']);
    const third = await leader(swarm, 'c');
    const rest = await going.ended;
    expect([rest.failure, third.engine.asked.length]).toEqual([null, 1]);
    const whole = (await weak.control.conversations.get({ id })).messages[1];
    expect(whole?.content).toBe(fakeAnswer({ ...question('hi') }));
    expect(names(whole?.answer?.route)?.at(-1)).toEqual(['c', null]);
    expect(whole?.answer).toMatchObject({ state: 'done', failure: null });
  });

  test('Stop keeps what was written', async () => {
    const { weak } = await twoNodes(halting);
    const { id, questionId, answerId } = ids();
    await weak.control.conversations.create({ id });
    const stop = new AbortController();
    const answer = reading(weak.control.conversations.send({ id, questionId, answerId, content: 'hi' }, { signal: stop.signal }));
    await expect.poll(() => texts(answer.chunks)).toBeGreaterThan(0);
    stop.abort();
    await answer.ended;
    await expect.poll(async () => (await weak.control.conversations.get({ id })).messages[1]?.answer?.state).toBe('stopped');
    expect((await weak.control.conversations.get({ id })).messages[1]?.content).not.toBe('');
  });

  test('what is not there is not found', async () => {
    const weak = await asker(fakeSwarm());
    expect(await failing(weak.control.conversations.get({ id: randomUUID() }))).toBe('not-found');
    expect((await reading(weak.control.conversations.send({ ...ids(), content: 'hi' })).ended).failure).toBe('not-found');
  });
});

describe('the view', () => {
  test('comes whole first, then again after each change, with a growing revision', async () => {
    const weak = await asker(fakeSwarm());
    const stop = new AbortController();
    const revisions: number[] = [];
    const names: string[] = [];
    for await (const view of await weak.control.view(undefined, { signal: stop.signal })) {
      revisions.push(view.revision);
      names.push(view.self.name);
      if (names.length === 1) await weak.control.settings.update({ name: 'renamed' });
      if (names.at(-1) === 'renamed') break;
    }
    expect(names[0]).toBe('weak');
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
  });

  test('a new name and busy hardware reach the others', async () => {
    const { strong, weak } = await twoNodes();
    await strong.control.settings.update({ name: 'stronger' });
    await seen(weak, (view) => peerOf(view, strong)?.name === 'stronger');
    strong.hardware.become({ load: 0.9 });
    await seen(weak, (view) => (peerOf(view, strong)?.offer?.hardware.load ?? 0) > 0.5);
  });

  test('a leader that is off is known as one after a restart, with when it was here last', async () => {
    const { swarm, strong, weak } = await twoNodes();
    await strong.stop();
    const before = peerOf(await seen(weak, (view) => peerOf(view, strong)?.state === 'away'), strong);
    expect(before).toMatchObject({ offer: { role: 'leader' }, lastSeen: expect.any(Number) });
    const same = { ...before, addresses: expect.anything() };
    // a change for which the network is made anew is no reason to forget it
    await weak.control.settings.update({ seedDiscovery: true });
    expect(peerOf(await seen(weak, ({ settings }) => settings.seedDiscovery), strong)).toEqual(same);
    await weak.stop();
    const again = await startTestNode({ swarm, folder: weak.folder });
    expect(peerOf(again.node.view(), strong)).toEqual(same);
  });

  test('a peer is remembered by name over a restart, and gone when forgotten', async () => {
    const { swarm, strong, weak } = await twoNodes();
    await strong.stop();
    await weak.stop();
    const again = await startTestNode({ swarm, folder: weak.folder });
    expect(peerOf(again.node.view(), strong)).toMatchObject({ name: 'strong', state: 'away' });
    await again.control.peers.forget({ peerId: strong.id });
    await seen(again, (view) => peerOf(view, strong) === undefined);
  });
});

describe('typed addresses', () => {
  test('are dialled, kept, and dialled again after a restart; a wrong key is not kept', async () => {
    const swarm = fakeSwarm({ mdns: false });
    const [strong, stranger, weak] = [
      await leader(swarm, 'strong'),
      await asker(swarm, { key: swarmKeyText(newSwarmKey()) }),
      await asker(swarm),
    ];
    await weak.control.peers.add({ address: swarm.address(strong.id) });
    await seen(weak, (view) => peerOf(view, strong)?.state === 'connected');
    expect(await failing(weak.control.peers.add({ address: swarm.address(stranger.id) }))).toBe('not-let-in');
    expect(await failing(weak.control.peers.add({ address: 'nonsense' }))).toBe('bad-address');
    expect(weak.node.view().settings.addresses).toEqual([swarm.address(strong.id)]);
    await weak.stop();
    const again = await startTestNode({ swarm, folder: weak.folder });
    await seen(again, (view) => peerOf(view, strong)?.state === 'connected');
  });
});

describe('the doctor', () => {
  test('finds a swarm in order, and a machine without a key', async () => {
    const { strong } = await twoNodes();
    const { checks } = await strong.control.doctor();
    expect(checks.map(({ name }) => name)).toEqual(['key', 'port', 'mdns', 'engine', 'model', 'peers', 'identity', 'ciphers', 'clock']);
    expect(checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    const alone = await startTestNode({ swarm: fakeSwarm(), key: null });
    const faults = (await alone.control.doctor()).checks.filter(({ outcome }) => outcome === 'fault');
    expect(faults.map(({ name }) => name)).toContain('key');
    expect(faults.every(({ fix }) => fix !== undefined)).toBe(true);
    expect(JSON.stringify(checks)).not.toContain(keyText.trim().split('\n').at(-1));
  });
});
