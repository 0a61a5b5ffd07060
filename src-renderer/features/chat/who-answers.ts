import { takesQuestions } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';

/** Who would answer now, for the empty page and for the guard on Send. Pure. */
export type Answerers = { kind: 'none' } | { kind: 'self' } | { kind: 'other'; name: string };

export function whoAnswers(view: SwarmView): Answerers {
  const { actual } = view.self.role;
  if (actual.kind === 'leader') return { kind: 'self' };
  if (actual.kind === 'subordinate' && actual.leader !== null) return { kind: 'other', name: actual.leader.name };
  const peer = view.peers.find(({ state, offer }) => state === 'connected' && takesQuestions(offer));
  return peer === undefined ? { kind: 'none' } : { kind: 'other', name: peer.offer?.name ?? peer.name };
}
