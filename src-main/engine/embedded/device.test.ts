import type { Llama, LlamaModel } from 'node-llama-cpp';
import { expect, test } from 'vitest';
import { engineDevice } from '../../../src-shared/engine.ts';
import { describeDevice } from './device.ts';

const gib = 2 ** 30;
const llama = (change: object): Llama =>
  ({
    gpu: false,
    systemInfo: 'AVX = 1 | AVX2 = 1 | AVX512 = 0',
    maxThreads: 3,
    cpuMathCores: 4,
    getGpuDeviceNames: () => Promise.resolve(['RTX 4090']),
    getVramState: () => Promise.resolve({ free: 6 * gib, total: 24 * gib }),
    ...change,
  }) as unknown as Llama;
const model = (gpuLayers: number): LlamaModel => ({ gpuLayers, fileInsights: { totalLayers: 33 } }) as unknown as LlamaModel;
const memory = { freeMb: 6 * 1024, totalMb: 24 * 1024 };

test.each([
  ['no model', undefined, { kind: 'gpu', name: 'RTX 4090 (CUDA)', cause: { code: 'no-model' } }],
  ['all of it', 33, { kind: 'gpu', name: 'RTX 4090 (CUDA)', cause: { code: 'all-in-gpu' } }],
  ['a part', 12, { kind: 'gpu', why: /12 of 33 .*6\.0 of 24\.0 GiB/, cause: { code: 'gpu-part', layers: 12, all: 33, ...memory } }],
  ['nothing', 0, { kind: 'cpu', name: 'CPU (AVX2, 3 threads)', cause: { code: 'gpu-full', gpu: 'RTX 4090 (CUDA)', ...memory } }],
])('%s on the card: told in English and by codes', async (_, layers, { why, ...told }: { why?: RegExp; [key: string]: unknown }) => {
  const device = await describeDevice(llama({ gpu: 'cuda' }), [], true, layers === undefined ? undefined : model(layers));
  expect(device).toMatchObject(told);
  expect(device.why).toMatch(why ?? /\.$/);
  expect(engineDevice.parse(device)).toEqual(device);
});

test('a processor is named by its instructions and its threads, and has a cause, whatever this machine is', async () => {
  const off = await describeDevice(llama({}), [], false);
  expect(off).toMatchObject({ label: { code: 'cpu', simd: 'AVX2', threads: 3 }, cause: { code: 'switched-off' } });
  const plain = await describeDevice(llama({ systemInfo: '', maxThreads: 0 }), [], true);
  expect(plain).toMatchObject({ kind: 'cpu', name: 'CPU (4 threads)', label: { code: 'cpu', threads: 4 } });
  expect(engineDevice.parse(plain)).toEqual(plain);
  expect(plain.cause).toBeDefined();
});
