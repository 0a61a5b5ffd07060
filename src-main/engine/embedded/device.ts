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
  if (llama.gpu === false) return { kind: 'cpu', name: cpuName(llama), why: await whyNoGpu(complaints, gpuWanted) };
  const names = await llama.getGpuDeviceNames();
  const gpu = `${names.join(', ') || 'GPU'} (${kinds[llama.gpu]})`.slice(0, 200);
  if (model === undefined) return { kind: 'gpu', name: gpu, why: 'No model is loaded yet.' };
  const layers = model.fileInsights.totalLayers;
  if (model.gpuLayers === 0)
    return {
      kind: 'cpu',
      name: cpuName(llama),
      why: `Too little graphics memory is free on ${gpu} for this model: ${await freeMemory(llama)}.`,
    };
  if (model.gpuLayers >= layers) return { kind: 'gpu', name: gpu, why: 'The whole model fits in graphics memory.' };
  return {
    kind: 'gpu',
    name: gpu,
    why: `Only ${model.gpuLayers} of ${layers} layers fit in graphics memory (${await freeMemory(llama)}); the CPU does the rest.`,
  };
}

const kinds = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } as const;

async function freeMemory(llama: Llama): Promise<string> {
  const { free, total } = await llama.getVramState();
  return `${(free / 2 ** 30).toFixed(1)} of ${(total / 2 ** 30).toFixed(1)} GiB free`;
}

function cpuName(llama: Llama): string {
  const features = [
    ['AVX512', 'AVX-512'],
    ['AVX2', 'AVX2'],
    ['NEON', 'NEON'],
  ] as const;
  const best = features.find(([flag]) => new RegExp(`\\b${flag} = 1`).test(llama.systemInfo));
  const threads = llama.maxThreads > 0 ? llama.maxThreads : llama.cpuMathCores;
  return `CPU (${best === undefined ? '' : `${best[1]}, `}${threads} ${threads === 1 ? 'thread' : 'threads'})`;
}

async function whyNoGpu(complaints: GpuComplaints, gpuWanted: boolean): Promise<string> {
  if (!gpuWanted) return 'The GPU is switched off for this engine.';
  const supported = (await getLlamaGpuTypes('supported').catch(() => [])).flatMap((type) => (type === false ? [] : [type]));
  if (supported.length > 0) {
    const said = complaints.length > 0 ? ` (${complaints.join('; ')})` : '';
    return `${supported.map((type) => kinds[type]).join(' and ')} is there, but the engine could not use it${said}.`.slice(0, 500);
  }
  const nvidia = existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');
  if (nvidia)
    return 'There is an NVIDIA GPU, but the CUDA libraries (libcuda, libcudart, libcublas) were not found: install the driver and the CUDA runtime.';
  if (process.platform === 'linux' && existsSync('/dev/dri'))
    return 'There is a graphics device, but no Vulkan loader (libvulkan.so.1) and no CUDA: install the driver with Vulkan.';
  if (process.platform === 'darwin' && process.arch !== 'arm64') return 'Only Macs with Apple silicon can use their GPU here.';
  if (!hasGpuBuild()) return 'No GPU was found, and this installation has no GPU build of the engine.';
  return 'No GPU was found (looked for CUDA, Vulkan and Metal).';
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
