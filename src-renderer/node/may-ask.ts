import type { SwarmView } from '../../src-shared/swarm-view.ts';

/** Whether this device may ask the others. Who is on no list is told by other words than these. */
export function mayAsk({ membership }: Pick<SwarmView, 'membership'>): boolean {
  return membership.members.find(({ self }) => self)?.permissions.chat ?? true;
}

/** The others that are here and that this device may ask, whether they answer or not; none, where an admin keeps it from asking. */
export function othersToAsk(view: Pick<SwarmView, 'membership' | 'peers'>): SwarmView['peers'] {
  return mayAsk(view) ? view.peers.filter(({ state }) => state === 'connected') : [];
}
