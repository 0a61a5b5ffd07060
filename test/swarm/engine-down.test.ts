// An engine that dies and comes back, with whole nodes: what the others are told of it, and what becomes of who waits.
import { afterEach, expect, test } from 'vitest';
import { fakeAnswer } from '../fakes/fake-engine.ts';
import { fakeSwarm } from '../fakes/fake-network.ts';
import { cleanUpNodes, leadsFor, peerOf, question, reading, seen, startTestNode, type TestNode } from './node-fixtures.ts';

afterEach(cleanUpNodes);

/** Its engine writes slowly enough to be met in the middle of an answer. */
async function pair() {
  const swarm = fakeSwarm();
  const engine = { slots: 1, tokensPerSecond: 100 };
  const strong = await startTestNode({ swarm, settings: { name: 'strong', role: 'leader' }, engine });
  const weak = await startTestNode({ swarm, settings: { name: 'weak' } });
  await leadsFor(weak, strong);
  return { swarm, strong, weak };
}
const rowOf = async (asker: TestNode, leader: TestNode) => {
  const { candidates, failure } = await asker.control.place({ request: question('hi') });
  return { excluded: candidates.find((row) => row.leader.peerId === leader.id)?.excluded, failure: failure?.code };
};
const healthy = (asker: TestNode, leader: TestNode, is: boolean) =>
  seen(asker, (view) => {
    const leads = peerOf(view, leader)?.offer?.leads;
    return leads != null && (leads.engine.healthy !== false) === is;
  });

test('the others are told that the engine is down, and place says so', async () => {
  const { strong, weak } = await pair();
  expect(await rowOf(weak, strong)).toEqual({ excluded: undefined, failure: undefined });
  strong.engine.crash(Date.now() + 2000);
  await healthy(weak, strong, false);
  expect(await rowOf(weak, strong)).toEqual({ excluded: 'engine-down', failure: 'engine-failed' });
  expect(await rowOf(strong, strong)).toEqual({ excluded: 'engine-down', failure: 'engine-failed' });
  // it is no leader for whoever looks at the swarm now
  await seen(weak, ({ self: { role } }) => role.actual.kind === 'subordinate' && role.actual.leader === null);
  expect((await weak.control.snapshot({})).nodes.find(({ name }) => name === 'strong')).toMatchObject({ leads: false });
  strong.engine.recover();
  await healthy(weak, strong, true);
  expect(await rowOf(weak, strong)).toEqual({ excluded: undefined, failure: undefined });
  // out of service: nothing is offered, and the offer still says why
  strong.engine.crash();
  await seen(weak, (view) => peerOf(view, strong)?.offer?.leads === null);
  expect(await rowOf(weak, strong)).toEqual({ excluded: 'engine-down', failure: 'engine-failed' });
});

test('who waits in line when it dies is answered when it is back', async () => {
  const { strong, weak } = await pair();
  strong.engine.hang();
  const running = reading(weak.control.ask({ request: question('first') }));
  await expect.poll(() => strong.engine.asked.length).toBe(1);
  const requests = [question('second'), question('third')];
  const waiting = requests.map((request) => reading(weak.control.ask({ request })));
  await expect.poll(() => waiting.every(({ chunks }) => chunks.some(({ kind }) => kind === 'queued'))).toBe(true);
  strong.engine.crash(Date.now() + 2000);
  strong.engine.resume();
  expect((await running.ended).failure).toBe('engine-crashed');
  await healthy(weak, strong, false);
  expect(strong.engine.asked).toHaveLength(1);
  strong.engine.recover();
  const answers = await Promise.all(waiting.map(({ ended }) => ended));
  expect(answers.map(({ failure, text }) => [failure, text])).toEqual(requests.map((request) => [null, fakeAnswer(request)]));
});
