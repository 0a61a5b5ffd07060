// A member has a leader download a model: whole nodes over real connections, the built-in engine's own fetching, and a file server of ours.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Network } from '../../src-main/swarm/ports.ts';
import { embeddedEngine } from '../../src-main/engine/embedded/engine.ts';
import { modelsProtocol } from '../../src-main/network/models-protocol.ts';
import { createNetwork } from '../../src-main/network/network.ts';
import { toFailure } from '../../src-shared/failure.ts';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import { ggufEntry, ggufHeader, ggufText } from '../fakes/gguf-bytes.ts';
import { cleanUp, linked, quietLog, realClock } from './network-fixtures.ts';
import { cleanUpNodes, failing, peerOf, seen, type TestNode } from './node-fixtures.ts';
import { bearer, founder, letIn, memberOf } from './node-trust-fixtures.ts';

const head = Buffer.concat([ggufHeader(1), ggufEntry('general.architecture', 8, ggufText('llama'))]);
const model = Buffer.concat([head, Buffer.alloc(400_000 - head.length, 7)]);
const file = 'Tiny-1B-Q4_K_M.gguf';

const servers: Server[] = [];
const folders: string[] = [];
afterEach(async () => {
  await cleanUpNodes();
  await cleanUp();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Gives the model, the second half of it when told so. */
async function fileServer() {
  const waiting: ServerResponse[] = [];
  let asked = 0;
  let held = true;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, { etag: '"one"', 'content-length': model.length });
    response.write(model.subarray(0, model.length / 2));
    if (held) waiting.push(response);
    else response.end(model.subarray(model.length / 2));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return {
    url: (name = file) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`,
    asked: () => asked,
    finish() {
      held = false;
      for (const response of waiting.splice(0)) response.end(model.subarray(model.length / 2));
    },
  };
}

/** The address of a file that is not there. */
async function noModelAt(): Promise<string> {
  const server = createServer((_, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`;
}

/** Nodes of it speak over libp2p on loopback. */
function realSwarm(network: (made: Network) => void): FakeSwarm {
  return {
    ...fakeSwarm(),
    network(parts) {
      const made = createNetwork({
        ...{ remembered: [], remember: () => undefined },
        ...parts,
        ...{ version: '0.1.0', listen: ['/ip4/127.0.0.1/tcp/0'], discover: null, clock: realClock, log: quietLog },
      });
      network(made);
      return made;
    },
  };
}

/** A leader that may fetch from this machine (save where it fetches as released), and a member of its swarm. */
async function household({ inside = true, role = 'leader' as 'leader' | 'subordinate' } = {}) {
  const models = mkdtempSync(path.join(tmpdir(), 'axon-get-'));
  folders.push(models);
  const networks: Network[] = [];
  const swarm = realSwarm((made) => networks.push(made));
  const anywhere = { reach: { url: () => true, ip: () => true } };
  const desk = await founder(swarm, 'DESK', {
    settings: { role },
    makeEngine: () =>
      embeddedEngine({
        ...{ modelDirs: [models], ownModels: models, clock: realClock, log: quietLog },
        childEntry: new URL('../../src-main/engine/embedded/child.ts', import.meta.url),
        ...(inside ? { fetching: anywhere } : {}),
      }),
  });
  const laptop = await bearer(swarm, desk);
  await laptop.control.peers.add({ address: desk.node.view().self.addresses[0] ?? '' });
  await letIn(desk, laptop);
  await seen(laptop, (view) => peerOf(view, desk)?.offer != null, 20_000);
  return { models, desk, laptop, link: () => networks.at(-1) };
}
const permit = async (desk: TestNode, member: TestNode, models = true): Promise<void> => {
  await desk.control.members.setPermissions({ peerId: member.id, permissions: { chat: true, models, split: false, execute: false } });
  await seen(member, () => memberOf(member, member)?.permissions.models === models);
};
const source = (url: string) => ({ engine: 'embedded' as const, url });

test('a member that may manage models has one fetched by the leader, sees how far it is, and the leader has it', async () => {
  const server = await fileServer();
  const { models, desk, laptop } = await household();
  await permit(desk, laptop);
  const there = (get?: string) =>
    laptop.control.downloads.elsewhere({ peerId: desk.id, ...(get === undefined ? {} : { get: source(get) }) });
  const before = await there();
  expect([before.suggested.filter(({ best }) => best).length, before.downloads]).toEqual([1, []]);
  expect((await there(server.url())).downloads).toMatchObject([{ state: 'running', askedBy: { peerId: laptop.id, name: 'LAPTOP' } }]);
  // everybody sees it, and the owner who wanted it
  await seen(laptop, (view) => peerOf(view, desk)?.offer?.downloading !== undefined, 20_000);
  await seen(desk, ({ downloads }) => downloads?.[0]?.totalBytes === model.length, 20_000);
  expect(desk.node.view().downloads).toMatchObject([{ askedBy: { name: 'LAPTOP' } }]);
  // once more is the same one
  expect((await there(server.url())).downloads).toHaveLength(1);
  server.finish();
  await expect.poll(async () => (await there()).downloads[0]?.state, { timeout: 20_000, interval: 1500 }).toBe('done');
  expect(readFileSync(path.join(models, file)).equals(model)).toBe(true);
  expect(server.asked()).toBe(1);
});

test('who was not permitted gets nothing, whatever its own node believes; nor does one whose permission was taken back', async () => {
  const server = await fileServer();
  const { models, desk, laptop, link } = await household();
  const forged = async (): Promise<string> =>
    (link()?.models(desk.id, { get: source(server.url()) }, AbortSignal.timeout(10_000)) ?? Promise.reject(new Error('no link'))).then(
      () => 'begun',
      (error: unknown) => toFailure(error).code,
    );
  expect(await failing(laptop.control.downloads.elsewhere({ peerId: desk.id }))).toBe('not-permitted');
  expect(await forged()).toBe('not-permitted');
  await permit(desk, laptop);
  await permit(desk, laptop, false);
  expect(await forged()).toBe('not-permitted');
  expect([server.asked(), desk.node.view().downloads, existsSync(path.join(models, `${file}.part`))]).toEqual([0, [], false]);
});

test('a permitted one is held to the same addresses as the owner, to the engine there, and to two at once; a pause of the owner stays', async () => {
  const server = await fileServer();
  const { desk, laptop } = await household();
  await permit(desk, laptop);
  const get = (url: string) => laptop.control.downloads.elsewhere({ peerId: desk.id, get: source(url) });
  expect(await failing(get('https://example.org/page'))).toBe('bad-model-address');
  expect(await failing(laptop.control.downloads.elsewhere({ peerId: desk.id, get: { engine: 'ollama', name: 'qwen3:8b' } }))).toBe(
    'not-allowed',
  );
  await get(server.url('a.gguf'));
  await get(server.url('b.gguf'));
  expect(await failing(get(server.url('c.gguf')))).toBe('rate-limited');
  // the owner is not held by that
  await desk.control.downloads.start(source(server.url('d.gguf')));
  const { downloads: [first] = [] } = await seen(desk, ({ downloads }) => downloads?.[0]?.state === 'running', 20_000);
  await desk.control.downloads.pause({ id: first?.id ?? '' });
  expect((await get(server.url('a.gguf'))).downloads).toMatchObject([{ state: 'paused' }, {}]);
});

test('no address inside the house is fetched', async () => {
  const server = await fileServer();
  const { desk, laptop } = await household({ inside: false });
  await permit(desk, laptop);
  for (const url of [server.url('a.gguf'), server.url('b.gguf').replace('http:', 'https:')])
    expect(await failing(laptop.control.downloads.elsewhere({ peerId: desk.id, get: source(url) }))).toBe('bad-model-address');
  expect(desk.node.view().downloads).toEqual([]);
  expect(server.asked()).toBe(0);
});

test('of one that failed nothing is told but the kind of its failure', async () => {
  const { desk, laptop } = await household();
  await permit(desk, laptop);
  const there = () => laptop.control.downloads.elsewhere({ peerId: desk.id }).then(({ downloads }) => downloads);
  await laptop.control.downloads.elsewhere({ peerId: desk.id, get: source(await noModelAt()) });
  await expect.poll(async () => (await there())[0]?.state, { timeout: 20_000, interval: 1500 }).toBe('failed');
  expect((await there())[0]?.failure).toEqual({ code: 'download-not-found', message: '' });
});

test('a machine that does not answer for others fetches nothing for them', async () => {
  const server = await fileServer();
  const { desk, laptop } = await household({ role: 'subordinate' });
  await permit(desk, laptop);
  expect(await failing(laptop.control.downloads.elsewhere({ peerId: desk.id, get: source(server.url()) }))).toBe('not-allowed');
  expect(server.asked()).toBe(0);
});

test('a flood of wishes is refused before it costs anything, and an older machine is told apart', async () => {
  let served = 0;
  const empty = { suggested: [], downloads: [] };
  const { leader, asker } = await linked({ models: async () => ((served += 1), empty) });
  const wish = () => asker.network.models(leader.network.peerId, {}, AbortSignal.timeout(10_000));
  const codes: string[] = [];
  for (let one = 0; one < 40; one += 1)
    codes.push(
      await wish().then(
        () => 'served',
        (error: unknown) => toFailure(error).code,
      ),
    );
  expect(codes.at(0)).toBe('served');
  expect(codes).toContain('rate-limited');
  expect(served).toBe(codes.filter((code) => code === 'served').length);
  const old = await linked();
  await expect(old.asker.network.models(old.leader.network.peerId, {}, AbortSignal.timeout(10_000))).rejects.toMatchObject({
    code: 'too-old',
  });
  expect(modelsProtocol).toBe('/axon/models/1');
});
