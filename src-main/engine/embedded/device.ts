// Says in words where the maths runs and, when it is not a GPU, why not.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { getLlamaGpuTypes } from 'node-llama-cpp';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import type { EngineDevice } from '../../../src-shared/engine.ts';

/** What getLlama said on its way to the CPU, such as "Failed to load a prebuilt binary with CUDA support". */
export type GpuComplaints = readonly string[];

/** `model`: the last one loaded; with it the layers on the GPU are known. */
export async function describeDevice(
  llama: Llama,
  complaints: GpuComplaints,
  gpuWanted: boolean,
  model?: LlamaModel,
): Promise<EngineDevice> {
  if (llama.gpu === false) return { kind: 'cpu', ...cpuName(llama), ...(await whyNoGpu(complaints, gpuWanted)) };
  const names = await llama.getGpuDeviceNames();
  const gpu = `${names.join(', ') || 'GPU'} (${kinds[llama.gpu]})`.slice(0, 200);
  if (model === undefined) return { kind: 'gpu', name: gpu, why: 'No model is loaded yet.', cause: { code: 'no-model' } };
  const layers = model.fileInsights.totalLayers;
  if (model.gpuLayers > 0 && model.gpuLayers >= layers)
    return { kind: 'gpu', name: gpu, why: 'The whole model fits in graphics memory.', cause: { code: 'all-in-gpu' } };
  const memory = await freeMemory(llama);
  if (model.gpuLayers === 0)
    return {
      kind: 'cpu',
      ...cpuName(llama),
      why: `Too little graphics memory is free on ${gpu} for this model: ${memory.words}.`,
      cause: { code: 'gpu-full', gpu, ...memory.values },
    };
  return {
    kind: 'gpu',
    name: gpu,
    why: `Only ${model.gpuLayers} of ${layers} layers fit in graphics memory (${memory.words}); the CPU does the rest.`,
    cause: { code: 'gpu-part', layers: model.gpuLayers, all: layers, ...memory.values },
  };
}

const kinds = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } as const;

async function freeMemory(llama: Llama): Promise<{ words: string; values: { freeMb: number; totalMb: number } }> {
  const { free, total } = await llama.getVramState();
  return {
    words: `${(free / 2 ** 30).toFixed(1)} of ${(total / 2 ** 30).toFixed(1)} GiB free`,
    values: { freeMb: Math.floor(free / 2 ** 20), totalMb: Math.floor(total / 2 ** 20) },
  };
}

function cpuName(llama: Llama): Required<Pick<EngineDevice, 'name' | 'label'>> {
  const features = [
    ['AVX512', 'AVX-512'],
    ['AVX2', 'AVX2'],
    ['NEON', 'NEON'],
  ] as const;
  const best = features.find(([flag]) => new RegExp(`\\b${flag} = 1`).test(llama.systemInfo));
  const threads = llama.maxThreads > 0 ? llama.maxThreads : llama.cpuMathCores;
  return {
    name: `CPU (${best === undefined ? '' : `${best[1]}, `}${threads} ${threads === 1 ? 'thread' : 'threads'})`,
    label: { code: 'cpu', ...(best === undefined ? {} : { simd: best[1] }), threads },
  };
}

async function whyNoGpu(complaints: GpuComplaints, gpuWanted: boolean): Promise<Required<Pick<EngineDevice, 'why' | 'cause'>>> {
  if (!gpuWanted) return { why: 'The GPU is switched off for this engine.', cause: { code: 'switched-off' } };
  const found = (await getLlamaGpuTypes('supported').catch(() => [])).flatMap((type) => (type === false ? [] : [type]));
  if (found.length > 0) {
    const said = complaints.length > 0 ? ` (${complaints.join('; ')})` : '';
    const why = `${found.map((type) => kinds[type]).join(' and ')} is there, but the engine could not use it${said}.`;
    return { why: why.slice(0, 500), cause: { code: 'gpu-unused', found } };
  }
  const nvidia = existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');
  if (nvidia)
    return {
      why: 'There is an NVIDIA GPU, but the CUDA libraries (libcuda, libcudart, libcublas) were not found: install the driver and the CUDA runtime.',
      cause: { code: 'no-cuda' },
    };
  if (process.platform === 'linux' && existsSync('/dev/dri'))
    return {
      why: 'There is a graphics device, but no Vulkan loader (libvulkan.so.1) and no CUDA: install the driver with Vulkan.',
      cause: { code: 'no-vulkan' },
    };
  if (process.platform === 'darwin' && process.arch !== 'arm64')
    return { why: 'Only Macs with Apple silicon can use their GPU here.', cause: { code: 'intel-mac' } };
  if (!hasGpuBuild())
    return { why: 'No GPU was found, and this installation has no GPU build of the engine.', cause: { code: 'no-gpu-build' } };
  return { why: 'No GPU was found (looked for CUDA, Vulkan and Metal).', cause: { code: 'no-gpu' } };
}

/** The GPU builds are packages of their own, which an installer may leave out to save space. */
function hasGpuBuild(): boolean {
  if (process.platform === 'darwin') return process.arch === 'arm64';
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const { resolve } = createRequire(import.meta.url);
  return ['cuda', 'vulkan'].some((kind) => {
    try {
      return resolve(`@node-llama-cpp/${platform}-${process.arch}-${kind}`) !== '';
    } catch {
      return false;
    }
  });
}
