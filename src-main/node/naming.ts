// The name in this machine's settings, followed into the roster. An admin may give another one: that stands until the setting changes again.
import { toFailure } from '../../src-shared/failure.ts';
import type { Clock, Log } from '../jobs/ports.ts';

/** A name is typed letter by letter, and each statement is for good: it is followed once it stands still for so long, ms. */
const stillMs = 2_000;

export type Naming = {
  /** Setting, roster or standing changed. */
  look(): void;
  /** Another swarm, or the node ends: nothing is followed any more. */
  stop(): void;
};

export type NamingOptions = {
  clock: Clock;
  log: Log;
  /** As it may stand in a roster. */
  name: () => string;
  /** Of this device in the roster; null: it is in none. */
  listed: () => string | null;
  /** The setting that the roster was brought to last; null: not yet. On disk. */
  followed: () => string | null;
  follow: (name: string) => void;
  /** Says it. @throws Failure */
  rename: (name: string) => void;
};

export function naming(options: NamingOptions): Naming {
  const { clock, log, name, listed, followed, follow } = options;
  let cancel: (() => void) | null = null;
  let waitingFor: string | null = null;

  const stop = (): void => {
    cancel?.();
    cancel = null;
    waitingFor = null;
  };
  const bring = (): void => {
    stop();
    const wanted = name();
    const before = listed();
    if (before === null || followed() === wanted) return;
    // first, so that what is refused is not said again at every change
    follow(wanted);
    if (before === wanted) return;
    try {
      options.rename(wanted);
    } catch (error) {
      log.warn('the new name of this machine did not get into the list of members', { code: toFailure(error).code });
    }
  };

  return {
    look() {
      const wanted = name();
      if (listed() === null) return stop();
      // a home from before this was kept: nobody knows who gave it its name
      if (followed() === null) follow(wanted);
      if (followed() === wanted) return stop();
      if (waitingFor === wanted) return;
      stop();
      waitingFor = wanted;
      cancel = clock.after(stillMs, bring);
    },
    stop,
  };
}
