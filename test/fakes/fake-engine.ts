// An engine without a model that behaves as one: takes time, has slots, loads, fails on demand.
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { EngineState, Vulnerability } from '../../src-shared/engine.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import type { Clock, Engine } from '../../src-main/jobs/ports.ts';

export type FakeEngineOptions = {
  /** Names, or whole infos. Default: ['fake']. */
  models?: readonly (string | ModelInfo)[];
  /** 0: without any delay. Default 0. */
  tokensPerSecond?: number;
  /** Default 4. */
  slots?: number;
  /** ms for loading a model; default 0 */
  loadMs?: number;
  /** A prompt of more words fails with prompt-too-long; default 4096. */
  contextTokens?: number;
  /** Answers stop growing after so many texts until resume() or an abort, for what is to happen in mid-answer, however long that takes. */
  hangsAfter?: number;
  /** The whole answer to a question. Default: fakeAnswer. */
  script?: (request: ChatRequest) => string;
  /** What models think before they answer, by name, unless the answer was begun already. */
  thinks?: Readonly<Record<string, string>>;
  /** Says the ids of its tokens, as the embedded engine does; default: text only, as Ollama. */
  tokenIds?: boolean;
  clock?: Clock;
  /** What is known against its version. */
  vulnerable?: Vulnerability;
  /** It runs on another machine than its node. */
  remote?: boolean;
};

export type FakeEngine = Engine & {
  /** Every request that reached the engine, in order. */
  readonly asked: readonly ChatRequest[];
  /** The next answer fails so after this many texts. */
  failNext(code: FailureCode, afterTexts?: number): void;
  /** Answers stop growing until resume() or an abort. */
  hang(): void;
  resume(): void;
  /** Ends every running answer with engine-crashed; models are no longer loaded. `retryAt` as in EngineState. */
  crash(retryAt?: number): void;
  /** After a crash: ready again. */
  recover(): void;
  addModel(name: string): void;
};

const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Deterministic: the same conversation gets the same text. */
export function fakeAnswer({ messages }: ChatRequest): string {
  const last = messages.at(-1)?.content ?? '';
  return `You said “${last.slice(0, 80)}” 👍, which is message ${messages.length} of this conversation. One two three four five six seven eight nine ten.`;
}

/** Tokens of the fake are words with the blank before them. */
export function fakeTokens(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}

export function fakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const clock = options.clock ?? systemClock;
  const total = options.slots ?? 4;
  const contextTokens = options.contextTokens ?? 4096;
  const models = new Map<string, ModelInfo>();
  const watchers = new Set<() => void>();
  const asked: ChatRequest[] = [];
  const running = new Set<AbortController>();
  let state: EngineState = { kind: 'stopped' };
  let trouble: { code: FailureCode; afterTexts: number } | undefined;
  let hanging: { promise: Promise<void>; end: () => void } | undefined;
  let { hangsAfter } = options;

  const hang = (): void => {
    const { promise, resolve } = Promise.withResolvers<void>();
    hanging = { promise, end: resolve };
  };
  const changed = (): void => watchers.forEach((watcher) => watcher());
  const become = (next: EngineState): void => {
    state = next;
    changed();
  };
  const infoOf = (name: string): ModelInfo => ({
    name,
    sizeBytes: 1000,
    loaded: false,
    parameters: '1K',
    capabilities: options.thinks?.[name] === undefined ? [] : ['thinking'],
  });
  const addModel = (model: string | ModelInfo): void => {
    const info = typeof model === 'string' ? { ...infoOf(model), contextLength: contextTokens } : model;
    models.set(info.name, info);
  };
  for (const model of options.models ?? ['fake']) addModel(model);

  const find = (name: string | undefined): ModelInfo => {
    const model = name === undefined ? undefined : models.get(name);
    if (state.kind === 'failed') throw new Failure(state.failure.code, state.failure.message);
    if (state.kind === 'stopped') throw new Failure('engine-failed', 'The engine is stopped.');
    if (model === undefined) throw new Failure('model-missing', `There is no model ${name}.`);
    return model;
  };

  const setLoaded = (name: string, loaded: boolean): void => {
    const model = models.get(name);
    if (model !== undefined) models.set(name, { ...model, loaded });
  };

  async function* loadSteps(name: string, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    if (find(name).loaded) return;
    const loadMs = options.loadMs ?? 0;
    for (const progress of [0, 0.5, 1]) {
      signal.throwIfAborted();
      become({ kind: 'loading', model: name, progress });
      yield { kind: 'loading', model: name, progress };
      if (progress < 1) await pause(clock, loadMs / 2, signal);
    }
    signal.throwIfAborted();
    setLoaded(name, true);
    become({ kind: 'ready' });
  }

  async function* write(request: ChatRequest, name: string, began: number, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    yield* loadSteps(name, signal);
    const promptTokens = request.messages.reduce((sum, { content }) => sum + fakeTokens(content).length, 0);
    if (promptTokens + fakeTokens(request.continued?.text ?? '').length > contextTokens)
      throw new Failure('prompt-too-long', `The conversation has ${promptTokens} tokens; ${name} takes ${contextTokens}.`);
    yield { kind: 'reading', progress: 1 };
    const whole = cutAtStop((options.script ?? fakeAnswer)(request), request.parameters.stop ?? []);
    const all = rest(whole, request);
    const written = fakeTokens(whole).length - all.length;
    const tokens = all.slice(0, request.parameters.maxTokens ?? all.length);
    if (options.tokenIds === true) yield { kind: 'began', model: name, ...fakeTokenFacts };
    const fault = trouble;
    trouble = undefined;
    let firstAt: number | undefined;
    const thoughts = request.continued === undefined ? fakeTokens(options.thinks?.[name] ?? '') : [];
    for (const text of thoughts) {
      await pause(clock, options.tokensPerSecond ? 1000 / options.tokensPerSecond : 0, signal);
      while (hanging !== undefined) await orAborted(hanging.promise, signal);
      firstAt ??= clock.now();
      yield { kind: 'thinking', text, ...(options.tokenIds === true ? { tokens: [thoughtToken] } : {}) };
    }
    for (const [index, text] of tokens.entries()) {
      if (fault?.afterTexts === index) throw new Failure(fault.code, 'The fake engine was told to fail.');
      if (hangsAfter === index && hanging === undefined) hang();
      await pause(clock, options.tokensPerSecond ? 1000 / options.tokensPerSecond : 0, signal);
      while (hanging !== undefined) await orAborted(hanging.promise, signal);
      firstAt ??= clock.now();
      yield { kind: 'text', text, ...(options.tokenIds === true ? { tokens: [written + index] } : {}) };
    }
    if (fault !== undefined) throw new Failure(fault.code, 'The fake engine was told to fail.');
    const seconds = (clock.now() - (firstAt ?? began)) / 1000;
    const figures = {
      tokens: thoughts.length + tokens.length,
      promptTokens,
      tokensPerSecond: seconds > 0 && tokens.length > 1 ? (tokens.length - 1) / seconds : 0,
      timeToFirstTokenMs: (firstAt ?? clock.now()) - began,
    };
    yield { kind: 'done', reason: tokens.length < all.length ? 'length' : 'stop', model: name, figures };
  }

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    signal.throwIfAborted();
    const began = clock.now();
    asked.push(request);
    const { name } = find(request.model);
    const end = new AbortController();
    running.add(end);
    changed();
    try {
      yield* write(request, name, began, AbortSignal.any([signal, end.signal]));
    } finally {
      running.delete(end);
      if (state.kind === 'loading') state = { kind: 'ready' };
      changed();
    }
  }

  return {
    kind: 'fake',
    asked,
    facts: () => ({
      kind: 'fake',
      version: '1',
      state,
      device: { kind: 'cpu', name: 'Fake', why: 'A fake has no GPU.', cause: { code: 'no-gpu' } },
      slots: { total, free: Math.max(0, total - running.size) },
      ...(options.remote === undefined ? {} : { remote: options.remote }),
      ...(options.vulnerable === undefined ? {} : { vulnerable: options.vulnerable }),
      contextLength: contextTokens,
    }),
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    async start() {
      become({ kind: 'ready' });
    },
    async stop() {
      for (const answer of running) answer.abort(new Failure('engine-failed', 'The engine was stopped.'));
      become({ kind: 'stopped' });
    },
    models: async () => [...models.values()],
    async load(name, signal) {
      for await (const _ of loadSteps(name, signal));
    },
    async unload(name) {
      setLoaded(name, false);
      changed();
    },
    chat,
    failNext: (code, afterTexts = 0) => void (trouble = { code, afterTexts }),
    hang,
    resume() {
      hangsAfter = undefined;
      hanging?.end();
      hanging = undefined;
    },
    crash(retryAt) {
      const failure = new Failure('engine-crashed', 'The fake engine crashed.');
      for (const answer of running) answer.abort(failure);
      for (const name of models.keys()) setLoaded(name, false);
      become({ kind: 'failed', failure: failure.toShape(), ...(retryAt === undefined ? {} : { retryAt }) });
    },
    recover: () => become({ kind: 'ready' }),
    addModel(name) {
      addModel(name);
      changed();
    },
  };
}

/** What the ids of a fake's tokens are worth something to: a token's id is its place in the answer. */
export const fakeTokenFacts = { digest: 'fa4e', build: 'fake 1' } as const;

/** The id of every token of a thought. */
const thoughtToken = 1_000_000;

/** What is still to be written: all of it, or what comes after the answer so far. A text that this engine would not have written is left standing, and its own answer follows. */
function rest(whole: string, { continued }: ChatRequest): string[] {
  if (continued === undefined) return fakeTokens(whole);
  const { text, tokens } = continued;
  const known = tokens?.digest === fakeTokenFacts.digest && tokens.build === fakeTokenFacts.build;
  if (known) return fakeTokens(whole).slice(tokens.ids.filter((token) => token !== thoughtToken).length);
  // a stop text began in what was there
  if (text.startsWith(whole)) return [];
  return fakeTokens(whole.startsWith(text) ? whole.slice(text.length) : ` ${whole}`);
}

function cutAtStop(text: string, stops: readonly string[]): string {
  const at = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
  return at.length === 0 ? text : text.slice(0, Math.min(...at));
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms === 0) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  return orAborted(promise, signal).finally(cancel);
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
