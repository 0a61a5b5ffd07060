// Names of peers, and what was seen of them, on their way to disk: a peer may say another name with each offer, and each write waits for the disk.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import type { NetworkEvent } from '../swarm/ports.ts';

/** Names are written this much later, the newest of each peer, ms. */
const writeAfterMs = 5_000;
/** While nobody comes or goes, what was seen is written this often, ms: a node that is killed tells of a peer that it was here a minute less. */
const sightingsEveryMs = 60_000;
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

/** What a peer is seen by. */
const signsOfLife: ReadonlySet<NetworkEvent['kind']> = new Set(['connected', 'disconnected', 'offer', 'offer-confirmed', 'latency']);

export type RememberingSightings = {
  /** A sign of life is written soon where a peer came or went by it. Other events are none. */
  hear(event: Pick<NetworkEvent, 'kind'>): void;
  /** Writes what waits. */
  stop(): void;
};

/** @param write keeps what is known of all peers now */
export function rememberingSightings(clock: Clock, write: () => void): RememberingSightings {
  let due: { at: number; cancel: () => void } | null = null;
  const run = (): void => {
    due?.cancel();
    due = null;
    write();
  };
  return {
    hear({ kind }) {
      if (!signsOfLife.has(kind)) return;
      const after = kind === 'connected' || kind === 'disconnected' ? writeAfterMs : sightingsEveryMs;
      const at = clock.now() + after;
      if (due !== null && due.at <= at) return;
      due?.cancel();
      due = { at, cancel: clock.after(after, run) };
    },
    stop() {
      if (due !== null) run();
    },
  };
}
