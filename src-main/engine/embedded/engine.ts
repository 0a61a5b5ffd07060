// The engine that needs nothing installed: node-llama-cpp in a supervised child process.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ChatChunk, ChatRequest } from '../../../src-shared/chat.ts';
import type { EngineDevice, EngineFacts, EngineState } from '../../../src-shared/engine.ts';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import type { ModelInfo } from '../../../src-shared/model.ts';
import type { Clock, Engine, Log } from '../../jobs/ports.ts';
import { modelFiles } from '../model-files.ts';
import type { ModelFile } from '../model-files.ts';
import { defaultPatience, writingPace } from '../patience.ts';
import type { Patience } from '../patience.ts';
import { supervise } from '../supervise.ts';
import { childEnvironment } from './environment.ts';
import { fromChild, takenStep } from './protocol.ts';
import type { FromChild, TaskMessage, ToChild } from './protocol.ts';
import { taskInbox } from './task-inbox.ts';
import type { TaskInbox } from './task-inbox.ts';

export type EmbeddedOptions = {
  /** Folders with .gguf files; earlier ones win. */
  modelDirs: readonly string[];
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
  /** How long a silent child is trusted. */
  patience?: Partial<Patience>;
};

const rescanMs = 10_000;
const unknownDevice: EngineDevice = { kind: 'unknown', name: '', why: 'The engine has not started yet.' };

type Task = { inbox: TaskInbox; kind: 'chat' | 'load' | 'unload' };

/** See EmbeddedOptions. Nothing runs until start(). */
export function embeddedEngine(options: EmbeddedOptions): Engine {
  const { clock, log } = options;
  const slots = options.slots ?? 4;
  const patience = { ...defaultPatience, ...options.patience };
  const files = modelFiles(options.modelDirs);
  const watchers = new Set<() => void>();
  const tasks = new Map<number, Task>();
  const whenSettled = new Set<() => void>();
  let lastTask = 0;
  let listed: ModelFile[] = [];
  let version: string | undefined;
  let device = unknownDevice;
  let loaded: { name: string; contextLength: number }[] = [];
  let loadingNow: { model: string; progress: number | undefined } | undefined;
  let stopWatching: (() => void) | undefined;

  const changed = (): void => watchers.forEach((watcher) => watcher());

  const child = supervise({
    name: 'embedded engine',
    clock,
    log,
    spawn: () => spawnChild(options),
    started: (started) => {
      started.on('message', (raw) => hear(started, raw));
      started.stderr?.setEncoding('utf8').on('data', (text: string) => log.debug('embedded engine', { stderr: text.trim().slice(0, 500) }));
      send({ kind: 'start', slots, contextTokens: options.contextTokens ?? 4096, gpu: options.gpu ?? true });
    },
    died: (failure) => forgetTasks(failure),
    changed: () => {
      whenSettled.forEach((settled) => settled());
      changed();
    },
  });

  function send(message: ToChild): void {
    const running = child.child();
    // A message that cannot be sent means a dying child; its exit tells the tasks.
    if (running?.connected === true) running.send(message, () => {});
  }

  function forgetTasks(failure: Failure): void {
    loaded = [];
    loadingNow = undefined;
    for (const task of tasks.values()) task.inbox.fail(failure);
    tasks.clear();
  }

  function hear(from: ChildProcess, raw: unknown): void {
    if (child.child() !== from) return;
    const parsed = fromChild.safeParse(raw);
    if (!parsed.success) return child.condemn(new Failure('engine-failed', 'The engine child sent a message that nobody understands.'));
    hearMessage(parsed.data);
  }

  function hearMessage(message: FromChild): void {
    switch (message.kind) {
      case 'ready':
        ({ version, device } = message);
        log.info('embedded engine ready', { pid: child.child()?.pid, version, device: device.name, why: device.why });
        return child.ready();
      case 'log':
        return log[message.level](`embedded engine: ${message.message}`);
      case 'loaded':
        loaded = message.models;
        device = message.device;
        return changed();
      case 'ended':
        tasks.get(message.id)?.inbox.put(message);
        tasks.delete(message.id);
        return changed();
      default:
        tasks.get(message.id)?.inbox.put(message);
    }
  }

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
    if (file === undefined) throw new Failure('model-missing', `There is no model ${name} on this machine.`);
    if (file.failure !== undefined) throw file.failure;
    return file;
  }

  /** Waits for a start or a restart; fails when the engine is stopped or out of service. */
  async function untilReady(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const state = child.state();
      if (state.kind === 'ready') return;
      if (state.kind === 'stopped') throw new Failure('engine-failed', 'The engine is stopped.');
      if (state.kind === 'failed' && state.retryAt === undefined) throw state.failure;
      await new Promise<void>((resolve) => {
        const settled = (): void => {
          whenSettled.delete(settled);
          signal.removeEventListener('abort', settled);
          resolve();
        };
        whenSettled.add(settled);
        signal.addEventListener('abort', settled, { once: true });
      });
    }
  }

  function open(kind: Task['kind']): { id: number; inbox: TaskInbox } {
    const id = ++lastTask;
    const inbox = taskInbox(clock);
    tasks.set(id, { inbox, kind });
    return { id, inbox };
  }

  const stalled = (): Failure => {
    const failure = new Failure('engine-stalled', 'The engine gave no sign of life; it is started again.');
    child.condemn(failure);
    return failure;
  };

  /** Ends a task that nobody reads any more; a child that does not let go of it hangs. */
  function abandon(id: number, inbox: TaskInbox): void {
    if (!tasks.has(id)) return;
    send({ kind: 'abort', id });
    const drain = async (): Promise<void> => {
      const never = new AbortController().signal;
      while ((await inbox.next(never, patience.readingMs, stalled)).kind !== 'ended');
    };
    drain().catch((error: unknown) => log.debug('an abandoned task ended badly', { why: toFailure(error).message }));
  }

  async function* task(kind: Task['kind'], message: (id: number) => ToChild, signal: AbortSignal, first: number): AsyncGenerator<TaskMessage, void, number | undefined> {
    const { id, inbox } = open(kind);
    changed();
    let wait: number | undefined = first;
    try {
      send(message(id));
      for (;;) {
        const next = await inbox.next(signal, wait ?? first, stalled);
        if (next.kind === 'ended') {
          if (next.failure !== undefined) throw toFailure(next.failure);
          return;
        }
        wait = yield next;
      }
    } finally {
      abandon(id, inbox);
    }
  }

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    const asked = clock.now();
    signal.throwIfAborted();
    const name = request.model;
    if (name === undefined) throw new Failure('bad-request', 'The engine needs to be told which model answers.');
    const file = await find(name);
    await untilReady(signal);
    if (!loaded.some((model) => model.name === file.name)) yield { kind: 'loading', model: file.name };
    const { messages, parameters } = request;
    const messageFor = (id: number): ToChild => ({ kind: 'chat', id, model: { name: file.name, path: file.path }, messages, parameters });
    const steps = task('chat', messageFor, signal, patience.loadingMs);
    const pace = writingPace(clock, patience.writingMs);
    let firstTextAt: number | undefined;
    let taken = 0;
    try {
      for (let step = await steps.next(); step.done !== true; ) {
        const message = step.value;
        let wait = patience.loadingMs;
        switch (message.kind) {
          case 'loading':
            setLoading({ model: file.name, progress: message.progress });
            yield { kind: 'loading', model: file.name, ...(message.progress === undefined ? {} : { progress: message.progress }) };
            break;
          case 'reading':
            setLoading(undefined);
            wait = patience.readingMs;
            yield { kind: 'reading', progress: message.progress };
            break;
          case 'busy':
            wait = pace.wait();
            break;
          case 'text': {
            firstTextAt ??= clock.now();
            wait = pace.beat();
            yield { kind: 'text', text: message.text };
            taken += 1;
            if (taken % takenStep === 0) send({ kind: 'taken', id: message.id, texts: takenStep });
            break;
          }
          case 'done': {
            const { tokens, promptTokens, tokensPerSecond } = message;
            const timeToFirstTokenMs = (firstTextAt ?? clock.now()) - asked;
            yield { kind: 'done', reason: message.reason, model: file.name, figures: { tokens, promptTokens, tokensPerSecond, timeToFirstTokenMs } };
            break;
          }
          case 'ended':
            break;
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
    if (now.kind === 'failed') return { kind: 'failed', failure: now.failure.toShape(), ...(now.retryAt === undefined ? {} : { retryAt: now.retryAt }) };
    if (now.kind !== 'ready' || loadingNow === undefined) return { kind: now.kind };
    const { model, progress } = loadingNow;
    return { kind: 'loading', model, ...(progress === undefined ? {} : { progress }) };
  }

  function facts(): EngineFacts {
    const running = [...tasks.values()].filter(({ kind }) => kind === 'chat').length;
    const contextLength = loaded.at(-1)?.contextLength;
    return {
      kind: 'embedded',
      ...(version === undefined ? {} : { version }),
      state: state(),
      device,
      slots: { total: slots, free: Math.max(0, slots - running) },
      ...(contextLength === undefined ? {} : { contextLength }),
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

  return {
    kind: 'embedded',
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
      forgetTasks(new Failure('engine-failed', 'The engine was stopped.'));
      await child.stop();
    },
    async models() {
      return (await scan()).filter(({ failure }) => failure === undefined).map((file) => toModelInfo(file, loaded));
    },
    async load(name, signal) {
      const file = await find(name);
      await untilReady(signal);
      try {
        for await (const message of task('load', (id) => ({ kind: 'load', id, model: { name: file.name, path: file.path } }), signal, patience.loadingMs)) {
          if (message.kind === 'loading') setLoading({ model: file.name, progress: message.progress });
        }
      } finally {
        setLoading(undefined);
      }
    },
    async unload(name) {
      if (child.state().kind !== 'ready') return;
      const never = new AbortController().signal;
      // Waits for running answers, however long they are.
      for await (const _ of task('unload', (id) => ({ kind: 'unload', id, model: name.toLowerCase() }), never, 24 * 3_600_000));
    },
    chat,
  };
}

function toModelInfo({ name, sizeBytes, contextLength, digest, quantization }: ModelFile, loaded: readonly { name: string }[]): ModelInfo {
  return {
    name,
    sizeBytes,
    loaded: loaded.some((model) => model.name === name),
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(digest === undefined ? {} : { digest }),
    ...(quantization === undefined ? {} : { quantization }),
  };
}

function spawnChild({ childEntry, execPath, env }: EmbeddedOptions): ChildProcess {
  const entry = typeof childEntry === 'string' ? childEntry : fileURLToPath(childEntry);
  return fork(entry, [], {
    execPath: execPath ?? process.execPath,
    // Flags of this process (inspector, loaders of a test runner) are not the child's.
    execArgv: [],
    env: childEnvironment(env ?? process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
