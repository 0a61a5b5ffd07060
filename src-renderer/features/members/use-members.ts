import type { MembershipView, MemberView } from '../../../src-shared/member.ts';
import { useView } from '../../node/index.ts';

/** The member with that peer id; null: not on the list. */
export function useMember(peerId: string): MemberView | null {
  return useView((view) => view.membership.members.find((member) => member.peerId === peerId) ?? null);
}

/** Whether this device may change the list. */
export function useAdmin(): boolean {
  return useView((view) => view.membership.standing === 'admin');
}

/** An admin without whom nobody could let others in: there are others, and no second admin. */
export function isLastAdmin(membership: Pick<MembershipView, 'members'>, peerId: string): boolean {
  const admins = membership.members.filter(({ role }) => role === 'admin');
  return admins.length === 1 && admins[0]?.peerId === peerId && membership.members.length > 1;
}
