import { takesQuestions } from '../../../src-shared/peer.ts';
import { isEngineDown } from '../../../src-shared/role.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';

/** Who would answer now, for the empty page and for the guard on Send; no-model, no-engine: this machine, had it any. Pure. */
export type Answerers =
  | { kind: 'none' }
  | { kind: 'no-model' }
  | { kind: 'no-engine' }
  | { kind: 'self' }
  | { kind: 'other'; name: string };

export function whoAnswers(view: SwarmView): Answerers {
  const { actual } = view.self.role;
  // what may be downloaded when it is asked for will do as well
  const able = actual.kind === 'leader' && (actual.models > 0 || (view.settings.downloads ?? []).length > 0);
  if (able) return { kind: 'self' };
  if (actual.kind === 'subordinate' && actual.leader !== null) return { kind: 'other', name: actual.leader.name };
  const peer = view.peers.find(({ state, offer }) => state === 'connected' && takesQuestions(offer));
  if (peer !== undefined) return { kind: 'other', name: peer.offer?.name ?? peer.name };
  if (isEngineDown(view.self)) return { kind: 'no-engine' };
  const bare = actual.kind === 'troubled' && actual.failure.code === 'model-missing';
  return { kind: bare || actual.kind === 'leader' ? 'no-model' : 'none' };
}
