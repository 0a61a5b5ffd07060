// Facts of a machine. Unknown is null, or absent where it came later than the first version; never 0.
import { z } from 'zod';

const text = z.string().max(200);
const mb = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

export const gpuFacts = z.object({
  name: text,
  /** MiB; null: unknown. Of a unified GPU: what it may take of the machine's RAM, where the system says so. */
  vramMb: mb.nullable(),
  vramFreeMb: mb.nullable(),
  /** The GPU shares the machine's RAM (Apple silicon, integrated graphics). */
  unified: z.boolean(),
});
export type GpuFacts = z.infer<typeof gpuFacts>;

/** What is looked at together, and as often. */
export const factGroup = z.enum(['machine', 'memory', 'load', 'gpus', 'power', 'disk', 'addresses', 'tools']);
export type FactGroup = z.infer<typeof factGroup>;

/** A program that was found in PATH. version: as it says itself, shortened; null: it did not say, or nobody asked it. */
export const toolFacts = z.object({ name: z.string().min(1).max(40), version: z.string().max(60).nullable() });
export type ToolFacts = z.infer<typeof toolFacts>;

export const hardwareFacts = z.object({
  os: text,
  arch: text,
  cpu: z.object({ model: text, cores: z.number().int().positive().nullable() }),
  ram: z.object({
    /** MiB */
    totalMb: mb.nullable(),
    /** MiB that programs could get without swapping */
    freeMb: mb.nullable(),
    /** 0: there is plenty; 1: nothing is left, or every program waits for memory */
    pressure: share.nullable().optional(),
  }),
  /** MiB; null: none */
  swap: z.object({ totalMb: mb.nullable(), freeMb: mb.nullable() }).nullable().optional(),
  /** MiB of the disk on which Axon's data lie */
  disk: z.object({ totalMb: mb.nullable(), freeMb: mb.nullable() }).optional(),
  gpus: z.array(gpuFacts).max(16),
  /** 0..1 over all cores, the last few seconds; null: unknown */
  load: share.nullable(),
  /** null: it has none */
  battery: z.object({ percent: z.number().min(0).max(100).nullable(), charging: z.boolean().nullable() }).nullable(),
  /** It runs on mains power; null: unknown */
  onAc: z.boolean().nullable().optional(),
  /** IP addresses of the network interfaces that are up, without loopback. Not told to others. */
  addresses: z
    .array(z.object({ name: z.string().max(60), address: z.string().max(60) }))
    .max(64)
    .optional(),
  tools: z.array(toolFacts).max(64).optional(),
  /** What nobody could look at: the values of these groups say nothing. */
  unknown: z.array(factGroup).max(8).optional(),
  /** When each group was looked at, wall clock ms of that machine. Not told to others, whose clocks differ. */
  lookedAt: z.partialRecord(factGroup, z.number()).optional(),
});
export type HardwareFacts = z.infer<typeof hardwareFacts>;

/** One fact that a person may want to know of a machine. */
export const factName = z.enum([
  'os',
  'cpu',
  'cores',
  'ram',
  'ramFree',
  'pressure',
  'swap',
  'disk',
  'gpus',
  'vram',
  'vramFree',
  'load',
  'power',
  'tools',
  'offer',
]);
export type FactName = z.infer<typeof factName>;

/** Which facts are not known, in the order of the enum. `offer` is never among them: it is about a machine that said nothing at all. */
export function unknownFacts(facts: HardwareFacts): FactName[] {
  const without = (group: FactGroup): boolean => facts.unknown?.includes(group) === true;
  const { cpu, ram, gpus } = facts;
  const missing: Record<Exclude<FactName, 'offer'>, boolean> = {
    os: facts.os === 'unknown' || facts.os === '',
    cpu: cpu.model === 'unknown' || cpu.model === '',
    cores: cpu.cores === null,
    ram: ram.totalMb === null,
    ramFree: ram.freeMb === null,
    pressure: ram.pressure == null,
    swap: facts.swap === undefined || (facts.swap !== null && facts.swap.totalMb === null),
    disk: facts.disk === undefined || facts.disk.freeMb === null,
    gpus: without('gpus'),
    // what shares the RAM has none of its own to tell
    vram: !without('gpus') && gpus.some(({ vramMb, unified }) => vramMb === null && !unified),
    vramFree: !without('gpus') && gpus.some(({ vramFreeMb, unified }) => vramFreeMb === null && !unified),
    load: facts.load === null,
    power: facts.onAc == null || without('power'),
    tools: facts.tools === undefined || without('tools'),
  };
  return factName.options.filter((name) => name !== 'offer' && missing[name]);
}

/** Of a machine of which nothing is known yet. */
export const unknownHardware: HardwareFacts = {
  os: 'unknown',
  arch: 'unknown',
  cpu: { model: 'unknown', cores: null },
  ram: { totalMb: null, freeMb: null, pressure: null },
  gpus: [],
  load: null,
  battery: null,
  onAc: null,
  unknown: ['gpus', 'power'],
};
