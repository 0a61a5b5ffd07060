// What is known of this machine now: the latest facts, however they came.
import { unknownHardware, type HardwareFacts } from '../../src-shared/hardware.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { NodeOptions } from './options.ts';

/** A slow look at the graphics card (PowerShell, at times) does not keep the node from starting, ms. */
const firstLookMs = 1_000;

type OwnMachine = {
  now(): HardwareFacts;
  /** Looks at everything anew. Rejects as the port does. */
  fresh(): Promise<HardwareFacts>;
  /** The first look. `waited` resolves with it, or after a second where it takes longer; neither rejects. */
  look(): { looked: Promise<void>; waited: Promise<void> };
  stop(): void;
};

/** Watches from the start on. @param changed after each change of the facts */
export function machineFacts(
  { hardware, clock, log }: { hardware: NodeOptions['hardware']; clock: Clock; log: Log },
  changed: () => void,
): OwnMachine {
  let known = unknownHardware;
  const take = (facts: HardwareFacts): void => {
    known = facts;
    changed();
  };
  const unwatch = hardware.watch(take);
  const first = async (): Promise<void> => {
    try {
      take(await hardware.facts());
    } catch (error) {
      log.warn('the hardware could not be looked at', { reason: String(error) });
    }
  };
  return {
    now: () => known,
    fresh: async () => (known = await hardware.fresh()),
    look() {
      const looked = first();
      return { looked, waited: Promise.race([looked, new Promise<void>((resolve) => clock.after(firstLookMs, resolve))]) };
    },
    stop() {
      unwatch();
      hardware.stop();
    },
  };
}
