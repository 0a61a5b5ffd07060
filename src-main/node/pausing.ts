// Whether the owner wants his machine for himself now: gathers what speaks for it, and tells the line of questions.
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { Settings, SettingsPatch } from '../../src-shared/settings.ts';
import type { Admission } from '../jobs/admission.ts';
import type { Clock, OtherLoad, OtherPrograms } from '../jobs/ports.ts';
import { openToAll, yieldWatch, type Yielded } from '../jobs/yielding.ts';

/** As often as the machine's load is measured (hardware/), ms. */
const lookEveryMs = 5_000;

/** So long a graphics card still shows what an answer took of it, ms. */
const afterglowMs = 3_000;

export type Pausing = {
  now(): Yielded;
  /** For a while, or until null. `atOnce`: answers that others have now end too, and go on elsewhere. */
  pause(minutes: number | null, atOnce: boolean): void;
  /** Settings or machine changed. */
  look(): void;
  start(): void;
  stop(): void;
};

export type PausingOptions = {
  clock: Clock;
  settings: { get(): Settings; update(patch: SettingsPatch): Settings };
  machine: () => HardwareFacts;
  others: OtherPrograms;
  /** The engine runs, so that somebody might want it. */
  leads: () => boolean;
  gate: Pick<Admission, 'yieldTo' | 'idleMs'>;
  changed: () => void;
};

const nobodyKnows: OtherLoad = { cpu: null, gpu: null };

export function pausing({ clock, settings, machine, others, leads, gate, changed }: PausingOptions): Pausing {
  const watch = yieldWatch();
  let load = nobodyKnows;
  let current: Yielded = openToAll;
  let said = '';
  /** The owner's pause that is meant to end answers too. */
  let atOnceUntil: number | null = null;
  let cancel = (): void => {};
  let stopped = false;

  const look = (): void => {
    const { yielding, pausedUntil } = settings.get();
    const facts = { now: clock.now(), date: clock.date(), onBattery: onBattery(machine()), others: load };
    const next = watch.look(facts, { yielding, pausedUntil });
    const atOnce = pausedUntil !== null && atOnceUntil === pausedUntil && next.pause?.why === 'owner';
    current = atOnce ? { ...next, drainMs: 0 } : next;
    const words = JSON.stringify(current);
    if (words === said) return;
    said = words;
    gate.yieldTo(current);
    changed();
  };
  const round = async (): Promise<void> => {
    load =
      leads() && settings.get().yielding.busy !== 'ignore' ? await others.look(machine().load, gate.idleMs() < afterglowMs) : nobodyKnows;
    if (stopped) return;
    look();
    const left = (settings.get().pausedUntil ?? Number.POSITIVE_INFINITY) - clock.date();
    cancel = clock.after(left > 0 ? Math.min(lookEveryMs, left) : lookEveryMs, () => void round());
  };

  return {
    now: () => current,
    look,
    pause(minutes, atOnce) {
      const pausedUntil = minutes === null ? null : clock.date() + minutes * 60_000;
      atOnceUntil = atOnce ? pausedUntil : null;
      settings.update({ pausedUntil });
      look();
    },
    start: () => void round(),
    stop() {
      stopped = true;
      cancel();
    },
  };
}

function onBattery({ onAc, battery }: HardwareFacts): boolean | null {
  if (onAc != null) return !onAc;
  return battery?.charging == null ? null : !battery.charging;
}
