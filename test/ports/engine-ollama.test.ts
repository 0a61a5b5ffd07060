// The Ollama engine against a fake server, and against a real one when AXON_OLLAMA_URL is set (npm run ports -- --ollama-url U).
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isElsewhere } from '../../src-main/engine/elsewhere.ts';
import { normalizeAddress, ollamaAddress } from '../../src-main/engine/ollama/address.ts';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import type { OllamaOptions } from '../../src-main/engine/ollama/engine.ts';
import { thinkEffort } from '../../src-shared/model.ts';
import type { Engine } from '../../src-main/jobs/ports.ts';
import { fakeOllama } from '../fakes/fake-ollama.ts';
import type { FakeOllama } from '../fakes/fake-ollama.ts';
import { redPng } from '../fakes/pictures.ts';
import { collect, engineSuite, requestFor, silentLog, systemClock, textOf } from './engine-suite.ts';
import { serverEngineSuite } from './server-engine-suite.ts';

const nowhere = path.join(tmpdir(), 'axon-no-such-folder');
const engineFor = (url: string, more: Partial<OllamaOptions> = {}): Engine =>
  ollamaEngine({ url, env: {}, cwd: nowhere, clock: systemClock, log: silentLog, ...more });

engineSuite('ollama (fake server)', async () => {
  const thought = 'Hm. Rayleigh, then; short waves scatter more.';
  const models = [{ name: 'llama3.2:3b' }, { name: 'qwen3:8b', thinks: thought }];
  const server = await fakeOllama({ tokenMs: 2, models });
  return {
    engine: engineFor(server.url, { env: { OLLAMA_NUM_PARALLEL: '2' } }),
    model: 'llama3.2:3b',
    tooManyWords: 5000,
    exactFromText: true,
    thinking: { model: 'qwen3:8b', thought },
    clean: server.close,
  };
});

serverEngineSuite('Ollama', {
  model: 'llama3.2:3b',
  engineFor,
  play: (port) => fakeOllama(port === undefined ? {} : { port }),
  loading: () => fakeOllama({ loadMs: 60_000 }),
  anew: () => fakeOllama({ models: [{ name: 'llama3.2:3b', closesTurn: true }] }),
  error: 'an error was encountered while running the model: CUDA error',
});

const realUrl = process.env['AXON_OLLAMA_URL'];
if (realUrl !== undefined) {
  engineSuite(`ollama at ${realUrl}`, async () => {
    const engine = engineFor(realUrl);
    await engine.start();
    const [model] = await engine.models();
    await engine.stop();
    if (model === undefined) throw new Error(`Ollama at ${realUrl} has no model: run "ollama pull smollm2:135m" first`);
    return {
      engine,
      model: process.env['AXON_OLLAMA_MODEL'] ?? model.name,
      tooManyWords: 300_000,
      measured: 'ollama',
      clean: async () => {},
    };
  });
}

describe('ollama: what goes wrong', () => {
  let server: FakeOllama;
  let engine: Engine;
  const model = 'llama3.2:3b';
  const signal = new AbortController().signal;
  const ask = () => collect(engine.chat(requestFor(model, 'hello'), signal));

  beforeEach(async () => {
    server = await fakeOllama({
      models: [
        { name: model, size: 8e9, sizeVram: 3e9 },
        { name: 'cloudy', remoteHost: 'https://elsewhere.example' },
        { name: 'embedder', capabilities: ['embedding'] },
      ],
    });
    engine = engineFor(server.url);
    await engine.start();
  });
  afterEach(async () => {
    await engine.stop();
    await server.close();
  });

  test('says how much of a model the GPU holds', async () => {
    expect(engine.facts().device).toMatchObject({ kind: 'unknown' });
    await engine.load(model, signal);
    expect(engine.facts().device).toEqual({
      kind: 'gpu',
      name: 'GPU and CPU',
      why: `${model} needs 8.0 GB, only 3.0 GB fit in graphics memory; the CPU does the rest.`,
      label: { code: 'gpu-and-cpu' },
      cause: { code: 'ollama-part', model, sizeBytes: 8e9, inGpuBytes: 3e9 },
    });
    server.addModel({ name: model, size: 8e9, sizeVram: 0 });
    await engine.models();
    expect(engine.facts().device.kind).toBe('cpu');
  });

  test('offers neither models of other machines nor those that cannot chat', async () => {
    expect((await engine.models()).map(({ name }) => name)).toEqual([model]);
  });

  test.each([
    [404, `model '${model}' not found`, 'model-missing'],
    [503, 'server busy, please try again.  maximum pending requests exceeded', 'queue-full'],
    [500, 'model requires more system memory (8.0 GiB) than is available (3.0 GiB)', 'out-of-memory'],
    [500, 'llama runner process has terminated: exit status 2', 'engine-failed'],
    [500, 'unable to load model: /blobs/sha256-aa', 'model-broken'],
  ])('status %i %s', async (status, error, code) => {
    server.failNext(status, error);
    await expect(ask()).rejects.toMatchObject({ code });
    expect(textOf(await ask())).toContain('hello');
  });

  test('an older server is asked once about each model that it lists: what it can, and how much it takes in', async () => {
    const older = await fakeOllama({
      older: true,
      models: [
        { name: model, capabilities: ['completion', 'vision', 'insert', 'tools'], contextLength: 8192 },
        { name: 'qwen3:8b', thinks: 'Hm.' },
        { name: 'embedder', capabilities: ['embedding'] },
      ],
    });
    const asker = engineFor(older.url);
    await asker.start();
    await asker.models();
    expect(await asker.models()).toMatchObject([
      { name: model, capabilities: ['tools', 'vision'], contextLength: 8192, parameters: '3.2B', quantization: 'Q4_K_M' },
      { name: 'qwen3:8b', capabilities: ['thinking'] },
    ]);
    expect(older.requests.filter(({ url }) => url === '/api/show')).toHaveLength(3);
    await asker.stop();
    await older.close();
  });

  test('is asked to think only where the model can, and not in the middle of an answer', async () => {
    server.addModel({ name: 'qwen3:8b', thinks: 'Hm.' });
    await engine.models();
    const thinking = requestFor('qwen3:8b', 'hello');
    const chunks = await collect(engine.chat(thinking, signal));
    expect(chunks.filter(({ kind }) => kind === 'thinking')).toEqual([{ kind: 'thinking', text: 'Hm.' }]);
    expect(server.chats.at(-1)).toMatchObject({ think: true });
    await collect(engine.chat({ ...thinking, continued: { text: textOf(chunks).slice(0, 9) } }, signal));
    expect(server.chats.at(-1)).toMatchObject({ think: false });
    await ask();
    expect(server.chats.at(-1)).not.toHaveProperty('think');
  });

  test('pictures go to a model that sees, with their message, and to no other', async () => {
    const seeing = await fakeOllama({ models: [{ name: 'llava', capabilities: ['completion', 'vision'] }, { name: 'blind' }] });
    const eyes = engineFor(seeing.url);
    await eyes.start();
    expect(eyes.facts().images).toBe(true);
    const asked = (name: string) => {
      const request = requestFor(name, 'what is it?');
      return { ...request, messages: [{ role: 'user' as const, content: 'what is it?', images: [redPng] }, ...request.messages] };
    };
    expect(textOf(await collect(eyes.chat(asked('llava'), signal)))).not.toBe('');
    expect(seeing.chats.map(({ messages }) => messages)).toEqual([
      [
        { role: 'user', content: 'what is it?', images: [redPng] },
        { role: 'user', content: 'what is it?' },
      ],
    ]);
    await expect(collect(eyes.chat(asked('blind'), signal))).rejects.toMatchObject({ code: 'no-vision' });
    expect(seeing.chats).toHaveLength(1);
    await eyes.stop();
    await seeing.close();
  });

  test.each([
    ['qwen3:8b', undefined, ['off'], { off: false, low: true, medium: true, high: true }],
    // it cannot be kept from it
    ['gpt-oss:20b', 'gptoss', ['low', 'medium', 'high'], { off: 'low', low: 'low', medium: 'medium', high: 'high' }],
  ])('%s is told how much to think in the way that it takes', async (name, family, efforts, values) => {
    server.addModel({ name, thinks: 'Hm.', ...(family === undefined ? {} : { family }) });
    expect((await engine.models()).find((one) => one.name === name)).toMatchObject({ capabilities: ['thinking'], efforts });
    for (const [think, value] of Object.entries(values)) {
      const request = requestFor(name, 'hello', { think: thinkEffort.parse(think) });
      const chunks = await collect(engine.chat(request, signal));
      expect(server.chats.at(-1)).toMatchObject({ think: value });
      expect(chunks.some(({ kind }) => kind === 'thinking')).toBe(value !== false);
    }
    expect((await engine.models()).find((one) => one.name === model)).not.toHaveProperty('efforts');
    await collect(engine.chat(requestFor(model, 'hello', { think: 'high' }), signal));
    expect(server.chats.at(-1)).not.toHaveProperty('think');
  });

  test('is loaded with the context that is asked for, but no larger than the model was made for', async () => {
    server.addModel({ name: 'long', contextLength: 8192 });
    const first = async (contextTokens?: number) => {
      const parameters = contextTokens === undefined ? {} : { contextTokens };
      return (await collect(engine.chat(requestFor('long', 'hello', parameters), signal)))[0]?.kind;
    };
    const long = async () => (await engine.models()).find(({ name }) => name === 'long');
    expect(await first(2048)).toBe('loading');
    expect(server.chats.at(-1)).toMatchObject({ options: { num_ctx: 2048 } });
    // what one question asked for is not what the next one gets
    expect(await long()).not.toHaveProperty('servedContext');
    expect(await first(2048)).toBe('reading');
    expect(await first(100_000)).toBe('loading');
    expect(server.chats.at(-1)).toMatchObject({ options: { num_ctx: 8192 } });
    await long();
    expect(await first()).toBe('loading');
    expect(server.chats.at(-1)?.['options']).not.toHaveProperty('num_ctx');
    // what was asked for is what Ollama has by itself: from then on it is its own again
    await long();
    expect(await first()).toBe('reading');
    expect(await long()).toMatchObject({ servedContext: 8192 });
    const tooLong = requestFor('long', 'word '.repeat(1000), { contextTokens: 600 });
    await expect(collect(engine.chat(tooLong, signal))).rejects.toMatchObject({ code: 'prompt-too-long' });
  });

  test('a load and a prompt that take minutes are said to be awaited', async () => {
    // a second is a thousandth of one
    const clock = {
      ...systemClock,
      now: () => performance.now() * 1000,
      after: (ms: number, run: () => void) => systemClock.after(ms / 1000, run),
    };
    const slow = await fakeOllama({ loadMs: 400, models: [{ name: model }] });
    const waiting = engineFor(slow.url, { clock, patience: { silentMs: 1e8, loadingMs: 1e8, writingMs: 1e8 } });
    await waiting.start();
    const kinds = (await collect(waiting.chat(requestFor(model, 'hello'), signal))).map(({ kind }) => kind);
    await waiting.stop();
    await slow.close();
    const before = kinds.slice(0, kinds.indexOf('text'));
    expect(before.length).toBeGreaterThan(2);
    expect(before.every((kind) => kind === 'loading' || kind === 'reading')).toBe(true);
  });

  test('a server that answers what else it is asked is waited for, however long it loads', async () => {
    const slow = await fakeOllama({ loadMs: 4000, models: [{ name: model }] });
    const waiting = engineFor(slow.url, { patience: { silentMs: 1500 } });
    await waiting.start();
    expect(textOf(await collect(waiting.chat(requestFor(model, 'hello'), signal)))).not.toBe('');
    await waiting.stop();
    await slow.close();
  });

  test('an engine with nothing to show says once a second at most that it is at work', async () => {
    let now = 0;
    // each look at the clock is a quarter of a second later
    const clock = { ...systemClock, now: () => (now += 250) };
    const slow = engineFor(server.url, { clock });
    await slow.start();
    server.blankNext(20);
    const kinds = (await collect(slow.chat(requestFor(model, 'hello'), signal))).map(({ kind }) => kind);
    await slow.stop();
    const signs = kinds.slice(0, kinds.indexOf('text')).filter((kind) => kind === 'reading').length;
    expect(signs).toBeGreaterThan(2);
    expect(signs).toBeLessThan(20);
  });

  test('nothing but the parameters that we know reaches the server', async () => {
    const request = {
      ...requestFor(model, 'hello', { temperature: 0.5, topP: 0.9, topK: 3, maxTokens: 2, seed: 7, stop: ['x'] }),
      tools: ['no'],
    };
    Object.assign(request.parameters, { num_gpu: 99 });
    await collect(engine.chat(request, signal));
    expect(server.chats.at(-1)).toEqual({
      model,
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      truncate: false,
      shift: false,
      options: { temperature: 0.5, top_p: 0.9, top_k: 3, num_predict: 2, seed: 7, stop: ['x'] },
    });
  });
});

describe('ollama that was not started', () => {
  const notStarted = async (url: string): Promise<unknown> => {
    const engine = engineFor(url);
    const listed = await engine.models().catch((error: unknown) => error);
    expect(engine.facts().state).toEqual({ kind: 'stopped' });
    return listed;
  };

  test('is looked at once, and left alone afterwards', async () => {
    const server = await fakeOllama();
    expect(await notStarted(server.url)).toMatchObject([{ name: 'llama3.2:3b', loaded: false }]);
    const paths = server.requests.map(({ method, url }) => `${method} ${url}`);
    expect(paths.toSorted()).toEqual(['GET /api/ps', 'GET /api/tags', 'GET /api/version', 'POST /api/show']);
    await server.close();
  });

  test('is missing: says so, and how to mend it', async () => {
    const server = await fakeOllama();
    await server.close();
    expect(await notStarted(server.url)).toMatchObject({ code: 'engine-missing', message: expect.stringContaining(server.url) });
  });

  test('tells that its version has a hole, before anybody is to answer', async () => {
    const server = await fakeOllama({ version: '0.17.0' });
    const engine = engineFor(server.url);
    await engine.models();
    expect(engine.facts()).toMatchObject({ state: { kind: 'stopped' }, vulnerable: { version: '0.17.0' } });
    await server.close();
  });
});

describe('ollama: its version', () => {
  const hole = (version: string, cves: string[]) => ({ component: 'Ollama', version, minimum: '0.35.0', cves });
  test.each([
    ['0.35.0', null],
    ['0.34.2', hole('0.34.2', ['CVE-2026-103663', 'CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249'])],
    ['0.17.0', hole('0.17.0', ['CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249', 'CVE-2026-7482'])],
    ['0.0.0', hole('0.0.0', [])],
    ['\u001b[2J<b>latest</b>', hole('\u001b[2J<b>latest</b>', [])],
  ])('%j', async (version, vulnerable) => {
    const server = await fakeOllama({ version });
    const engine = engineFor(server.url);
    expect(engine.facts().vulnerable).toBeNull();
    await engine.start();
    expect(engine.facts()).toMatchObject({ state: { kind: 'ready' }, version, vulnerable });
    await engine.stop();
    await server.close();
  });
});

describe('ollama: its address', () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(path.join(tmpdir(), 'axon-env-'));
  });
  afterEach(() => rm(cwd, { recursive: true }));

  test('comes from the option, the environment, .env, or is the default', async () => {
    expect(await ollamaAddress({ env: {}, cwd })).toBe('http://127.0.0.1:11434');
    await writeFile(path.join(cwd, '.env'), '# ours\nOTHER=1\nOLLAMA_LOCALHOST="http://localhost:9999/"\n');
    expect(await ollamaAddress({ env: {}, cwd })).toBe('http://localhost:9999');
    expect(await ollamaAddress({ env: { OLLAMA_HOST: '0.0.0.0:8080' }, cwd })).toBe('http://127.0.0.1:8080');
    expect(await ollamaAddress({ url: 'https://box.lan/ollama/', env: { OLLAMA_HOST: ':1' }, cwd })).toBe('https://box.lan/ollama');
  });

  // the forms that Ollama itself takes (envconfig/config.go), and what people write
  test.each([
    ['box.lan', 'http://box.lan:11434'],
    ['box.lan:8080', 'http://box.lan:8080'],
    ['192.168.1.9', 'http://192.168.1.9:11434'],
    ['http://box.lan:8080', 'http://box.lan:8080'],
    ['http://box.lan', 'http://box.lan'],
    ['https://box.lan/ollama/', 'https://box.lan/ollama'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    ['http://0.0.0.0:8080', 'http://127.0.0.1:8080'],
    ['[::]:8080', 'http://127.0.0.1:8080'],
    ['::', 'http://127.0.0.1:11434'],
    ['::1', 'http://[::1]:11434'],
    ['[::1]:8080', 'http://[::1]:8080'],
    [':8080', 'http://127.0.0.1:8080'],
    [' "box.lan:8080" ', 'http://box.lan:8080'],
  ])('OLLAMA_HOST=%s', async (set, address) => {
    expect(await ollamaAddress({ env: { OLLAMA_HOST: set }, cwd })).toBe(address);
  });

  test.each([
    ['http://127.0.0.1:11434', false],
    ['http://127.3.2.1:1', false],
    ['http://[::1]:11434', false],
    ['http://localhost:11434', false],
    ['http://192.168.1.5:11434', false],
    ['http://[fd00::5]:11434', false],
    ['http://desk:11434', false],
    ['http://Desk.lan:11434', false],
    ['http://192.168.1.9:11434', true],
    ['http://[fd00::9]:11434', true],
    ['http://box.lan:11434', true],
    ['http://127.evil.example:11434', true],
  ])('%s is on another machine: %s', async (address, remote) => {
    const names: Record<string, string[]> = { desk: ['192.168.1.5'], 'desk.lan': ['127.0.1.1'], 'box.lan': ['192.168.1.9'] };
    const own = ['127.0.0.1', '192.168.1.5', 'fd00::5'];
    expect(await isElsewhere(address, { own: () => own, resolve: async (name) => names[name] ?? [] })).toBe(remote);
  });

  test('of another machine is told by the engine; of this one it is not', async () => {
    const server = await fakeOllama();
    const here = engineFor(server.url);
    const there = engineFor(server.url, { elsewhere: async () => true });
    for (const engine of [here, there]) {
      expect(engine.facts().remote).toBeUndefined();
      await engine.start();
      expect(engine.facts().state).toEqual({ kind: 'ready' });
    }
    expect([here.facts().remote, there.facts().remote]).toEqual([undefined, true]);
    for (const engine of [here, there]) await engine.stop();
    await server.close();
  });

  test('is refused when it is none', () => {
    expect(normalizeAddress(':8080')).toBe('http://127.0.0.1:8080');
    expect(normalizeAddress('box.lan')).toBe('http://box.lan:11434');
    expect(() => normalizeAddress('http://')).toThrow(/no address/);
    expect(() => normalizeAddress('  ')).toThrow(/no address/);
  });
});
