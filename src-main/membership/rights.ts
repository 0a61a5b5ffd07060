// What a device may do here.
import type { Permissions } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { RosterState } from './roster-state.ts';

/** Whether that device is a member that may do this. Whoever is on no roster may do nothing. */
export function may(state: Pick<RosterState, 'members'>, peerId: PeerId, what: keyof Permissions): boolean {
  return state.members.get(peerId)?.permissions[what] ?? false;
}
