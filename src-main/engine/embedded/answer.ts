// Writes one answer in a slot of a loaded model.
import type { ChatHistoryItem, LLamaChatGenerateResponseOptions } from 'node-llama-cpp';
import type { ChatMessage, ChatParameters } from '../../../src-shared/chat.ts';
import { Failure } from '../../../src-shared/failure.ts';
import type { LoadedModel, Slot } from './loaded-models.ts';

/** Room that a prompt must leave in the context, or there is no point in starting. */
const minAnswerTokens = 32;
/** No tokenizer makes tokens longer than this on average; a longer prompt is refused without counting it. */
const maxBytesPerToken = 32;
// Where the question sets nothing. As Ollama's documented defaults, but a little calmer, which suits small models.
const defaults = { temperature: 0.7, topP: 0.9, topK: 40 } as const;

export type AnswerEvents = {
  reading: (progress: number) => void;
  text: (text: string) => void;
  /** A token without text of its own was made. */
  busy: () => void;
  /** Resolves when the reader can take more. */
  room: () => Promise<void>;
};

export type AnswerEnd = { reason: 'stop' | 'length'; tokens: number; promptTokens: number; tokensPerSecond: number };

/**
 * Answers `messages`, waiting for a free slot first. Rejects with the signal's reason, with prompt-too-long, or with
 * whatever the engine throws. At temperature 0 or with a seed nothing of an earlier answer is reused, so that the same
 * question gets the same answer; otherwise the slot whose last conversation has most in common is continued.
 */
export async function answer(
  loaded: LoadedModel,
  messages: readonly ChatMessage[],
  parameters: ChatParameters,
  signal: AbortSignal,
  events: AnswerEvents,
): Promise<AnswerEnd> {
  const history = toHistory(messages);
  const prompt = promptTokens(loaded, history, messages);
  const limit = loaded.contextLength - prompt.length - 4;
  const slot = await takeSlot(loaded, signal, (slots) => mostInCommon(slots, prompt));
  const pace = { count: 0, first: 0, last: 0 };
  const { sequence } = slot.gated;
  try {
    if (parameters.temperature === 0 || parameters.seed !== undefined) await sequence.clearHistory();
    signal.throwIfAborted();
    slot.gated.use({
      read: events.reading,
      made: (token) => {
        if (loaded.model.isEogToken(token)) return;
        pace.count += 1;
        pace.last = performance.now();
        if (pace.count === 1) pace.first = pace.last;
        events.busy();
      },
      pass: async () => {
        signal.throwIfAborted();
        await events.room();
      },
    });
    events.reading(0);
    const { metadata } = await slot.chat.generateResponse(history, {
      ...sampling(parameters),
      signal,
      maxTokens: Math.min(parameters.maxTokens ?? limit, limit),
      onTextChunk: events.text,
    });
    const seconds = (pace.last - pace.first) / 1000;
    return {
      reason: metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
      tokens: pace.count,
      promptTokens: prompt.length,
      tokensPerSecond: pace.count > 1 && seconds > 0 ? (pace.count - 1) / seconds : 0,
    };
  } finally {
    slot.gated.use(undefined);
    giveSlot(loaded, slot);
  }
}

function toHistory(messages: readonly ChatMessage[]): ChatHistoryItem[] {
  return messages.map(({ role, content }) =>
    role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
  );
}

type Tokens = Parameters<Slot['gated']['sequence']['compareContextTokens']>[0];

/** The prompt as the model's own chat template writes it. */
function promptTokens(loaded: LoadedModel, history: readonly ChatHistoryItem[], messages: readonly ChatMessage[]): Tokens {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  if (bytes > loaded.contextLength * maxBytesPerToken) throw tooLong(loaded, `about ${Math.round(bytes / 4)}`);
  const chatHistory: ChatHistoryItem[] = history.at(-1)?.type === 'model' ? [...history] : [...history, { type: 'model', response: [] }];
  const tokens = loaded.wrapper.generateContextState({ chatHistory }).contextText.tokenize(loaded.model.tokenizer);
  if (tokens.length > loaded.contextLength - minAnswerTokens) throw tooLong(loaded, String(tokens.length));
  return tokens;
}

function tooLong(loaded: LoadedModel, tokens: string): Failure {
  return new Failure(
    'prompt-too-long',
    `The conversation has ${tokens} tokens; ${loaded.name} takes ${loaded.contextLength}, ${minAnswerTokens} of them for the answer.`,
  );
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
