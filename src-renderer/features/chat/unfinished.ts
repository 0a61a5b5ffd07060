import type { Message } from '../../../src-shared/conversation.ts';
import { takesQuestions } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { othersToAsk } from '../../node/may-ask.ts';

type Asked = Pick<SwarmView, 'self' | 'peers' | 'membership'>;

/** An answer that ended before it was complete, and that can be gone on with. */
export function isUnfinished(message: Message): boolean {
  const state = message.answer?.state;
  return state === 'stopped' || state === 'interrupted' || state === 'failed';
}

/**
 * The names of the other machines that may be asked and could go on now with an answer of that model (null: of any); 'here' when this one could too: then
 * nothing is said of where it goes.
 */
export function whoGoesOn(view: Asked, model: string | null): 'here' | string[] {
  const has = (models: readonly { name: string }[]): boolean => model === null || models.some(({ name }) => name === model);
  if (view.self.role.actual.kind === 'leader' && has(view.self.models)) return 'here';
  return othersToAsk(view)
    .filter(({ offer }) => takesQuestions(offer) && has(offer?.leads?.models ?? []))
    .map(({ name, offer }) => offer?.name ?? name);
}

/** Whether some machine could go on now with an answer of that model; null: of any. */
export function canGoOn(view: Asked, model: string | null): boolean {
  return whoGoesOn(view, model).length > 0;
}
