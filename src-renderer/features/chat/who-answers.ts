import { takesQuestions } from '../../../src-shared/peer.ts';
import { isEngineDown } from '../../../src-shared/role.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { mayAsk, othersToAsk } from '../../node/may-ask.ts';

/** Who would answer now, for the empty page and for the guard on Send; no-model, no-engine: this machine, had it any; not-allowed: others might, and an admin keeps this device from asking. Pure. */
export type Answerers =
  | { kind: 'none' }
  | { kind: 'no-model' }
  | { kind: 'no-engine' }
  | { kind: 'not-allowed' }
  | { kind: 'self' }
  | { kind: 'other'; name: string };

export function whoAnswers(view: SwarmView): Answerers {
  const { actual } = view.self.role;
  // what may be downloaded when it is asked for will do as well
  const able = actual.kind === 'leader' && (actual.models > 0 || (view.settings.downloads ?? []).length > 0);
  if (able) return { kind: 'self' };
  if (actual.kind === 'subordinate' && actual.leader !== null) return { kind: 'other', name: actual.leader.name };
  const peer = othersToAsk(view).find(({ offer }) => takesQuestions(offer));
  if (peer !== undefined) return { kind: 'other', name: peer.offer?.name ?? peer.name };
  if (isEngineDown(view.self)) return { kind: 'no-engine' };
  const bare = actual.kind === 'troubled' && actual.failure.code === 'model-missing';
  if (bare || actual.kind === 'leader') return { kind: 'no-model' };
  return { kind: mayAsk(view) ? 'none' : 'not-allowed' };
}
