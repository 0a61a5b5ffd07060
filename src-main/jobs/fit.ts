// Whether a model goes with a machine, from what both say of themselves. Pure.
import type { EngineFacts } from '../../src-shared/engine.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { ModelFit } from '../../src-shared/local-engine.ts';
import { memoryHeadroomMb } from './reservations.ts';

/**
 * What a model may take of a machine's RAM before other programs feel it: the share that Metal recommends of the unified memory of a large Mac
 * (MTLDevice.recommendedMaxWorkingSetSize is 3/4 of it).
 */
const ramShare = 0.75;

type Room = {
  /** MiB within which it runs well */
  wellMb: number;
  /** MiB that there are in all */
  mostMb: number;
};

/**
 * By what the machine has, not by what is free just now: that is another one's business a minute later.
 * @param needMb as modelNeedMb says; null: unknown
 * @param engine `remote`, and whether it uses the graphics card
 */
export function fitOf(needMb: number | null, machine: HardwareFacts, engine: Pick<EngineFacts, 'device' | 'remote'>): ModelFit {
  if (needMb === null || engine.remote === true) return 'unknown';
  const fits = roomsOf(machine, engine.device.kind).map((room): ModelFit => {
    if (room === null) return 'unknown';
    return needMb <= room.wellMb ? 'fits' : needMb <= room.mostMb ? 'tight' : 'too-big';
  });
  const [first = 'unknown', ...others] = fits;
  return others.every((other) => other === first) ? first : 'unknown';
}

/** One for each way in which the engine may work: while it has not said whether it uses the card, there are two. */
function roomsOf(machine: HardwareFacts, device: EngineFacts['device']['kind']): (Room | null)[] {
  const withCards = cardRoom(machine);
  switch (device) {
    case 'cpu':
      return [ramRoom(machine)];
    case 'gpu':
      return [withCards];
    case 'unknown':
      if (machine.unknown?.includes('gpus') === true) return [null];
      return machine.gpus.length === 0 ? [ramRoom(machine)] : [ramRoom(machine), withCards];
  }
}

function ramRoom({ ram }: HardwareFacts): Room | null {
  if (ram.totalMb === null) return null;
  return { wellMb: ram.totalMb * ramShare, mostMb: Math.max(0, ram.totalMb - memoryHeadroomMb) };
}

/** What does not fit on a card of its own goes into RAM, where it is slow; a card that shares the RAM has a part of it. */
function cardRoom(machine: HardwareFacts): Room | null {
  const own = machine.gpus.filter(({ unified }) => !unified);
  const ram = ramRoom(machine);
  if (ram === null) return null;
  if (own.length === 0) {
    const shared = machine.gpus.find(({ unified }) => unified)?.vramMb ?? null;
    return shared === null ? ram : { wellMb: Math.min(shared, ram.mostMb), mostMb: ram.mostMb };
  }
  const cards = own.reduce<number | null>((sum, { vramMb }) => (sum === null || vramMb === null ? null : sum + vramMb), 0);
  return cards === null ? null : { wellMb: Math.max(0, cards - memoryHeadroomMb), mostMb: cards + ram.mostMb };
}
