import { z } from 'zod';

/** One check of `axon doctor`. ok: fine; warning: works, but; fault: broken, exit code 1. */
export const doctorCheck = z.object({
  name: z.enum(['key', 'port', 'mdns', 'engine', 'model', 'peers', 'identity', 'ciphers']),
  outcome: z.enum(['ok', 'warning', 'fault']),
  /** English: the doctor speaks on the command line. */
  found: z.string(),
  fix: z.string().optional(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;
export const doctorReport = z.object({ checks: z.array(doctorCheck) });
export type DoctorReport = z.infer<typeof doctorReport>;
