// The parent's end of the engine child: its life, its facts, and the tasks that run in it.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { EngineDevice } from '../../../src-shared/engine.ts';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import type { Clock, Log } from '../../jobs/ports.ts';
import { watchLife } from '../life.ts';
import type { LifeWatch } from '../life.ts';
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

/** Alive, and no news of the task for `signMs`: whoever waits for it is to hear of that. */
export type Quiet = { kind: 'quiet'; id: number };
/** Messages of a task until it ended; `next(ms)` says how long the next message may take. */
export type TaskSteps = AsyncGenerator<TaskMessage | Quiet, void, number | undefined>;
export type TaskKind = 'chat' | 'load' | 'unload';

/** A model in memory. */
export type LoadedNow = Extract<FromChild, { kind: 'loaded' }>['models'][number];

export type ChildLink = {
  state(): ChildState;
  version(): string | undefined;
  device(): EngineDevice;
  /** Models in memory, most recently used last. */
  loaded(): readonly LoadedNow[];
  /** Answers that are being written, or that the child has not let go of. */
  writing(): number;
  start(): void;
  stop(): Promise<void>;
  send(message: ToChild): void;
  /** Waits for a start or a restart; fails when the engine is stopped or out of service. */
  untilReady(signal: AbortSignal): Promise<void>;
  /**
   * Runs a task. Leaving the steps early, by any way, aborts it. firstMs: patience for the first message. stuckMs: for the end of one that is
   * aborted. Fails with engine-stalled when the child says nothing at all any more, or nothing of this task for longer than was expected.
   */
  task(kind: TaskKind, message: (id: number) => ToChild, signal: AbortSignal, patience: { firstMs: number; stuckMs: number }): TaskSteps;
};

/** Shorter than a lease and an asker with nobody else wait (60 s), longer than an asker waits before it asks a second machine as well, ms. */
const signMs = 30_000;

const unknownDevice: EngineDevice = { kind: 'unknown', name: '', why: 'The engine has not started yet.', cause: { code: 'not-started' } };

export function childLink(options: ChildLinkOptions): ChildLink {
  const { clock, log, patience, changed } = options;
  const tasks = new Map<number, { inbox: TaskInbox; kind: TaskKind }>();
  const whenSettled = new Set<() => void>();
  let life: LifeWatch | undefined;
  let lastTask = 0;
  let version: string | undefined;
  let device = unknownDevice;
  let loaded: readonly LoadedNow[] = [];

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
    rest();
  }

  function rest(): void {
    if (tasks.size > 0) return;
    life?.end();
    life = undefined;
  }

  function hear(from: ChildProcess, raw: unknown): void {
    if (child.child() !== from) return;
    const parsed = fromChild.safeParse(raw);
    life?.heard();
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
    } else if (message.kind !== 'beat') {
      tasks.get(message.id)?.inbox.put(message);
      if (message.kind !== 'ended' || !tasks.delete(message.id)) return;
      rest();
      changed();
    }
  }

  function send(message: ToChild): void {
    const running = child.child();
    // A message that cannot be sent means a dying child; its exit tells the tasks.
    if (running?.connected === true) running.send(message, () => {});
  }

  /** Its tasks are told at once: a process that a driver holds may outlive its SIGKILL for long. */
  const stalled = (why: string): Failure => {
    const failure = new Failure('engine-stalled', `${why}; it is started again.`);
    child.condemn(failure);
    forgetTasks(failure);
    return failure;
  };

  /** Ends a task that nobody reads any more; a child that does not let go of it hangs. */
  function abandon(id: number, inbox: TaskInbox, stuckMs: number): void {
    if (!tasks.has(id)) return;
    send({ kind: 'abort', id });
    const drain = async (): Promise<void> => {
      const never = new AbortController().signal;
      for (let next: TaskMessage | undefined; next?.kind !== 'ended';) {
        next = await inbox.next(never, stuckMs);
        if (next === undefined) throw stalled('The engine did not let go of an answer');
      }
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
    async *task(kind, message, signal, { firstMs, stuckMs }) {
      const id = ++lastTask;
      const inbox = taskInbox(clock);
      tasks.set(id, { inbox, kind });
      life ??= watchLife(clock, patience.silentMs, () => void stalled('The engine gave no sign of life'));
      changed();
      let wait = firstMs;
      try {
        send(message(id));
        for (let left = wait; ;) {
          const ms = Math.min(left, signMs);
          const next = await inbox.next(signal, ms);
          left = next === undefined ? left - ms : wait;
          if (left <= 0) throw stalled('The engine is alive and goes no further');
          if (next === undefined) yield { kind: 'quiet', id };
          else if (next.kind !== 'ended') left = wait = (yield next) ?? wait;
          else if (next.failure === undefined) return;
          else throw toFailure(next.failure);
        }
      } finally {
        abandon(id, inbox, stuckMs);
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
