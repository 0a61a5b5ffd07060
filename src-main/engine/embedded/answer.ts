// Writes one answer in a slot of a loaded model.
import type { ChatHistoryItem, LLamaChatGenerateResponseOptions, Token } from 'node-llama-cpp';
import type { ChatMessage, ChatParameters } from '../../../src-shared/chat.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { seam } from '../seam.ts';
import { madeTokens, tokensOf } from './begun.ts';
import type { Begun } from './begun.ts';
import type { LoadedModel, Slot } from './loaded-models.ts';

/** Room that a prompt must leave in the context, or there is no point in starting. */
const minAnswerTokens = 32;
/** No tokenizer makes tokens longer than this on average; a longer prompt is refused without counting it. */
const maxBytesPerToken = 32;
/** Tokens of an answer so far that are evaluated at a time where last bits do not matter. */
const replayTokens = 64;
// Where the question sets nothing. As Ollama's documented defaults, but a little calmer, which suits small models.
const defaults = { temperature: 0.7, topP: 0.9, topK: 40 } as const;

export type AnswerEvents = {
  /** No slot is free. */
  waiting: () => void;
  reading: (progress: number) => void;
  /** tokens: all that were made since the last text; undefined: cannot be told apart */
  text: (text: string, tokens: Token[] | undefined) => void;
  /** The same of what the model thinks, where its chat wrapper tells thoughts from text. */
  thinking: (text: string, tokens: Token[] | undefined) => void;
  /** A token without text of its own was made. */
  busy: () => void;
  /** Resolves when the reader can take more. */
  room: () => Promise<void>;
};

export type AnswerEnd = { reason: 'stop' | 'length'; tokens: number; promptTokens: number; tokensPerSecond: number };

export type Question = {
  messages: readonly ChatMessage[];
  parameters: ChatParameters;
  /** The answer so far: only what comes after it is told. */
  begun?: Begun | undefined;
};

/**
 * Answers a question, waiting for a free slot first. Rejects with the signal's reason, with prompt-too-long, or with
 * whatever the engine throws. At temperature 0 or with a seed nothing of an earlier answer is reused, so that the same
 * question gets the same answer; otherwise the slot whose last conversation has most in common is continued.
 */
export async function answer(loaded: LoadedModel, question: Question, signal: AbortSignal, events: AnswerEvents): Promise<AnswerEnd> {
  const { messages, parameters, begun } = question;
  const room = contextOf(loaded, parameters);
  refuseTooLong(room, question);
  const ids = begun === undefined ? undefined : tokensOf(loaded, begun);
  // From tokens, the whole answer is made again with its first tokens given; from text, the text is part of the prompt.
  const history = toHistory(messages, ids === undefined ? begun?.text : undefined);
  const prompt = promptTokens(loaded, room, history);
  const limit = room.contextLength - prompt.length - 4 - (ids?.length ?? 0);
  if (limit < 1) return { reason: 'length', tokens: 0, promptTokens: prompt.length, tokensPerSecond: 0 };
  if (loaded.free.length === 0) events.waiting();
  const slot = await takeSlot(loaded, signal, (slots) => mostInCommon(slots, prompt));
  const { sequence } = slot.gated;
  try {
    if (parameters.temperature === 0 || parameters.seed !== undefined) await sequence.clearHistory();
    signal.throwIfAborted();
    const end = await write(slot, loaded, { ...question, ids, history, limit }, signal, events);
    return { ...end, promptTokens: prompt.length };
  } finally {
    slot.gated.use(undefined);
    giveSlot(loaded, slot);
  }
}

type Prepared = Question & { ids: Token[] | undefined; history: ChatHistoryItem[]; limit: number };

async function write(
  slot: Slot,
  loaded: LoadedModel,
  { parameters, begun, ids, history, limit }: Prepared,
  signal: AbortSignal,
  events: AnswerEvents,
): Promise<Omit<AnswerEnd, 'promptTokens'>> {
  const pace = { count: 0, first: 0, last: 0 };
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);
  const made = madeTokens();
  const show = shower(begun, ids, parameters.stop ?? [], events, () => stopped.abort());
  for (const id of ids ?? []) made.made(id);
  slot.gated.use({
    read: events.reading,
    made: (token) => {
      if (loaded.model.isEogToken(token)) return;
      made.made(token);
      pace.count += 1;
      pace.last = performance.now();
      if (pace.count === 1) pace.first = pace.last;
      events.busy();
    },
    pass: async () => {
      either.throwIfAborted();
      await events.room();
    },
    ...(ids === undefined
      ? {}
      : { replay: { ids: [...ids], pieceTokens: replayPieces(parameters, begun?.exactMs ?? 0), read: events.reading } }),
  });
  events.reading(0);
  const maxTokens = (ids?.length ?? 0) + Math.min(parameters.maxTokens ?? limit, limit);
  let reason: AnswerEnd['reason'] = 'stop';
  try {
    const { metadata } = await slot.chat.generateResponse(history, {
      ...sampling(parameters),
      ...thinking(loaded.thoughts, contextOf(loaded, parameters), parameters),
      signal: either,
      maxTokens,
      onResponseChunk: ({ type, tokens, text }) => (type === undefined ? show.take : show.thought)(text, made.upTo(tokens)),
    });
    if (metadata.stopReason === 'maxTokens') reason = 'length';
    show.end();
  } catch (error) {
    if (!stopped.signal.aborted || signal.aborted) throw error;
  }
  const seconds = (pace.last - pace.first) / 1000;
  const tokensPerSecond = pace.count > 1 && seconds > 0 ? (pace.count - 1) / seconds : 0;
  return { reason, tokens: pace.count, tokensPerSecond };
}

/** Lets through what comes after the answer so far, each text with the tokens that were made for it. */
function shower(
  begun: Begun | undefined,
  ids: readonly Token[] | undefined,
  stops: readonly string[],
  events: Pick<AnswerEvents, 'text' | 'thinking'>,
  stop: () => void,
): Record<'take' | 'thought', (text: string, tokens: Token[] | undefined) => void> & { end: () => void } {
  /** Characters that are written again from their tokens. */
  let again = ids === undefined ? 0 : (begun?.text.length ?? 0);
  const at = begun === undefined || ids !== undefined ? undefined : seam(begun.text, stops, false);
  let held: Token[] | undefined = [];
  const keep = (tokens: Token[] | undefined): void => {
    held = held === undefined || tokens === undefined ? undefined : [...held, ...tokens];
  };
  const pass = (shown: string, as: 'text' | 'thinking' = 'text'): void => {
    if (shown === '') return;
    events[as](shown, held);
    held = [];
  };
  return {
    thought(piece, tokens) {
      // thought before, elsewhere
      if (again > 0) return;
      keep(tokens);
      pass(piece, 'thinking');
    },
    take(piece, tokens) {
      const fresh = piece.slice(again);
      if (again > 0) {
        again -= piece.length - fresh.length;
        // what was shown before, thoughts included, has its tokens already
        if (fresh === '') return;
        held = undefined;
      }
      keep(tokens);
      if (at === undefined) return pass(fresh);
      const step = at.take(fresh);
      if (step.stopped) return stop();
      pass(step.text);
    },
    end: () => pass(at?.ended().text ?? ''),
  };
}

/** A token by itself, as it was made, gives the same last bits, so a greedy answer goes on as it would have; many at a time are faster. */
function replayPieces({ temperature }: ChatParameters, exactMs: number): (done: number) => number {
  if (temperature !== 0) return () => replayTokens;
  const until = performance.now() + exactMs;
  return () => (performance.now() < until ? 1 : replayTokens);
}

/** `open`: text that stands at the end and is gone on from; after an answer that is already there, it is part of that. */
function toHistory(messages: readonly ChatMessage[], open?: string): ChatHistoryItem[] {
  const history = messages.map(({ role, content }): ChatHistoryItem =>
    role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
  );
  if (open === undefined) return history;
  const last = messages.at(-1);
  return last?.role === 'assistant'
    ? [...history.slice(0, -1), { type: 'model', response: [last.content + open] }]
    : [...history, { type: 'model', response: [open] }];
}

/** Tokens that one question and its answer may take. */
type Room = Pick<LoadedModel, 'name' | 'contextLength'>;

/** The context of a loaded model is fixed: less can be asked for, but not more. */
function contextOf({ name, contextLength }: LoadedModel, { contextTokens }: ChatParameters): Room {
  return { name, contextLength: Math.min(contextLength, contextTokens ?? contextLength) };
}

type Tokens = Parameters<Slot['gated']['sequence']['compareContextTokens']>[0];

/** Before anything is tokenized, which holds the whole child up: what no context could hold, by its bytes and its ids, goes no further. */
function refuseTooLong(room: Room, { messages, begun }: Question): void {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), Buffer.byteLength(begun?.text ?? ''));
  if (bytes > room.contextLength * maxBytesPerToken) throw tooLong(room, `about ${Math.round(bytes / 4)}`);
  const ids = begun?.ids?.length ?? 0;
  if (ids >= room.contextLength) throw tooLong(room, `more than ${ids}`);
}

/** The prompt as the model's own chat template writes it. */
function promptTokens(loaded: LoadedModel, room: Room, history: readonly ChatHistoryItem[]): Tokens {
  const chatHistory: ChatHistoryItem[] = history.at(-1)?.type === 'model' ? [...history] : [...history, { type: 'model', response: [] }];
  const tokens = loaded.wrapper.generateContextState({ chatHistory }).contextText.tokenize(loaded.model.tokenizer);
  if (tokens.length > room.contextLength - minAnswerTokens) throw tooLong(room, String(tokens.length));
  return tokens;
}

function tooLong({ name, contextLength }: Room, tokens: string): Failure {
  return new Failure(
    'prompt-too-long',
    `The conversation has ${tokens} tokens; ${name} takes ${contextLength}, ${minAnswerTokens} of them for the answer.`,
  );
}

/** Thoughts of so many tokens, as a share of the context: the rest is for question and answer. */
const thoughtShare = { off: 0, low: 1 / 8, medium: 1 / 4, high: 1 / 2 } as const;

/** A thought that has used its tokens up is closed by the library; of a model whose thoughts stand in its text nothing can be asked. */
function thinking(
  thoughts: boolean,
  { contextLength }: Room,
  { think }: ChatParameters,
): Pick<LLamaChatGenerateResponseOptions, 'budgets'> {
  return think === undefined || !thoughts ? {} : { budgets: { thoughtTokens: Math.floor(contextLength * thoughtShare[think]) } };
}

/** Built field by field: only what ChatParameters names reaches the engine. */
function sampling({ temperature = defaults.temperature, topP, topK, seed, stop }: ChatParameters): LLamaChatGenerateResponseOptions {
  return {
    temperature,
    topP: topP ?? defaults.topP,
    topK: topK ?? defaults.topK,
    // Greedy means the likeliest token and nothing else.
    repeatPenalty: temperature === 0 ? false : { penalty: 1.1, lastTokens: 64 },
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { customStopTriggers: stop }),
  };
}

async function takeSlot(loaded: LoadedModel, signal: AbortSignal, choose: (free: readonly Slot[]) => Slot | undefined): Promise<Slot> {
  while (loaded.free.length === 0) {
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        loaded.line = loaded.line.filter((other) => other !== turn);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      loaded.line.push(turn);
    });
    signal.throwIfAborted();
  }
  const slot = choose(loaded.free);
  if (slot === undefined) throw new Failure('internal', 'no slot although one is free');
  loaded.free = loaded.free.filter((other) => other !== slot);
  return slot;
}

function giveSlot(loaded: LoadedModel, slot: Slot): void {
  loaded.free.push(slot);
  loaded.line.shift()?.();
}

function mostInCommon(slots: readonly Slot[], prompt: Tokens): Slot | undefined {
  let best: { slot: Slot; common: number } | undefined;
  for (const slot of slots) {
    const common = slot.gated.sequence.compareContextTokens(prompt).firstDifferentIndex;
    if (best === undefined || common > best.common) best = { slot, common };
  }
  return best?.slot;
}
