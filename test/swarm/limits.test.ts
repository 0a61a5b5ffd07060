// What others may have of a machine, with whole nodes: a flood, a day's share over a restart, and an owner who wants it for himself.
import { afterEach, describe, expect, test } from 'vitest';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import {
  cleanUpNodes,
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

const words = (count: number) => (): string => Array.from({ length: count }, () => 'word').join(' ');
const leader = (swarm: FakeSwarm, settings: SettingsPatch = {}, more: Partial<TestNodeOptions> = {}) =>
  startTestNode({ swarm, settings: { name: 'strong', role: 'leader', ...settings }, ...more });
const asker = (swarm: FakeSwarm, name: string) => startTestNode({ swarm, settings: { name } });
const ask = (node: Awaited<ReturnType<typeof asker>>, content = 'hi') => reading(node.control.ask({ request: question(content) }));

test('one who floods a leader waits for himself: the other one is served after the running answer', async () => {
  const swarm = fakeSwarm();
  const engine = { slots: 1, tokensPerSecond: 100, script: words(10) };
  const strong = await leader(swarm, { limits: { tokensPerDay: null, questionsPerMinute: null } }, { engine });
  const [flooder, quiet] = [await asker(swarm, 'flooder'), await asker(swarm, 'quiet')];
  await Promise.all([leadsFor(flooder, strong), leadsFor(quiet, strong)]);
  const flood = Array.from({ length: 12 }, (_, at) => ask(flooder, `flood ${at}`));
  await seen(strong, (view) => view.self.role.actual.kind === 'leader' && view.self.role.actual.waiting >= 8);
  const before = strong.engine.asked.length;
  const answer = await ask(quiet, 'quiet').ended;
  expect(answer.failure).toBeNull();
  const contents = strong.engine.asked.slice(before).map(({ messages }) => messages[0]?.content);
  // at most the one whose turn came while the question travelled
  expect(contents.indexOf('quiet')).toBeLessThanOrEqual(1);
  expect(answer.chunks.find(({ kind }) => kind === 'queued')).toMatchObject({ position: expect.any(Number) });
  await Promise.all(flood.map(({ ended }) => ended));
});

test("a day's share is counted over a restart, and a new bound holds at once", async () => {
  const swarm = fakeSwarm();
  const engine = { script: words(20) };
  const limits = { tokensPerDay: 30, questionsPerMinute: null };
  const first = await leader(swarm, { limits }, { engine });
  const weak = await asker(swarm, 'weak');
  await leadsFor(weak, first);
  expect(await ask(weak).ended).toMatchObject({ failure: null });
  await first.stop();
  const again = await leader(swarm, { limits }, { engine, folder: first.folder });
  await leadsFor(weak, again);
  // 20 of 30 are used, so this one ends after a few words
  const cut = await ask(weak).ended;
  expect(cut).toMatchObject({ failure: 'quota-used' });
  expect(cut.text.split(' ').length).toBeLessThan(20);
  expect(await ask(weak).ended).toMatchObject({ failure: 'quota-used', text: '' });
  // the owner has no bound, and may give more to one member
  expect(await ask(again).ended).toMatchObject({ failure: null });
  await again.control.settings.update({ memberTokensPerDay: { [weak.id]: null } });
  expect(await ask(weak).ended).toMatchObject({ failure: null });
});

test('more questions a minute than allowed are refused', async () => {
  const swarm = fakeSwarm();
  const strong = await leader(swarm, { limits: { tokensPerDay: null, questionsPerMinute: 2 } });
  const weak = await asker(swarm, 'weak');
  await leadsFor(weak, strong);
  const outcomes = [];
  for (let times = 0; times < 3; times += 1) outcomes.push((await ask(weak).ended).failure);
  expect(outcomes).toEqual([null, null, 'rate-limited']);
});

describe('an owner who wants his machine for himself', () => {
  test('is answered; others are told, and placed elsewhere, until he is done', async () => {
    const swarm = fakeSwarm();
    const [near, far] = [await leader(swarm, { name: 'a-near' }), await leader(swarm, { name: 'b-far' })];
    const weak = await asker(swarm, 'weak');
    await Promise.all([leadsFor(weak, near), leadsFor(weak, far)]);
    await near.control.pause({ minutes: 60 });
    const shown = await seen(near, (view) => view.self.paused);
    expect(shown.self.paused).toMatchObject({ why: 'owner', until: shown.settings.pausedUntil });
    await seen(weak, (view) => peerOf(view, near)?.offer?.leads?.paused?.why === 'owner');
    const answer = await ask(weak).ended;
    expect(answer.failure).toBeNull();
    expect(far.engine.asked).toHaveLength(1);
    const placed = answer.chunks.find((chunk) => chunk.kind === 'placed');
    expect(placed?.kind === 'placed' && placed.placement.candidates.find(({ leader: { name } }) => name === 'a-near')).toMatchObject({
      excluded: 'paused',
    });
    const [own, insisting] = await Promise.all([
      ask(near).ended,
      reading(weak.control.ask({ request: question('hi'), peer: near.id })).ended,
    ]);
    expect([own.failure, insisting.failure]).toEqual([null, 'paused']);
    await near.control.pause({ minutes: null });
    await seen(weak, (view) => peerOf(view, near)?.offer?.leads?.paused == null);
    expect((await reading(weak.control.ask({ request: question('hi'), peer: near.id })).ended).failure).toBeNull();
  });

  test('at once: what is being written moves to another leader, and no word is lost', async () => {
    const swarm = fakeSwarm();
    const engine = { script: words(40) };
    const near = await leader(swarm, { name: 'a-near' }, { engine: { ...engine, tokensPerSecond: 50, hangsAfter: 6 } });
    const weak = await asker(swarm, 'weak');
    await leadsFor(weak, near);
    const answer = ask(weak);
    await expect.poll(() => answer.chunks.filter(({ kind }) => kind === 'text').length).toBeGreaterThan(3);
    const far = await leader(swarm, { name: 'b-far' }, { engine });
    await leadsFor(weak, far);
    await near.control.pause({ minutes: 1, atOnce: true });
    const { failure, text } = await answer.ended;
    expect([failure, text]).toEqual([null, words(40)()]);
    expect(far.engine.asked).toHaveLength(1);
  });

  describe('and restarts', () => {
    const insisting = (node: TestNode, on: TestNode) => reading(node.control.ask({ request: question('hi'), peer: on.id })).ended;
    async function restarted(settings: SettingsPatch, more: Partial<TestNodeOptions>) {
      const swarm = fakeSwarm();
      const strong = await leader(swarm);
      const weak = await asker(swarm, 'weak');
      await leadsFor(weak, strong);
      await strong.stop();
      await seen(weak, (view) => peerOf(view, strong)?.state === 'away');
      const again = await leader(swarm, settings, { ...more, folder: strong.folder });
      await leadsFor(weak, again);
      return { again, weak };
    }

    test('its pause holds from the first question on, though nobody can tell yet what else runs', async () => {
      const yielding = { battery: 'ignore', busy: 'lower', hours: [] } satisfies SettingsPatch['yielding'];
      const look = () => new Promise<never>(() => undefined);
      const { again, weak } = await restarted({ yielding, pausedUntil: Date.now() + 3_600_000 }, { otherPrograms: { look } });
      expect((await insisting(weak, again)).failure).toBe('paused');
      expect(again.engine.asked).toHaveLength(0);
    });

    test('on battery: no work of others is taken before the machine was looked at', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const hardware = { onAc: false, battery: { percent: 50, charging: false } };
      const yielding = { battery: 'pause', busy: 'ignore', hours: [] } satisfies SettingsPatch['yielding'];
      const { again, weak } = await restarted({ yielding }, { hardware, hardwareAfter: promise });
      const answer = insisting(weak, again);
      // its owner is not kept waiting
      expect((await ask(again).ended).failure).toBeNull();
      resolve();
      expect((await answer).failure).toBe('paused');
      expect(again.engine.asked).toHaveLength(1);
    });

    test('amid a game: no work of others is taken before it was looked for', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => promise.then(() => ({ cpu: 0.9, gpu: null }));
      const yielding = { battery: 'ignore', busy: 'pause', hours: [] } satisfies SettingsPatch['yielding'];
      const { again, weak } = await restarted({ yielding }, { otherPrograms: { look } });
      const answer = insisting(weak, again);
      expect((await ask(again).ended).failure).toBeNull();
      resolve();
      expect((await answer).failure).toBe('paused');
      expect(again.engine.asked).toHaveLength(1);
    });
  });

  test('on battery, and with other programs at work', async () => {
    const swarm = fakeSwarm();
    const strong = await leader(swarm, { yielding: { battery: 'pause', busy: 'lower', hours: [] } });
    const weak = await asker(swarm, 'weak');
    await leadsFor(weak, strong);
    strong.hardware.become({ onAc: false, battery: { percent: 80, charging: false } });
    await seen(weak, (view) => peerOf(view, strong)?.offer?.leads?.paused?.why === 'battery');
    expect((await ask(weak).ended).failure).toBe('paused');
    strong.hardware.become({ onAc: true });
    await seen(weak, (view) => peerOf(view, strong)?.offer?.leads?.paused == null);
    expect((await ask(weak).ended).failure).toBeNull();
  });
});
