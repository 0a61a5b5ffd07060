import { useRef } from 'react';
import type { InviteView } from '../../../src-shared/member.ts';
import { useNode, useView } from '../../node/index.ts';

/** Minutes that an invite of this window lasts. */
const inviteMinutes = 15;
/** The view shows a new invite a moment after it was made. */
const viewLagMs = 2000;

/** The invite of one dialog: made when it is first needed, and again when it was used, taken back or expired. */
export function useInvite(): { current: () => Promise<string>; open: readonly InviteView[] } {
  const node = useNode();
  const invites = useView((view) => view.membership.invites);
  const made = useRef<{ id: string; at: number } | null>(null);
  const now = Date.now();
  const open = invites.filter((invite) => invite.usedBy === null && invite.expiresAt > now);
  return {
    open,
    current: async () => {
      const mine = made.current;
      if (mine !== null && (open.some(({ id, shown }) => id === mine.id && shown) || Date.now() - mine.at < viewLagMs)) return mine.id;
      const { id } = await node().invites.create({ minutes: inviteMinutes });
      made.current = { id, at: Date.now() };
      return id;
    },
  };
}
