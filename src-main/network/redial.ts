// Comes back to every known peer, for ever. libp2p itself never does after a blip: it reports a peer once, and its own retries give up.
// Pure but for the injected clock, dice and dial.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';

export const redialPace = {
  minMs: 250,
  maxMs: 2000,
  /** Of each pause. */
  jitter: 0.2,
  /** The higher peer id leaves the first try to the lower one for this long, so that one connection comes of it, not two. */
  waitForOtherMs: 2000,
  /** Pause after it let us in at TCP but refused our key or identity: it will hardly change its mind, unless it let us in before. */
  refusedMaxMs: 30_000,
  /** Never reached since the start, for giveRoomMs: the pause may grow to this. A find or a nudge brings it back at once. */
  unseenMaxMs: 15_000,
  giveRoomMs: 10 * 60_000,
  /** Newest and proven first. */
  addresses: 8,
} as const;

/** What came of one try. refused: TCP was accepted, then the key or the identity was not. */
export type DialOutcome = 'connected' | 'unreachable' | 'refused';

export type Redial = {
  /** Somebody says that this peer is there (mDNS, a stored address, its own word). Tries soon when it is not connected. */
  found(peerId: PeerId, addresses: string[]): void;
  connected(peerId: PeerId): void;
  disconnected(peerId: PeerId): void;
  /** All that are away, now. */
  nudge(): void;
  forget(peerId: PeerId): void;
  addresses(peerId: PeerId): string[];
  stop(): void;
};

type Target = {
  addresses: string[];
  connected: boolean;
  everConnected: boolean;
  since: number;
  pauseMs: number;
  refused: boolean;
  tried: boolean;
  /** A try is under way; with again, the next one follows without a pause. */
  dialling: boolean;
  again: boolean;
  cancel: () => void;
};

export function redial(options: {
  self: PeerId;
  clock: Clock;
  random: () => number;
  /** Never rejects. */
  dial(peerId: PeerId, addresses: string[]): Promise<DialOutcome>;
}): Redial {
  const { clock } = options;
  const targets = new Map<PeerId, Target>();
  let stopped = false;

  const schedule = (peerId: PeerId, target: Target, ms: number): void => {
    target.cancel();
    target.cancel = clock.after(ms, () => void attempt(peerId, target));
  };

  const attempt = async (peerId: PeerId, target: Target): Promise<void> => {
    target.cancel();
    if (stopped || target.connected || target.dialling || target.addresses.length === 0) return;
    target.dialling = true;
    target.tried = true;
    const outcome = await options.dial(peerId, target.addresses);
    target.dialling = false;
    // `connected` is told by whoever watches connections; a dial that succeeded and is gone already is tried again
    if (stopped || targets.get(peerId) !== target || target.connected) return;
    target.refused = outcome === 'refused';
    const jittered = Math.round(target.pauseMs * (1 - redialPace.jitter + 2 * redialPace.jitter * options.random()));
    const pause = target.again && !target.refused ? 0 : jittered;
    target.again = false;
    target.pauseMs = Math.min(target.pauseMs * 2, longest(target, clock.now()));
    schedule(peerId, target, pause);
  };

  const soon = (peerId: PeerId, target: Target, ms: number): void => {
    target.pauseMs = redialPace.minMs;
    if (target.dialling) target.again = true;
    else schedule(peerId, target, ms);
  };

  return {
    found(peerId, addresses) {
      if (peerId === options.self) return;
      const known = targets.get(peerId);
      const merged = [...new Set([...addresses, ...(known?.addresses ?? [])])].slice(0, redialPace.addresses);
      if (known === undefined) {
        const target: Target = {
          addresses: merged,
          connected: false,
          everConnected: false,
          since: clock.now(),
          pauseMs: redialPace.minMs,
          refused: false,
          tried: false,
          dialling: false,
          again: false,
          cancel: () => undefined,
        };
        targets.set(peerId, target);
        schedule(peerId, target, options.self < peerId ? 0 : redialPace.waitForOtherMs);
        return;
      }
      const blank = known.addresses.length === 0;
      const news = addresses.some((address) => !known.addresses.includes(address));
      known.addresses = merged;
      // the other one's turn is not cut short, and the same find again is no reason to hurry to one that refuses us
      if (known.connected || (!known.tried && !blank) || (known.refused && !news)) return;
      soon(peerId, known, options.self < peerId ? 0 : redialPace.minMs);
    },
    connected(peerId) {
      const target = targets.get(peerId);
      if (target === undefined) return;
      target.cancel();
      Object.assign(target, { connected: true, everConnected: true, refused: false, again: false });
    },
    disconnected(peerId) {
      const target = targets.get(peerId);
      if (target === undefined) return;
      target.connected = false;
      soon(peerId, target, options.self < peerId ? 0 : redialPace.minMs);
    },
    nudge() {
      for (const [peerId, target] of targets) if (!target.connected) soon(peerId, target, 0);
    },
    forget(peerId) {
      targets.get(peerId)?.cancel();
      targets.delete(peerId);
    },
    addresses: (peerId) => targets.get(peerId)?.addresses ?? [],
    stop() {
      stopped = true;
      for (const target of targets.values()) target.cancel();
      targets.clear();
    },
  };
}

function longest(target: Target, now: number): number {
  if (target.everConnected) return redialPace.maxMs;
  if (target.refused) return redialPace.refusedMaxMs;
  return now - target.since < redialPace.giveRoomMs ? redialPace.maxMs : redialPace.unseenMaxMs;
}
