// The engine that needs nothing installed: node-llama-cpp in a supervised child process.
import { hasImages, isWritten, type ChatChunk, type ChatRequest, type Continued } from '../../../src-shared/chat.ts';
import type { EngineFacts, EngineState } from '../../../src-shared/engine.ts';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import { vulnerabilityOf } from '../../../src-shared/minimum-versions.ts';
import { thinkEffort, type ModelInfo } from '../../../src-shared/model.ts';
import type { Clock, Engine, Log, ModelFetcher, ModelShelf } from '../../jobs/ports.ts';
import { askedFileName, discardFetched, fetchFile, type FetchOptions } from '../fetch-file.ts';
import { modelFiles, modelName } from '../model-files.ts';
import type { ModelFile } from '../model-files.ts';
import { modelsInUse } from '../models-in-use.ts';
import { liesIn, removeModelFiles } from '../remove-model.ts';
import { defaultPatience, learnedPatience, withSize } from '../patience.ts';
import type { Patience } from '../patience.ts';
import { childLink } from './child-link.ts';
import type { ChildLink, LoadedNow, Quiet } from './child-link.ts';
import { takenStep } from './protocol.ts';
import type { TaskMessage, ToChild } from './protocol.ts';

export type EmbeddedOptions = {
  /** Folders with .gguf files; earlier ones win. */
  modelDirs: readonly string[];
  /** The one of them whose models may be deleted; default: none. */
  ownModels?: string;
  /** child.ts when running from source, engine-child.js when built. */
  childEntry: URL | string;
  /** Default: this process's own binary, Electron included (run as Node). */
  execPath?: string;
  /** What the child's minimal environment is picked from. */
  env?: NodeJS.ProcessEnv;
  clock: Clock;
  log: Log;
  /** Answers at the same time; default 4. */
  slots?: number;
  /** Tokens of context for one answer, at most what the model was trained for; default 4096. */
  contextTokens?: number;
  /** false: CPU only. Default true. */
  gpu?: boolean;
  /**
   * A greedy answer that goes on from its tokens takes them one by one for this long, which gives exactly the answer that would have been;
   * what is left then is read in larger pieces. Default 2500, so that going on takes 3 s at most (issue 4, section 4).
   */
  exactMs?: number;
  /** How long a silent child is trusted. */
  patience?: Partial<Patience>;
  /** From where model files may be fetched, and how much room there is for them; default: the Internet, the disk. */
  fetching?: Partial<Pick<FetchOptions, 'reach' | 'freeBytes' | 'patienceMs'>>;
};

const rescanMs = 10_000;
/** A server of files that says nothing for so long is gone, ms. */
const fetchPatienceMs = 30_000;
const never = (): AbortSignal => new AbortController().signal;

/** See EmbeddedOptions. Nothing runs until start(). */
export function embeddedEngine(options: EmbeddedOptions): Engine {
  const { clock, log, execPath, env, childEntry } = options;
  const slots = options.slots ?? 4;
  const patience = { ...defaultPatience, ...options.patience };
  const exactMs = options.exactMs ?? 2500;
  const files = modelFiles(options.modelDirs);
  const watchers = new Set<() => void>();
  const using = modelsInUse();
  let listed: ModelFile[] = [];
  let loadingNow: { model: string; progress: number | undefined } | undefined;
  let stopWatching: (() => void) | undefined;

  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  const contextTokens = options.contextTokens ?? 4096;
  const first: ToChild = { kind: 'start', slots, contextTokens, gpu: options.gpu ?? true };
  const child = childLink({ childEntry, execPath, env, clock, log, patience, first, changed });

  function setLoading(next: typeof loadingNow): void {
    if (loadingNow === next) return;
    loadingNow = next;
    changed();
  }

  async function scan(): Promise<ModelFile[]> {
    const before = JSON.stringify(listed);
    listed = await files.scan();
    if (JSON.stringify(listed) !== before) changed();
    return listed;
  }

  async function find(name: string): Promise<ModelFile> {
    const wanted = (file: ModelFile): boolean => file.name === name.toLowerCase();
    const file = listed.find(wanted) ?? (await scan()).find(wanted);
    if (file === undefined || using.isLeaving(file.name)) throw new Failure('model-missing', `There is no model ${name} on this machine.`);
    if (file.failure !== undefined) throw file.failure;
    return file;
  }

  const patienceFor = ({ sizeBytes }: ModelFile): { firstMs: number; stuckMs: number } => ({
    firstMs: patience.loadingMs,
    stuckMs: withSize(patience.progressMs, sizeBytes),
  });

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    const asked = clock.now();
    signal.throwIfAborted();
    if (request.model === undefined) throw new Failure('bad-request', 'The engine needs to be told which model answers.');
    if (hasImages(request)) throw new Failure('no-vision', 'The built-in engine reads text only.');
    const file = await find(request.model);
    const done = using.use(file.name);
    try {
      yield* write(file, request, asked, signal);
    } finally {
      done();
    }
  }

  async function* write(file: ModelFile, request: ChatRequest, asked: number, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    await child.untilReady(signal);
    const sign: ChatChunk = isLoaded(child, file.name) ? { kind: 'reading' } : { kind: 'loading', model: file.name };
    if (sign.kind === 'loading') yield sign;
    const { messages, parameters } = request;
    const model = { name: file.name, path: file.path };
    const origin = file.digest === undefined ? undefined : { digest: file.digest, build: child.version() ?? '' };
    const begun = request.continued === undefined ? undefined : { ...toBegun(request.continued, origin), exactMs };
    const patient = patienceFor(file);
    const steps = child.task('chat', (id) => ({ kind: 'chat', id, model, messages, parameters, begun }), signal, patient);
    let began = origin === undefined;
    const translate = translator({ model: file.name, sign, asked, clock, patience, stuckMs: patient.stuckMs });
    let taken = 0;
    try {
      for (let step = await steps.next(); step.done !== true;) {
        const message = step.value;
        if (message.kind !== 'quiet') setLoading(message.kind === 'loading' ? { model: file.name, progress: message.progress } : undefined);
        const { chunk, wait } = translate(message);
        if (chunk !== undefined && isWritten(chunk) && origin !== undefined && !began) {
          began = true;
          yield { kind: 'began', model: file.name, ...origin };
        }
        if (chunk !== undefined) yield chunk;
        if (message.kind === 'text' || message.kind === 'thinking') taken += 1;
        if (taken === takenStep) {
          child.send({ kind: 'taken', id: message.id, texts: taken });
          taken = 0;
        }
        step = await steps.next(wait);
      }
    } finally {
      setLoading(undefined);
      await steps.return();
    }
  }

  function state(): EngineState {
    const now = child.state();
    if (now.kind === 'failed')
      return { kind: 'failed', failure: now.failure.toShape(), ...(now.retryAt === undefined ? {} : { retryAt: now.retryAt }) };
    if (now.kind !== 'ready' || loadingNow === undefined) return { kind: now.kind };
    const { model, progress } = loadingNow;
    return { kind: 'loading', model, ...(progress === undefined ? {} : { progress }) };
  }

  function facts(): EngineFacts {
    const version = child.version();
    const contextLength = child.loaded().at(-1)?.contextLength;
    return {
      kind: 'embedded',
      ...(version === undefined ? {} : { version }),
      state: state(),
      device: child.device(),
      slots: { total: slots, free: Math.max(0, slots - child.writing()) },
      ...(contextLength === undefined ? {} : { contextLength }),
      vulnerable: vulnerabilityOf('embedded', version),
    };
  }

  /** Looks for new model files now and then, and hashes those whose digest is not known. */
  function watchFiles(): () => void {
    const stop = new AbortController();
    let cancel = (): void => {};
    const round = async (): Promise<void> => {
      try {
        await scan();
        while (await files.hashNext(stop.signal)) await scan();
      } catch (error) {
        if (!stop.signal.aborted) log.warn('model files cannot be read', { why: toFailure(error).message });
      }
      if (!stop.signal.aborted) cancel = clock.after(rescanMs, () => void round());
    };
    void round();
    return () => {
      stop.abort();
      cancel();
    };
  }

  async function load(name: string, signal: AbortSignal): Promise<void> {
    const file = await find(name);
    const done = using.use(file.name);
    try {
      await child.untilReady(signal);
      await loadFile(file, signal);
    } finally {
      done();
    }
  }

  async function loadFile(file: ModelFile, signal: AbortSignal): Promise<void> {
    const model = { name: file.name, path: file.path };
    const patient = patienceFor(file);
    const waitIn = ({ kind }: TaskMessage | Quiet): number | undefined =>
      kind === 'loading' ? patient.stuckMs : kind === 'waiting' ? patience.waitingMs : undefined;
    const loading = child.task('load', (id) => ({ kind: 'load', id, model }), signal, patient);
    try {
      for (let step = await loading.next(); step.done !== true; step = await loading.next(waitIn(step.value))) {
        const message = step.value;
        if (message.kind === 'loading') setLoading({ model: file.name, progress: message.progress });
      }
    } finally {
      setLoading(undefined);
      await loading.return();
    }
  }

  async function unload(name: string): Promise<void> {
    if (child.state().kind !== 'ready') return;
    // Waits for running answers, however long they are.
    const day = 24 * 3_600_000;
    const patient = { firstMs: day, stuckMs: day };
    for await (const _ of child.task('unload', (id) => ({ kind: 'unload', id, model: name.toLowerCase() }), never(), patient));
  }

  const { ownModels } = options;
  const mayGo = (file: ModelFile): boolean => ownModels !== undefined && liesIn(file.path, ownModels);
  const shelf: ModelShelf = {
    removable: (name) => listed.some((file) => file.name === name && mayGo(file)),
    async remove(name) {
      const file = await find(name);
      if (ownModels === undefined || !mayGo(file))
        throw new Failure('not-allowed', `${file.name} is not in the models folder of this home.`);
      const freedBytes = await using.leave(file.name, async () => {
        await unload(file.name);
        return removeModelFiles(file.path, ownModels);
      });
      await scan();
      return { freedBytes, atMost: false };
    },
  };

  const fetcher: ModelFetcher | undefined =
    ownModels === undefined
      ? undefined
      : {
          nameOf(url) {
            const file = askedFileName(url, options.fetching?.reach);
            return file === null ? null : modelName(file);
          },
          async *fetch(source, signal) {
            yield* fetchFile(source, { folder: ownModels, clock, patienceMs: fetchPatienceMs, ...options.fetching }, signal);
            await scan();
          },
          discard: (source) => discardFetched(source, { folder: ownModels }),
        };

  return {
    kind: 'embedded',
    ...(fetcher === undefined ? {} : { fetcher }),
    facts,
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    async start() {
      stopWatching ??= watchFiles();
      child.start();
      await scan();
    },
    async stop() {
      stopWatching?.();
      stopWatching = undefined;
      loadingNow = undefined;
      await child.stop();
    },
    async models() {
      const usable = (await scan()).filter(({ failure }) => failure === undefined);
      return usable.map((file): ModelInfo => {
        const running = child.loaded().find(({ name }) => name === file.name);
        // before it is loaded this is the most that it gets: short memory makes it fewer
        const served =
          running?.contextLength ?? (file.contextLength === undefined ? undefined : Math.min(file.contextLength, contextTokens));
        return { ...toModelInfo(file, running), ...(served === undefined ? {} : { servedContext: served }) };
      });
    },
    load,
    unload,
    shelf,
    chat,
  };
}

const isLoaded = (child: ChildLink, name: string): boolean => child.loaded().some((model) => model.name === name);

type Origin = { digest: string; build: string };

/** The ids are worth something to the same file and build only. */
function toBegun({ text, tokens }: Continued, origin: Origin | undefined): { text: string; ids?: number[] } {
  const same = tokens !== undefined && origin !== undefined && tokens.digest === origin.digest && tokens.build === origin.build;
  return same ? { text, ids: tokens.ids } : { text };
}

/** wait undefined: as long as was expected before. */
type Translated = { chunk: ChatChunk | undefined; wait?: number };

/** Turns the child's messages about one answer into chunks, and says how long the next message may take. What has nothing to show is a sign of life. */
function translator({
  model,
  sign: first,
  asked,
  clock,
  patience,
  stuckMs,
}: {
  model: string;
  /** What it is at before its first word. */
  sign: ChatChunk;
  asked: number;
  clock: Clock;
  patience: Patience;
  stuckMs: number;
}): (message: TaskMessage | Quiet) => Translated {
  const reading = learnedPatience(clock, stuckMs);
  const pace = learnedPatience(clock, patience.writingMs);
  let firstTextAt: number | undefined;
  let sign = first;
  return (message) => {
    switch (message.kind) {
      case 'loading':
        sign = { kind: 'loading', model, ...(message.progress === undefined ? {} : { progress: message.progress }) };
        return { chunk: sign, wait: stuckMs };
      case 'waiting':
        return { chunk: sign, wait: patience.waitingMs };
      case 'reading':
        sign = { kind: 'reading', progress: message.progress };
        return { chunk: sign, wait: reading.beat() };
      case 'text':
      case 'thinking':
        firstTextAt ??= clock.now();
        sign = { kind: message.kind, text: '' };
        return {
          chunk: { kind: message.kind, text: message.text, ...(message.tokens === undefined ? {} : { tokens: message.tokens }) },
          wait: pace.beat(),
        };
      case 'done': {
        const { reason, tokens, promptTokens, tokensPerSecond } = message;
        const figures = { tokens, promptTokens, tokensPerSecond, timeToFirstTokenMs: (firstTextAt ?? clock.now()) - asked };
        return { chunk: { kind: 'done', reason, model, figures }, wait: stuckMs };
      }
      case 'busy':
        return { chunk: sign, wait: pace.wait() };
      case 'quiet':
        return { chunk: sign };
      case 'ended':
        return { chunk: undefined, wait: pace.wait() };
    }
  };
}

function toModelInfo(file: ModelFile, running: LoadedNow | undefined): ModelInfo {
  const { name, sizeBytes, contextLength, digest, quantization, parameters, capabilities } = file;
  return {
    name,
    sizeBytes,
    loaded: running !== undefined,
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(digest === undefined ? {} : { digest }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(capabilities === undefined ? {} : { capabilities }),
    // before it is loaded nobody knows whether its thoughts can be told apart
    ...(running === undefined || capabilities?.includes('thinking') !== true
      ? {}
      : { efforts: running.thoughts ? thinkEffort.options : [] }),
  };
}
