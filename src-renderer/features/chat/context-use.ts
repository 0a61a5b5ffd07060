// How much of what a model can read a conversation takes. Pure.
import { imageTokens } from '../../../src-shared/attachment.ts';
import type { Attachment } from '../../../src-shared/attachment.ts';
import { sentOf } from '../../../src-shared/conversation.ts';
import type { Conversation } from '../../../src-shared/conversation.ts';
import type { EngineKind } from '../../../src-shared/engine.ts';
import { contextFor, thinkEffort } from '../../../src-shared/model.ts';
import type { ModelInfo, ThinkEffort } from '../../../src-shared/model.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { othersToAsk } from '../../node/may-ask.ts';

/** tokens: about that many are taken; limit: what the model can read at once */
export type ContextUse = { tokens: number; limit: number; share: number };

/** From here on people are warned. */
export const warnFrom = 0.8;

/** Characters of a token, on average over languages: a guess that errs on the side of too many tokens. */
const charactersPerToken = 3.5;
/** Tokens around each message that say whose it is. */
const around = 5;

/**
 * What the next question takes, with the draft and what is put to it. Counted from what the engine said of the last answer, and guessed from there on.
 * null: nobody says how much the model can read
 * @param model of the next question; null: that of the last answer
 */
export function contextUse(
  conversation: Read,
  draft: string,
  view: Swarm,
  model: string | null,
  attached: readonly Attachment[] = [],
): ContextUse | null {
  const { system, parameters, leftOut } = conversation;
  const messages = sentOf(conversation.messages, leftOut);
  const counted = messages.findLastIndex(
    ({ answer, createdAt }) => answer?.figures?.promptTokens !== undefined && createdAt >= (leftOut?.at ?? 0),
  );
  const figures = messages[counted]?.answer?.figures;
  const limit = contextOf(view, model ?? lastModel(conversation.messages), parameters.contextTokens);
  if (limit === null) return null;
  const known = figures?.promptTokens === undefined ? guess(system) : figures.promptTokens + figures.tokens;
  const tokens = messages.slice(counted + 1).reduce((sum, message) => sum + taken(message), known);
  const asked = tokens + guess(draft) + costOf(attached);
  return { tokens: asked, limit, share: asked / limit };
}

/** A question that its model cannot read whole, whatever stands before it. */
export type TooLongAlone = {
  /** The name of the one file that is too long by itself; null: all of it together is */
  file: { id: string; name: string } | null;
  /** null: whichever suits best */
  model: string | null;
  /** Tokens that it reads at once */
  limit: number;
  /** A model that reads all of it now; null: none */
  reader: string | null;
};

/**
 * Whether what is asked is longer than the model reads without a word of what came before; null: it is not, or nobody says how much it reads.
 * @param model of that question; null: that of the last answer
 */
export function tooLongAlone(
  { messages, system, parameters }: Read,
  question: string,
  view: Swarm,
  model: string | null,
  attached: readonly Attachment[],
): TooLongAlone | null {
  const wanted = model ?? lastModel(messages);
  const limit = contextOf(view, wanted, parameters.contextTokens);
  const tokens = guess(system) + guess(question) + costOf(attached);
  if (limit === null || tokens < limit) return null;
  const file = attached.find((one) => attachmentTokens(one) >= limit);
  const readers = lentModels(view, null).filter(
    (one) => one.model.name !== wanted && (contextFor(one.model, one.engine, parameters.contextTokens) ?? 0) > tokens,
  );
  const reader = readers.find((one) => one.model.loaded) ?? readers[0];
  return { file: file === undefined ? null : { id: file.id, name: file.name }, model: wanted, limit, reader: reader?.model.name ?? null };
}

/** reader, file: as of `TooLongAlone`; reader is null too where only the machine that refused it knows how long it is */
type RefusedAlone = Pick<TooLongAlone, 'reader' | 'file'>;

/**
 * Of an answer that was refused since its question is too long by itself; null: what came before it made it too long, or that is not why.
 * @param model null: that of the answer, or of the conversation
 */
export function refusedAlone(
  conversation: Read & Pick<Conversation, 'model'>,
  { answer, parent }: Conversation['messages'][number],
  view: Swarm,
  model: string | null = null,
): RefusedAlone | null {
  if (answer?.failure?.code !== 'prompt-too-long') return null;
  const question = conversation.messages.find(({ id }) => id === parent);
  if (question === undefined) return null;
  const alone = tooLongAlone(conversation, question.content, view, model ?? answer.model ?? conversation.model, question.attachments ?? []);
  if (alone !== null) return { reader: alone.reader, file: alone.file };
  // a guess may be short of it; where nothing else was sent it was the question
  return sentOf(conversation.messages, conversation.leftOut)[0]?.id === parent ? { reader: null, file: null } : null;
}

/** About so many tokens: of a text by its length, of a picture by its size. */
export function attachmentTokens(attachment: Attachment): number {
  return attachment.kind === 'image' ? imageTokens(attachment) : Math.ceil(attachment.characters / charactersPerToken) + around;
}

const costOf = (attachments: readonly Attachment[]): number => attachments.reduce((sum, one) => sum + attachmentTokens(one), 0);

const taken = ({ content, attachments = [] }: Conversation['messages'][number]): number => guess(content) + costOf(attachments);

const guess = (text: string): number => (text === '' ? 0 : Math.ceil(text.length / charactersPerToken) + around);

/**
 * The question from which on a conversation takes half of the limit at most, so that the oldest before it can be left out; null: there is
 * nothing more to leave out. The last question is always sent.
 */
export function leaveOutBefore({ messages, system, leftOut }: Read, limit: number): string | null {
  const sent = sentOf(messages, leftOut);
  const last = sent.findLastIndex(({ role }) => role === 'user');
  let [at, tokens] = [-1, guess(system)];
  for (const [index, message] of [...sent.entries()].slice(1).toReversed()) {
    tokens += taken(message);
    if (message.role === 'user' && (index === last || tokens <= limit / 2)) at = index;
  }
  return sent[at]?.id ?? null;
}

type Read = Pick<Conversation, 'messages' | 'system' | 'parameters' | 'leftOut'>;

/** The model of the last answer that has one. */
export function lastModel(messages: Conversation['messages']): string | null {
  return messages.findLast(({ answer }) => answer?.model != null)?.answer?.model ?? null;
}

type Swarm = Pick<SwarmView, 'self' | 'peers' | 'membership'>;
type Lent = { model: ModelInfo; engine: EngineKind | undefined };

/** That model on each machine that has it, answers and may be asked; null: all of them */
export function lentModels(view: Swarm, model: string | null): Lent[] {
  const { self } = view;
  const own = self.role.actual.kind === 'leader' ? self.models.map((one) => ({ model: one, engine: self.engine?.kind })) : [];
  const lent = othersToAsk(view).flatMap(({ offer }) =>
    (offer?.leads?.models ?? []).map((one) => ({ model: one, engine: offer?.leads?.engine.kind })),
  );
  return [...own, ...lent].filter((one) => model === null || one.model.name === model);
}

/** The least that a machine with this model reads of what is asked for; null: nobody says */
function contextOf(view: Swarm, model: string | null, asked: number | undefined): number | null {
  const lengths = lentModels(view, model).flatMap((one) => contextFor(one.model, one.engine, asked) ?? []);
  return lengths.length === 0 ? null : Math.min(...lengths);
}

/** The most that a machine with this model could be asked to read; null: nobody says */
export function mostContext(view: Swarm, model: string | null): number | null {
  const lengths = lentModels(view, model).flatMap((one) => contextFor(one.model, one.engine, Infinity) ?? []);
  return lengths.length === 0 || lengths.includes(Infinity) ? null : Math.max(...lengths);
}

/** How much a model can be told to think; null: it does not think. Where nobody says what makes a difference, everything may. */
export function effortsFor(view: Swarm, model: string | null): ThinkEffort[] | null {
  const thinking = lentModels(view, model).filter((one) => one.model.capabilities?.includes('thinking') === true);
  if (thinking.length === 0) return null;
  return thinkEffort.options.filter((effort) => thinking.some((one) => one.model.efforts?.includes(effort) ?? true));
}
