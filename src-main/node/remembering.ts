// Names of peers on their way to disk: a peer may say another name with each offer, and each write waits for the disk.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';

/** Names are written this much later, the newest of each peer, ms. */
const writeAfterMs = 5_000;
/** Peers whose names wait at the same time; the rest is heard of again with the next offer. */
const maxNames = 256;

export type Remembering = {
  named(peerId: PeerId, name: string): void;
  /** Writes what waits. */
  stop(): void;
};

/** @param remember writes, unless that is what it has; it knows who was forgotten meanwhile */
export function remembering(clock: Clock, remember: (peerId: PeerId, name: string) => void): Remembering {
  const names = new Map<PeerId, string>();
  let cancel: (() => void) | null = null;
  const write = (): void => {
    cancel?.();
    cancel = null;
    for (const [peerId, name] of names) remember(peerId, name);
    names.clear();
  };
  return {
    named(peerId, name) {
      if (names.size >= maxNames && !names.has(peerId)) return;
      names.set(peerId, name);
      cancel ??= clock.after(writeAfterMs, write);
    },
    stop: write,
  };
}
