// The embedded engine with the real library and the real default model, in its real child process.
import { copyFile, mkdtemp, open, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ExpectStatic } from 'vitest';
import { defaultModel, modelDir } from '../../scripts/model.mjs';
import { embeddedEngine } from '../../src-main/engine/embedded/engine.ts';
import type { EmbeddedOptions } from '../../src-main/engine/embedded/engine.ts';
import type { Engine, Log } from '../../src-main/jobs/ports.ts';
import type { ChatChunk, Continued } from '../../src-shared/chat.ts';
import { report } from '../report.ts';
import { redPng } from '../fakes/pictures.ts';
import { collect, continuedFrom, engineSuite, requestFor, silentLog, systemClock, textOf } from './engine-suite.ts';

const modelPath = path.join(modelDir, defaultModel.file);
const childEntry = new URL('../../src-main/engine/embedded/child.ts', import.meta.url);
const engineFor = (more: Partial<EmbeddedOptions> = {}): Engine =>
  embeddedEngine({ modelDirs: [modelDir], childEntry, clock: systemClock, log: silentLog, contextTokens: 1024, gpu: false, ...more });

beforeAll(() => {
  if (!existsSync(modelPath)) throw new Error(`${modelPath} is missing: run "node scripts/model.mjs"`);
});

engineSuite('embedded', async () => ({
  engine: engineFor(),
  model: defaultModel.name,
  tooManyWords: 3000,
  measured: 'embedded',
  clean: async () => {},
}));

/** A log that finds the process id of the child, which the engine keeps to itself. */
function pidsIn(engineLog: { pids: number[] }): Log {
  return { ...silentLog, info: (_message, fields) => void (typeof fields?.['pid'] === 'number' && engineLog.pids.push(fields['pid'])) };
}
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('embedded: the child process', () => {
  const seen: { pids: number[] } = { pids: [] };
  const signal = new AbortController().signal;
  let engine: Engine;
  const ready = () => expect.poll(() => engine.facts().state.kind, { timeout: 60_000 }).toBe('ready');
  const long = () =>
    collect(engine.chat(requestFor(defaultModel.name, 'Write a very long story about a fox.', { temperature: 0 }), signal));

  beforeEach(() => {
    seen.pids = [];
    engine = engineFor({ log: pidsIn(seen) });
  });
  afterEach(() => engine.stop());

  test('is started again after it died, and running answers say so', async () => {
    await engine.start();
    await ready();
    const answer = long().catch((error: unknown) => error);
    await expect.poll(async () => (await engine.models())[0]?.loaded, { timeout: 60_000 }).toBe(true);
    process.kill(seen.pids[0] ?? 0, 'SIGKILL');
    expect(await answer).toMatchObject({ code: 'engine-crashed' });
    expect(engine.facts().state).toMatchObject({ kind: 'failed', retryAt: expect.any(Number) });
    expect((await engine.models())[0]?.loaded).toBe(false);
    expect(textOf(await collect(engine.chat(requestFor(defaultModel.name, 'Hello', { temperature: 0, maxTokens: 5 }), signal)))).not.toBe(
      '',
    );
    expect(seen.pids).toHaveLength(2);
  });

  test('reads text only, and says so instead of answering as if there were no picture', async () => {
    await engine.start();
    const request = requestFor(defaultModel.name, 'What is it?');
    const asked = { ...request, messages: request.messages.map((message) => ({ ...message, images: [redPng] })) };
    await expect(collect(engine.chat(asked, signal))).rejects.toMatchObject({ code: 'no-vision' });
    expect(engine.facts().images).toBeUndefined();
  });

  test('does not trust ids that came from elsewhere', async () => {
    await engine.start();
    const question = 'Write a very long story about a fox.';
    const ask = (left: number, continued?: Continued) =>
      collect(
        engine.chat(
          { ...requestFor(defaultModel.name, question, { temperature: 0, maxTokens: left }), ...(continued && { continued }) },
          signal,
        ),
      );
    await expect.poll(async () => (await engine.models())[0]?.digest, { timeout: 60_000 }).toBe(defaultModel.sha256);
    const { text, tokens } = continuedFrom(await ask(12));
    if (tokens === undefined) throw new Error('no token ids');
    const fromText = textOf(await ask(6, { text }));
    expect(fromText).not.toBe('');
    // none of the vocabulary, the end of the answer, those of another text, none
    for (const ids of [[0xffff_ffff], [...tokens.ids, 2 ** 40], [...tokens.ids, 2], tokens.ids.slice(3, 6), []])
      expect(textOf(await ask(6, { text, tokens: { ...tokens, ids } }))).toBe(fromText);
    expect(seen.pids).toHaveLength(1);
  });

  // Windows cannot stop a process for a while.
  if (process.platform !== 'win32') {
    test('is replaced when it hangs in the middle of an answer', async () => {
      engine = engineFor({ log: pidsIn(seen), patience: { writingMs: 2000 } });
      await engine.start();
      await ready();
      const pid = seen.pids[0] ?? 0;
      const read = async () => {
        for await (const chunk of engine.chat(
          requestFor(defaultModel.name, 'Write a very long story about a fox.', { temperature: 0 }),
          signal,
        ))
          if (chunk.kind === 'text') process.kill(pid, 'SIGSTOP');
      };
      await expect(read()).rejects.toMatchObject({ code: 'engine-stalled' });
      await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
      await ready();
    });
  }

  // Processor time of another process is read from /proc.
  if (process.platform === 'linux')
    test('stops decoding while the reader does not take what is there', async () => {
      await engine.start();
      await ready();
      let taken = 0;
      for await (const chunk of engine.chat(
        requestFor(defaultModel.name, 'Write a very long story about a fox.', { temperature: 0, maxTokens: 300 }),
        signal,
      )) {
        if (chunk.kind !== 'text') continue;
        taken += 1;
        if (taken !== 1) continue;
        // The child's processor time stands still once its window is full.
        let before = -1;
        await expect
          .poll(
            async () => {
              const now = await processorTicks(seen.pids[0] ?? 0);
              const still = now - before < 5;
              before = now;
              return still;
            },
            { interval: 500, timeout: 60_000 },
          )
          .toBe(true);
      }
      expect(taken).toBeGreaterThan(80);
    });

  test('leaves nobody behind after stop', async () => {
    await engine.start();
    await ready();
    const pid = seen.pids[0] ?? 0;
    expect(isAlive(pid)).toBe(true);
    await engine.stop();
    expect(isAlive(pid)).toBe(false);
  });
});

// What hangs takes no processor time, and each waits for the default patience: all of them at once, each with an engine of its own.
// Windows cannot stop a process for a while.
describe.skipIf(process.platform === 'win32').concurrent('embedded: a child process that hangs', () => {
  const signal = new AbortController().signal;
  const engines: Engine[] = [];
  afterAll(() => Promise.all(engines.map((engine) => engine.stop())));
  const started = async (expect: ExpectStatic) => {
    const seen: { pids: number[] } = { pids: [] };
    const engine = engineFor({ log: pidsIn(seen) });
    engines.push(engine);
    const ready = () => expect.poll(() => engine.facts().state.kind, { timeout: 60_000, interval: 50 }).toBe('ready');
    await engine.start();
    await ready();
    return { engine, seen, ready };
  };

  test('frees every answer within 20 s when it hangs, and is ready again', { timeout: 120_000 }, async ({ expect }) => {
    const { engine, seen, ready } = await started(expect);
    const pid = seen.pids[0] ?? 0;
    const last = [0, 0];
    const read = async (index: number) => {
      for await (const chunk of engine.chat(
        requestFor(defaultModel.name, 'Write a very long story about a fox.', { temperature: 0 }),
        signal,
      )) {
        if (chunk.kind !== 'text') continue;
        last[index] = performance.now();
        if (last.every((at) => at > 0)) process.kill(pid, 'SIGSTOP');
      }
    };
    const ended = await Promise.all([0, 1].map((index) => read(index).catch((error: unknown) => ({ error, at: performance.now() }))));
    const told = ended.map((end, index) => (end === undefined ? Number.NaN : end.at - (last[index] ?? 0)));
    for (const end of ended) expect(end).toMatchObject({ error: { code: 'engine-stalled' } });
    await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 50 }).toBe(false);
    await expect.poll(() => seen.pids.length, { timeout: 60_000, interval: 50 }).toBe(2);
    await ready();
    const again = performance.now() - Math.max(...last);
    const figures = report('reliability');
    const note = 'SIGSTOP of the embedded engine, 2 answers; default patience';
    figures.row({ name: 'engine hangs: last token to failure', value: Math.max(...told), unit: 'ms', limit: 20_000, note });
    figures.row({ name: 'engine hangs: last token to an engine that is ready again', value: again, unit: 'ms', limit: 20_000, note });
    figures.write();
    expect(Math.max(...told)).toBeLessThan(1.5 * 20_000);
  });

  // A prompt near the end of the context is read for seconds, even on a quick machine.
  const longPrompt = 'The fox runs over the hill and sleeps. '.repeat(95);
  test.for([
    { at: 'begins to load a model', figure: 'loads', meets: ({ kind }: ChatChunk) => kind === 'loading' },
    {
      at: 'reads a prompt',
      figure: 'reads',
      meets: (chunk: ChatChunk) => chunk.kind === 'reading' && (chunk.progress ?? 0) > 0,
    },
  ])('is found within 20 s when it hangs while it $at, and is ready again', { timeout: 300_000 }, async ({ figure, meets }, { expect }) => {
    const { engine, seen, ready } = await started(expect);
    const pid = seen.pids[0] ?? 0;
    let stoppedAt = 0;
    const read = async () => {
      for await (const chunk of engine.chat(requestFor(defaultModel.name, longPrompt), signal)) {
        if (stoppedAt > 0 || !meets(chunk)) continue;
        stoppedAt = performance.now();
        process.kill(pid, 'SIGSTOP');
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'engine-stalled' });
    const told = performance.now() - stoppedAt;
    await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 50 }).toBe(false);
    await expect.poll(() => seen.pids.length, { timeout: 60_000, interval: 50 }).toBe(2);
    await ready();
    const again = performance.now() - stoppedAt;
    const figures = report('reliability');
    const note = 'SIGSTOP of the embedded engine; default patience';
    const limit = 20_000;
    figures.row({ name: `engine hangs while it ${figure}: until its failure`, value: told, unit: 'ms', limit, note });
    figures.row({ name: `engine hangs while it ${figure}: until it is ready again`, value: again, unit: 'ms', limit, note });
    figures.write();
    expect(told).toBeLessThan(1.5 * limit);
  });
});

async function processorTicks(pid: number): Promise<number> {
  const handle = await open(`/proc/${pid}/stat`);
  const text = await handle.readFile('utf8');
  await handle.close();
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('embedded: model files', () => {
  let dir: string;
  let engine: Engine;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'axon-models-'));
    engine = engineFor({ modelDirs: [dir] });
  });
  afterEach(async () => {
    await engine.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('a damaged file is model-broken, and the engine goes on', async () => {
    await copyFile(modelPath, path.join(dir, 'cut.gguf'));
    await truncate(path.join(dir, 'cut.gguf'), Math.trunc((await stat(modelPath)).size / 2));
    await writeFile(path.join(dir, 'picture.gguf'), 'PNG and not a model at all, whatever its name says');
    await symlink(modelPath, path.join(dir, 'good.gguf'));
    await engine.start();
    for (const name of ['cut', 'picture']) {
      await expect(collect(engine.chat(requestFor(name, 'Hello'), signal))).rejects.toMatchObject({ code: 'model-broken' });
    }
    expect(textOf(await collect(engine.chat(requestFor('good', 'Hello', { temperature: 0, maxTokens: 4 }), signal)))).not.toBe('');
    expect(engine.facts().state).toEqual({ kind: 'ready' });
  });

  test('a model that appears later is found, with its digest', async () => {
    await engine.start();
    await expect(engine.load('late', signal)).rejects.toMatchObject({ code: 'model-missing' });
    await symlink(modelPath, path.join(dir, 'Late.Q4_1.gguf'));
    await engine.load('late', signal);
    await expect
      .poll(async () => (await engine.models())[0], { timeout: 30_000 })
      .toMatchObject({
        name: 'late',
        loaded: true,
        quantization: 'Q4_1',
        parameters: '135M',
        capabilities: [],
        digest: defaultModel.sha256,
      });
  });
});

test('the child ends when its parent is gone', async () => {
  // A parent of its own, since this one must live on.
  const { spawn } = await import('node:child_process');
  const script = `
    import { fork } from 'node:child_process';
    const child = fork(${JSON.stringify(fileURLToPath(childEntry))}, [], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    child.on('message', () => console.log(child.pid));
    child.send({ kind: 'start', slots: 1, contextTokens: 512, gpu: false });
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (data: Buffer) => resolve(Number(String(data)))));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});
