// Role auto with whole nodes: who leads when nobody was told to, and what becomes of answers when that changes.
import { afterEach, expect, test } from 'vitest';
import { fakeAnswer } from '../fakes/fake-engine.ts';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import { hurriedClock } from '../fakes/hurried-clock.ts';
import { cleanUpNodes, peerOf, question, reading, seen, startTestNode, type TestNode, type TestNodeOptions } from './node-fixtures.ts';

afterEach(cleanUpNodes);

/** Half a minute passes in one and a half seconds. */
const clock = hurriedClock(20);
const patienceMs = 20_000;

const machine = (swarm: FakeSwarm, name: string, ramMb: number, more: Partial<TestNodeOptions> = {}): Promise<TestNode> =>
  startTestNode({ swarm, clock, settings: { name, role: 'auto' }, hardware: { ram: { totalMb: ramMb, freeMb: ramMb } }, ...more });
const roleOf = ({ node }: TestNode): string => node.view().self.role.actual.kind;
const leads = (node: TestNode) => seen(node, ({ self }) => self.role.actual.kind === 'leader', patienceMs);
const asks = (node: TestNode, leader: TestNode) =>
  seen(node, ({ self: { role } }) => role.actual.kind === 'subordinate' && role.actual.leader?.peerId === leader.id, patienceMs);
const offers = (node: TestNode, leader: TestNode, does = true) =>
  seen(node, (view) => (peerOf(view, leader)?.offer?.leads?.models.some(({ loaded }) => loaded) ?? false) === does, patienceMs);

async function three(more: Partial<TestNodeOptions> = {}) {
  const swarm = fakeSwarm();
  const [weak, middle, strong] = [
    await machine(swarm, 'weak', 4000, more),
    await machine(swarm, 'middle', 16_000, more),
    await machine(swarm, 'strong', 64_000, more),
  ];
  await leads(strong);
  await asks(weak, strong);
  await asks(middle, strong);
  await offers(weak, strong);
  return { swarm, weak, middle, strong };
}

test('the fittest leads, it dies, the next one leads, and both answer; it comes back and takes over', { timeout: 90_000 }, async () => {
  const { swarm, weak, middle, strong } = await three();
  expect(weak.node.view().self.role).toMatchObject({ wanted: 'auto', actual: { kind: 'subordinate', leader: { name: 'strong' } } });
  const first = question('who are you?');
  expect(await reading(weak.control.ask({ request: first })).ended).toMatchObject({ failure: null, text: fakeAnswer(first) });
  expect([strong.engine.asked.length, middle.engine.asked.length]).toEqual([1, 0]);

  swarm.kill(strong.id);
  await strong.stop();
  await leads(middle);
  await offers(weak, middle);
  expect(roleOf(weak)).toBe('subordinate');
  const second = question('and now?');
  expect(await reading(weak.control.ask({ request: second })).ended).toMatchObject({ failure: null, text: fakeAnswer(second) });
  expect(middle.engine.asked).toHaveLength(1);

  const again = await machine(swarm, 'strong', 64_000, { folder: strong.folder });
  expect(again.id).toBe(strong.id);
  await leads(again);
  await asks(middle, again);
  expect(roleOf(weak)).toBe('subordinate');
});

test(
  'both sides of a partition lead; when they meet the less fit one writes its answer to the end and steps back',
  { timeout: 90_000 },
  async () => {
    const { swarm, weak, middle, strong } = await three({ engine: { tokensPerSecond: 4 } });
    for (const near of [weak, middle]) swarm.cut(near.id, strong.id);
    await leads(middle);
    expect(roleOf(strong)).toBe('leader');
    await offers(weak, middle);
    // about eight seconds: it steps back one and a half after they met
    const long = question('tell me much');
    const answer = reading(weak.control.ask({ request: long, peer: middle.id }));
    for (const near of [weak, middle]) swarm.heal(near.id, strong.id);
    await offers(weak, strong);
    await seen(middle, ({ self }) => self.role.actual.kind === 'draining', patienceMs);
    expect(await answer.ended).toMatchObject({ failure: null, text: fakeAnswer(long) });
    await asks(middle, strong);
    const placed = answer.chunks.filter(({ kind }) => kind === 'placed');
    expect(placed).toHaveLength(1);
    expect(roleOf(strong)).toBe('leader');
  },
);

test('a person says who leads: all the others ask that one, and lead again when nobody else does', { timeout: 90_000 }, async () => {
  const { weak, middle, strong } = await three();
  await weak.control.role.set({ role: 'leader' });
  await asks(strong, weak);
  await asks(middle, weak);
  await weak.control.role.set({ role: 'subordinate' });
  await leads(strong);
  await asks(middle, strong);
});

test('a leader that becomes auto goes on leading, and nobody else begins', { timeout: 60_000 }, async () => {
  const swarm = fakeSwarm();
  const lone = await machine(swarm, 'lone', 16_000, { settings: { name: 'lone', role: 'leader' } });
  const weak = await machine(swarm, 'weak', 4000);
  await leads(lone);
  await offers(weak, lone);
  const kinds = new Set<string>();
  for (const node of [lone, weak]) node.node.onView(({ self }) => kinds.add(`${self.name} ${self.role.actual.kind}`));
  await lone.control.role.set({ role: 'auto' });
  await seen(lone, ({ self }) => self.role.wanted === 'auto');
  // four times as long as it would take to begin anew
  await new Promise((resolve) => setTimeout(resolve, 2400));
  expect(kinds).toEqual(new Set(['lone leader', 'weak subordinate']));
});

test('an engine that fails makes way for the next one; alone it says what is wrong', { timeout: 90_000 }, async () => {
  const { weak, middle, strong } = await three();
  strong.engine.crash();
  await leads(middle);
  await offers(weak, middle);
  await asks(strong, middle);
  const alone = await machine(fakeSwarm(), 'alone', 1000, { engine: { models: [] } });
  await seen(alone, ({ self }) => self.role.actual.kind === 'troubled', patienceMs);
});

test('the snapshot of such a swarm, live and kept', { timeout: 90_000 }, async () => {
  const { swarm, weak, strong } = await three();
  const { nodes, totals } = await weak.control.snapshot({});
  expect(nodes.map(({ name, role, leads: led, status }) => [name, role, led, status])).toEqual([
    ['weak', 'auto', false, 'partial'],
    ['middle', 'auto', false, 'partial'],
    ['strong', 'auto', true, 'partial'],
  ]);
  expect(totals).toMatchObject({ nodes: 3, leaders: 1, ramMb: { sum: 84_000, unknown: 0 }, models: 1, cores: { sum: 12, unknown: 0 } });
  swarm.kill(strong.id);
  await seen(weak, (view) => peerOf(view, strong)?.state === 'away');
  expect((await weak.control.snapshot({})).nodes.at(-1)).toMatchObject({ name: 'strong', status: 'unreachable' });
  await weak.stop();
  const again = await machine(swarm, 'weak', 4000, { folder: weak.folder, key: null });
  expect((await again.control.snapshot({ cached: true })).nodes.map(({ name }) => name)).toEqual(['weak', 'middle', 'strong']);
  await again.control.facts();
});
