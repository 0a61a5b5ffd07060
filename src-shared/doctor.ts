import { z } from 'zod';
import { engineDevice } from './engine.ts';
import { failureCode } from './failure.ts';

export const doctorCode = z.enum([
  'ciphers-native',
  'ciphers-wasm',
  'clock-ahead',
  'clock-alone',
  'clock-past',
  'clock-well',
  'engine-failed',
  'engine-hole',
  'engine-off',
  'engine-unneeded',
  'engine-well',
  'identity-file',
  'identity-sealed',
  'key-none',
  'key-there',
  'models-none',
  'models-there',
  'models-unknown',
  'ollama-open',
  'ollama-private',
  'peers-none',
  'peers-pending',
  'peers-removed',
  'peers-there',
  'port-closed',
  'port-open',
  'port-other',
  'port-taken',
  'search-blocked',
  'search-idle',
  'search-nowhere',
  'search-off',
  'search-on',
  'servers-there',
]);

/** One check of `axon doctor`. ok: fine; warning: works, but; fault: broken, exit code 1. */
export const doctorCheck = z.object({
  name: z.enum(['key', 'port', 'mdns', 'engine', 'model', 'peers', 'identity', 'ciphers', 'clock', 'ollama', 'servers']),
  /** What was found, for a face that words it in another language. */
  code: doctorCode,
  /** Of the words. */
  values: z.record(z.string().max(40), z.union([z.string(), z.number()])).optional(),
  /** Of the words too: they name where the maths runs as `device`. */
  device: engineDevice.optional(),
  /** The failure behind it, which has words of its own. */
  failure: failureCode.optional(),
  outcome: z.enum(['ok', 'warning', 'fault']),
  /** English: the doctor speaks on the command line. */
  found: z.string(),
  fix: z.string().optional(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;
export const doctorReport = z.object({ checks: z.array(doctorCheck) });
export type DoctorReport = z.infer<typeof doctorReport>;
