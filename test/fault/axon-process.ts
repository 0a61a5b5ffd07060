// The command line as programs of their own, each with a home of its own in one folder that goes with the test.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src-main/cli.ts', import.meta.url));

export type Running = { process: ChildProcess; stdout(): string; stderr(): string; ended: Promise<number | null> };
export type Ended = { code: number | null; out: string; err: string };
export type AxonEvent = { event: string } & Record<string, unknown>;

export type Homes = {
  readonly folder: string;
  home(name: string): string;
  start(name: string, args: readonly string[], input?: string): Running;
  axon(name: string, args: readonly string[], input?: string): Promise<Ended>;
  /** Ends what still runs, and deletes the homes. */
  clean(): Promise<void>;
};

export function axonHomes(): Homes {
  const folder = mkdtempSync(path.join(tmpdir(), 'axon-cli-'));
  const running: Running[] = [];
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
    folder,
    home,
    start,
    async axon(name, args, input) {
      const one = start(name, args, input);
      return { code: await one.ended, out: one.stdout(), err: one.stderr() };
    },
    async clean() {
      for (const { process: child, ended } of running) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
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
