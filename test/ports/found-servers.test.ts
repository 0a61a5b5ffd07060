// Which LM Studio and llama-server are found on this machine, on servers with their wire shapes and on others that are neither.
import type { RequestListener } from 'node:http';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { serverFinder } from '../../src-main/engine/openai/find.ts';
import type { FoundServer } from '../../src-shared/local-engine.ts';
import { fakeOpenai, type FakeOpenai, type FakeOpenaiOptions } from '../fakes/fake-openai.ts';
import { listening } from '../fakes/played-server.ts';

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((end) => end()));
});

async function fake(options: FakeOpenaiOptions): Promise<FakeOpenai> {
  const server = await fakeOpenai(options);
  running.push(server.close);
  return server;
}

async function webServer(listener: RequestListener): Promise<string> {
  const { url, close } = await listening(listener);
  running.push(close);
  return url;
}

/** A port where nobody listens. */
async function nowhere(): Promise<string> {
  const address = await webServer(() => undefined);
  await running.pop()?.();
  return address;
}

const find = async (urls: { studio?: string; llama?: string }): Promise<FoundServer[]> =>
  serverFinder({ 'lm-studio': urls.studio ?? (await nowhere()), 'llama-server': urls.llama ?? (await nowhere()) })();
/** The first look of a process learns how to fetch and to read: it would count against the second and a half that a server has. */
beforeAll(async () => void (await find({ llama: (await fake({})).url })));
const states = (found: readonly FoundServer[]): string[] => found.map(({ program, state }) => `${program} ${state}`);

test('both are found with their models; what cannot chat is not counted', async () => {
  const studio = await fake({
    program: 'lm-studio',
    models: [{ id: 'qwen/qwen3-4b' }, { id: 'text-embedding-nomic', type: 'embedding' }],
  });
  const llama = await fake({});
  expect(await find({ studio: studio.url, llama: llama.url })).toEqual([
    { program: 'lm-studio', address: studio.url, state: 'there', models: ['qwen/qwen3-4b'] },
    { program: 'llama-server', address: llama.url, state: 'there', version: 'b8146-de3ff81', models: ['smollm2-135m-instruct'] },
  ]);
});

test('an LM Studio from before its new API is found by the older one', async () => {
  const studio = await fake({
    program: 'lm-studio-older',
    models: [
      { id: 'llama-3.2-3b', vision: true },
      { id: 'nomic', type: 'embedding' },
    ],
  });
  expect((await find({ studio: studio.url }))[0]).toMatchObject({ state: 'there', models: ['llama-3.2-3b'] });
});

test('nobody there is absent, and so is the other program at that port', async () => {
  expect(states(await find({}))).toEqual(['lm-studio absent', 'llama-server absent']);
  const studio = await fake({ program: 'lm-studio' });
  const llama = await fake({});
  expect(states(await find({ studio: llama.url, llama: studio.url }))).toEqual(['lm-studio absent', 'llama-server absent']);
  const other = await fake({ program: 'other' });
  expect(states(await find({ studio: other.url, llama: other.url }))).toEqual(['lm-studio absent', 'llama-server absent']);
});

test.each<[string, RequestListener]>([
  ['pages', (_request, response) => void response.end('<html>Tomcat</html>')],
  ['404', (_request, response) => void response.writeHead(404).end('not found')],
  ['its sign-in', (_request, response) => void response.writeHead(302, { location: '/login' }).end()],
  ['401', (_request, response) => void response.writeHead(401, { 'www-authenticate': 'Basic' }).end()],
  ['503', (_request, response) => void response.writeHead(503).end('{"error":"starting"}')],
  ['other JSON', (_request, response) => void response.end('{"data":[{"id":7}]}')],
  [
    'more than anybody reads',
    (_request, response) => {
      const model = { id: 'm', owned_by: 'llamacpp' };
      response.writeHead(200, { server: 'llama.cpp' }).end(JSON.stringify({ data: [model], more: 'x'.repeat(3e6) }));
    },
  ],
  [
    'a list that never ends',
    (request, response) => {
      response.write('{"data":["');
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
      request.once('close', () => clearInterval(timer));
    },
  ],
])('a web server that answers %s is neither', async (_what, listener) => {
  const address = await webServer(listener);
  expect(states(await find({ studio: address, llama: address }))).toEqual(['lm-studio absent', 'llama-server absent']);
});

test('a program that takes the connection and says nothing holds nobody up', async () => {
  const address = await webServer(() => undefined);
  const llama = await fake({});
  expect(states(await find({ studio: address, llama: llama.url }))).toEqual(['lm-studio absent', 'llama-server there']);
});

test('a llama-server that loads its model, or wants a key, says so', async () => {
  const llama = await fake({ key: 'k1' });
  expect(states(await find({ llama: llama.url }))[1]).toBe('llama-server locked');
  llama.loading = true;
  expect(states(await find({ llama: llama.url }))[1]).toBe('llama-server loading');
});

test('two who ask at once share one look; each is asked a few small things', async () => {
  const studio = await fake({ program: 'lm-studio-older' });
  const llama = await fake({});
  const finder = serverFinder({ 'lm-studio': studio.url, 'llama-server': llama.url });
  const [one, other] = await Promise.all([finder(), finder()]);
  expect(one).toBe(other);
  expect(llama.requests.map(({ url }) => url)).toEqual(['/v1/models', '/props']);
  expect(studio.requests.map(({ url }) => url)).toEqual(['/v1/models', '/api/v1/models', '/api/v0/models']);
  await finder();
  expect(llama.requests).toHaveLength(4);
});
