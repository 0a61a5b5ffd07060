// Keeps one child process alive within a budget: start, ready, crash, hang, restart, stop.
import type { ChildProcess } from 'node:child_process';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock, Log } from '../jobs/ports.ts';

// reliability.md, fault 11: three restarts after 1, 2 and 4 s; a child that then dies again within 5 minutes is out of service.
const restartDelaysMs = [1000, 2000, 4000];
const budgetWindowMs = 5 * 60_000;
const killAfterMs = 3000;

export type ChildState =
  | { kind: 'stopped' }
  | { kind: 'starting' }
  | { kind: 'ready' }
  /** retryAt: wall clock ms of the next start; undefined: gave up, only start() helps */
  | { kind: 'failed'; failure: Failure; retryAt: number | undefined };

export type Supervised = {
  state(): ChildState;
  /** The running child, ready or not. */
  child(): ChildProcess | undefined;
  /** Starts the child unless it runs; after giving up, with a new budget. */
  start(): void;
  /** SIGTERM, and SIGKILL after 3 s; resolves when the process is gone. */
  stop(): Promise<void>;
  /** The owner saw the child's sign of being ready. */
  ready(): void;
  /** The owner saw that the child hangs or talks nonsense: kills it, which counts as a crash for `failure`. It is starting from then on. */
  condemn(failure: Failure): void;
};

export type SuperviseOptions = {
  /** For logs: "embedded engine" */
  name: string;
  /** Makes the child; it must end by itself when its IPC channel or stdin closes, so that none outlives us. */
  spawn: () => ChildProcess;
  readyWithinMs?: number;
  clock: Clock;
  log: Log;
  /** After each change of state(). */
  changed: () => void;
  /** A child was started: attach listeners. */
  started: (child: ChildProcess) => void;
  /** The child is gone unasked; called before the restart is planned. */
  died: (failure: Failure) => void;
};

/** Supervises one child. Nothing runs until start(). */
export function supervise(options: SuperviseOptions): Supervised {
  const { name, clock, log } = options;
  let state: ChildState = { kind: 'stopped' };
  let child: ChildProcess | undefined;
  let condemned: Failure | undefined;
  let cancelTimer: (() => void) | undefined;
  /** Monotonic times of the recent deaths. */
  let deaths: number[] = [];

  const become = (next: ChildState): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    state = next;
    options.changed();
  };

  const gone = (failure: Failure): void => {
    child = undefined;
    if (state.kind === 'stopped') return;
    options.died(failure);
    const now = clock.now();
    deaths = [...deaths.filter((at) => now - at < budgetWindowMs), now];
    const delay = restartDelaysMs[deaths.length - 1];
    log.error(`${name} died`, { code: failure.code, why: failure.message, deaths: deaths.length, retryInMs: delay ?? null });
    become({ kind: 'failed', failure, retryAt: delay === undefined ? undefined : clock.date() + delay });
    if (delay !== undefined) cancelTimer = clock.after(delay, launch);
  };

  function launch(): void {
    condemned = undefined;
    become({ kind: 'starting' });
    let process: ChildProcess;
    try {
      process = options.spawn();
    } catch (error) {
      return gone(new Failure('engine-failed', `${name} cannot be started`, { cause: error }));
    }
    child = process;
    let ended = false;
    const end = (failure: Failure): void => {
      if (ended) return;
      ended = true;
      if (child === process) gone(condemned ?? failure);
    };
    process.once('error', (error) => {
      // Also raised when a message cannot be sent; only a child without a pid never ran.
      if (process.pid === undefined) end(new Failure('engine-failed', `${name} cannot be started: ${error.message}`));
      else log.warn(`${name}: ${error.message}`);
    });
    process.once('exit', (code, signal) => end(exitFailure(name, code, signal)));
    options.started(process);
    cancelTimer = clock.after(options.readyWithinMs ?? 30_000, () => {
      condemn(new Failure('engine-stalled', `${name} did not get ready`));
    });
  }

  function condemn(failure: Failure): void {
    if (child === undefined) return;
    condemned = failure;
    child.kill('SIGKILL');
    // it may take a while to be gone: nothing is to be sent to it any more
    if (state.kind === 'ready') become({ kind: 'starting' });
  }

  return {
    state: () => state,
    child: () => child,
    start() {
      if (child !== undefined || state.kind === 'starting') return;
      deaths = [];
      launch();
    },
    async stop() {
      const process = child;
      become({ kind: 'stopped' });
      child = undefined;
      if (process?.pid === undefined || process.exitCode !== null || process.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        const cancelKill = clock.after(killAfterMs, () => process.kill('SIGKILL'));
        process.once('exit', () => {
          cancelKill();
          resolve();
        });
        process.kill('SIGTERM');
      });
    },
    ready() {
      if (state.kind === 'starting' && condemned === undefined) become({ kind: 'ready' });
    },
    condemn,
  };
}

function exitFailure(name: string, code: number | null, signal: NodeJS.Signals | null): Failure {
  // Linux ends what outgrew the memory with SIGKILL; nobody else sends it unasked.
  if (signal === 'SIGKILL') return new Failure('engine-crashed', `${name} was killed, perhaps because memory ran out`);
  return new Failure('engine-crashed', signal === null ? `${name} ended with code ${code}` : `${name} was ended by ${signal}`);
}
