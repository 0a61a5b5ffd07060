// An engine in virtual time: slots, loads, a speed that falls when it is shared or slowed down, hangs, crashes, and a supervisor that restarts it.
// It writes script.ts, and goes on with an answer only from a text that is a beginning of it.
import type { ChatChunk, ChatRequest } from '../../../src-shared/chat.ts';
import type { EngineState } from '../../../src-shared/engine.ts';
import { Failure } from '../../../src-shared/failure.ts';
import type { ModelInfo } from '../../../src-shared/model.ts';
import type { Clock, Engine } from '../../../src-main/jobs/ports.ts';
import type { Random } from './random.ts';
import { scriptFor } from './script.ts';

export type SimEngineSpec = {
  /** Names of the models on its disk. */
  models: readonly string[];
  /** Of one answer alone, tokens/s. */
  tokensPerSecond: number;
  promptTokensPerSecond: number;
  slots: number;
  loadMs: number;
  /** Gives token ids, and continues from them; others know only text. */
  tokens: boolean;
};

export type SimEngine = Engine & {
  /** Nothing moves until it is restarted. */
  hang(): void;
  crash(): void;
  /** From now on it takes so many times as long; 1: as ever. */
  slow(times: number): void;
  running(): number;
  /** Tokens written so far. */
  written(): number;
};

export type SimEngineWorld = {
  clock: Clock;
  random: Random;
  /** Something that no engine should ever be asked. */
  wrong(what: string): void;
};

/** engine/patience.ts: after so long without a token an engine is restarted, ms; and how long that takes. */
const stallMs = 15_000;
const restartMs = 2_000;
const foreverMs = 1e9;

export function simEngine(spec: SimEngineSpec, { clock, random, wrong }: SimEngineWorld): SimEngine {
  const watchers = new Set<() => void>();
  const running = new Set<Ending>();
  const loaded = new Set<string>();
  let loading: { ending: Ending; done: Promise<void> } | null = null;
  let state: EngineState = { kind: 'stopped' };
  let slowness = 1;
  let hangs = false;
  let written = 0;
  let restart = (): void => undefined;

  const become = (next: EngineState): void => {
    state = next;
    for (const watcher of watchers) watcher();
  };
  const changed = (): void => become(state);
  const stop = (why: Failure): void => {
    for (const one of running) one.end(why);
    loading?.ending.end(why);
    loaded.clear();
    hangs = false;
    restart();
  };
  const fail = (why: Failure): void => {
    stop(why);
    become({ kind: 'failed', failure: why.toShape(), retryAt: clock.date() + restartMs });
    restart = clock.after(restartMs, () => become({ kind: 'ready' }));
  };
  const pause = (ms: number, ending: Ending): Promise<void> =>
    ending.unlessOver((done) => clock.after(hangs ? foreverMs : ms * slowness, done));
  /** One load for all who want it. */
  const load = async (model: string, asked: Ending): Promise<void> => {
    while (!loaded.has(model)) {
      if (state.kind === 'failed') throw new Failure(state.failure.code, state.failure.message);
      if (loading === null) {
        const ending = endingOf();
        become({ kind: 'loading', model });
        const done = pause(spec.loadMs, ending).then(
          () => void loaded.add(model),
          () => undefined,
        );
        loading = { ending, done };
        void done.then(() => {
          loading = null;
          if (state.kind === 'loading') become({ kind: 'ready' });
        });
      }
      const { done } = loading;
      await asked.unlessOver((end) => void done.then(end));
    }
  };

  const admitted = (model: string, signal: AbortSignal): Ending => {
    signal.throwIfAborted();
    if (state.kind === 'failed') throw new Failure(state.failure.code, state.failure.message);
    if (state.kind === 'stopped') throw new Failure('engine-failed', 'The engine is stopped.');
    if (!spec.models.includes(model)) throw new Failure('model-missing', `There is no model ${model}.`);
    const ending = endingOf(signal);
    running.add(ending);
    changed();
    return ending;
  };
  async function* write(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    const { model = '' } = request;
    const ending = admitted(model, signal);
    try {
      const began = clock.now();
      if (!loaded.has(model)) {
        yield { kind: 'loading', model };
        await load(model, ending);
      }
      const tokens = scriptFor(request);
      const start = startOf(request, tokens, wrong);
      if (spec.tokens) yield { kind: 'began', model, digest: `digest of ${model}`, build: 'simulated 1' };
      yield { kind: 'reading' };
      const promptTokens = request.messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4), start);
      await pause((promptTokens * 1000) / spec.promptTokensPerSecond, ending);
      let firstAt: number | undefined;
      for (let at = start; at < tokens.length;) {
        // several tokens may have to come together before there is text
        const count = Math.min(tokens.length - at, random.chance(0.1) ? 1 + random.below(3) : 1);
        await pause((count * 1000 * (1 + (running.size - 1) / 4) * random.between(0.8, 1.2)) / spec.tokensPerSecond, ending);
        firstAt ??= clock.now();
        written += count;
        const ids = Array.from({ length: count }, (_, index) => at + index);
        const text = tokens.slice(at, at + count).join('');
        yield spec.tokens ? { kind: 'text', text, tokens: ids } : { kind: 'text', text };
        at += count;
      }
      const own = tokens.length - start;
      const seconds = (clock.now() - (firstAt ?? began)) / 1000;
      const tokensPerSecond = own > 1 && seconds > 0 ? (own - 1) / seconds : 0;
      const figures = { tokens: own, promptTokens, tokensPerSecond, timeToFirstTokenMs: (firstAt ?? clock.now()) - began };
      yield { kind: 'done', reason: 'stop', model, figures };
    } finally {
      ending.forget();
      running.delete(ending);
      changed();
    }
  }

  return {
    kind: 'fake',
    facts: () => ({
      kind: 'fake',
      state,
      device: { kind: 'gpu', name: 'Simulated', why: '' },
      slots: { total: spec.slots, free: Math.max(0, spec.slots - running.size) },
    }),
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    start: () => Promise.resolve(become({ kind: 'ready' })),
    stop: () => {
      stop(new Failure('engine-failed', 'The engine is stopped.'));
      become({ kind: 'stopped' });
      return Promise.resolve();
    },
    models: () => Promise.resolve(spec.models.map((name): ModelInfo => ({ name, loaded: loaded.has(name), digest: `digest of ${name}` }))),
    async load(model, signal) {
      const ending = endingOf(signal);
      try {
        await load(model, ending);
      } finally {
        ending.forget();
      }
    },
    unload: (model) => {
      loaded.delete(model);
      changed();
      return Promise.resolve();
    },
    chat: write,
    hang() {
      if (state.kind !== 'ready' && state.kind !== 'loading') return;
      hangs = true;
      restart();
      restart = clock.after(stallMs, () => fail(new Failure('engine-stalled', 'No token came for 15 s.')));
    },
    crash: () => {
      if (state.kind !== 'stopped') fail(new Failure('engine-crashed', 'The engine ended by itself.'));
    },
    slow: (times) => void (slowness = times),
    running: () => running.size,
    written: () => written,
  };
}

/** How many tokens are there already. */
function startOf({ continued }: ChatRequest, tokens: readonly string[], wrong: (what: string) => void): number {
  if (continued === undefined) return 0;
  let length = 0;
  let start = 0;
  while (start < tokens.length && length < continued.text.length) length += (tokens[start++] as string).length;
  if (tokens.slice(0, start).join('') !== continued.text)
    wrong(`asked to go on from a text that is no beginning: ${continued.text.slice(-60)}`);
  const ids = continued.tokens?.ids;
  if (ids !== undefined && (ids.length !== start || ids.some((id, index) => id !== index)))
    wrong(`token ids of ${start} tokens: ${ids.join()}`);
  return start;
}

/** What ends an answer or a load: Stop, or the engine itself. An AbortSignal.any and a listener for every token would be most of the work here. */
type Ending = {
  end(why: unknown): void;
  /** Resolves when `begin` calls back; rejects with what ended it, and cancels. */
  unlessOver(begin: (done: () => void) => (() => void) | void): Promise<void>;
  forget(): void;
};

function endingOf(signal?: AbortSignal): Ending {
  let over: { why: unknown } | undefined;
  let stop = (): void => undefined;
  const end = (why: unknown): void => {
    over ??= { why };
    stop();
  };
  const aborted = (): void => end(signal?.reason);
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted === true) aborted();
  return {
    end,
    unlessOver: (begin) =>
      new Promise((resolve, reject) => {
        const fails = (): void => reject(over?.why as Error);
        if (over !== undefined) {
          fails();
          return;
        }
        const cancel = begin(resolve);
        stop = () => {
          cancel?.();
          fails();
        };
      }),
    forget: () => signal?.removeEventListener('abort', aborted),
  };
}
