// Facts of a machine. Unknown is null, never 0.
import { z } from 'zod';

const text = z.string().max(200);
const mb = z.number().int().nonnegative();

export const gpuFacts = z.object({
  name: text,
  /** MiB; null: unknown */
  vramMb: mb.nullable(),
  vramFreeMb: mb.nullable(),
  /** The GPU shares the machine's RAM (Apple silicon, integrated graphics). */
  unified: z.boolean(),
});
export type GpuFacts = z.infer<typeof gpuFacts>;

export const hardwareFacts = z.object({
  os: text,
  arch: text,
  cpu: z.object({ model: text, cores: z.number().int().positive().nullable() }),
  /** MiB */
  ram: z.object({ totalMb: mb.nullable(), freeMb: mb.nullable() }),
  gpus: z.array(gpuFacts).max(16),
  /** 0..1 over all cores, the last few seconds; null: unknown */
  load: z.number().min(0).max(1).nullable(),
  battery: z.object({ percent: z.number().min(0).max(100).nullable(), charging: z.boolean().nullable() }).nullable(),
});
export type HardwareFacts = z.infer<typeof hardwareFacts>;
