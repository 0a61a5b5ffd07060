// The engine for machines where Ollama runs already.
import type { ChatChunk, ChatMessage, ChatParameters, ChatRequest } from '../../../src-shared/chat.ts';
import type { EngineFacts, EngineState } from '../../../src-shared/engine.ts';
import { Failure, toFailure, type FailureCode } from '../../../src-shared/failure.ts';
import { vulnerabilityOf } from '../../../src-shared/minimum-versions.ts';
import type { ModelInfo } from '../../../src-shared/model.ts';
import type { Clock, Engine, Log } from '../../jobs/ports.ts';
import { defaultPatience, learnedPatience } from '../patience.ts';
import type { Patience } from '../patience.ts';
import { modelsInUse } from '../models-in-use.ts';
import { seam } from '../seam.ts';
import { abilities, capabilitiesOf } from './abilities.ts';
import { isElsewhere, ollamaAddress } from './address.ts';
import { ollamaClient } from './client.ts';
import { ollamaDevice } from './device.ts';
import { ollamaFailure } from './failures.ts';
import { pullModel } from './pull.ts';
import { orQuiet } from './quiet.ts';
import { stallGuard, watchServer } from './server-life.ts';
import { ollamaShelf } from './shelf.ts';
import { chatLine, running as runningAnswer, tags, versionAnswer } from './wire.ts';
import type { ChatLine, Running, Tag } from './wire.ts';

export type OllamaOptions = {
  /** --ollama-url or the setting; otherwise OLLAMA_HOST, OLLAMA_LOCALHOST (also from `cwd`/.env), 127.0.0.1:11434 */
  url?: string | undefined;
  env: NodeJS.ProcessEnv;
  cwd: string;
  clock: Clock;
  log: Log;
  patience?: Partial<Patience>;
  /** Whether that address is on another machine; default isElsewhere. */
  elsewhere?: (address: string) => Promise<boolean>;
};

const lookMs = { up: 10_000, down: 3000 };
/**
 * A load and a long prompt are silent, and nothing tells them from a runner that hangs. So often it is said that the answer is awaited: before
 * others give it up (a lease and an asker with nobody else: 60 s), and after they ask a second machine (silence.ts), ms.
 */
const quietMs = 45_000;
/** Between two signs of life, ms. */
const signMs = 1000;
/** A look at a healthy Ollama takes milliseconds. */
const lookTimeoutMs = 5000;

/** Failures of one answer after which it is not sure that Ollama is there at all. */
const gone: ReadonlySet<FailureCode> = new Set(['engine-missing', 'engine-crashed', 'engine-stalled']);

type Seen = { tags: Tag[]; running: Running[] };

/** See OllamaOptions. Nothing is asked until start() or models(); once started, a missing Ollama is looked for every 3 s. */
export function ollamaEngine(options: OllamaOptions): Engine {
  const { clock, log, env } = options;
  const patience = { ...defaultPatience, ...options.patience };
  // Ollama does not tell how many answers it writes at once; what its own environment says is the best guess.
  const slots = Math.max(1, Math.min(64, Math.trunc(Number(env['OLLAMA_NUM_PARALLEL'])) || 1));
  const able = abilities();
  const watchers = new Set<() => void>();
  const using = modelsInUse();
  let address = '';
  let remote = false;
  /** Of the last look, also at an Ollama that is not started here. */
  let version: string | undefined;
  let seen: Seen | undefined;
  let failure: Failure | undefined;
  let life: AbortController | undefined;
  let busy = 0;
  let loadingNow: string | undefined;
  let cancelLook = (): void => {};
  let nextLook: number | undefined;

  const changed = (): void => watchers.forEach((watcher) => watcher());

  async function look(signal: AbortSignal): Promise<Seen> {
    address = await ollamaAddress(options);
    remote = await (options.elsewhere ?? isElsewhere)(address);
    try {
      const client = ollamaClient(address, AbortSignal.any([signal, AbortSignal.timeout(lookTimeoutMs)]));
      const [found, models, running] = await Promise.all([client.version(), client.list(), client.ps()]);
      ({ version } = versionAnswer.parse(found));
      // A model on somebody else's machine would carry the question out of the swarm.
      const local = (tags.parse(models).models ?? []).filter(({ remote_host }) => remote_host === undefined);
      return {
        // an embedding model cannot chat
        tags: (await able.added(local, client)).filter(({ capabilities }) => capabilities?.includes('completion') ?? true),
        running: runningAnswer.parse(running).models ?? [],
      };
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError')
        throw new Failure('engine-stalled', `Ollama at ${address} does not answer in ${lookTimeoutMs / 1000} s.`, { cause: error });
      throw ollamaFailure(error, address, false);
    }
  }

  /** Brings `seen` or `failure` up to date; never throws. */
  async function refresh(): Promise<void> {
    const signal = life?.signal;
    if (signal === undefined) return;
    const before = JSON.stringify([seen, failure?.toShape(), version, remote]);
    try {
      const found = await look(signal);
      if (signal.aborted) return;
      [seen, failure] = [found, undefined];
    } catch (error) {
      if (signal.aborted) return;
      [seen, failure] = [undefined, toFailure(error)];
    }
    schedule();
    if (JSON.stringify([seen, failure?.toShape(), version, remote]) === before) return;
    log.info('ollama', { address, version, models: seen?.tags.length, failure: failure?.code });
    changed();
  }

  function schedule(): void {
    cancelLook();
    const delay = failure === undefined ? lookMs.up : lookMs.down;
    nextLook = clock.date() + delay;
    cancelLook = clock.after(delay, () => void refresh());
  }

  /** It counts as down from this failure on until a look says otherwise, so that nobody else is sent after the one who met it. */
  function doubted(why: Failure): Failure {
    if (life !== undefined && gone.has(why.code)) {
      failure = why;
      changed();
    }
    return why;
  }

  function setLoading(model: string | undefined): void {
    if (loadingNow === model) return;
    loadingNow = model;
    changed();
  }

  const isLoaded = (name: string, among = seen): boolean => among?.running.some((model) => model.name === name) ?? false;
  const find = (name: string): Tag => {
    if (seen === undefined) throw failure ?? new Failure('engine-missing', 'Ollama has not been asked yet.');
    const found = seen.tags.find((tag) => tag.name === name || tag.name === `${name}:latest`);
    if (found === undefined || using.isLeaving(found.name)) throw new Failure('model-missing', `Ollama has no model ${name}.`);
    return found;
  };

  /** Runs `work` with a slot counted; looks again afterwards, since loading changes what runs. */
  async function* counted<T>(work: () => AsyncGenerator<T, void>): AsyncGenerator<T, void> {
    busy += 1;
    changed();
    try {
      yield* work();
    } finally {
      busy -= 1;
      setLoading(undefined);
      changed();
      void refresh();
    }
  }

  async function* write(request: ChatRequest, tag: Tag, asked: number, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    let loaded = isLoaded(tag.name);
    if (!loaded) setLoading(tag.name);
    const at = (): ChatChunk => (loaded ? { kind: 'reading' } : { kind: 'loading', model: tag.name });
    yield at();
    // The package leaves the connection open when its stream is not read to the end: Ollama would write on for nobody.
    const over = new AbortController();
    const stall = stallGuard(clock, signal, patience.loadingMs);
    const restServer = watchServer(address, clock, patience.silentMs, stall.now);
    const pace = learnedPatience(clock, patience.writingMs);
    const signs = signsOfLife(clock);
    let firstAt: number | undefined;
    let lines = 0;
    const take = taker(request);
    try {
      const said = chatLines(address, tag, request, AbortSignal.any([stall.signal, over.signal]));
      for await (const line of orQuiet(said, clock, quietMs)) {
        if (line === undefined) {
          if (lines > 0) continue;
          // the load is over, and the prompt has a patience of its own
          if (!loaded && isLoaded(tag.name)) {
            loaded = true;
            stall.expect(patience.loadingMs);
          }
          yield at();
          continue;
        }
        setLoading(undefined);
        restServer();
        // While the reader takes its time, Ollama's silence is our doing.
        stall.rest();
        lines += 1;
        const { text, stopped } = take(line.message?.content ?? '', line.done);
        const chunks = [...pieces('thinking', line.message?.thinking ?? ''), ...pieces('text', text)];
        if (chunks.length > 0) firstAt ??= clock.now();
        yield* signs.with(chunks);
        if (line.done || stopped) {
          yield doneChunk(stopped ? { ...line, done_reason: 'stop', eval_count: lines } : line, tag.name, (firstAt ?? clock.now()) - asked);
          return;
        }
        stall.expect(pace.beat());
      }
    } catch (error) {
      signal.throwIfAborted();
      if (stall.signal.aborted) throw doubted(new Failure('engine-stalled', 'Ollama gave no sign of life.', { cause: error }));
      throw doubted(ollamaFailure(error, address, firstAt !== undefined));
    } finally {
      over.abort();
      restServer();
      stall.end();
    }
  }

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    const asked = clock.now();
    signal.throwIfAborted();
    if (request.model === undefined) throw new Failure('bad-request', 'The engine needs to be told which model answers.');
    const tag = await current(request.model);
    const done = using.use(tag.name);
    try {
      yield* counted(() => write(request, tag, asked, signal));
    } finally {
      done();
    }
  }

  /** A model that was pulled a moment ago is not in the last look. */
  async function current(name: string): Promise<Tag> {
    try {
      return find(name);
    } catch {
      await refresh();
      return find(name);
    }
  }

  async function keep(name: string, keepAlive: string | number, signal: AbortSignal): Promise<void> {
    const tag = await current(name);
    try {
      await ollamaClient(address, signal).generate({ model: tag.name, prompt: '', keep_alive: keepAlive, stream: false });
    } catch (error) {
      signal.throwIfAborted();
      throw ollamaFailure(error, address, false);
    } finally {
      await refresh();
    }
  }

  function state(): EngineState {
    if (life === undefined) return { kind: 'stopped' };
    if (failure !== undefined)
      return { kind: 'failed', failure: failure.toShape(), ...(nextLook === undefined ? {} : { retryAt: nextLook }) };
    if (seen === undefined) return { kind: 'starting' };
    return loadingNow === undefined ? { kind: 'ready' } : { kind: 'loading', model: loadingNow };
  }

  function facts(): EngineFacts {
    const contextLength = seen?.running[0]?.context_length;
    return {
      kind: 'ollama',
      ...(version === undefined ? {} : { version }),
      state: state(),
      device: ollamaDevice(seen?.running ?? []),
      slots: { total: slots, free: Math.max(0, slots - busy) },
      ...(contextLength === undefined ? {} : { contextLength }),
      ...(address === '' ? {} : { address }),
      ...(remote ? { remote } : {}),
      vulnerable: vulnerabilityOf('ollama', version),
    };
  }

  return {
    kind: 'ollama',
    facts,
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    async start() {
      if (life !== undefined) return;
      life = new AbortController();
      await refresh();
    },
    async stop() {
      life?.abort();
      life = undefined;
      seen = undefined;
      failure = undefined;
      cancelLook();
      changed();
    },
    async models() {
      // without start() it is one look, that nobody else sees
      const now = life === undefined ? await look(new AbortController().signal) : await refresh().then(() => seen);
      return (now?.tags ?? []).map((tag): ModelInfo => {
        const served = now?.running.find(({ name }) => name === tag.name)?.context_length;
        return { ...toModelInfo(tag, isLoaded(tag.name, now)), ...(served === undefined ? {} : { servedContext: served }) };
      });
    },
    async load(name, signal) {
      const done = using.use(name);
      setLoading(name);
      try {
        await keep(name, '5m', signal);
      } finally {
        done();
        setLoading(undefined);
      }
    },
    async *pull(model, signal) {
      yield* pullModel({ address, model, clock, patienceMs: patience.loadingMs }, signal);
      await refresh();
    },
    async unload(name) {
      await keep(name, 0, AbortSignal.timeout(30_000));
    },
    shelf: ollamaShelf({
      using,
      remote: () => remote,
      async find(name) {
        const found = await look(new AbortController().signal);
        return { address, tags: found.tags, tag: found.tags.find((tag) => tag.name === name), loaded: isLoaded(name, found) };
      },
      // the list of a started engine shows at once that it is gone
      gone: refresh,
    }),
    chat,
  };
}

function toModelInfo(tag: Tag, loaded: boolean): ModelInfo {
  const { name, size, digest, details } = tag;
  const capabilities = capabilitiesOf(tag);
  return {
    name,
    loaded,
    ...(size === undefined ? {} : { sizeBytes: Math.trunc(size) }),
    ...(digest === undefined ? {} : { digest: digest.replace(/^sha256:/, '') }),
    ...(details?.context_length === undefined ? {} : { contextLength: details.context_length }),
    ...(details?.quantization_level === undefined ? {} : { quantization: details.quantization_level }),
    ...(details?.parameter_size === undefined || details.parameter_size === '' ? {} : { parameters: details.parameter_size }),
    ...(capabilities === undefined ? {} : { capabilities }),
  };
}

/** Ollama goes on with an assistant's message that stands last, where the model's template leaves it open. */
function withOpenAnswer(messages: readonly ChatMessage[], open: string | undefined): ChatMessage[] {
  const all = messages.map(({ role, content }) => ({ role, content }));
  const last = all.at(-1);
  if (open === undefined) return all;
  if (last?.role === 'assistant') return [...all.slice(0, -1), { role: 'assistant', content: last.content + open }];
  return [...all, { role: 'assistant', content: open }];
}

/** What of Ollama's text is shown. Fails when it begins the answer anew instead of going on: nothing was shown then. */
function taker({ continued, parameters }: ChatRequest): (text: string, last: boolean) => { text: string; stopped: boolean } {
  if (continued === undefined) return (text) => ({ text, stopped: false });
  // A template that closes the turn makes the model answer again.
  const at = seam(continued.text, parameters.stop ?? [], true);
  return (piece, last) => {
    const step = at.take(piece);
    const rest = last && !step.stopped ? at.ended() : undefined;
    if (step.restarted || rest?.restarted === true)
      throw new Failure('engine-failed', 'Ollama began the answer anew: the template of this model cannot go on with one.');
    return { text: step.text + (rest?.text ?? ''), stopped: step.stopped };
  };
}

async function* chatLines(
  address: string,
  { name: model, capabilities }: Tag,
  { messages, parameters, continued }: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatLine, void> {
  const body = {
    model,
    messages: withOpenAnswer(messages, continued?.text),
    options: toOptions(parameters),
    stream: true as const,
    // Asked of a model that cannot, it is refused. An answer that is under way was thought about before.
    ...(capabilities?.includes('thinking') === true ? { think: continued === undefined } : {}),
    // Say that a conversation is too long instead of silently dropping its beginning. Older versions ignore both.
    truncate: false,
    shift: false,
  };
  for await (const line of await ollamaClient(address, signal).chat(body)) yield chatLine.parse(line);
}

/** Built field by field: only what ChatParameters names reaches Ollama. */
function toOptions({ temperature, topP, topK, maxTokens, seed, stop }: ChatParameters): Record<string, number | string[]> {
  const options = { temperature, top_p: topP, top_k: topK, num_predict: maxTokens, seed, stop };
  return Object.fromEntries(Object.entries(options).filter((entry): entry is [string, number | string[]] => entry[1] !== undefined));
}

function doneChunk(line: ChatLine, model: string, timeToFirstTokenMs: number): ChatChunk {
  const tokens = line.eval_count ?? 0;
  const seconds = (line.eval_duration ?? 0) / 1e9;
  const figures = {
    tokens,
    ...(line.prompt_eval_count === undefined ? {} : { promptTokens: line.prompt_eval_count }),
    tokensPerSecond: tokens > 1 && seconds > 0 ? tokens / seconds : 0,
    timeToFirstTokenMs,
  };
  return { kind: 'done', reason: line.done_reason === 'length' ? 'length' : 'stop', model, figures };
}

function pieces(kind: 'text' | 'thinking', text: string): ChatChunk[] {
  const count = Math.ceil(text.length / 65_536);
  return Array.from({ length: count }, (_, at) => ({ kind, text: text.slice(at * 65_536, (at + 1) * 65_536) }));
}

/** Where there is nothing to show, once a second an empty chunk of what was shown last says that the engine is at work. */
function signsOfLife(clock: Clock): { with: (chunks: readonly ChatChunk[]) => readonly ChatChunk[] } {
  let sign: ChatChunk = { kind: 'reading' };
  let last = clock.now();
  return {
    with(chunks) {
      const shown = chunks.at(-1);
      if (shown === undefined && clock.now() - last < signMs) return chunks;
      last = clock.now();
      if (shown?.kind === 'text' || shown?.kind === 'thinking') sign = { kind: shown.kind, text: '' };
      return shown === undefined ? [sign] : chunks;
    },
  };
}
