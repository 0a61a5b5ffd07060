// How much of what a model can read a conversation takes. Pure.
import type { Conversation } from '../../../src-shared/conversation.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';

/** tokens: about that many are taken; limit: what the model can read at once */
export type ContextUse = { tokens: number; limit: number; share: number };

/** From here on people are warned. */
export const warnFrom = 0.8;

/** Characters of a token, on average over languages: a guess that errs on the side of too many tokens. */
const charactersPerToken = 3.5;
/** Tokens around each message that say whose it is. */
const around = 5;

/**
 * What the next question takes, with the draft. Counted from what the engine said of the last answer, and guessed from there on.
 * null: nobody says how much the model can read
 * @param model of the next question; null: that of the last answer
 */
export function contextUse(
  conversation: Pick<Conversation, 'messages' | 'system'>,
  draft: string,
  view: Pick<SwarmView, 'self' | 'peers'>,
  model: string | null,
): ContextUse | null {
  const { messages, system } = conversation;
  const counted = messages.findLastIndex(({ answer }) => answer?.figures?.promptTokens !== undefined);
  const figures = messages[counted]?.answer?.figures;
  const limit = contextOf(view, model ?? messages.findLast(({ answer }) => answer?.model != null)?.answer?.model ?? null);
  if (limit === null) return null;
  const known = figures?.promptTokens === undefined ? guess(system) : figures.promptTokens + figures.tokens;
  const tokens = messages.slice(counted + 1).reduce((sum, { content }) => sum + guess(content), known) + guess(draft);
  return { tokens, limit, share: tokens / limit };
}

const guess = (text: string): number => (text === '' ? 0 : Math.ceil(text.length / charactersPerToken) + around);

/** The least that a machine with this model can read; any model: the least of all of them. null: nobody says */
function contextOf({ self, peers }: Pick<SwarmView, 'self' | 'peers'>, model: string | null): number | null {
  const lent = peers.flatMap(({ state, offer }) => (state === 'connected' ? (offer?.leads?.models ?? []) : []));
  const own = self.role.actual.kind === 'leader' ? self.models : [];
  const fits = [...own, ...lent].filter(({ name }) => model === null || name === model);
  // what the engine reads, where it says so: it is often less than what the model was made for
  const lengths = fits.flatMap(({ servedContext, contextLength }) => servedContext ?? contextLength ?? []);
  return lengths.length === 0 ? null : Math.min(...lengths);
}
