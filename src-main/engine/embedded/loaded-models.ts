// The models in memory of the engine child, each with its context and its slots.
import { InsufficientMemoryError, LlamaChat, resolveChatWrapper } from 'node-llama-cpp';
import type { ChatWrapper, Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { Failure } from '../../../src-shared/failure.ts';
import { gateSequence } from './gate.ts';
import type { GatedSequence } from './gate.ts';

/** Each holds a context of its own in memory; a fourth model pushes out the one that rested longest. */
const maxLoaded = 3;

export type Slot = { gated: GatedSequence; chat: LlamaChat };
export type LoadedModel = {
  name: string;
  model: LlamaModel;
  context: LlamaContext;
  wrapper: ChatWrapper;
  /** Tokens for one answer: question and answer together. */
  contextLength: number;
  /** Its chat wrapper tells what it thinks from what it says. */
  thoughts: boolean;
  /** Free ones; the others are in use. */
  free: Slot[];
  running: number;
  /** Tasks in line for a slot, first in first out. */
  line: (() => void)[];
};

export type LoadedModels = {
  /** Least recently used first. */
  list(): LoadedModel[];
  has(name: string): boolean;
  /** Loads `name` from `path` unless it is in memory; `progress` is called with 0..1. Aborts when no waiter is left. */
  acquire(name: string, path: string, signal: AbortSignal, progress: (share: number) => void): Promise<LoadedModel>;
  /** Says that an acquired model is used no more. */
  release(loaded: LoadedModel): void;
  /** Frees the memory once nothing uses the model. */
  unload(name: string): Promise<void>;
};

type Loading = { promise: Promise<LoadedModel>; abort: AbortController; waiters: number; watchers: Set<(share: number) => void> };

/** `changed` is called after each load and unload. */
export function loadedModels(llama: Llama, slots: number, contextTokens: number, changed: () => void): LoadedModels {
  const loaded = new Map<string, LoadedModel>();
  const loading = new Map<string, Loading>();
  const unloading = new Map<string, (() => void)[]>();
  /** One load at a time: two at once would both count the same free memory. */
  let turn: Promise<unknown> = Promise.resolve();

  const dispose = async (entry: LoadedModel): Promise<void> => {
    loaded.delete(entry.name);
    await entry.context.dispose();
    await entry.model.dispose();
    unloading.get(entry.name)?.forEach((resolve) => resolve());
    unloading.delete(entry.name);
    changed();
  };

  /** Frees the model that rested longest; false when all are busy. */
  const makeRoom = async (): Promise<boolean> => {
    const idle = [...loaded.values()].find((entry) => entry.running === 0);
    if (idle === undefined) return false;
    await dispose(idle);
    return true;
  };

  const load = async (name: string, path: string, signal: AbortSignal, progress: (share: number) => void): Promise<LoadedModel> => {
    while (loaded.size >= maxLoaded && (await makeRoom()));
    for (;;) {
      signal.throwIfAborted();
      progress(0);
      try {
        const entry = await open(llama, { name, path, slots, contextTokens, signal, progress });
        loaded.set(name, entry);
        changed();
        return entry;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof InsufficientMemoryError)) throw loadFailure(error);
        if (!(await makeRoom()))
          throw new Failure('out-of-memory', `Too little memory is free for ${name}: ${error.message}`, { cause: error });
      }
    }
  };

  const startLoading = (name: string, path: string): Loading => {
    const abort = new AbortController();
    const watchers = new Set<(share: number) => void>();
    const report = (share: number): void => watchers.forEach((watcher) => watcher(share));
    const promise = turn.then(() => loaded.get(name) ?? load(name, path, abort.signal, report));
    turn = promise.catch(() => {}).finally(() => loading.delete(name));
    const entry = { promise, abort, waiters: 0, watchers };
    loading.set(name, entry);
    return entry;
  };

  /** Waits for a load with everybody else who wants this model. */
  const join = async (name: string, path: string, signal: AbortSignal, progress: (share: number) => void): Promise<LoadedModel> => {
    const current = loading.get(name) ?? startLoading(name, path);
    current.waiters += 1;
    current.watchers.add(progress);
    // At once: the next load in line may look for a model to push out before this function goes on.
    const hold = (held: LoadedModel): LoadedModel => {
      if (!signal.aborted) held.running += 1;
      return held;
    };
    try {
      return await orAbort(current.promise.then(hold), signal);
    } finally {
      current.watchers.delete(progress);
      current.waiters -= 1;
      if (current.waiters === 0) current.abort.abort();
    }
  };

  return {
    list: () => [...loaded.values()],
    has: (name) => loaded.has(name),
    async acquire(name, path, signal, progress) {
      const there = loaded.get(name);
      if (there !== undefined) there.running += 1;
      const entry = there ?? (await join(name, path, signal, progress));
      // Most recently used last.
      loaded.delete(name);
      loaded.set(name, entry);
      return entry;
    },
    release(entry) {
      entry.running -= 1;
      if (entry.running === 0 && unloading.has(entry.name)) void dispose(entry);
    },
    async unload(name) {
      const entry = loaded.get(name);
      if (entry === undefined) return;
      if (entry.running === 0) return dispose(entry);
      await new Promise<void>((resolve) => unloading.set(name, [...(unloading.get(name) ?? []), resolve]));
    },
  };
}

type OpenOptions = {
  name: string;
  path: string;
  slots: number;
  contextTokens: number;
  signal: AbortSignal;
  progress: (share: number) => void;
};

async function open(llama: Llama, { name, path, slots, contextTokens, signal, progress }: OpenOptions): Promise<LoadedModel> {
  const model = await llama.loadModel({
    modelPath: path,
    loadSignal: signal,
    onLoadProgress: progress,
    ...(llama.gpu === false ? {} : { gpuLayers: { fitContext: { contextSize: contextTokens } } }),
  });
  try {
    const context = await openContext(model, slots, contextTokens);
    const wrapper = resolveChatWrapper(model, { warningLogs: false });
    const piece = llama.gpu === false ? 64 : 512;
    const free = Array.from({ length: context.totalSequences }, () => {
      const gated = gateSequence(context.getSequence(), piece);
      return { gated, chat: new LlamaChat({ contextSequence: gated.sequence, chatWrapper: wrapper }) };
    });
    return {
      name,
      model,
      context,
      wrapper,
      contextLength: context.contextSize,
      thoughts: wrapper.settings.segments?.thought != null,
      free,
      running: 0,
      line: [],
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** All slots when memory allows, otherwise one. */
async function openContext(model: LlamaModel, slots: number, contextTokens: number): Promise<LlamaContext> {
  const contextSize = { max: Math.min(model.trainContextSize, contextTokens) };
  try {
    return await model.createContext({ sequences: slots, contextSize });
  } catch (error) {
    if (!(error instanceof InsufficientMemoryError) || slots === 1) throw error;
    return model.createContext({ sequences: 1, contextSize });
  }
}

function loadFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return new Failure('model-missing', 'The model file is gone.', { cause: error });
  return new Failure('model-broken', `The model file cannot be loaded: ${message}`.slice(0, 2000), { cause: error });
}

/** Waits for `promise` unless `signal` aborts first; the promise itself goes on. */
async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
