// Whether the owner wants his machine for himself now: gathers what speaks for it, and tells the line of questions.
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { Settings, SettingsPatch } from '../../src-shared/settings.ts';
import type { Admission } from '../jobs/admission.ts';
import type { Clock, Metered, OtherLoad, OtherPrograms } from '../jobs/ports.ts';
import { openToAll, yieldWatch, type Yielded } from '../jobs/yielding.ts';

/** As often as the machine's load is measured (hardware/), ms. */
const lookEveryMs = 5_000;
/** As often on a machine that might lead soon: a tool of the graphics card for each look would be felt, ms. */
const perhapsEveryMs = 30_000;
/** Between two looks at whether the network is metered, ms. */
const meteredEveryMs = 30_000;
/** No question waits longer for the first look, ms. */
const firstLookMs = 10_000;

/** So long a graphics card still shows what an answer took of it, ms. */
const afterglowMs = 3_000;

export type Pausing = {
  now(): Yielded;
  /** Whether the network is metered, as last looked at; null: unknown, or nobody wanted to know */
  metered(): boolean | null;
  /** For a while, or until null. `atOnce`: answers that others have now end too, and go on elsewhere. */
  pause(minutes: number | null, atOnce: boolean): void;
  /** Settings or machine changed. */
  look(): void;
  /**
   * Looks now, and from now on.
   * @param machine resolves when the machine was looked at, or cannot be
   */
  start(machine: Promise<void>): void;
  /** Resolves when it is known whether the owner wants the machine for himself; at most 10 s after start(). */
  known(): Promise<void>;
  stop(): void;
};

export type PausingOptions = {
  clock: Clock;
  settings: { get(): Settings; update(patch: SettingsPatch): Settings };
  machine: () => HardwareFacts;
  others: OtherPrograms;
  /** Left out: nobody can tell. */
  metered?: Metered;
  /** now: this machine leads, or is told to; perhaps: role auto may make it lead */
  wanted: () => 'now' | 'perhaps' | 'no';
  gate: Pick<Admission, 'yieldTo' | 'idleMs'>;
  changed: () => void;
};

const nobodyKnows: OtherLoad = { cpu: null, gpu: null };

export function pausing({ clock, settings, machine, others, wanted, gate, changed, metered = async () => null }: PausingOptions): Pausing {
  const watch = yieldWatch();
  let load = nobodyKnows;
  let costly: boolean | null = null;
  let costlyAt = Number.NEGATIVE_INFINITY;
  let current: Yielded = openToAll;
  let said = '';
  /** The owner's pause that is meant to end answers too. */
  let atOnceUntil: number | null = null;
  let cancel = (): void => {};
  let stopped = false;
  const known = Promise.withResolvers<void>();

  const look = (): void => {
    const { yielding, pausedUntil } = settings.get();
    const facts = { now: clock.now(), date: clock.date(), onBattery: onBattery(machine()), others: load, metered: costly };
    const next = watch.look(facts, { yielding, pausedUntil });
    const atOnce = pausedUntil !== null && atOnceUntil === pausedUntil && next.pause?.why === 'owner';
    current = atOnce ? { ...next, drainMs: 0 } : next;
    const words = JSON.stringify(current);
    if (words === said) return;
    said = words;
    gate.yieldTo(current);
    changed();
  };
  /** Whoever might lead knows it before it does, where it would hand over again at once. */
  const looksAround = (): boolean => {
    const { busy } = settings.get().yielding;
    return busy !== 'ignore' && (wanted() === 'now' || (wanted() === 'perhaps' && busy === 'pause'));
  };
  /** A network changes seldom, and whoever ignores it needs no look. */
  const lookAtNetwork = async (): Promise<void> => {
    const how = settings.get().yielding.metered ?? 'ignore';
    if (how === 'ignore' || wanted() === 'no') return;
    if (clock.now() - costlyAt < meteredEveryMs) return;
    costlyAt = clock.now();
    costly = await metered();
  };
  const round = async (): Promise<void> => {
    load = looksAround() ? await others.look(machine().load, gate.idleMs() < afterglowMs) : nobodyKnows;
    await lookAtNetwork();
    if (stopped) return;
    look();
    const left = (settings.get().pausedUntil ?? Number.POSITIVE_INFINITY) - clock.date();
    const every = wanted() === 'now' ? lookEveryMs : perhapsEveryMs;
    cancel = clock.after(left > 0 ? Math.min(every, left) : every, () => void round());
  };

  return {
    now: () => current,
    metered: () => costly,
    look,
    pause(minutes, atOnce) {
      const pausedUntil = minutes === null ? null : clock.date() + minutes * 60_000;
      atOnceUntil = atOnce ? pausedUntil : null;
      settings.update({ pausedUntil });
      look();
    },
    known: () => known.promise,
    start(looked) {
      // what the clock and the settings say holds from the first moment
      look();
      const first = looked.then(look).then(() => {
        const around = round();
        // what only lowers is soon enough known
        return settings.get().yielding.busy === 'pause' ? around : undefined;
      });
      const cancelLate = clock.after(firstLookMs, known.resolve);
      void first.then(known.resolve);
      void known.promise.then(cancelLate);
    },
    stop() {
      stopped = true;
      cancel();
      known.resolve();
    },
  };
}

function onBattery({ onAc, battery }: HardwareFacts): boolean | null {
  if (onAc != null) return !onAc;
  return battery?.charging == null ? null : !battery.charging;
}
