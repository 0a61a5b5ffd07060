// What models may take of this machine, from what it says of itself.
import type { EngineFacts } from '../../src-shared/engine.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import { modelNeedMb } from '../jobs/reservations.ts';

/**
 * Free RAM, with that of graphics cards of their own where the engine uses them (what does not fit on a card goes into RAM), and what
 * `resting` models would give back, MiB. null: unknown, or the engine is on another machine.
 */
export function freeForModels({ ram, gpus }: HardwareFacts, engine: EngineFacts | null, resting: readonly ModelInfo[]): number | null {
  if (engine?.remote === true) return null;
  if (ram.freeMb === null) return null;
  const cards = engine?.device.kind === 'gpu' ? gpus.filter(({ unified }) => !unified) : [];
  if (cards.some(({ vramFreeMb }) => vramFreeMb === null)) return null;
  const onCards = cards.reduce((sum, { vramFreeMb }) => sum + (vramFreeMb ?? 0), 0);
  return ram.freeMb + onCards + resting.reduce((sum, model) => sum + (modelNeedMb(model) ?? 0), 0);
}
