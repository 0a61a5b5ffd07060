// An HTTP server with Ollama's wire shapes (design note engine.md section 8), its errors and its bad days included.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fakeTokens } from './fake-engine.ts';
import {
  closed,
  listening,
  nextTrouble,
  postedJson,
  sayWords,
  wordsOf,
  youSaid,
  type PlayedServer,
  type Trouble,
} from './played-server.ts';

export type FakeOllamaModel = {
  name: string;
  size?: number;
  /** Bytes in graphics memory once loaded; default: all of it. */
  sizeVram?: number;
  contextLength?: number;
  capabilities?: string[];
  /** Default: llama. gptoss thinks whatever it is asked, and is told how much. */
  family?: string;
  remoteHost?: string;
  /** Its template ends the turn of an assistant's message that stands last, so that it answers again. Default: it goes on with it. */
  closesTurn?: boolean;
  /** What it thinks before it answers, when it is asked to, or not asked not to; it has the capability then. */
  thinks?: string;
};

/** What the last line of an answer says: nanoseconds and tokens, measured. */
type Metrics = {
  total_duration: number;
  load_duration: number;
  prompt_eval_count: number;
  prompt_eval_duration: number;
  eval_count: number;
  eval_duration: number;
};

export type FakeOllama = PlayedServer<string> & {
  /** Everything that was asked of it, in order; `body` of a POST only. */
  readonly requests: readonly { method: string; url: string; body: string }[];
  /** What it said of each answer that it wrote to its end, in order. */
  readonly ended: readonly Metrics[];
  readonly loaded: ReadonlySet<string>;
  /** The next chat sends so many lines without a word before the first one, as for what its parser holds back. */
  blankNext(lines: number): void;
  /** What it can download; failsAt: it fails after that share of the bytes, with those words; restAfter: the second half comes then. Default: nothing, as in a house without the Internet. */
  readonly registry: Map<string, FakeOllamaModel & { failsAt?: number; failsWith?: string; restAfter?: Promise<void> }>;
  addModel(model: FakeOllamaModel): void;
  /** As it does with models that rested for five minutes. */
  unloadAll(): void;
};

export type FakeOllamaOptions = {
  models?: readonly FakeOllamaModel[];
  /** Between two lines of an answer; default 1 */
  tokenMs?: number;
  /** For loading a model; default 0 */
  loadMs?: number;
  /** For each of the quarters of a download; default 1 */
  pullMs?: number;
  port?: number;
  /** It does not tell in its list what a model can, only when it is asked about that one. */
  older?: boolean;
  /** What it says about itself; default: one without a known hole. */
  version?: string;
  script?: (messages: readonly { role: string; content: string }[]) => string;
};

type Blank = { kind: 'blank'; lines: number };
type Body = {
  model?: string;
  name?: string;
  messages?: { role: string; content: string }[];
  prompt?: string;
  stream?: boolean;
  think?: boolean | string;
  keep_alive?: number | string;
  options?: { num_predict?: number; num_ctx?: number; stop?: string[] };
};

const digest = 'a'.repeat(64);

/** Listens on 127.0.0.1. */
export async function fakeOllama(options: FakeOllamaOptions = {}): Promise<FakeOllama> {
  const models = new Map<string, FakeOllamaModel>();
  for (const model of options.models ?? [{ name: 'llama3.2:3b' }]) models.set(model.name, model);
  const loaded = new Set<string>();
  /** The context that a model was loaded with, where a question said so. */
  const contexts = new Map<string, number>();
  const chats: Record<string, unknown>[] = [];
  const ended: Metrics[] = [];
  const requests: { method: string; url: string; body: string }[] = [];
  const trouble = nextTrouble<string, Blank>();
  let frozen = false;
  const registry: FakeOllama['registry'] = new Map();
  const arrived = new Map<string, number>();
  let writing = 0;

  const details = ({ contextLength, family = 'llama' }: FakeOllamaModel) => ({
    parent_model: '',
    format: 'gguf',
    family,
    families: [family],
    parameter_size: '3.2B',
    quantization_level: 'Q4_K_M',
    ...(contextLength === undefined ? {} : { context_length: contextLength }),
  });
  const tag = (model: FakeOllamaModel) => ({
    name: model.name,
    model: model.name,
    modified_at: '2026-08-21T10:00:00.000000000Z',
    size: model.size ?? 2e9,
    digest,
    details: details(model),
    ...(options.older === true ? {} : { capabilities: capabilitiesOf(model) }),
    ...(model.remoteHost === undefined ? {} : { remote_model: model.name, remote_host: model.remoteHost }),
  });
  const running = (model: FakeOllamaModel) => ({
    name: model.name,
    model: model.name,
    size: model.size ?? 2e9,
    digest,
    details: details(model),
    expires_at: '2026-08-21T10:05:00Z',
    size_vram: model.sizeVram ?? model.size ?? 2e9,
    context_length: contexts.get(model.name) ?? model.contextLength ?? 4096,
  });

  /** Another context than it has makes it load again. */
  const load = async (name: string, context?: number): Promise<void> => {
    if (loaded.has(name) && contexts.get(name) === context) return;
    await sleep(options.loadMs ?? 0);
    if (context === undefined) contexts.delete(name);
    else contexts.set(name, context);
    loaded.add(name);
  };

  async function chat(body: Body, response: ServerResponse): Promise<void> {
    chats.push(body);
    const fault = trouble.take();
    if (fault?.kind === 'status') return json(response, fault.status, { error: fault.error });
    const model = models.get(body.model ?? '');
    if (model === undefined) return json(response, 404, { error: `model '${body.model}' not found` });
    const thinks = capabilitiesOf(model).includes('thinking');
    if (body.think !== undefined && body.think !== false && !thinks)
      return json(response, 400, { error: `"${model.name}" does not support thinking` });
    const messages = body.messages ?? [];
    const asked = process.hrtime.bigint();
    await load(model.name, body.options?.num_ctx);
    const loadedAt = process.hrtime.bigint();
    const metrics = (promptTokens: number, tokens: number): Metrics => ({
      total_duration: since(asked),
      load_duration: Number(loadedAt - asked),
      prompt_eval_count: promptTokens,
      prompt_eval_duration: 1000,
      eval_count: tokens,
      eval_duration: since(loadedAt),
    });
    if (messages.length === 0) return json(response, 200, lastLine(model.name, 'load', metrics(0, 0)));
    const promptTokens = messages.reduce((sum, { content }) => sum + fakeTokens(content).length, 0);
    const limit = contexts.get(model.name) ?? model.contextLength ?? 4096;
    if (promptTokens > limit)
      return json(response, 400, { error: `the prompt (${promptTokens} tokens) exceeds the available context size (${limit} tokens)` });
    // As Ollama's templates do with an assistant's message that stands last: left open, so that the model goes on with it.
    const last = messages.at(-1);
    const open = last?.role === 'assistant' && messages.length > 1 ? last.content : '';
    const script = options.script ?? ((told) => youSaid(told.at(-1)?.content ?? ''));
    const whole = script(open === '' ? messages : messages.slice(0, -1));
    const text = model.closesTurn !== true && whole.startsWith(open) ? whole.slice(open.length) : whole;
    const { words, cut } = wordsOf(text, body.options?.stop, body.options?.num_predict);
    const thoughts = thinks && (body.think !== false || model.family === 'gptoss') ? fakeTokens(model.thinks ?? '') : [];
    const told = (): Metrics => metrics(promptTokens, thoughts.length + words.length);
    await write(response, model.name, words, { reason: cut ? 'length' : 'stop', told, fault, thoughts });
  }

  async function write(
    response: ServerResponse,
    model: string,
    words: string[],
    end: { reason: string; told: () => Metrics; fault: Trouble<string> | Blank | undefined; thoughts: string[] },
  ): Promise<void> {
    const { fault } = end;
    const line = (value: unknown): void => void response.write(`${JSON.stringify(value)}\n`);
    if (frozen) return await closed(response);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const said = (message: { content: string; thinking?: string }): void =>
      line({ model, created_at: new Date(0).toISOString(), message: { role: 'assistant', ...message }, done: false });
    const think = (thinking: string): void => said(thinking === '' ? { content: '' } : { content: '', thinking });
    const how = { wordMs: options.tokenMs, sayError: (error: string) => line({ error }) };
    writing += 1;
    try {
      const blanks = Array.from({ length: fault?.kind === 'blank' ? fault.lines : 0 }, () => '');
      if (!(await sayWords(response, [...end.thoughts, ...blanks], { ...how, say: think }))) return;
      const broken = fault?.kind === 'blank' ? undefined : fault;
      if (!(await sayWords(response, words, { ...how, say: (content) => said({ content }), trouble: broken }))) return;
      const metrics = end.told();
      ended.push(metrics);
      line(lastLine(model, end.reason, metrics));
      response.end();
    } finally {
      writing -= 1;
    }
  }

  async function generate(body: Body, response: ServerResponse): Promise<void> {
    const name = body.model ?? '';
    if (!models.has(name)) return json(response, 404, { error: `model '${name}' not found` });
    if (body.keep_alive === 0) loaded.delete(name);
    else await load(name);
    json(response, 200, {
      model: name,
      created_at: new Date(0).toISOString(),
      response: '',
      done: true,
      done_reason: body.keep_alive === 0 ? 'unload' : 'load',
    });
  }

  /** As of Ollama v0.33: a manifest, layers with their bytes, a check, success; a failure is a line. */
  async function pull(body: Body, response: ServerResponse): Promise<void> {
    const name = body.model ?? body.name ?? '';
    const line = (value: unknown): void => void response.write(`${JSON.stringify(value)}\n`);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    line({ status: 'pulling manifest' });
    const found = registry.get(name);
    if (found === undefined) line({ error: 'pull model manifest: file does not exist' });
    else {
      const { failsAt = 2, failsWith = 'max retries exceeded: unexpected EOF', restAfter, ...model } = found;
      const total = model.size ?? 2e9;
      for (const share of [0, 0.25, 0.5, 0.75, 1]) {
        // what came before is not fetched again
        if (share < (arrived.get(name) ?? 0)) continue;
        arrived.set(name, share);
        if (share >= failsAt) {
          line({ error: failsWith });
          return void response.end();
        }
        line({ status: `pulling ${digest.slice(0, 12)}`, digest: `sha256:${digest}`, total, completed: total * share });
        await sleep(options.pullMs ?? 1);
        if (share === 0.5) await restAfter;
        if (response.destroyed) return;
      }
      line({ status: 'verifying sha256 digest' });
      models.set(name, model);
      line({ status: 'success' });
    }
    response.end();
  }

  function show(body: Body, response: ServerResponse): void {
    const model = models.get(body.model ?? body.name ?? '');
    if (model === undefined) return json(response, 404, { error: `model '${body.model ?? body.name}' not found` });
    json(response, 200, {
      modelfile: '',
      parameters: '',
      template: '',
      details: details(model),
      capabilities: capabilitiesOf(model),
      model_info: { 'general.architecture': 'llama', 'general.basename': model.name, 'llama.context_length': model.contextLength ?? 4096 },
    });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.url}`) {
      case 'GET /':
        response.end('Ollama is running');
        return;
      case 'GET /api/version':
        return json(response, 200, { version: options.version ?? '0.40.5' });
      case 'GET /api/tags':
        return json(response, 200, { models: [...models.values()].map(tag) });
      case 'GET /api/ps':
        return json(response, 200, { models: [...models.values()].filter(({ name }) => loaded.has(name)).map(running) });
      case 'POST /api/show':
        return show(await postedJson<Body>(request), response);
      case 'POST /api/chat':
        return chat(await postedJson<Body>(request), response);
      case 'DELETE /api/delete': {
        const { model, name } = await postedJson<Body>(request);
        const gone = model ?? name ?? '';
        if (!models.delete(gone)) return json(response, 404, { error: `model '${gone}' not found` });
        loaded.delete(gone);
        response.writeHead(200).end();
        return;
      }
      case 'POST /api/pull':
        return pull(await postedJson<Body>(request), response);
      case 'POST /api/generate':
        return generate(await postedJson<Body>(request), response);
      default:
        json(response, 404, { error: 'not found' });
    }
  }

  const { url, close } = await listening((request, response) => {
    const seen = { method: request.method ?? '', url: request.url ?? '', body: '' };
    requests.push(seen);
    request.on('data', (part: string | Buffer) => void (seen.body += part.toString()));
    if (frozen) return;
    answer(request, response).catch(() => response.destroy());
  }, options.port);
  return {
    ...trouble.ahead,
    url,
    requests,
    chats,
    ended,
    loaded,
    get writing() {
      return writing;
    },
    blankNext: (lines) => trouble.set({ kind: 'blank', lines }),
    registry,
    freeze: () => void (frozen = true),
    addModel: (model) => void models.set(model.name, model),
    unloadAll: () => loaded.clear(),
    close,
  };
}

function capabilitiesOf({ capabilities, thinks }: FakeOllamaModel): string[] {
  return capabilities ?? ['completion', ...(thinks === undefined ? [] : ['thinking'])];
}

function lastLine(model: string, reason: string, metrics: Metrics): unknown {
  const message = { role: 'assistant', content: '' };
  return { model, created_at: new Date(0).toISOString(), message, done: true, done_reason: reason, ...metrics };
}

const since = (from: bigint): number => Number(process.hrtime.bigint() - from);

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}
