// What is recommended for a machine fits it, by the same reckoning that its owner is shown.
import { expect, test } from 'vitest';
import { unknownHardware, type HardwareFacts } from '../../src-shared/hardware.ts';
import { recommendedFor } from '../../src-shared/recommended.ts';
import { fitOf } from './fit.ts';
import { modelNeedMb } from './reservations.ts';

const gib = 1024;
const machine = (ramMb: number, vramMb: number | null, unified: boolean): HardwareFacts => ({
  ...unknownHardware,
  unknown: [],
  ram: { totalMb: ramMb, freeMb: null },
  gpus: vramMb === null ? [] : [{ name: 'gpu', vramMb, vramFreeMb: null, unified }],
});

/** Memory in steps of a quarter GB, on both sides of every border. */
const sizes = Array.from({ length: 4 * 80 }, (_, step) => (step + 4) * 256);

test.each([
  ['processors', (mb: number) => machine(mb, null, false), 'cpu'],
  ['cards', (mb: number) => machine(16 * gib, mb, false), 'gpu'],
  ['shared memory', (mb: number) => machine(Math.ceil(mb / 0.66), mb, true), 'gpu'],
] as const)('%s from 1 to 80 GB', (_, made, kind) => {
  for (const mb of sizes) {
    const hardware = made(mb);
    const { best } = recommendedFor(hardware);
    for (const { sizeBytes } of [best.ollama, best.file])
      expect([mb, fitOf(modelNeedMb({ sizeBytes }), hardware, { device: { kind, name: '', why: '' } })]).toEqual([mb, 'fits']);
  }
});
