// The command line as programs of their own, each with a home of its own in one folder that goes with the test.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect } from 'vitest';
import { fakeOllama, type FakeOllama, type FakeOllamaOptions } from '../fakes/fake-ollama.ts';
import { fakeOpenai, type FakeOpenai, type FakeOpenaiOptions } from '../fakes/fake-openai.ts';

/** Two cores that many tests share: an upper bound for waiting, never a goal. */
export const patienceMs = 120_000;

const program = fileURLToPath(new URL('../../src-main/cli.ts', import.meta.url));

export type Running = { process: ChildProcess; stdout(): string; stderr(): string; ended: Promise<number | null> };
export type Ended = { code: number | null; out: string; err: string };
export type AxonEvent = { event: string } & Record<string, unknown>;

export type Homes = {
  readonly folder: string;
  home(name: string): string;
  start(name: string, args: readonly string[], input?: string): Running;
  axon(name: string, args: readonly string[], input?: string): Promise<Ended>;
  /** An Ollama that is played; its end is the test's. */
  ollama(options?: FakeOllamaOptions): Promise<FakeOllama>;
  /** The same of a server with the OpenAI API. */
  openai(options?: FakeOpenaiOptions): Promise<FakeOpenai>;
};

/** New homes for each test of the file. What still runs after a test is ended, and its homes are deleted. */
export function axonHomes(): Homes {
  let folder: string;
  let running: Running[];
  let servers: { close(): Promise<void> }[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'axon-cli-'));
    running = [];
    servers = [];
  });
  afterEach(async () => {
    for (const { process: child, ended } of running) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
    for (const server of servers) await server.close();
  });
  const home = (name: string): string => path.join(folder, name);

  const start = (name: string, args: readonly string[], input?: string): Running => {
    const stdio = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] as const;
    const child = spawn(process.execPath, [program, ...args, '--home', home(name)], { stdio: [...stdio] });
    child.stdin?.end(input);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', (code) => resolve(code));
    });
    const one = { process: child, stdout: () => stdout, stderr: () => stderr, ended };
    running.push(one);
    return one;
  };

  return {
    get folder() {
      return folder;
    },
    home,
    start,
    async axon(name, args, input) {
      const one = start(name, args, input);
      return { code: await one.ended, out: one.stdout(), err: one.stderr() };
    },
    async ollama(options = {}) {
      const made = await fakeOllama(options);
      servers.push(made);
      return made;
    },
    async openai(options = {}) {
      const made = await fakeOpenai(options);
      servers.push(made);
      return made;
    },
  };
}

/** What a program with --json has told so far. */
export function events(server: Running): AxonEvent[] {
  return server
    .stdout()
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as AxonEvent);
}

/** The first event that fits; a program that ends before fails the test with what it said on standard error. */
export async function nextEvent(node: Running, fits: (event: AxonEvent) => boolean): Promise<AxonEvent> {
  const found = (): AxonEvent | undefined => events(node).find(fits);
  await expect
    .poll(() => (found() !== undefined ? 'told' : node.process.exitCode === null ? 'waiting' : node.stderr()), {
      timeout: patienceMs,
      interval: 50,
    })
    .toBe('told');
  return found() ?? { event: '' };
}

export type Ready = Running & { address: string; peerId: string };

/** A node with --json, once it said that it is ready. */
export async function readyNode(node: Running): Promise<Ready> {
  const { addresses, peerId } = (await nextEvent(node, ({ event }) => event === 'ready')) as unknown as {
    addresses: string[];
    peerId: string;
  };
  return { ...node, address: addresses[0] ?? '', peerId };
}
