// When this machine woke, for membership/freshness.ts: whoever slept may not know who was removed meanwhile.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import { freshness, graceMs } from '../membership/freshness.ts';
import type { KeptRoster } from './roster-book.ts';

const tickMs = 2_000;
/** A tick this late means that the machine slept, ms. */
const sleptMs = 10_000;

export type Fresh = {
  may(peerId: PeerId, roster: KeptRoster, self: PeerId): boolean;
  compared(peerId: PeerId): void;
  /** The network came up, or the machine woke. */
  up(): void;
  stop(): void;
};

/** @param passed the grace is over: who waited for it may be served */
export function fresh(clock: Clock, passed: () => void): Fresh {
  const judge = freshness();
  let last = clock.date();
  let cancelTick: () => void = () => undefined;
  let cancelGrace: () => void = () => undefined;

  const up = (): void => {
    last = clock.date();
    judge.cameUp(clock.now());
    cancelGrace();
    cancelGrace = clock.after(graceMs, passed);
  };
  /** Asked also when somebody wants something: the tick itself is late after a sleep. */
  const look = (): void => {
    if (clock.date() - last > sleptMs) up();
    last = clock.date();
  };
  const tick = (): void => {
    look();
    cancelTick = clock.after(tickMs, tick);
  };
  tick();

  return {
    may(peerId, roster, self) {
      look();
      return judge.may(peerId, clock.now(), roster, self);
    },
    compared: (peerId) => judge.compared(peerId),
    up,
    stop() {
      cancelTick();
      cancelGrace();
    },
  };
}
