// Downloading through Ollama: bytes, going on where it was, and what goes wrong; the server is played.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import type { Engine, Pulled } from '../../src-main/jobs/ports.ts';
import { fakeOllama, type FakeOllama } from '../fakes/fake-ollama.ts';
import { silentLog, systemClock } from './engine-suite.ts';

const wanted = { name: 'qwen3:8b', size: 5e9 };
const never = new AbortController().signal;
let server: FakeOllama;
let engine: Engine;

beforeEach(async () => {
  // longer than what two reports are apart
  server = await fakeOllama({ pullMs: 700 });
  engine = ollamaEngine({ url: server.url, env: {}, cwd: path.join(tmpdir(), 'axon-no-such-folder'), clock: systemClock, log: silentLog });
});
afterEach(async () => {
  await engine.stop();
  await server.close();
});

async function pulled(signal = never, seen: (step: Pulled) => void = () => {}): Promise<Pulled[]> {
  const steps: Pulled[] = [];
  for await (const step of engine.pull?.(wanted.name, signal) ?? []) {
    steps.push(step);
    seen(step);
  }
  return steps;
}

test('bytes of all, also while the engine is not started; then it is checked, and listed', async () => {
  server.registry.set(wanted.name, wanted);
  const steps = await pulled();
  expect(steps.filter(({ totalBytes }) => totalBytes === wanted.size).map(({ receivedBytes }) => receivedBytes)).toEqual(
    expect.arrayContaining([0.25, 0.5, 0.75].map((share) => share * wanted.size)),
  );
  expect(steps.at(-1)).toMatchObject({ checking: true });
  expect((await engine.models()).map(({ name }) => name)).toContain(wanted.name);
});

test('stopped half way it ends at once, and Ollama goes on from there the next time', async () => {
  const rest = Promise.withResolvers<void>();
  server.registry.set(wanted.name, { ...wanted, restAfter: rest.promise });
  const stop = new AbortController();
  const first = pulled(stop.signal, ({ receivedBytes }) => {
    if (receivedBytes === wanted.size / 2) stop.abort();
  });
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  rest.resolve();
  const steps = await pulled();
  const counted = steps.filter(({ totalBytes }) => totalBytes !== null).map(({ receivedBytes }) => receivedBytes);
  expect(Math.min(...counted)).toBeGreaterThanOrEqual(wanted.size / 2);
});

test('no such model, and a disk without room, are told apart from the rest', async () => {
  await expect(pulled()).rejects.toMatchObject({ code: 'download-not-found' });
  server.registry.set(wanted.name, { ...wanted, failsAt: 0.5 });
  await expect(pulled()).rejects.toMatchObject({ code: 'download-failed' });
  server.registry.set(wanted.name, { ...wanted, failsAt: 0.5, failsWith: 'write /root/.ollama/models/blobs/x: no space left on device' });
  await expect(pulled()).rejects.toMatchObject({ code: 'disk-full' });
});
