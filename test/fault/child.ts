// Children that tell what happens to them as JSON lines, and waiting for what they tell.
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Host } from './netns.ts';
import type { Command, Config, Told } from './network-child.ts';
import type { NodeCommand } from './node-child.ts';

const program = fileURLToPath(new URL('./network-child.ts', import.meta.url));

export type Child = {
  readonly process: ChildProcess;
  /** All that it told so far. */
  readonly told: Told[];
  readonly ended: Promise<void>;
  /** The first matching event after monotonic time `since`, told already or still to come. Fails after 30 s, or when the child ended. */
  next(event: string, options?: { since?: number; where?: (told: Told) => boolean; withinMs?: number }): Promise<Told>;
  count(event: string, since?: number): number;
  send(command: Command | NodeCommand): void;
  /** Resolves at its end. */
  stop(): Promise<void>;
  kill(): Promise<void>;
};

/** The clock that children stamp their events with, in ms. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Starts a node in that host and waits until it is ready. */
export async function startChild(host: Host, config: Config): Promise<Child & { peerId: string }> {
  return startProgram(host, program, config);
}

/** Starts a program that is told its task by the first line on stdin, and waits until it is ready. */
export async function startProgram(
  host: Host,
  file: string,
  config: object,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Child & { peerId: string }> {
  const child = follow(host.spawn(process.execPath, ['--expose-gc', file], { stdio: ['pipe', 'pipe', 'inherit'], env }));
  child.process.stdin?.write(`${JSON.stringify(config)}\n`);
  const { peerId } = await child.next('ready');
  return { ...child, peerId: String(peerId) };
}

/** Reads JSON lines of a process that was started with pipes. */
export function follow(process: ChildProcess): Child {
  const told: Told[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  const wake = (): void => waiting.forEach((check) => check());
  const ended = new Promise<void>((resolve) => {
    process.once('exit', () => {
      over = true;
      wake();
      resolve();
    });
  });
  if (process.stdout !== null) {
    createInterface({ input: process.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const event = JSON.parse(line) as Told;
      // programs that do not stamp their lines themselves: when we read it
      told.push({ ...event, at: event.at ?? now() });
      wake();
    });
  }

  return {
    process,
    told,
    ended,
    next(event, { since = 0, where = () => true, withinMs = 30_000 } = {}) {
      return new Promise((resolve, reject) => {
        const finish = (end: () => void): void => {
          waiting.delete(check);
          clearTimeout(timer);
          end();
        };
        const check = (): void => {
          const found = told.find((one) => one.event === event && one.at >= since && where(one));
          if (found !== undefined) finish(() => resolve(found));
          else if (over) finish(() => reject(new Error(`the child ended before "${event}"`)));
        };
        const timer = setTimeout(() => {
          finish(() => reject(new Error(`no "${event}" within ${withinMs} ms; told: ${told.map((one) => one.event).join(' ')}`)));
        }, withinMs);
        waiting.add(check);
        check();
      });
    },
    count: (event, since = 0) => told.filter((one) => one.event === event && one.at >= since).length,
    send: (command) => void process.stdin?.write(`${JSON.stringify(command)}\n`),
    async stop() {
      process.stdin?.end();
      await ended;
    },
    async kill() {
      process.kill('SIGKILL');
      await ended;
    },
  };
}
