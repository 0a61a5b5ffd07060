// Graphics cards: which there are (asked seldom: it takes a dozen programs), and what memory of theirs is free.
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import si from 'systeminformation';
import type { GpuFacts } from '../../src-shared/hardware.ts';
import { findProgram } from './find-program.ts';
import { runBriefly } from './run.ts';

/** Cards do not come and go; one in a box of its own may. */
const inventoryMs = 1_800_000;
const smiMs = 5_000;
const drmFolder = '/sys/class/drm';

type Card = { bus: string; vendor: string; gpu: GpuFacts };

/** Asks for the cards at most each half an hour, and for their free memory each time. @param now monotonic ms */
export function gpuProbe(now: () => number): () => Promise<GpuFacts[]> {
  let cards: Card[] = [];
  let lookedAt = -Infinity;
  return async () => {
    const nvidia = await nvidiaGpus();
    if (now() - lookedAt >= inventoryMs) {
      cards = (await si.graphics()).controllers.filter(isRealGpu).map(cardOf);
      lookedAt = now();
    }
    const amd = process.platform === 'linux' ? await amdMemory(drmFolder) : new Map<string, AmdMemory>();
    const others = nvidia === null ? cards : cards.filter(({ vendor }) => !/nvidia/i.test(vendor));
    return [...(nvidia ?? []), ...others.map((card) => withAmd(card, amd))].slice(0, 16);
  };
}

type Controller = Awaited<ReturnType<typeof si.graphics>>['controllers'][number];

function cardOf(controller: Controller): Card {
  const { vendor, model } = controller;
  const name = (model.toLowerCase().startsWith(vendor.toLowerCase()) ? model : `${vendor} ${model}`).trim().slice(0, 200);
  const unified = controller.vramDynamic || isIntegrated(name) || (process.platform === 'darwin' && process.arch === 'arm64');
  return {
    bus: controller.busAddress ?? '',
    vendor,
    gpu: {
      name: name || 'unknown',
      // of a card without memory of its own this is a window into the machine's RAM
      vramMb: unified ? null : positiveMb(controller.memoryTotal ?? controller.vram),
      vramFreeMb: unified ? null : positiveMb(controller.memoryFree),
      unified,
    },
  };
}

/** null: there is no nvidia-smi, or no card that it knows. */
async function nvidiaGpus(): Promise<GpuFacts[] | null> {
  const smi = await findProgram('nvidia-smi');
  if (smi === null) return null;
  const query = ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits'];
  const said = await runBriefly(smi, query, smiMs).catch(() => null);
  return said === null ? null : nvidiaOf(said.out);
}

/** @param csv "NVIDIA GeForce RTX 4090, 24564, 23028" a line; MiB. null: no card */
export function nvidiaOf(csv: string): GpuFacts[] | null {
  const lines = csv.split('\n').filter((line) => line.trim() !== '');
  const gpus = lines.flatMap((line) => {
    const [name = '', total = '', free = ''] = line.split(',').map((cell) => cell.trim());
    if (name === '') return [];
    const vramMb = wholeMb(total);
    // the driver has no answer where processor and card share one memory (GB10, Jetson)
    const unified = vramMb === null && /GB10|Orin|Thor|Tegra|Xavier/i.test(name);
    return [{ name: name.slice(0, 200), vramMb, vramFreeMb: wholeMb(free), unified }];
  });
  return gpus.length === 0 ? null : gpus;
}

type AmdMemory = { totalMb: number | null; usedMb: number | null };

/** By the address on the bus, as the amdgpu driver tells. */
export async function amdMemory(folder: string): Promise<Map<string, AmdMemory>> {
  const names = await readdir(folder).catch(() => []);
  const found = new Map<string, AmdMemory>();
  for (const name of names.filter((entry) => /^card\d+$/.test(entry))) {
    const device = path.join(folder, name, 'device');
    const read = (file: string): Promise<number | null> =>
      readFile(path.join(device, file), 'utf8').then(
        (text) => Math.round(Number(text) / 2 ** 20),
        () => null,
      );
    const totalMb = await read('mem_info_vram_total');
    if (totalMb === null || !(totalMb > 0)) continue;
    const bus = await readlink(device).catch(() => '');
    found.set(path.basename(bus), { totalMb, usedMb: await read('mem_info_vram_used') });
  }
  return found;
}

function withAmd({ bus, gpu }: Card, memory: ReadonlyMap<string, AmdMemory>): GpuFacts {
  const known = bus === '' ? undefined : [...memory].find(([address]) => address.endsWith(bus))?.[1];
  if (known === undefined || gpu.unified) return gpu;
  const { totalMb, usedMb } = known;
  return { ...gpu, vramMb: totalMb, vramFreeMb: totalMb === null || usedMb === null ? null : Math.max(0, totalMb - usedMb) };
}

/** Virtual displays of servers and virtual machines compute nothing. */
function isRealGpu({ vendor, model }: { vendor: string; model: string }): boolean {
  return (
    `${vendor}${model}`.trim() !== '' &&
    !/cirrus|qxl|vmware|virtualbox|bochs|aspeed|matrox|virtio|hyper-v|basic (render|display)/i.test(`${vendor} ${model}`)
  );
}

/** Part of the processor, with the machine's RAM as its own: Intel's but for Arc cards, AMD's by the code names of its processors. */
export function isIntegrated(name: string): boolean {
  if (/intel/i.test(name)) return !/arc\b.*\b[ab]\d{3}|data center|flex|max \d/i.test(name);
  return /raven|picasso|renoir|lucienne|cezanne|barcelo|rembrandt|phoenix|hawk point|strix|mendocino|radeon(\(tm\))? (vega \d+ )?graphics/i.test(
    name,
  );
}

/** Unknown is null, never 0. */
function positiveMb(mb: number | null | undefined): number | null {
  return typeof mb === 'number' && Number.isFinite(mb) && mb > 0 ? Math.round(mb) : null;
}

/** "24564"; 0 is a figure, "[N/A]" is none. */
function wholeMb(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}
