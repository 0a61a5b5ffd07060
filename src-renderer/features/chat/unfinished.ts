import type { Message } from '../../../src-shared/conversation.ts';
import { takesQuestions } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';

/** An answer that ended before it was complete, and that can be gone on with. */
export function isUnfinished(message: Message): boolean {
  const state = message.answer?.state;
  return state === 'stopped' || state === 'interrupted' || state === 'failed';
}

/**
 * The names of the other machines that could go on now with an answer of that model (null: of any); 'here' when this one could too: then
 * nothing is said of where it goes.
 */
export function whoGoesOn(view: Pick<SwarmView, 'self' | 'peers'>, model: string | null): 'here' | string[] {
  const has = (models: readonly { name: string }[]): boolean => model === null || models.some(({ name }) => name === model);
  if (view.self.role.actual.kind === 'leader' && has(view.self.models)) return 'here';
  return view.peers
    .filter(({ state, offer }) => state === 'connected' && takesQuestions(offer) && has(offer?.leads?.models ?? []))
    .map(({ name, offer }) => offer?.name ?? name);
}

/** Whether some machine could go on now with an answer of that model; null: of any. */
export function canGoOn(view: Pick<SwarmView, 'self' | 'peers'>, model: string | null): boolean {
  return whoGoesOn(view, model).length > 0;
}
