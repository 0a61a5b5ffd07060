// What others are told of this machine: enough to choose by, and so coarse that the hum of an idle machine is no news to everybody.
import type { HardwareFacts } from '../../src-shared/hardware.ts';

/** A value counts as another one when it is so far from the one that was told; MiB, shares of 1, percent. */
const steps = { mb: 512, ofTotal: 0.03, share: 0.2, percent: 5 } as const;

/**
 * Left out: addresses (who is connected has them, and the others are nobody's business), versions of tools (they would say which holes a
 * machine has), and the times of looking (of another clock). A value that moved less than a step since `told` stays as it was told.
 */
export function coarseFacts(facts: HardwareFacts, told: HardwareFacts | null): HardwareFacts {
  const { addresses: _addresses, lookedAt: _lookedAt, swap, disk, tools, battery, ...rest } = facts;
  return {
    ...rest,
    ram: { ...facts.ram, freeMb: freeMb(facts.ram, told?.ram), pressure: kept(facts.ram.pressure, told?.ram.pressure, steps.share) },
    ...(swap === undefined ? {} : { swap: swap === null ? null : { ...swap, freeMb: freeMb(swap, told?.swap) } }),
    ...(disk === undefined ? {} : { disk: { ...disk, freeMb: freeMb(disk, told?.disk) } }),
    gpus: facts.gpus.map((gpu, index) => ({
      ...gpu,
      vramFreeMb: freeMb(
        { totalMb: gpu.vramMb, freeMb: gpu.vramFreeMb },
        { totalMb: gpu.vramMb, freeMb: told?.gpus[index]?.vramFreeMb ?? null },
      ),
    })),
    load: kept(facts.load, told?.load, steps.share),
    battery: battery === null ? null : { ...battery, percent: kept(battery.percent, told?.battery?.percent, steps.percent) },
    ...(tools === undefined ? {} : { tools: tools.map(({ name }) => ({ name, version: null })) }),
  };
}

type Space = { totalMb: number | null; freeMb: number | null };

function freeMb(now: Space, told: Space | null | undefined): number | null {
  return kept(now.freeMb, told?.freeMb, Math.max(steps.mb, (now.totalMb ?? 0) * steps.ofTotal));
}

/** null: unknown */
function kept(now: number | null | undefined, told: number | null | undefined, step: number): number | null {
  if (now == null) return null;
  return told != null && Math.abs(now - told) < step ? told : now;
}
