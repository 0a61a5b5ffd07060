// An HTTP server with the OpenAI API as llama-server 0.5.0 (tools/server of its source) and LM Studio (its documents) put it on the wire, and as
// any other program may; their errors and bad days included.
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

export type FakeOpenaiModel = {
  id: string;
  /** Default: llm. What is embedding cannot chat; only LM Studio says so. */
  type?: 'llm' | 'embedding';
  vision?: boolean;
  tools?: boolean;
  contextLength?: number;
  /** llama-server as a router for several models says of each where it is: loaded, unloaded ... */
  status?: string;
  /** What it thinks before it answers, unless it is told not to. */
  thinks?: string;
};

/** lm-studio-older: before 0.4, without /api/v1. other: nothing but the API itself. */
export type FakeOpenaiProgram = 'llama-server' | 'lm-studio' | 'lm-studio-older' | 'other';

type Body = {
  model?: string;
  instance_id?: string;
  continue_final_message?: boolean;
  messages?: { role: string; content: string | { type: string; text?: string; image_url?: { url: string } }[] }[];
  max_tokens?: number;
  stop?: string[];
  stream_options?: { include_usage?: boolean };
  chat_template_kwargs?: { enable_thinking?: boolean };
};

type RawAnswer = { kind: 'answer'; raw: string };

export type FakeOpenai = PlayedServer<unknown> & {
  /** Everything that was asked of it, in order. */
  readonly requests: readonly { method: string; url: string; authorization: string | undefined }[];
  /** Of LM Studio: those in memory. */
  readonly loaded: Set<string>;
  /** llama-server is loading its model: it answers 503 to everything. */
  loading: boolean;
  /** The next chat sends these bytes as its events. */
  sayNext(raw: string): void;
};

export type FakeOpenaiOptions = {
  program?: FakeOpenaiProgram;
  models?: FakeOpenaiModel[];
  /** Wanted of whoever asks. */
  key?: string;
  slots?: number;
  tokenMs?: number;
  loadMs?: number;
  port?: number;
  /** llama-server with --no-prefill-assistant before it knew continue_final_message, and every program that answers anew. */
  closesTurn?: boolean;
  script?: (question: string) => string;
};

export async function fakeOpenai(options: FakeOpenaiOptions = {}): Promise<FakeOpenai> {
  const program = options.program ?? 'llama-server';
  const models = options.models ?? [{ id: 'SmolLM2-135M-Instruct.Q4_1.gguf' }];
  const studio = program === 'lm-studio' || program === 'lm-studio-older';
  const requests: { method: string; url: string; authorization: string | undefined }[] = [];
  const chats: Record<string, unknown>[] = [];
  const loaded = new Set<string>();
  const trouble = nextTrouble<unknown, RawAnswer>();
  let loading = false;
  let frozen = false;
  let writing = 0;
  const context = (model: FakeOpenaiModel): number => model.contextLength ?? 4096;

  const json = (response: ServerResponse, status: number, value: unknown): void => {
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...(program === 'llama-server' ? { server: 'llama.cpp' } : {}),
      ...(studio ? { 'x-powered-by': 'Express' } : {}),
    });
    response.end(JSON.stringify(value));
  };

  const listed = (model: FakeOpenaiModel): unknown =>
    program === 'llama-server'
      ? {
          id: model.id,
          aliases: [],
          tags: [],
          object: 'model',
          created: 1790000000,
          owned_by: 'llamacpp',
          ...(model.status === undefined ? {} : { status: { value: model.status } }),
          meta: {
            vocab_type: 2,
            n_vocab: 49_152,
            n_ctx: context(model),
            n_ctx_train: 8192,
            n_embd: 576,
            n_params: 134_515_008,
            size: 98_000_000,
            ftype: 'Q4_1',
          },
        }
      : { id: model.id, object: 'model', owned_by: studio ? 'organization_owner' : 'somebody' };
  const props = (model: FakeOpenaiModel): unknown => ({
    default_generation_settings: { params: {}, n_ctx: context(model) },
    total_slots: options.slots ?? 2,
    model_alias: model.id,
    model_path: `/home/somebody/models/${model.id}`,
    modalities: { vision: model.vision === true, video: false, audio: false },
    chat_template: model.thinks === undefined ? '{{ messages }}' : '{% if enable_thinking %}<think>{% endif %}{{ messages }}',
    chat_template_caps: { supports_tools: model.tools === true, supports_system_role: true },
    build_info: 'b8146-de3ff81',
    is_sleeping: false,
  });
  const studioModel = (model: FakeOpenaiModel): unknown => ({
    type: model.type ?? 'llm',
    publisher: 'somebody',
    key: model.id,
    display_name: model.id,
    quantization: { name: 'Q4_K_M', bits_per_weight: 4 },
    size_bytes: 2_019_377_376,
    params_string: '3B',
    loaded_instances: loaded.has(model.id) ? [{ id: model.id, config: { context_length: context(model) } }] : [],
    max_context_length: 131_072,
    format: 'gguf',
    ...(model.type === 'embedding'
      ? {}
      : { capabilities: { vision: model.vision === true, trained_for_tool_use: model.tools === true }, description: null }),
  });
  const olderStudioModel = (model: FakeOpenaiModel): unknown => ({
    id: model.id,
    object: 'model',
    type: model.type === 'embedding' ? 'embeddings' : model.vision === true ? 'vlm' : 'llm',
    publisher: 'somebody',
    arch: 'llama',
    compatibility_type: 'gguf',
    quantization: 'Q4_K_M',
    state: loaded.has(model.id) ? 'loaded' : 'not-loaded',
    max_context_length: 131_072,
  });

  async function chat(body: Body, response: ServerResponse): Promise<void> {
    chats.push(body);
    const fault = trouble.take();
    if (fault?.kind === 'status') return json(response, fault.status, { error: fault.error });
    if (fault?.kind === 'answer') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(fault.raw);
    // llama-server takes any name for the one model that it has
    const model = program === 'llama-server' && models[0]?.status === undefined ? models[0] : models.find(({ id }) => id === body.model);
    if (model === undefined) return json(response, 404, { error: { message: `model ${body.model} not found`, code: 'model_not_found' } });
    if (studio && !loaded.has(model.id)) {
      await sleep(options.loadMs ?? 0);
      loaded.add(model.id);
    }
    const messages = (body.messages ?? []).map(({ role, content }) => ({ role, content: textOf(content) }));
    const promptTokens = messages.reduce((sum, { content }) => sum + fakeTokens(content).length, 0);
    if (promptTokens > context(model)) return json(response, 400, { error: tooLong(promptTokens, context(model)) });
    const last = messages.at(-1);
    const open = last?.role === 'assistant' ? last.content : '';
    const question = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    const whole = (options.script ?? youSaid)(question);
    const goesOn = open !== '' && program === 'llama-server' && options.closesTurn !== true && whole.startsWith(open);
    // told in so many words to go on, it does not say the text so far once more
    const text = goesOn && body.continue_final_message === true ? whole.slice(open.length) : whole;
    const { words, cut } = wordsOf(text, body.stop, body.max_tokens);
    const thoughts = body.chat_template_kwargs?.enable_thinking === false ? [] : fakeTokens(model.thinks ?? '');
    await write(response, model, { words, thoughts, fault, promptTokens, cut, body });
  }

  async function load({ model = '' }: Body, response: ServerResponse): Promise<void> {
    if (!models.some(({ id }) => id === model)) return json(response, 404, { error: { message: `model ${model} not found` } });
    await sleep(options.loadMs ?? 0);
    loaded.add(model);
    json(response, 200, { model_instance_id: model, config: {}, load_time_seconds: 1 });
  }

  async function write(
    response: ServerResponse,
    model: FakeOpenaiModel,
    answer: { words: string[]; thoughts: string[]; fault: Trouble<unknown> | undefined; promptTokens: number; cut: boolean; body: Body },
  ): Promise<void> {
    const { fault, words, thoughts, promptTokens } = answer;
    if (frozen) return await closed(response);
    response.writeHead(200, { 'content-type': 'text/event-stream', ...(program === 'llama-server' ? { server: 'llama.cpp' } : {}) });
    const event = (value: unknown): void => void response.write(`data: ${JSON.stringify(value)}\n\n`);
    const chunk = (choices: unknown[], more: object = {}): void =>
      event({ choices, created: 1790000000, id: 'chatcmpl-1', model: model.id, object: 'chat.completion.chunk', ...more });
    const delta = (value: unknown, reason: string | null = null): void => chunk([{ finish_reason: reason, index: 0, delta: value }]);
    const how = { wordMs: options.tokenMs, sayError: (error: unknown) => event({ error }) };
    writing += 1;
    const began = performance.now();
    try {
      delta({ role: 'assistant', content: null });
      response.write(':\n\n');
      if (!(await sayWords(response, thoughts, { ...how, say: (thought) => delta({ reasoning_content: thought }) }))) return;
      if (!(await sayWords(response, words, { ...how, say: (content) => delta({ content }), trouble: fault }))) return;
      delta({}, answer.cut ? 'length' : 'stop');
      // llama-server counts the token that ends the turn
      const tokens = words.length + thoughts.length + (program === 'llama-server' && !answer.cut ? 1 : 0);
      const usage = { completion_tokens: tokens, prompt_tokens: promptTokens, total_tokens: tokens + promptTokens };
      const perSecond = tokens / ((performance.now() - began) / 1000);
      const timings =
        program === 'llama-server' ? { timings: { prompt_n: promptTokens, predicted_n: tokens, predicted_per_second: perSecond } } : {};
      if (answer.body.stream_options?.include_usage === true) chunk([], { usage, ...timings });
      response.end('data: [DONE]\n\n');
    } finally {
      writing -= 1;
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?');
    if (loading) return json(response, 503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } });
    if (options.key !== undefined && path !== '/health' && request.headers.authorization !== `Bearer ${options.key}`)
      return json(response, 401, { error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 } });
    const asked = `${request.method} ${path}`;
    if (asked === 'GET /v1/models') return json(response, 200, { object: 'list', data: models.map(listed) });
    if (asked === 'POST /v1/chat/completions') return chat(await postedJson<Body>(request), response);
    if (program === 'llama-server') {
      const [model] = models;
      if (asked === 'GET /health') return json(response, 200, { status: 'ok' });
      if (asked === 'GET /props' && model !== undefined) return json(response, 200, props(model));
      return json(response, 404, { error: { message: 'File Not Found', type: 'not_found_error', code: 404 } });
    }
    if (asked === 'POST /api/v1/models/load' && program === 'lm-studio') return load(await postedJson<Body>(request), response);
    if (asked === 'POST /api/v1/models/unload' && program === 'lm-studio') {
      const { instance_id: id = '' } = await postedJson<Body>(request);
      return loaded.delete(id) ? json(response, 200, { instance_id: id }) : json(response, 404, { error: { message: 'no such instance' } });
    }
    if (asked === 'GET /api/v1/models' && program === 'lm-studio') return json(response, 200, { models: models.map(studioModel) });
    if (asked === 'GET /api/v0/models' && studio) return json(response, 200, { object: 'list', data: models.map(olderStudioModel) });
    // LM Studio says so with status 200
    if (studio) return json(response, 200, { error: `Unexpected endpoint or method. (${asked})` });
    json(response, 404, { detail: 'Not Found' });
  }

  const { url, close } = await listening((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', authorization: request.headers.authorization });
    if (frozen) return;
    answer(request, response).catch(() => response.destroy());
  }, options.port);
  return {
    ...trouble.ahead,
    url,
    requests,
    chats,
    loaded,
    get writing() {
      return writing;
    },
    get loading() {
      return loading;
    },
    set loading(now) {
      loading = now;
    },
    sayNext: (raw) => trouble.set({ kind: 'answer', raw }),
    freeze: () => void (frozen = true),
    close,
  };
}

function textOf(content: string | { type: string; text?: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('');
}

/** As llama-server words it. */
function tooLong(tokens: number, context: number): unknown {
  return {
    code: 400,
    message: `request (${tokens} tokens) exceeds the available context size (${context} tokens), try increasing it`,
    type: 'exceed_context_size_error',
    n_prompt_tokens: tokens,
    n_ctx: context,
  };
}
