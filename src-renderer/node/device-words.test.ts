import i18next, { type TFunction } from 'i18next';
import { describe, expect, test } from 'vitest';
import { deviceCause, deviceLabel, type DeviceCause, type DeviceLabel, type EngineDevice } from '../../src-shared/engine.ts';
import { english, languages, resources } from '../../src-shared/i18n/index.ts';
import { deviceLine, deviceWords } from './device-words.ts';

/** One of each; the compiler asks for those that are new. */
const causes: { [Code in DeviceCause['code']]: Extract<DeviceCause, { code: Code }> | { code: Code } } = {
  'all-in-gpu': { code: 'all-in-gpu' },
  'gpu-full': { code: 'gpu-full', gpu: 'RTX 4090 (CUDA)', freeMb: 512, totalMb: 24_564 },
  'gpu-part': { code: 'gpu-part', layers: 12, all: 33, freeMb: 6144, totalMb: 24_564 },
  'gpu-unused': { code: 'gpu-unused', found: ['cuda', 'vulkan'] },
  'intel-mac': { code: 'intel-mac' },
  'no-cuda': { code: 'no-cuda' },
  'no-gpu': { code: 'no-gpu' },
  'no-gpu-build': { code: 'no-gpu-build' },
  'no-model': { code: 'no-model' },
  'no-vulkan': { code: 'no-vulkan' },
  'not-started': { code: 'not-started' },
  'ollama-all': { code: 'ollama-all', model: 'qwen3:8b' },
  'ollama-idle': { code: 'ollama-idle' },
  'ollama-none': { code: 'ollama-none', model: 'qwen3:8b', sizeBytes: 5.2e9 },
  'ollama-part': { code: 'ollama-part', model: 'qwen3:8b', sizeBytes: 8e9, inGpuBytes: 3e9 },
  'server-silent': { code: 'server-silent' },
  'switched-off': { code: 'switched-off' },
};
const labels: { [Code in DeviceLabel['code']]: Extract<DeviceLabel, { code: Code }> } = {
  cpu: { code: 'cpu', simd: 'AVX-512', threads: 4 },
  'gpu-and-cpu': { code: 'gpu-and-cpu' },
  server: { code: 'server' },
};

test('every code that may come is tried here', () => {
  const codes = deviceCause.options.flatMap(({ shape }) => [...shape.code._zod.values].map(String));
  expect(new Set(Object.keys(causes))).toEqual(new Set(codes));
  const named = deviceLabel.options.flatMap(({ shape }) => [...shape.code._zod.values].map(String));
  expect(new Set(Object.keys(labels))).toEqual(new Set(named));
});

/** What the machine sent besides: it is to be seen nowhere. */
const sent = { kind: 'cpu', name: 'SENT NAME', why: 'SENT WHY' } as const;
const device = (more: Partial<EngineDevice>): EngineDevice => ({ ...sent, ...more });

/** As the window's, but without English for what is missing: then the key is seen. */
function wordsOf(code: string): TFunction<'window'> {
  const words = i18next.createInstance();
  void words.init({
    lng: code,
    fallbackLng: false,
    resources,
    ns: ['window'],
    defaultNS: 'window',
    initAsync: false,
    interpolation: { escapeValue: false },
  });
  return words.getFixedT(code, 'window');
}
const says = (code: string, more: Partial<EngineDevice>) => deviceWords(wordsOf(code), code, device(more));

describe.each(languages.map(({ code }) => code))('%s', (code) => {
  test.each(Object.keys(causes) as DeviceCause['code'][])('%s has words of its own', (name) => {
    const cause = deviceCause.parse(causes[name]);
    const { why } = says(code, { cause });
    expect(why).toMatch(/^\P{Ll}.*\.$/u);
    expect(why).not.toMatch(/\{\{|undefined|NaN|device\.|SENT/);
    for (const value of Object.values(cause).filter((one) => typeof one === 'string' && one !== name)) expect(why).toContain(value);
    if (code !== 'en') expect(why).not.toBe(says('en', { cause }).why);
  });

  test.each(Object.keys(labels) as DeviceLabel['code'][])('%s is named', (name) => {
    const words = says(code, { label: deviceLabel.parse(labels[name]) });
    expect(words.name).not.toMatch(/\{\{|undefined|device\.|SENT/);
    expect(words.name).not.toBe('');
  });

  test('nothing is said that no device says', () => {
    const stem = (key: string) => key.replace(/(?:With)?(?:_\w+)?$/, '');
    expect(new Set(Object.keys(resources[code].window.device.why).map(stem))).toEqual(new Set(Object.keys(causes)));
    expect(new Set(Object.keys(resources[code].window.device.label).map(stem))).toEqual(new Set(Object.keys(labels)));
  });
});

test('numbers are written as the language writes them', () => {
  const cause = deviceCause.parse(causes['ollama-none']);
  expect(says('de', { cause }).why).toBe('Ollama fand keine GPU mit Platz für \u2068qwen3:8b\u2069 (5,2\u00a0GB).');
  expect(says('fr', { cause: deviceCause.parse(causes['gpu-unused']) }).why).toMatch(/^CUDA et Vulkan sont là/);
  expect(says('de', { label: { code: 'cpu', threads: 1 } }).name).toBe('CPU (1 Thread)');
  expect(says('es', { label: { code: 'cpu', simd: 'AVX-512', threads: 4 } }).name).toBe('CPU (AVX-512, 4 hilos)');
});

test('a machine without codes is shown in its own words, and nothing stands for what is empty', () => {
  const t = wordsOf('de');
  expect(deviceWords(t, 'de', sent)).toEqual({ name: 'SENT NAME', why: 'SENT WHY' });
  expect(deviceLine(t, 'de', { ...sent, cause: { code: 'no-model' } })).toBe('SENT NAME. Noch ist kein Modell geladen.');
  expect(deviceLine(t, 'de', { ...sent, name: '' })).toBe('SENT WHY');
  expect(deviceLine(t, 'de', { ...sent, why: '' })).toBe('SENT NAME');
  expect(english.window.device.why['no-gpu']).toContain('CUDA');
});
