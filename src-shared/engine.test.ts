import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { engineDevice } from './engine.ts';
import { offer } from './peer.ts';

/** What a machine announces, with that device, as it lies on the wire. */
function announced(device: object): unknown {
  const leads = { models: [], slots: { total: 1, free: 1 }, waiting: 0, maxWaiting: 8, engine: { kind: 'embedded', device } };
  const hardware = { os: 'x', arch: 'x', cpu: { model: 'x', cores: 1 }, ram: { totalMb: 1, freeMb: 1 }, gpus: [], load: 0, battery: null };
  return JSON.parse(JSON.stringify({ revision: 1, name: 'a', version: '1', role: 'leader', hardware, leads }));
}
const heard = (device: object) => offer.parse(announced(device)).leads?.engine.device;

const english = { kind: 'cpu', name: 'CPU (AVX2, 4 threads)', why: 'No GPU was found.' } as const;

describe('the device of another machine', () => {
  test('comes with its codes', () => {
    const codes = { label: { code: 'cpu', simd: 'AVX2', threads: 4 }, cause: { code: 'gpu-unused', found: ['cuda'] } } as const;
    expect(heard({ ...english, ...codes })).toEqual({ ...english, ...codes });
  });

  test('of an older Axon has its English words alone', () => {
    const device = heard(english);
    expect(device).toEqual(english);
    expect([device?.label, device?.cause]).toEqual([undefined, undefined]);
  });

  test.each([
    ['codes of a later version', { code: 'quantum', qubits: 7 }],
    ['values that are missing', { code: 'gpu-part', layers: 3 }],
    ['values that cannot be', { code: 'ollama-none', model: 'm', sizeBytes: -1 }],
    ['a value without end', { code: 'ollama-all', model: 'm'.repeat(201) }],
    ['lists without end', { code: 'gpu-unused', found: ['cuda', 'cuda', 'cuda', 'cuda'] }],
    ['no code at all', 'no-gpu'],
    ['nothing', null],
  ])('%s: the machine is heard all the same, with its English words', (_, strange) => {
    const device = heard({ ...english, label: strange, cause: strange });
    expect(device).toEqual(english);
    expect([device?.label, device?.cause]).toEqual([undefined, undefined]);
  });

  test('one unknown code takes nothing of the other', () => {
    expect(heard({ ...english, label: { code: 'abacus' }, cause: { code: 'no-gpu' } })).toEqual({ ...english, cause: { code: 'no-gpu' } });
  });

  test('is understood by an Axon that knows no codes', () => {
    // as it was until 0.1.0
    const before = z.object({ kind: z.enum(['gpu', 'cpu', 'unknown']), name: z.string().max(200), why: z.string().max(500) });
    const now = engineDevice.parse({ ...english, label: { code: 'server' }, cause: { code: 'ollama-all', model: 'm' } });
    expect(before.parse(JSON.parse(JSON.stringify(now)))).toEqual(english);
  });

  test('what it says stands in one line, and cannot turn the writing around', () => {
    const nasty = 'a\u202eb\n\tc\u0000';
    expect(heard({ kind: 'gpu', name: nasty, why: nasty, cause: { code: 'ollama-all', model: nasty } })).toEqual({
      kind: 'gpu',
      name: 'ab c',
      why: 'ab c',
      cause: { code: 'ollama-all', model: 'ab c' },
    });
  });
});
