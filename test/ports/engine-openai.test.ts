// The engine for servers with the OpenAI API against played ones, and against a real one when AXON_OPENAI_URL is set
// (npm run ports -- --openai-url U).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serverAddress } from '../../src-main/engine/openai/address.ts';
import { openaiEngine, type OpenaiOptions } from '../../src-main/engine/openai/engine.ts';
import type { Engine } from '../../src-main/jobs/ports.ts';
import { fakeOpenai, type FakeOpenai, type FakeOpenaiOptions } from '../fakes/fake-openai.ts';
import { redPng } from '../fakes/pictures.ts';
import { collect, engineSuite, requestFor, silentLog, systemClock, textOf } from './engine-suite.ts';
import { serverEngineSuite } from './server-engine-suite.ts';

const engineFor = (url: string | undefined, more: Partial<OpenaiOptions> = {}): Engine =>
  openaiEngine({ url, clock: systemClock, log: silentLog, ...more });

engineSuite('openai (played llama-server)', async () => {
  const server = await fakeOpenai({ tokenMs: 2 });
  return {
    engine: engineFor(server.url),
    model: 'smollm2-135m-instruct',
    tooManyWords: 5000,
    exactFromText: true,
    resident: true,
    clean: server.close,
  };
});

engineSuite('openai (played LM Studio)', async () => {
  const models = [{ id: 'qwen/qwen3-4b' }, { id: 'text-embedding-nomic', type: 'embedding' as const }];
  const server = await fakeOpenai({ program: 'lm-studio', tokenMs: 2, models });
  return {
    engine: engineFor(`${server.url}/v1`),
    model: 'qwen/qwen3-4b',
    tooManyWords: 5000,
    neverContinues: true,
    clean: server.close,
  };
});

const error = { message: 'CUDA error', type: 'server_error', code: 500 };
serverEngineSuite('llama-server', {
  model: 'smollm2-135m-instruct',
  engineFor,
  play: (port) => fakeOpenai(port === undefined ? {} : { port }),
  anew: () => fakeOpenai({ closesTurn: true }),
  error,
});

const studio: FakeOpenaiOptions = { program: 'lm-studio', models: [{ id: 'qwen/qwen3-4b' }] };
serverEngineSuite('LM Studio', {
  model: 'qwen/qwen3-4b',
  engineFor,
  play: (port) => fakeOpenai({ ...studio, ...(port === undefined ? {} : { port }) }),
  loading: () => fakeOpenai({ ...studio, loadMs: 60_000 }),
  error,
});

const realUrl = process.env['AXON_OPENAI_URL'];
if (realUrl !== undefined) {
  engineSuite(`openai at ${realUrl}`, async () => {
    const engine = engineFor(realUrl, { key: () => process.env['AXON_OPENAI_KEY'] });
    const [model] = await engine.models();
    if (model === undefined) throw new Error(`the server at ${realUrl} has no model`);
    const { program } = engine.facts();
    return {
      engine,
      model: process.env['AXON_OPENAI_MODEL'] ?? model.name,
      tooManyWords: 300_000,
      measured: 'openai',
      resident: program !== 'lm-studio',
      neverContinues: program !== 'llama-server',
      clean: async () => {},
    };
  });
}

const { signal } = new AbortController();
const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of running.splice(0).toReversed()) await end();
});

/** A played server and an engine on it. */
async function started(options: FakeOpenaiOptions, more: Partial<OpenaiOptions> = {}): Promise<{ server: FakeOpenai; engine: Engine }> {
  const server = await fakeOpenai(options);
  const engine = engineFor(server.url, more);
  running.push(server.close, engine.stop);
  await engine.start();
  return { server, engine };
}

describe('openai: what goes wrong', () => {
  let server: FakeOpenai;
  let engine: Engine;
  const model = 'smollm2-135m-instruct';
  const ask = () => collect(engine.chat(requestFor(model, 'hello'), signal));

  beforeEach(async () => {
    ({ server, engine } = await started({}));
  });

  test.each<[number, unknown, string]>([
    [404, { message: 'model not found', type: 'not_found_error' }, 'model-missing'],
    [400, { message: "model 'x' does not exist" }, 'model-missing'],
    [503, { message: 'Loading model', type: 'unavailable_error' }, 'queue-full'],
    [429, 'Too many requests', 'queue-full'],
    [401, { message: 'Invalid API Key', type: 'authentication_error' }, 'engine-locked'],
    [400, 'The number of tokens to keep is greater than the context length (4096).', 'prompt-too-long'],
    [400, { message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens." }, 'prompt-too-long'],
    [500, { message: 'Failed to load model "x": insufficient system resources' }, 'out-of-memory'],
    [500, 'Failed to load model "x"', 'model-broken'],
    [500, { message: 'Compute error.', type: 'server_error' }, 'engine-failed'],
  ])('status %i %j', async (status, error, code) => {
    server.failNext(status, error);
    await expect(ask()).rejects.toMatchObject({ code });
    expect(textOf(await ask())).toContain('hello');
  });

  test('a stream that ends without an end', async () => {
    server.sayNext('data: {"choices":[{"delta":{"content":"Half an"}}]}\n\n');
    await expect(ask()).rejects.toMatchObject({ code: 'engine-crashed' });
  });

  test('nothing of an answer is left out in silence: what is not understood ends it', async () => {
    server.sayNext('data: {"choices":[{"delta":{"content":["parts"]}}]}\n\ndata: [DONE]\n\n');
    await expect(ask()).rejects.toMatchObject({ code: 'engine-failed' });
    server.sayNext('data: {"choi\n\ndata: [DONE]\n\n');
    await expect(ask()).rejects.toMatchObject({ code: 'engine-failed' });
  });

  test('any line ends, comments and events of others are read; a server that counts nothing is counted', async () => {
    const delta = (content: string) => `data: {"choices":[{"delta":{"content":"${content}"},"finish_reason":null}]}`;
    server.sayNext(
      `: ping\r\n\r\nevent: message\r\n${delta('One ')}\r\n\r\n${delta('two 👍')}\n\ndata:{"choices":[{"delta":{},"finish_reason":"length"}]}\n\n`,
    );
    const chunks = await ask();
    expect(textOf(chunks)).toBe('One two 👍');
    expect(chunks.at(-1)).toMatchObject({ kind: 'done', reason: 'length', figures: { tokens: 2 } });
  });

  test('nothing but the parameters that we know reaches the server', async () => {
    const request = {
      ...requestFor(model, 'hello', { temperature: 0.5, topP: 0.9, topK: 3, maxTokens: 2, seed: 7, stop: ['x'], contextTokens: 600 }),
      tools: ['no'],
    };
    Object.assign(request.parameters, { n_predict: 99 });
    await collect(engine.chat(request, signal));
    expect(server.chats.at(-1)).toEqual({
      model: 'SmolLM2-135M-Instruct.Q4_1.gguf',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      stream_options: { include_usage: true },
      return_progress: true,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 3,
      max_tokens: 2,
      seed: 7,
      stop: ['x'],
    });
  });
});

describe('openai: what the programs tell', () => {
  test('llama-server: its slots, its context, its size, and no path of its machine', async () => {
    const { engine } = await started({ slots: 3, models: [{ id: '/home/somebody/SmolLM2-135M-Instruct.Q4_1.gguf', tools: true }] });
    expect(engine.facts()).toMatchObject({ program: 'llama-server', version: 'b8146-de3ff81', slots: { total: 3 }, contextLength: 4096 });
    expect(await engine.models()).toEqual([
      {
        name: 'smollm2-135m-instruct',
        loaded: true,
        sizeBytes: 98_000_000,
        contextLength: 8192,
        servedContext: 4096,
        quantization: 'Q4_1',
        parameters: '135M',
        capabilities: ['tools'],
      },
    ]);
  });

  test('llama-server with several models says which are in memory; the others are loaded by a question', async () => {
    const { engine } = await started({
      models: [
        { id: 'one', status: 'unloaded' },
        { id: 'two', status: 'loaded' },
      ],
    });
    expect(await engine.models()).toMatchObject([
      { name: 'one', loaded: false },
      { name: 'two', loaded: true },
    ]);
    const first = async (name: string) => (await collect(engine.chat(requestFor(name, 'hello'), signal)))[0]?.kind;
    expect([await first('one'), await first('two')]).toEqual(['loading', 'reading']);
  });

  test('LM Studio, also an older one; of another server only the names', async () => {
    const models = [
      { id: 'llava', vision: true, contextLength: 2048 },
      { id: 'nomic', type: 'embedding' as const },
    ];
    const { engine, server } = await started({ program: 'lm-studio', models });
    expect(engine.facts()).toMatchObject({ program: 'lm-studio', slots: { total: 1 } });
    expect(await engine.models()).toMatchObject([
      { name: 'llava', loaded: false, sizeBytes: 2_019_377_376, parameters: '3B', capabilities: ['vision'] },
    ]);
    await engine.load('llava', signal);
    expect(server.loaded).toEqual(new Set(['llava']));
    expect(await engine.models()).toMatchObject([{ loaded: true, servedContext: 2048, contextLength: 131_072 }]);
    const older = await started({ program: 'lm-studio-older', models });
    expect(await older.engine.models()).toEqual([
      { name: 'llava', loaded: false, contextLength: 131_072, quantization: 'Q4_K_M', capabilities: ['vision'] },
    ]);
    // it loads what it is asked a question with
    await older.engine.load('llava', signal);
    expect(older.server.loaded.size).toBe(0);
    const other = await started({ program: 'other', models: [{ id: 'm' }] });
    expect(await other.engine.models()).toEqual([{ name: 'm', loaded: true }]);
    expect(other.engine.facts()).not.toHaveProperty('program');
    expect(textOf(await collect(other.engine.chat(requestFor('m', 'hello'), signal)))).toContain('hello');
    expect(other.server.chats.at(-1)).not.toHaveProperty('return_progress');
  });

  test('one that loads its model is starting, and says so to whoever asks', async () => {
    const server = await fakeOpenai();
    const engine = engineFor(server.url);
    running.push(server.close, engine.stop);
    server.loading = true;
    await engine.start();
    expect(engine.facts().state).toEqual({ kind: 'starting' });
    const asked = collect(engine.chat(requestFor('smollm2-135m-instruct', 'hello'), signal));
    await expect(asked).rejects.toMatchObject({ code: 'queue-full', retryAfterMs: expect.any(Number) });
    server.loading = false;
    await expect.poll(() => engine.facts().state.kind, { timeout: 10_000 }).toBe('ready');
  });

  test('thoughts are told apart, can be kept from it, and are not thought again', async () => {
    const { engine, server } = await started({ models: [{ id: 'qwen3', thinks: 'Hm. Well.' }] });
    expect(await engine.models()).toMatchObject([{ capabilities: ['thinking'], efforts: ['off'] }]);
    const thoughts = async (parameters = {}, continued = {}) => {
      const chunks = await collect(engine.chat({ ...requestFor('qwen3', 'hello', parameters), ...continued }, signal));
      expect(textOf(chunks)).not.toContain('Hm.');
      return chunks.map((chunk) => (chunk.kind === 'thinking' ? chunk.text : '')).join('');
    };
    expect(await thoughts()).toBe('Hm. Well.');
    expect(await thoughts({ think: 'off' })).toBe('');
    expect(await thoughts({}, { continued: { text: 'You said' } })).toBe('');
    expect(server.chats.at(-1)).toMatchObject({
      messages: [{ role: 'user' }, { role: 'assistant', content: 'You said' }],
      continue_final_message: true,
      add_generation_prompt: false,
      chat_template_kwargs: { enable_thinking: false },
    });
  });

  test('pictures go to a model that is known to see, and to no other', async () => {
    const { engine, server } = await started({ models: [{ id: 'llava', vision: true }] });
    const asked = (name: string) => ({
      ...requestFor(name, 'x'),
      messages: [{ role: 'user' as const, content: 'what is it?', images: [redPng] }],
    });
    expect(textOf(await collect(engine.chat(asked('llava'), signal)))).not.toBe('');
    expect(server.chats.at(-1)).toMatchObject({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: `data:image/png;base64,${redPng}` } },
            { type: 'text', text: 'what is it?' },
          ],
        },
      ],
    });
    const blind = await started({ program: 'other', models: [{ id: 'm' }] });
    await expect(collect(blind.engine.chat(asked('m'), signal))).rejects.toMatchObject({ code: 'no-vision' });
    expect(blind.server.chats).toEqual([]);
  });
});

describe('openai: where it is', () => {
  const nowhere = async (): Promise<string> => {
    const server = await fakeOpenai();
    await server.close();
    return server.url;
  };

  test.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://box.lan:1234/v1/', 'http://box.lan:1234'],
    ['https://box.lan/llm/v1', 'https://box.lan/llm'],
    ['http://0.0.0.0:8080', 'http://127.0.0.1:8080'],
  ])('%s is %s', (text, address) => {
    expect(serverAddress(text)).toBe(address);
  });

  test.each(['', 'box.lan:8080', 'file:///etc/passwd', 'http://me:secret@box.lan'])('"%s" is no address', (text) => {
    expect(() => serverAddress(text)).toThrow(expect.objectContaining({ code: 'bad-address' }));
  });

  test('without an address it is LM Studio, or else llama-server, and stays with the one it has', async () => {
    const llama = await fakeOpenai();
    const studioUrl = await nowhere();
    const usual = { 'lm-studio': studioUrl, 'llama-server': llama.url };
    const engine = engineFor(undefined, { usual, key: () => 'k1' });
    running.push(llama.close, engine.stop);
    await engine.start();
    expect(engine.facts()).toMatchObject({ program: 'llama-server', address: llama.url, state: { kind: 'ready' } });
    const studio = await fakeOpenai({ program: 'lm-studio', port: Number(new URL(studioUrl).port) });
    running.push(studio.close);
    await engine.models();
    expect(engine.facts().program).toBe('llama-server');
    const both = engineFor(undefined, { usual });
    await both.models();
    expect(both.facts().program).toBe('lm-studio');
    // nobody set that address, so nobody there gets the key
    expect(llama.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  test('nobody there is missing, and so is a program without the API', async () => {
    const url = await nowhere();
    const missing = engineFor(undefined, { usual: { 'lm-studio': url, 'llama-server': url } });
    await expect(missing.models()).rejects.toMatchObject({
      code: 'engine-missing',
      message: expect.stringMatching(/LM Studio.*llama-server/),
    });
    const set = engineFor(`${url}/v1`);
    await expect(set.models()).rejects.toMatchObject({ code: 'engine-missing', message: expect.stringContaining(url) });
    // where it was looked for is told though nobody was there
    expect([set.facts().address, missing.facts().address]).toEqual([url, undefined]);
    const other = await fakeOpenai();
    running.push(other.close);
    await expect(engineFor(`${other.url}/somewhere`).models()).rejects.toMatchObject({
      code: 'engine-missing',
      message: expect.stringContaining('no OpenAI API'),
    });
    expect(missing.facts().state).toEqual({ kind: 'stopped' });
  });

  test('a key is sent with all that is asked; without it the failure says what to do', async () => {
    const server = await fakeOpenai({ key: 'k1' });
    const engine = engineFor(server.url, { key: () => 'k1' });
    running.push(server.close, engine.stop);
    await expect(engineFor(server.url).models()).rejects.toMatchObject({
      code: 'engine-locked',
      hint: expect.stringContaining('AXON_OPENAI_KEY'),
    });
    await engine.start();
    expect(textOf(await collect(engine.chat(requestFor('smollm2-135m-instruct', 'hello'), signal)))).toContain('hello');
    expect(server.requests.filter(({ authorization }) => authorization === 'Bearer k1').length).toBeGreaterThan(2);
    expect(JSON.stringify([engine.facts(), await engine.models()])).not.toContain('k1');
  });

  test('a key that is set while the server is looked for opens it at the next look', async () => {
    const server = await fakeOpenai({ key: 'k1' });
    const typed: { key?: string } = {};
    const engine = engineFor(server.url, { key: () => typed.key });
    running.push(server.close, engine.stop);
    await engine.start();
    expect(engine.facts().state).toMatchObject({ kind: 'failed', failure: { code: 'engine-locked' } });
    typed.key = 'k1';
    await expect.poll(() => engine.facts().state.kind).toBe('ready');
  });

  test('one on another machine is told to be there', async () => {
    const { engine } = await started({}, { elsewhere: async () => true });
    expect(engine.facts().remote).toBe(true);
  });
});
