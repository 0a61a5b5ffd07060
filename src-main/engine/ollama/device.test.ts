import { expect, test } from 'vitest';
import { engineDevice } from '../../../src-shared/engine.ts';
import { ollamaDevice } from './device.ts';

test.each([
  [[], { kind: 'unknown', name: 'Ollama', cause: { code: 'ollama-idle' } }],
  [[0], { kind: 'cpu', name: 'CPU', cause: { code: 'ollama-none', model: 'm', sizeBytes: 8e9 } }],
  [[3e9], { kind: 'gpu', label: { code: 'gpu-and-cpu' }, cause: { code: 'ollama-part', model: 'm', sizeBytes: 8e9, inGpuBytes: 3e9 } }],
  [[8e9], { kind: 'gpu', name: 'GPU', cause: { code: 'ollama-all', model: 'm' } }],
])('%j bytes in graphics memory', (inGpu, told) => {
  const device = ollamaDevice(inGpu.map((size_vram) => ({ name: 'm', size: 8e9, size_vram })));
  expect(device).toMatchObject(told);
  expect(engineDevice.parse(device)).toEqual(device);
});
