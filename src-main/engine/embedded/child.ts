// Entry of the engine's child process: node-llama-cpp lives here, so that what it breaks is only this process.
import process from 'node:process';
import { getLlama, getModuleVersion, LlamaLogLevel } from 'node-llama-cpp';
import type { LlamaModel } from 'node-llama-cpp';
import { toFailure } from '../../../src-shared/failure.ts';
import { beatMs } from '../life.ts';
import { answer } from './answer.ts';
import { describeDevice } from './device.ts';
import { loadedModels } from './loaded-models.ts';
import type { LoadedModels } from './loaded-models.ts';
import { textWindow, toChild } from './protocol.ts';
import type { FromChild, ToChild } from './protocol.ts';

type Message<Kind extends ToChild['kind']> = Extract<ToChild, { kind: Kind }>;
type Task = { abort: AbortController; texts: number; taken: number; wake: (() => void) | undefined };

const tasks = new Map<number, Task>();
let models: LoadedModels | undefined;
let beats: NodeJS.Timeout | undefined;

const say = (message: FromChild): void => {
  // Gone parent: the disconnect handler ends this process.
  if (process.connected) process.send?.(message);
};

async function start({ slots, contextTokens, gpu }: Message<'start'>): Promise<void> {
  const complaints: string[] = [];
  const console_ = hearConsole(complaints);
  const llama = await getLlama({
    // Never compile on a person's machine.
    build: 'never',
    gpu: gpu ? 'auto' : false,
    progressLogs: false,
    logLevel: LlamaLogLevel.warn,
    logger: (level, message) =>
      say({ kind: 'log', level: level === LlamaLogLevel.warn ? 'warn' : 'error', message: message.trim().slice(0, 500) }),
  });
  console_.restore();
  // ggml's threads wait for each other by spinning: one that has to share its core stops all of them. So one core stays free for
  // the node, the window and whatever else runs; node-llama-cpp itself would take at least 4, however few there are.
  if (llama.gpu === false) llama.maxThreads = Math.max(1, llama.cpuMathCores - 1);
  models = loadedModels(llama, slots, contextTokens, () => void announce());
  const announce = async (): Promise<void> => {
    const list = models?.list() ?? [];
    const latest: LlamaModel | undefined = list.at(-1)?.model;
    const device = await describeDevice(llama, complaints, gpu, latest);
    say({ kind: 'loaded', models: list.map(({ name, contextLength, thoughts }) => ({ name, contextLength, thoughts })), device });
  };
  say({
    kind: 'ready',
    version: `node-llama-cpp ${await getModuleVersion()}, llama.cpp ${llama.llamaCppRelease.release}`,
    device: await describeDevice(llama, complaints, gpu),
  });
}

/** node-llama-cpp says only on the console why a GPU build was passed over. */
function hearConsole(heard: string[]): { restore: () => void } {
  const { warn, error } = console;
  const hear = (...words: unknown[]): void => {
    const text = words
      .map(String)
      .join(' ')
      .replace(/^\s*\[node-llama-cpp\]\s*/, '')
      .slice(0, 200);
    if (heard.length < 4) heard.push(text);
    say({ kind: 'log', level: 'warn', message: text });
  };
  console.warn = hear;
  console.error = hear;
  return { restore: () => Object.assign(console, { warn, error }) };
}

/** Runs one task; whatever happens, the last word about it is `ended`. */
async function run(id: number, work: (all: LoadedModels, task: Task) => Promise<void>): Promise<void> {
  const task: Task = { abort: new AbortController(), texts: 0, taken: 0, wake: undefined };
  tasks.set(id, task);
  // the library works on threads of its own, so a loop that does not turn is one that hangs
  beats ??= setInterval(() => say({ kind: 'beat' }), beatMs);
  try {
    if (models === undefined) throw new Error('a task came before start');
    await work(models, task);
    say({ kind: 'ended', id });
  } catch (error) {
    if (task.abort.signal.aborted) say({ kind: 'ended', id });
    else say({ kind: 'ended', id, failure: engineFailure(error) });
  } finally {
    tasks.delete(id);
    if (tasks.size === 0) {
      clearInterval(beats);
      beats = undefined;
    }
  }
}

function engineFailure(error: unknown): ReturnType<ReturnType<typeof toFailure>['toShape']> {
  const shape = toFailure(error).toShape();
  const code = shape.code === 'internal' ? 'engine-failed' : shape.code;
  return { ...shape, code, message: shape.message.slice(0, 2000) };
}

async function chat({ id, model, messages, parameters, begun }: Message<'chat'>): Promise<void> {
  await run(id, async (all, task) => {
    const { signal } = task.abort;
    if (!all.has(model.name)) say({ kind: 'waiting', id });
    const loaded = await all.acquire(
      model.name,
      model.path,
      signal,
      throttled((progress) => say({ kind: 'loading', id, progress })),
    );
    let quietSince = performance.now();
    const tell = (kind: 'text' | 'thinking') => (text: string, tokens: number[] | undefined) => {
      if (text === '' || signal.aborted) return;
      task.texts += 1;
      quietSince = performance.now();
      say({ kind, id, text, ...(tokens === undefined ? {} : { tokens }) });
    };
    try {
      const result = await answer(loaded, { messages, parameters, begun }, signal, {
        waiting: () => say({ kind: 'waiting', id }),
        reading: (progress) => say({ kind: 'reading', id, progress }),
        text: tell('text'),
        thinking: tell('thinking'),
        busy: () => {
          if (performance.now() - quietSince < 1000) return;
          quietSince = performance.now();
          say({ kind: 'busy', id });
        },
        room: async () => {
          while (task.texts - task.taken >= textWindow) {
            await new Promise<void>((resolve) => (task.wake = resolve));
            signal.throwIfAborted();
          }
        },
      });
      say({ kind: 'done', id, ...result });
    } finally {
      all.release(loaded);
    }
  });
}

async function load({ id, model }: Message<'load'>): Promise<void> {
  await run(id, async (all, task) => {
    if (!all.has(model.name)) say({ kind: 'waiting', id });
    all.release(
      await all.acquire(
        model.name,
        model.path,
        task.abort.signal,
        throttled((progress) => say({ kind: 'loading', id, progress })),
      ),
    );
  });
}

/** At most 10 a second, and the end. */
function throttled(report: (share: number) => void): (share: number) => void {
  let last = -Infinity;
  return (share) => {
    const now = performance.now();
    if (share < 1 && now - last < 100) return;
    last = now;
    report(Math.min(1, Math.max(0, share)));
  };
}

function hear(message: ToChild): void {
  switch (message.kind) {
    case 'start':
      start(message).catch((error: unknown) => {
        say({ kind: 'log', level: 'error', message: `the engine did not start: ${toFailure(error).message}`.slice(0, 500) });
        process.exit(1);
      });
      break;
    case 'chat':
      void chat(message);
      break;
    case 'load':
      void load(message);
      break;
    case 'unload':
      void run(message.id, (all) => all.unload(message.model));
      break;
    case 'abort': {
      const task = tasks.get(message.id);
      task?.abort.abort();
      task?.wake?.();
      break;
    }
    case 'taken': {
      const task = tasks.get(message.id);
      if (task === undefined) break;
      task.taken += message.texts;
      task.wake?.();
      break;
    }
  }
}

process.on('message', (raw) => hear(toChild.parse(raw)));
// Nothing here needs saving: a child whose parent is gone, or which is told to go, leaves at once, native threads and all.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('SIGTERM', () => process.exit(0));
