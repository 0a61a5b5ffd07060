import type { EngineDevice } from '../../../src-shared/engine.ts';
import type { Running } from './wire.ts';

const gb = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** Ollama tells where a model runs only through the bytes of it that lie in graphics memory. */
export function ollamaDevice(running: readonly Running[]): EngineDevice {
  const model = running.find(({ size }) => size > 0);
  if (model === undefined)
    return {
      kind: 'unknown',
      name: 'Ollama',
      why: 'No model is loaded; Ollama says only then whether it uses the GPU.',
      cause: { code: 'ollama-idle' },
    };
  const { name, size: sizeBytes, size_vram: inGpuBytes } = model;
  const said = { model: name.slice(0, 200), sizeBytes };
  if (inGpuBytes === 0)
    return {
      kind: 'cpu',
      name: 'CPU',
      why: `Ollama found no GPU with room for ${name}: it needs ${gb(sizeBytes)} GB, none of it is in graphics memory.`.slice(0, 500),
      cause: { code: 'ollama-none', ...said },
    };
  if (inGpuBytes < sizeBytes)
    return {
      kind: 'gpu',
      name: 'GPU and CPU',
      why: `${name} needs ${gb(sizeBytes)} GB, only ${gb(inGpuBytes)} GB fit in graphics memory; the CPU does the rest.`.slice(0, 500),
      label: { code: 'gpu-and-cpu' },
      cause: { code: 'ollama-part', ...said, inGpuBytes },
    };
  return {
    kind: 'gpu',
    name: 'GPU',
    why: `${name} lies in graphics memory as a whole.`.slice(0, 500),
    cause: { code: 'ollama-all', model: said.model },
  };
}
