import { expect, test } from 'vitest';
import { unknownHardware, type GpuFacts, type HardwareFacts } from './hardware.ts';
import { recommendedFor, recommendedModels } from './recommended.ts';

const gib = 1024;
const card = (vramMb: number | null): GpuFacts => ({ name: 'card', vramMb, vramFreeMb: null, unified: false });
const shared = (vramMb: number | null): GpuFacts => ({ ...card(vramMb), unified: true });
const machine = (ramMb: number | null, ...gpus: GpuFacts[]): HardwareFacts => ({
  ...unknownHardware,
  unknown: [],
  ram: { totalMb: ramMb, freeMb: null },
  gpus,
});

test.each([
  ['2 GB laptop', machine(2 * gib), 'Qwen3 0.6B'],
  ['8 GB laptop', machine(7.7 * gib), 'Qwen3 1.7B'],
  ['16 GB laptop', machine(15.5 * gib), 'Qwen3 4B'],
  ['64 GB without a card: not faster for it', machine(64 * gib), 'Qwen3 4B'],
  ['graphics in the processor that say nothing', machine(15.5 * gib, shared(null)), 'Qwen3 4B'],
  ['2 GB card', machine(16 * gib, card(2048)), 'Qwen3 0.6B'],
  ['4 GB card', machine(16 * gib, card(4096)), 'Qwen3 4B'],
  ['6 GB card', machine(16 * gib, card(6144)), 'Qwen3 4B'],
  ['8 GB card', machine(16 * gib, card(8188)), 'Qwen3 8B'],
  ['12 GB card', machine(32 * gib, card(12_282)), 'Qwen3 14B'],
  ['16 GB card', machine(32 * gib, card(16_376)), 'Qwen3 14B'],
  ['24 GB card', machine(64 * gib, card(24_564)), 'Qwen3 30B-A3B'],
  ['two cards of 12 GB', machine(64 * gib, card(12_282), card(12_282)), 'Qwen3 30B-A3B'],
  ['16 GB Mac', machine(16 * gib, shared(10_922)), 'Qwen3 8B'],
  ['64 GB Mac', machine(64 * gib, shared(49_152)), 'Qwen3 30B-A3B'],
  ['a card of unknown size', machine(16 * gib, card(null)), 'Qwen3 1.7B'],
  ['unknown', unknownHardware, 'Qwen3 1.7B'],
  ['unknown RAM', machine(null), 'Qwen3 1.7B'],
] as const)('%s: %s', (_, hardware, title) => {
  const { best, all } = recommendedFor(hardware);
  expect(best.title).toBe(title);
  expect(all.filter((model) => model === best)).toHaveLength(1);
});

test('each has a name for Ollama, and one file at a revision with its digest', () => {
  for (const { ollama, file } of recommendedModels) {
    expect(ollama.name).toMatch(/^[a-z0-9.]+:[a-z0-9.]+$/);
    expect(file.url).toMatch(/^https:\/\/[a-z.]+\/.+\/resolve\/[0-9a-f]{40}\/[\w.-]+\.gguf$/);
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
  }
  const sizes = recommendedModels.map(({ file }) => file.sizeBytes);
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
});
