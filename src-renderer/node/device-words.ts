import type { TFunction } from 'i18next';
import type { DeviceCause, DeviceLabel, EngineDevice } from '../../src-shared/engine.ts';
import { format } from '../ui/index.ts';

type T = TFunction<'window'>;
export type DeviceWords = { name: string; why: string };

/** As their makers write them, in every language. */
const graphics = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } as const;

/**
 * Where the maths of an engine runs, and why there, in the language of the window. A machine that gives no codes, or codes of a later version,
 * is shown in the words that it sent, which are English. Either may be empty.
 */
export function deviceWords(t: T, language: string, { name, why, label, cause }: EngineDevice): DeviceWords {
  return {
    name: label === undefined ? name : labelWords(t, label),
    why: cause === undefined ? why : causeWords(t, language, cause),
  };
}

/** "CPU (AVX2, 4 threads). No GPU was found ...": both in one line. */
export function deviceLine(t: T, language: string, device: EngineDevice): string {
  const { name, why } = deviceWords(t, language, device);
  return name === '' || why === '' ? name + why : `${name}. ${why}`;
}

function labelWords(t: T, label: DeviceLabel): string {
  if (label.code !== 'cpu') return t(`device.label.${label.code}`);
  const { simd, threads: count } = label;
  return simd === undefined ? t('device.label.cpu', { count }) : t('device.label.cpuWith', { simd, count });
}

function causeWords(t: T, language: string, cause: DeviceCause): string {
  const memory = ({ freeMb, totalMb }: { freeMb: number; totalMb: number }) => ({
    free: format.mebibytes(freeMb, language),
    total: format.mebibytes(totalMb, language),
  });
  switch (cause.code) {
    case 'gpu-full':
      return t('device.why.gpu-full', { gpu: format.isolated(cause.gpu), ...memory(cause) });
    case 'gpu-part':
      return t('device.why.gpu-part', { layers: cause.layers, all: cause.all, ...memory(cause) });
    case 'gpu-unused': {
      const found = new Intl.ListFormat(language).format(cause.found.map((one) => graphics[one]));
      return t('device.why.gpu-unused', { found, count: cause.found.length });
    }
    case 'ollama-all':
      return t('device.why.ollama-all', { model: format.isolated(cause.model) });
    case 'ollama-none':
      return t('device.why.ollama-none', { model: format.isolated(cause.model), size: format.bytes(cause.sizeBytes, language) });
    case 'ollama-part':
      return t('device.why.ollama-part', {
        model: format.isolated(cause.model),
        size: format.bytes(cause.sizeBytes, language),
        inGpu: format.bytes(cause.inGpuBytes, language),
      });
    case 'all-in-gpu':
    case 'intel-mac':
    case 'no-cuda':
    case 'no-gpu':
    case 'no-gpu-build':
    case 'no-model':
    case 'no-vulkan':
    case 'not-started':
    case 'ollama-idle':
    case 'server-silent':
    case 'switched-off':
      return t(`device.why.${cause.code}`);
  }
}
