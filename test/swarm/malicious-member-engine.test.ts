// The malicious member and the engine behind a leader: nothing but a question gets there, whatever is written beside it, around it or to
// whatever path; and one who floods a leader waits for himself.
import type { Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { chatMessage, chatParameters } from '../../src-shared/chat.ts';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import type { Engine, ServedChat } from '../../src-main/jobs/ports.ts';
import { chatProtocol, chatWire } from '../../src-main/network/chat-protocol.ts';
import { frame, jsonFrame } from '../../src-main/network/frames.ts';
import { inferenceProtocol } from '../../src-main/network/inference-protocol.ts';
import { nodeLimits } from '../../src-main/network/libp2p-node.ts';
import { offerProtocol } from '../../src-main/network/offer-protocol.ts';
import { parseSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { leading } from '../../src-main/node/leading.ts';
import { realNode } from '../../src-main/real-node.ts';
import { createHome, homePaths } from '../../src-main/store/home.ts';
import { defaultSettings } from '../../src-main/store/settings-store.ts';
import { writeSwarmKey } from '../../src-main/store/swarm-key-file.ts';
import { fakeEngine } from '../fakes/fake-engine.ts';
import { fakeOllama, type FakeOllama } from '../fakes/fake-ollama.ts';
import { p90, report } from '../report.ts';
import { smuggled } from './hostile-frames.ts';
import { cleanUp, question, quietLog, realClock, startNode, startStock, swarmKey, textOf } from './network-fixtures.ts';

const figures = report('trust');
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await cleanUp();
});
afterAll(() => void figures.write());

/** A leader's way from the network to the engine: admission, the choice of a model, the engine. */
async function servedBy(engine: Engine): Promise<ServedChat> {
  const lead = leading({ clock: realClock, engine: () => engine, log: quietLog, self: () => null, changed: () => undefined });
  // hundreds of tries a minute are what this is about
  lead.want(true, { ...defaultSettings('leader'), role: 'leader', limits: { tokensPerDay: null, questionsPerMinute: null } });
  closing.push(() => lead.stop());
  await expect.poll(() => lead.models().some(({ loaded }) => loaded), { timeout: 10_000 }).toBe(true);
  return lead.admission.chat;
}

async function playedOllama(): Promise<FakeOllama> {
  const ollama = await fakeOllama({ tokenMs: 0, script: () => 'one two' });
  closing.push(() => ollama.close());
  return ollama;
}

const engineAt = (url: string): Engine =>
  ollamaEngine({ url, env: { OLLAMA_NUM_PARALLEL: '4' }, cwd: tmpdir(), clock: realClock, log: quietLog });

/** Sends bytes on the stream and waits for its end; takes an answer's last frame as one. */
function say(stream: Stream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    let heard = '';
    stream.addEventListener('message', ({ data }) => {
      heard += Buffer.from(data.subarray()).toString();
      // the leader waits for a while to be told that it arrived
      if (/"kind":"done"|"failure":/.test(heard)) void stream.close().catch(() => undefined);
    });
    stream.addEventListener('end', () => {
      resolve();
      void stream.close().catch(() => undefined);
    });
    stream.addEventListener('close', () => resolve());
    try {
      stream.send(bytes);
    } catch {
      // offers that come too fast are ended unread
      resolve();
    }
  });
}

/** Values that would do harm under one name or another. */
const values = ['-1', '{"num_ctx":1000000000,"num_gpu":99}', '["../../etc/passwd"]', '"http://127.0.0.1:1/"'];

/** Questions with something beside them that a member may not say, at each place where there is room. */
function smuggling(): string[] {
  return smuggled.flatMap((key, at) => {
    const extra = `${JSON.stringify(key)}:${values[at % values.length]}`;
    // a leader answers each only once
    const id = (): string => `"id":"${crypto.randomUUID()}"`;
    const message = `{"role":"user","content":"hi"}`;
    return [
      `{${id()},"messages":[${message}],"parameters":{},${extra}}`,
      `{${id()},"messages":[{"role":"user","content":"hi",${extra}}],"parameters":{"temperature":1}}`,
      `{${id()},"messages":[${message}],"parameters":{"topK":3,${extra}}}`,
      `{${extra},${id()},"messages":[${message},${message}],"parameters":{"stop":["x"],"__proto__":{${extra}}}}`,
    ];
  });
}

/** Keys of what reached the engine that no question has. */
function foreign(chats: readonly Record<string, unknown>[]): string[] {
  const known = {
    chat: ['model', 'messages', 'options', 'stream', 'truncate', 'shift'],
    message: ['role', 'content'],
    options: ['temperature', 'top_p', 'top_k', 'num_predict', 'seed', 'stop'],
  };
  const beside = (value: unknown, keys: string[]): string[] => Object.keys(value ?? {}).filter((key) => !keys.includes(key));
  return chats.flatMap((chat) => [
    ...beside(chat, known.chat),
    ...beside(chat['options'], known.options),
    ...((chat['messages'] as unknown[] | undefined) ?? []).flatMap((message) => beside(message, known.message)),
  ]);
}

test('what is written beside a question does not reach the engine', { timeout: 120_000 }, async () => {
  const ollama = await playedOllama();
  const node = await startNode({ serve: await servedBy(engineAt(ollama.url)) });
  const connection = await (await startStock()).dial(multiaddr(node.address()));
  const bodies = smuggling();
  for (const body of bodies) await say(await connection.newStream(chatProtocol), frame(Buffer.from(body)));
  for (const key of smuggled.filter((word) => word !== 'model'))
    await say(await connection.newStream(inferenceProtocol), frame(Buffer.from(`{"prompt":"hi",${JSON.stringify(key)}:${values[0]}}`)));
  // all of them are questions, and are answered: only what was beside them is gone. A parameter or a picture that a question may have is
  // refused with such a value
  const refused = smuggled.filter((key) => Object.hasOwn(chatParameters.shape, key) || Object.hasOwn(chatMessage.shape, key));
  expect(refused.toSorted()).toEqual(['images', 'think']);
  expect(ollama.chats.length).toBe(bodies.length + smuggled.length - refused.length);
  expect(foreign(ollama.chats)).toEqual([]);
  figures.row({
    name: 'malicious member: parameters smuggled to the engine',
    value: foreign(ollama.chats).length,
    unit: 'count',
    limit: 0,
    note: `${ollama.chats.length} tries`,
  });
  // the probe sees a leader that passes on what it is sent
  const before = ollama.chats.length;
  for (const body of bodies)
    await fetch(`${ollama.url}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'llama3.2:3b', ...(JSON.parse(body) as object) }),
    });
  expect(foreign(ollama.chats.slice(before)).length).toBeGreaterThan(bodies.length / 2);
});

/** What Ollama and llama-server let whoever reaches them do, apart from answering a conversation. */
const management = [
  ...[
    'POST /api/pull',
    'POST /api/push',
    'POST /api/create',
    'POST /api/copy',
    'DELETE /api/delete',
    'POST /api/show',
    'POST /api/generate',
  ],
  ...[
    'POST /api/embed',
    'POST /api/embeddings',
    'HEAD /api/blobs/sha256:0',
    'POST /api/blobs/sha256:0',
    'POST /api/signout',
    'POST /api/me',
  ],
  ...['DELETE /api/user/keys/x', 'POST /v1/chat/completions', 'POST /v1/completions', 'POST /v1/embeddings', 'POST /v1/responses'],
  ...[
    'GET /v1/models',
    'DELETE /v1/models/x',
    'POST /v1/messages',
    'GET /slots',
    'POST /slots/0?action=save',
    'POST /slots/0?action=restore',
  ],
  ...[
    'POST /slots/0?action=erase',
    'GET /props',
    'POST /props',
    'GET /lora-adapters',
    'POST /lora-adapters',
    'GET /metrics',
    'GET /health',
  ],
  ...[
    'POST /completion',
    'POST /completions',
    'POST /infill',
    'POST /tokenize',
    'POST /detokenize',
    'POST /apply-template',
    'POST /embedding',
  ],
  ...[
    'POST /rerank',
    'POST /reranking',
    'POST /models/load',
    'POST /models/unload',
    'GET /cors-proxy?url=x',
    'GET /api/../api/tags',
    'PUT /api/pull',
  ],
];

/** An HTTP request, written as it is: no library tidies the path. */
function rawHttp(port: number, head: string, body = '{"model":"x","stream":false}'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    const length = head.startsWith('POST') ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` : '';
    socket.write(`${head}\r\n${length}Connection: close\r\n\r\n${length === '' ? '' : body}`);
  });
}

/** What reached the engine and is not what a leader itself asks of it. */
function reached(ollama: FakeOllama): string[] {
  const own = ['GET /api/version', 'GET /api/tags', 'GET /api/ps', 'POST /api/chat'];
  const shown = new Set<unknown>();
  return ollama.requests.flatMap(({ method, url, body }) => {
    const asked = `${method} ${url}`;
    if (own.includes(asked)) return [];
    const said = method === 'POST' && body !== '' ? (JSON.parse(body) as { prompt?: string; model?: string }) : {};
    // loading a model is a prompt of nothing
    if (asked === 'POST /api/generate' && said.prompt === '') return [];
    // what a model can is asked once
    if (asked === 'POST /api/show' && said.model !== undefined && !shown.has(said.model)) {
      shown.add(said.model);
      return [];
    }
    return [asked];
  });
}

/** A door without a thought: passes on whatever path it is asked for. */
async function naiveDoor(url: string): Promise<Server> {
  const server = createServer((request, response) => {
    const passed = httpRequest(`${url}${request.url}`, { method: request.method }, (answer) => answer.pipe(response));
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('no path to the management of an engine leads through a node', { timeout: 120_000 }, async () => {
  expect(new Set(management).size).toBeGreaterThanOrEqual(40);
  const ollama = await playedOllama();
  const folder = mkdtempSync(path.join(tmpdir(), 'axon-paths-'));
  const home = homePaths(folder);
  createHome(home);
  writeSwarmKey(home.swarmKey, swarmKeyText(swarmKey), new Date());
  const node = await realNode({
    home,
    engineChildEntry: pathToFileURL('no-such-child'),
    modelDirs: [],
    seal: null,
    pageDir: null,
    settings: { role: 'leader', engine: 'ollama', ollamaUrl: ollama.url, webPort: 0, open: true },
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
  });
  closing.push(async () => {
    await node.stop();
    rmSync(folder, { recursive: true });
  });
  await node.start();
  await expect.poll(() => node.view().self.models.some(({ loaded }) => loaded), { timeout: 10_000 }).toBe(true);
  const address = node.view().self.addresses[0] ?? '';
  const swarmPort = Number(/\/tcp\/(\d+)/.exec(address)?.[1]);
  const door = node.door;
  if (door === null) throw new Error('no door');
  const connection = await (await startStock(parseSwarmKey(Buffer.from(swarmKeyText(swarmKey)), {}))).dial(multiaddr(address));

  let tries = 0;
  for (const one of management) {
    const [method = '', target = ''] = one.split(' ');
    for (const protocol of [target, `/http/1.1${target}`, `/axon${target}/1`]) {
      await expect(connection.newStream(protocol), protocol).rejects.toThrow();
      tries += 1;
    }
    const http = Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}`);
    for (const protocol of [chatProtocol, inferenceProtocol, offerProtocol]) {
      await say(await connection.newStream(protocol), http);
      await say(await connection.newStream(protocol), frame(http));
      tries += 2;
    }
    const names = [target, `..${target}`, `${ollama.url}${target}`];
    for (const model of names) {
      await say(await connection.newStream(chatProtocol), jsonFrame(question('hi', { model })));
      await say(await connection.newStream(inferenceProtocol), jsonFrame({ prompt: 'hi', model }));
      tries += 2;
    }
    const token = `Authorization: Bearer ${door.token}`;
    const answers = [
      await rawHttp(door.port, `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\n${token}`),
      await rawHttp(door.port, `${method} ${ollama.url}${target} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\n${token}`),
      await rawHttp(door.port, `${method} /control${target} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\n${token}`),
    ];
    for (const answer of answers) expect(answer, one).toMatch(/^HTTP\/1\.1 4\d\d /);
    await rawHttp(swarmPort, `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1`);
    tries += answers.length + 1;
  }
  expect(reached(ollama)).toEqual([]);
  // whatever was said on the chat protocols were no questions, or questions for models that are not here
  expect(ollama.chats).toEqual([]);
  figures.row({
    name: "malicious member: requests that reached an engine's management",
    value: reached(ollama).length,
    unit: 'count',
    limit: 0,
    note: `${management.length} paths, ${tries} tries`,
  });

  // the probe sees a door that passes things on
  const naive = ((await naiveDoor(ollama.url)).address() as AddressInfo).port;
  for (const one of management) await rawHttp(naive, `${one} HTTP/1.1\r\nHost: 127.0.0.1`);
  expect(reached(ollama).length).toBeGreaterThanOrEqual(40);
});

test('one who opens connection after connection is kept to a few, and may come back', { timeout: 60_000 }, async () => {
  const node = await startNode();
  const stock = await startStock();
  const dial = () => stock.dial(multiaddr(node.address()), { force: true });
  for (let time = 0; time < 47; time += 1) await dial().catch(() => undefined);
  const kept = (): number => node.network.connections(stock.peerId.toString());
  await expect.poll(kept, { timeout: 5000 }).toBeLessThanOrEqual(nodeLimits.connectionsPerPeer);
  figures.row({
    name: 'flood of connections: kept of one peer',
    value: kept(),
    unit: 'count',
    limit: nodeLimits.connectionsPerPeer,
    note: '47 dialled',
  });
  // some of them were refused meanwhile
  await Promise.all(stock.getConnections().map((connection) => connection.close().catch(() => undefined)));
  await expect.poll(kept, { timeout: 5000 }).toBe(0);
  await dial();
  await expect.poll(kept, { timeout: 5000 }).toBeGreaterThan(0);
});

test('one who opens 2,000 streams waits for himself', { timeout: 120_000 }, async () => {
  const engine = fakeEngine({ slots: 2, tokensPerSecond: 400 });
  const served = await servedBy(engine);
  let inside = 0;
  let most = 0;
  const node = await startNode({
    serve: async function* (request, signal, from) {
      inside += 1;
      most = Math.max(most, inside);
      try {
        yield* served(request, signal, from);
      } finally {
        inside -= 1;
      }
    },
  });
  const member = await startNode();
  await member.network.dial(node.address(), AbortSignal.timeout(5000));
  const ask = async (): Promise<number> => {
    const began = performance.now();
    const answer = member.network.ask(node.network.peerId, question('hello'), AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
    for (let next = await answer.next(); next.done !== true; next = await answer.next()) {
      if (next.value.kind !== 'text') continue;
      await textOf({ [Symbol.asyncIterator]: () => answer });
      return performance.now() - began;
    }
    throw new Error('no answer');
  };
  const quiet: number[] = [];
  for (let time = 0; time < 10; time += 1) quiet.push(await ask());

  const stock = await startStock();
  const connection = await stock.dial(multiaddr(node.address()));
  // streams that come before a connection is ready end it, and then there is no flood
  await say(await connection.newStream(chatProtocol), jsonFrame(question('hello')));
  let opened = 0;
  let over = false;
  const flood = async (): Promise<void> => {
    while (opened < 2000 && !over) {
      opened += 1;
      const stream = await connection.newStream(chatProtocol, { maxOutboundStreams: 10_000 }).catch(() => undefined);
      if (stream === undefined) continue;
      stream.addEventListener('message', () => undefined);
      if (stream.status === 'open') stream.send(jsonFrame(question('hello')));
    }
  };
  const flooding = Promise.all(Array.from({ length: 50 }, flood));
  await expect.poll(() => inside).toBeGreaterThan(10);
  const flooded: number[] = [];
  for (let time = 0; time < 10; time += 1) flooded.push(await ask());
  await flooding;
  over = true;
  flooded.push(await ask());
  expect(opened).toBe(2000);
  expect(most).toBeLessThanOrEqual(chatWire.streams + 1);
  figures.row({ name: 'flood of 2,000 streams: handlers at the same time', value: most, unit: 'count', limit: chatWire.streams + 1 });
  figures.row({
    name: "flood of 2,000 streams: another member's questions answered",
    value: (100 * flooded.length) / 11,
    unit: '%',
    limit: 100,
    direction: 'min',
  });
  figures.row({
    name: "flood of 2,000 streams: another member's first word",
    value: p90(flooded),
    unit: 'ms',
    note: `p90; ${p90(quiet).toFixed(0)} ms without the flood`,
  });
  expect(flooded).toHaveLength(11);
});
