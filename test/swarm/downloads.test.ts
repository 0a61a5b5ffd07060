// A leader that has not got a model and may download it: for whom, what is said of it, and what becomes of the question. The server is played.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { toFailure } from '../../src-shared/failure.ts';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import type { Network } from '../../src-main/swarm/ports.ts';
import { fakeOllama, type FakeOllama } from '../fakes/fake-ollama.ts';
import { fakeSwarm } from '../fakes/fake-network.ts';
import { quietLog, realClock } from './network-fixtures.ts';
import { cleanUpNodes, peerOf, question, reading, seen, type TestNode } from './node-fixtures.ts';
import { bearer, founder, letIn, memberOf } from './node-trust-fixtures.ts';

const servers: FakeOllama[] = [];
afterEach(async () => {
  await cleanUpNodes();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const wanted = { name: 'qwen3:8b', sizeBytes: 5e9 };
const downloads: SettingsPatch['downloads'] = [wanted];

/** A leader with one model, whose owner lets another one be downloaded, and a member. */
async function household(settings: SettingsPatch = { downloads }) {
  const swarm = fakeSwarm();
  const server = await fakeOllama({ models: [{ name: 'llama3.2:3b' }], pullMs: 700, script: () => 'Freshly fetched.' });
  servers.push(server);
  server.registry.set(wanted.name, { name: wanted.name, size: wanted.sizeBytes });
  const env = { url: server.url, env: {}, cwd: path.join(tmpdir(), 'axon-no-such-folder'), clock: realClock, log: quietLog };
  const desk = await founder(swarm, 'DESK', {
    settings: { role: 'leader', engine: 'ollama', ...settings },
    makeEngine: () => ollamaEngine({ ...env, elsewhere: async () => true }),
  });
  let link: Network | undefined;
  const wire = { ...swarm, network: (parts: Parameters<typeof swarm.network>[0]) => (link = swarm.network(parts)) };
  const laptop = await bearer({ ...swarm, ...wire }, desk);
  await letIn(desk, laptop);
  await seen(laptop, (view) => peerOf(view, desk)?.offer?.leads != null);
  return { server, desk, laptop, link: () => link };
}
const permit = async (desk: TestNode, member: TestNode): Promise<void> => {
  await desk.control.members.setPermissions({
    peerId: member.id,
    permissions: { chat: true, models: true, split: false, execute: false },
  });
  await seen(member, () => memberOf(member, member)?.permissions.models === true);
};
const fetched = (server: FakeOllama): number => server.requests.filter(({ url }) => url === '/api/pull').length;
const ask = (node: TestNode) => reading(node.control.ask({ request: question('why?', { model: wanted.name }) }));
const rowOf = async (asker: TestNode, leader: TestNode) => {
  const { candidates, failure } = await asker.control.place({ request: question('why?', { model: wanted.name }) });
  return { row: candidates.find((row) => row.leader.peerId === leader.id), failure: failure?.code };
};

test('a member that may manage models has it downloaded, sees how far it is, and is answered', async () => {
  const { server, desk, laptop } = await household();
  await permit(desk, laptop);
  const rest = Promise.withResolvers<void>();
  server.registry.set(wanted.name, { name: wanted.name, size: wanted.sizeBytes, restAfter: rest.promise });
  expect(await rowOf(laptop, desk)).toMatchObject({ row: { download: { sizeBytes: 5e9 }, loaded: false }, failure: undefined });
  const answer = ask(laptop);
  await expect.poll(() => answer.chunks.some(({ kind }) => kind === 'loading'), { timeout: 30_000 }).toBe(true);
  // a download takes no slot, of which there is one
  const other = await reading(laptop.control.ask({ request: question('why?', { model: 'llama3.2:3b' }) })).ended;
  expect([other.failure, answer.chunks.some(({ kind }) => kind === 'text')]).toEqual([null, false]);
  rest.resolve();
  const { chunks, failure, text } = await answer.ended;
  expect([failure, text]).toEqual([null, 'Freshly fetched.']);
  const shares = chunks.flatMap((chunk) => (chunk.kind === 'loading' && chunk.progress !== undefined ? [chunk.progress] : []));
  expect(shares.length).toBeGreaterThan(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(fetched(server)).toBe(1);
  // it has it from now on, and says so
  await seen(laptop, (view) => peerOf(view, desk)?.offer?.leads?.models.some(({ name }) => name === wanted.name));
  expect((await rowOf(laptop, desk)).row?.download).toBeUndefined();
  expect((await ask(laptop).ended).text).toBe('Freshly fetched.');
  expect(fetched(server)).toBe(1);
});

test('a member that may not is told so; the leader does not take its word for it', async () => {
  const { server, desk, laptop, link } = await household();
  expect(await rowOf(laptop, desk)).toMatchObject({ row: { excluded: 'may-not-download' }, failure: 'not-permitted' });
  expect((await ask(laptop).ended).failure).toBe('not-permitted');
  const forged = async (model: string): Promise<string> => {
    try {
      for await (const _ of link()?.ask(desk.id, question('why?', { model }), new AbortController().signal) ?? []);
      return 'answered';
    } catch (error) {
      return toFailure(error).code;
    }
  };
  expect(await forged(wanted.name)).toBe('not-permitted');
  expect(await forged('elsewhere.example/evil:1')).toBe('model-missing');
  expect(fetched(server)).toBe(0);
  // the owner may
  expect((await ask(desk).ended).text).toBe('Freshly fetched.');
});

test('what its owner downloads is on its way for all to see, listed or not, then among its models', async () => {
  const { server, desk, laptop } = await household({});
  const rest = Promise.withResolvers<void>();
  server.registry.set(wanted.name, { name: wanted.name, size: wanted.sizeBytes, restAfter: rest.promise });
  await desk.control.downloads.start({ engine: 'ollama', name: wanted.name });
  await seen(laptop, (view) => peerOf(view, desk)?.offer?.downloading?.progress === 0.5);
  const now = await seen(desk, ({ downloads }) => downloads?.[0]?.receivedBytes === 2.5e9);
  expect(now.downloads).toMatchObject([{ name: wanted.name, state: 'running', totalBytes: 5e9 }]);
  rest.resolve();
  await seen(laptop, (view) => peerOf(view, desk)?.offer?.leads?.models.some(({ name }) => name === wanted.name));
  await seen(laptop, (view) => peerOf(view, desk)?.offer !== undefined && peerOf(view, desk)?.offer?.downloading === undefined);
  await seen(desk, ({ downloads }) => downloads?.[0]?.state === 'done');
});

test('what its owner did not list is downloaded for nobody', async () => {
  const { server, desk, laptop } = await household({});
  await permit(desk, laptop);
  for (const node of [desk, laptop]) {
    expect(await rowOf(node, desk)).toMatchObject({ row: { excluded: 'model-missing' }, failure: 'model-missing' });
    expect((await ask(node).ended).failure).toBe('model-missing');
  }
  expect(fetched(server)).toBe(0);
});

test('a download that fails is said to have failed, and the leader answers other questions as before', async () => {
  const { server, desk, laptop } = await household();
  await permit(desk, laptop);
  server.registry.set(wanted.name, { name: wanted.name, size: wanted.sizeBytes, failsAt: 0.5 });
  expect((await ask(laptop).ended).failure).toBe('download-failed');
  server.registry.delete(wanted.name);
  expect((await ask(desk).ended).failure).toBe('download-failed');
  const other = await reading(laptop.control.ask({ request: question('why?', { model: 'llama3.2:3b' }) })).ended;
  expect(other.text).toBe('Freshly fetched.');
});
