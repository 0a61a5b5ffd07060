// Deleting models: by the built-in engine out of its own folder only, by Ollama of this machine only, and none under an answer.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedEngine } from '../../src-main/engine/embedded/engine.ts';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import type { Engine } from '../../src-main/jobs/ports.ts';
import { fakeOllama, type FakeOllama } from '../fakes/fake-ollama.ts';
import { ggufEntry, ggufHeader, ggufText } from '../fakes/gguf-bytes.ts';
import { collect, requestFor, silentLog, systemClock } from './engine-suite.ts';

/** A header with one key and one tensor: enough to be listed. */
const tinyGguf = Buffer.concat([ggufHeader(1), ggufEntry('general.architecture', 8, ggufText('llama'))]);
const nowhere = path.join(tmpdir(), 'axon-no-such-folder');

describe('ollama', () => {
  let server: FakeOllama;
  let engine: Engine;
  const model = 'llama3.2:3b';
  const engineAt = (elsewhere: boolean): Engine =>
    ollamaEngine({ url: server.url, env: {}, cwd: nowhere, clock: systemClock, log: silentLog, elsewhere: async () => elsewhere });
  const deletes = (): number => server.requests.filter(({ method }) => method === 'DELETE').length;

  beforeEach(async () => {
    server = await fakeOllama({
      models: [
        { name: model, size: 2e9 },
        { name: 'qwen3:8b', size: 5e9 },
      ],
    });
    engine = engineAt(false);
  });
  afterEach(async () => {
    await engine.stop();
    await server.close();
  });

  test('a loaded model is put out of memory, then off the disk, and the list shows it at once', async () => {
    await engine.start();
    await engine.load(model, new AbortController().signal);
    expect(server.loaded.has(model)).toBe(true);
    expect(engine.shelf?.removable(model)).toBe(true);
    // the fake's models have one digest: what two names share is not given back
    expect(await engine.shelf?.remove(model)).toEqual({ freedBytes: 0, atMost: true });
    expect(server.loaded.has(model)).toBe(false);
    expect((await engine.models()).map(({ name }) => name)).toEqual(['qwen3:8b']);
    expect(await engine.shelf?.remove('qwen3:8b')).toEqual({ freedBytes: 5e9, atMost: true });
    const order = server.requests.filter(({ url, method }) => url === '/api/generate' || method === 'DELETE').map(({ url }) => url);
    expect(order).toEqual(['/api/generate', '/api/generate', '/api/delete', '/api/delete']);
  });

  test('also while the engine is not started', async () => {
    await engine.models();
    expect(engine.shelf?.removable(model)).toBe(true);
    await engine.shelf?.remove(model);
    expect(deletes()).toBe(1);
    expect(engine.facts().state).toEqual({ kind: 'stopped' });
  });

  test('not while an answer is written with it', async () => {
    await engine.start();
    server.hangNext(2);
    const stop = new AbortController();
    const answer = collect(engine.chat(requestFor(model, 'hello'), stop.signal)).catch(() => undefined);
    await expect.poll(() => server.writing).toBe(1);
    await expect(engine.shelf?.remove(model)).rejects.toMatchObject({ code: 'model-in-use' });
    expect(deletes()).toBe(0);
    stop.abort();
    await answer;
    await engine.shelf?.remove(model);
    expect(deletes()).toBe(1);
  });

  test('not while it is loaded under a shorter name', async () => {
    await server.close();
    server = await fakeOllama({ models: [{ name: 'llama3:latest', size: 2e9 }], loadMs: 60_000 });
    engine = engineAt(false);
    await engine.start();
    const stop = new AbortController();
    const load = engine.load('llama3', stop.signal).catch(() => undefined);
    await expect.poll(() => engine.facts().state).toMatchObject({ kind: 'loading' });
    await expect(engine.shelf?.remove('llama3:latest')).rejects.toMatchObject({ code: 'model-in-use' });
    expect(deletes()).toBe(0);
    stop.abort();
    await load;
  });

  test('never on another machine, and never what is not there', async () => {
    await expect(engine.shelf?.remove('nobody')).rejects.toMatchObject({ code: 'model-missing' });
    const far = engineAt(true);
    await far.models();
    expect(far.shelf?.removable(model)).toBe(false);
    await expect(far.shelf?.remove(model)).rejects.toMatchObject({ code: 'not-allowed' });
    expect(deletes()).toBe(0);
  });
});

describe('built in', () => {
  let home = '';
  let own = '';
  let bundled = '';
  let engine: Engine;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'axon-shelf-'));
    [own, bundled] = [path.join(home, 'models'), path.join(home, 'bundled')];
    for (const folder of [own, bundled]) mkdirSync(folder);
    engine = embeddedEngine({
      modelDirs: [own, bundled],
      ownModels: own,
      childEntry: path.join(home, 'never-started.js'),
      clock: systemClock,
      log: silentLog,
    });
  });
  afterEach(async () => {
    await engine.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const put = (folder: string, name: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, tinyGguf);
    return file;
  };

  test('a model of its own folder goes, one that came with the program stays', async () => {
    const [mine, theirs] = [put(own, 'mine.gguf'), put(bundled, 'theirs.gguf')];
    expect((await engine.models()).map(({ name }) => [name, engine.shelf?.removable(name)])).toEqual([
      ['mine', true],
      ['theirs', false],
    ]);
    await expect(engine.shelf?.remove('theirs')).rejects.toMatchObject({ code: 'not-allowed' });
    expect(await engine.shelf?.remove('mine')).toEqual({ freedBytes: tinyGguf.length, atMost: false });
    expect([existsSync(mine), existsSync(theirs)]).toEqual([false, true]);
    expect((await engine.models()).map(({ name }) => name)).toEqual(['theirs']);
    await expect(engine.shelf?.remove('mine')).rejects.toMatchObject({ code: 'model-missing' });
  });

  test('a name cannot lead out of the folder', async () => {
    put(own, 'mine.gguf');
    const outside = path.join(home, 'secret.gguf');
    writeFileSync(outside, tinyGguf);
    for (const name of ['../secret', '../secret.gguf', outside])
      await expect(engine.shelf?.remove(name)).rejects.toMatchObject({ code: 'model-missing' });
    expect(existsSync(outside)).toBe(true);
  });
});
