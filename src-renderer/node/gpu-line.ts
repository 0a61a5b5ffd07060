import type { TFunction } from 'i18next';
import type { GpuFacts } from '../../src-shared/hardware.ts';
import { format } from '../ui/index.ts';

/** "RTX 4090, 24 GB": a graphics card and its memory, in few words. Memory that nobody knows is said to be unknown. */
export function gpuLine(t: TFunction<'window'>, language: string, { name, vramMb, unified }: GpuFacts): string {
  const memory = vramMb !== null ? format.mebibytes(vramMb, language) : t(unified ? 'machines.unified' : 'machines.memoryUnknown');
  return `${gpuName(t, name)}, ${memory}`;
}

/** As its makers call it. What hardware/ could find no name for, here or on another machine, is called 'unknown' in the facts. */
export function gpuName(t: TFunction<'window'>, name: string): string {
  return name === '' || name === 'unknown' ? t('machines.gpuUnknown') : name;
}
