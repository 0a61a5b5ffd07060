// The second opinion: whoever was away asks someone else before it serves a member, who may have been removed meanwhile.
import type { PeerId } from '../../src-shared/peer.ts';
import type { RosterState } from './roster-state.ts';

/** So long after a start or a sleep nobody may be served on one's own old knowledge alone; then others count as away, ms. */
export const graceMs = 3_000;

export type Freshness = {
  /** The network came up, or the machine woke. What was compared before is old. */
  cameUp(now: number): void;
  /** Roster and keys were compared with that device. */
  compared(peer: PeerId): void;
  /** Whether this device may serve that one now. `now`: the same clock as cameUp's, ms. */
  may(peer: PeerId, now: number, state: Pick<RosterState, 'members'>, self: PeerId): boolean;
};

export function freshness(): Freshness {
  let upAt: number | null = null;
  const compared = new Set<PeerId>();
  return {
    cameUp(now) {
      upAt = now;
      compared.clear();
    },
    compared: (peer) => void compared.add(peer),
    may(peer, now, { members }, self) {
      if (upAt === null) return false;
      if (now >= upAt + graceMs) return true;
      const others = [...members.keys()].filter((member) => member !== peer && member !== self);
      // the only admin cannot have missed a removal, save of those who left
      const admins = [...members].filter(([, { role }]) => role === 'admin').map(([member]) => member);
      const onlyAdmin = admins.length === 1 && admins[0] === self;
      return others.length === 0 || onlyAdmin || others.some((other) => compared.has(other));
    },
  };
}
