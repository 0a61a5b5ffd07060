// Memory that is held for a model on its way in, with whole nodes: seen by the others in `axon status`, and given back on every way out.
import { afterEach, expect, test } from 'vitest';
import type { ModelInfo } from '../../src-shared/model.ts';
import { modelNeedMb } from '../../src-main/jobs/reservations.ts';
import { fakeSwarm } from '../fakes/fake-network.ts';
import { cleanUpNodes, leadsFor, question, reading, seen, startTestNode, type TestNode } from './node-fixtures.ts';

afterEach(cleanUpNodes);

const small: ModelInfo = { name: 'small', sizeBytes: 1000, loaded: false };
const big: ModelInfo = { name: 'big', sizeBytes: 1024 ** 3, contextLength: 4096, loaded: false };
const bigMb = modelNeedMb(big);

/** One leader that answers with the small model, and has a big one on its disk. */
async function pair(graceMs = 60_000) {
  const swarm = fakeSwarm({ graceMs });
  const strong = await startTestNode({
    swarm,
    settings: { name: 'strong', role: 'leader', model: 'small' },
    engine: { models: [small, big], loadMs: 20 },
    hardware: { ram: { totalMb: 16_000, freeMb: 8000 } },
  });
  const weak = await startTestNode({ swarm, settings: { name: 'weak' } });
  await leadsFor(weak, strong);
  return { swarm, strong, weak };
}
/** As `axon status` of both has it. */
const reserved = (...nodes: TestNode[]) =>
  Promise.all(nodes.map(async (node) => (await node.control.snapshot({})).nodes.find(({ name }) => name === 'strong')?.reservedMb));
/** The big model is loaded, and the answer hangs before its first word. */
async function held(strong: TestNode, weak: TestNode, signal?: AbortSignal) {
  await strong.engine.unload('big');
  await seen(strong, ({ self }) => self.models.some(({ name, loaded }) => name === 'big' && !loaded));
  strong.engine.hang();
  const answer = reading(weak.control.ask({ request: question('hi', { model: 'big' }) }, signal === undefined ? {} : { signal }));
  await expect.poll(() => reserved(strong, weak), { timeout: 10_000 }).toEqual([bigMb, bigMb]);
  return answer;
}
const free = (...nodes: TestNode[]) => expect.poll(() => reserved(...nodes), { timeout: 10_000 }).toEqual(nodes.map(() => 0));

test(
  'while it is loaded and read; given back when it is answered, when it fails, and when the asker stops',
  { timeout: 60_000 },
  async () => {
    const { strong, weak } = await pair();
    expect(bigMb).toBeGreaterThan(1000);
    await free(strong, weak);
    const answered = await held(strong, weak);
    strong.engine.resume();
    expect((await answered.ended).failure).toBeNull();
    await free(strong, weak);

    const failing = await held(strong, weak);
    strong.engine.crash(Date.now() + 1000);
    expect((await failing.ended).failure).toBe('engine-crashed');
    strong.engine.resume();
    strong.engine.recover();
    await leadsFor(weak, strong).catch(() => undefined);
    await free(strong, weak);

    const stop = new AbortController();
    const stopped = await held(strong, weak, stop.signal);
    stop.abort();
    await stopped.ended;
    await free(strong, weak);
  },
);

test('given back when the member who asked is lost, and does not come back for its answer', { timeout: 60_000 }, async () => {
  const { swarm, strong, weak } = await pair(300);
  await held(strong, weak);
  swarm.kill(weak.id);
  await free(strong);
});

test('what does not fit beside it is refused before the engine is asked, and nothing is left of it', { timeout: 60_000 }, async () => {
  const { strong, weak } = await pair();
  const answer = await held(strong, weak);
  strong.hardware.become({ ram: { totalMb: 16_000, freeMb: 1000 } });
  await strong.engine.unload('small');
  await seen(strong, ({ self }) => self.models.every(({ name, loaded }) => name !== 'small' || !loaded));
  strong.engine.resume();
  expect((await answer.ended).failure).toBeNull();
  await free(strong, weak);
  await strong.engine.unload('big');
  await seen(strong, ({ self }) => self.models.every(({ loaded }) => !loaded));
  const before = strong.engine.asked.length;
  expect(await reading(strong.control.ask({ request: question('hi', { model: 'big' }) })).ended).toMatchObject({
    failure: 'out-of-memory',
  });
  expect(strong.engine.asked.length).toBe(before);
  await free(strong, weak);
});
