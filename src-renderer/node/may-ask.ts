import type { SwarmView } from '../../src-shared/swarm-view.ts';

/** Whether this device may ask the others. Who is on no list is told by other words than these. */
export function mayAsk({ membership }: Pick<SwarmView, 'membership'>): boolean {
  return membership.members.find(({ self }) => self)?.permissions.chat ?? true;
}
