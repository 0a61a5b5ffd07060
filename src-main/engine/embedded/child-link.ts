// The parent's end of the engine child: its life, its facts, and the tasks that run in it.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { EngineDevice } from '../../../src-shared/engine.ts';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import type { Clock, Log } from '../../jobs/ports.ts';
import type { Patience } from '../patience.ts';
import { supervise } from '../supervise.ts';
import type { ChildState } from '../supervise.ts';
import { childEnvironment } from './environment.ts';
import { fromChild } from './protocol.ts';
import type { FromChild, TaskMessage, ToChild } from './protocol.ts';
import { taskInbox } from './task-inbox.ts';
import type { TaskInbox } from './task-inbox.ts';

export type ChildLinkOptions = {
  childEntry: URL | string;
  execPath: string | undefined;
  env: NodeJS.ProcessEnv | undefined;
  clock: Clock;
  log: Log;
  patience: Patience;
  /** Sent to each new child. */
  first: ToChild;
  /** After each change of what this link tells. */
  changed: () => void;
};

/** Messages of a task until it ended; `next(ms)` says how long the next one may take. */
export type TaskSteps = AsyncGenerator<TaskMessage, void, number | undefined>;
export type TaskKind = 'chat' | 'load' | 'unload';

export type ChildLink = {
  state(): ChildState;
  version(): string | undefined;
  device(): EngineDevice;
  /** Models in memory, most recently used last. */
  loaded(): readonly { name: string; contextLength: number }[];
  /** Answers that are being written, or that the child has not let go of. */
  writing(): number;
  start(): void;
  stop(): Promise<void>;
  send(message: ToChild): void;
  /** Waits for a start or a restart; fails when the engine is stopped or out of service. */
  untilReady(signal: AbortSignal): Promise<void>;
  /** Runs a task. Leaving the steps early, by any way, aborts it. `firstMs`: patience for the first message. */
  task(kind: TaskKind, message: (id: number) => ToChild, signal: AbortSignal, firstMs: number): TaskSteps;
};

const unknownDevice: EngineDevice = { kind: 'unknown', name: '', why: 'The engine has not started yet.' };

export function childLink(options: ChildLinkOptions): ChildLink {
  const { clock, log, patience, changed } = options;
  const tasks = new Map<number, { inbox: TaskInbox; kind: TaskKind }>();
  const whenSettled = new Set<() => void>();
  let lastTask = 0;
  let version: string | undefined;
  let device = unknownDevice;
  let loaded: { name: string; contextLength: number }[] = [];

  const child = supervise({
    name: 'embedded engine',
    clock,
    log,
    spawn: () => spawnChild(options),
    started: (started) => {
      started.on('message', (raw) => hear(started, raw));
      started.stderr?.setEncoding('utf8').on('data', (text: string) => log.debug('embedded engine', { stderr: text.trim().slice(0, 500) }));
      // Not over `send`: the supervisor learns of this child only now.
      started.send(options.first, () => {});
    },
    died: (failure) => forgetTasks(failure),
    changed: () => {
      for (const settled of whenSettled) settled();
      changed();
    },
  });

  function forgetTasks(failure: Failure): void {
    loaded = [];
    for (const { inbox } of tasks.values()) inbox.fail(failure);
    tasks.clear();
  }

  function hear(from: ChildProcess, raw: unknown): void {
    if (child.child() !== from) return;
    const parsed = fromChild.safeParse(raw);
    if (parsed.success) hearMessage(parsed.data);
    else child.condemn(new Failure('engine-failed', 'The engine child sent a message that nobody understands.'));
  }

  function hearMessage(message: FromChild): void {
    if (message.kind === 'ready') {
      ({ version, device } = message);
      log.info('embedded engine ready', { pid: child.child()?.pid, version, device: device.name, why: device.why });
      child.ready();
    } else if (message.kind === 'log') {
      log[message.level](`embedded engine: ${message.message}`);
    } else if (message.kind === 'loaded') {
      ({ models: loaded, device } = message);
      changed();
    } else {
      tasks.get(message.id)?.inbox.put(message);
      if (message.kind === 'ended' && tasks.delete(message.id)) changed();
    }
  }

  function send(message: ToChild): void {
    const running = child.child();
    // A message that cannot be sent means a dying child; its exit tells the tasks.
    if (running?.connected === true) running.send(message, () => {});
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

  return {
    state: child.state,
    version: () => version,
    device: () => device,
    loaded: () => loaded,
    writing: () => [...tasks.values()].filter(({ kind }) => kind === 'chat').length,
    start: child.start,
    async stop() {
      forgetTasks(new Failure('engine-failed', 'The engine was stopped.'));
      await child.stop();
    },
    send,
    async untilReady(signal) {
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
    },
    async *task(kind, message, signal, firstMs) {
      const id = ++lastTask;
      const inbox = taskInbox(clock);
      tasks.set(id, { inbox, kind });
      changed();
      let wait: number | undefined = firstMs;
      try {
        send(message(id));
        for (;;) {
          const next = await inbox.next(signal, wait ?? firstMs, stalled);
          if (next.kind !== 'ended') wait = yield next;
          else if (next.failure === undefined) return;
          else throw toFailure(next.failure);
        }
      } finally {
        abandon(id, inbox);
      }
    },
  };
}

function spawnChild({ childEntry, execPath, env }: ChildLinkOptions): ChildProcess {
  const entry = typeof childEntry === 'string' ? childEntry : fileURLToPath(childEntry);
  return fork(entry, [], {
    execPath: execPath ?? process.execPath,
    // Flags of this process (inspector, loaders of a test runner) are not the child's.
    execArgv: [],
    env: childEnvironment(env ?? process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
