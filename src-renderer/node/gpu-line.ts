import type { TFunction } from 'i18next';
import type { GpuFacts } from '../../src-shared/hardware.ts';
import { format } from '../ui/index.ts';

/** "RTX 4090, 24 GB": a graphics card and its memory, in few words. Memory that nobody knows is said to be unknown. */
export function gpuLine(t: TFunction<'window'>, language: string, { name, vramMb, unified }: GpuFacts): string {
  const memory = vramMb !== null ? format.mebibytes(vramMb, language) : t(unified ? 'machines.unified' : 'machines.memoryUnknown');
  return `${name}, ${memory}`;
}
