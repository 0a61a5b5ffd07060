// The one type that carries the product. ChatRequest and ChatChunk keep their names and shape at every hop.
import { z } from 'zod';
import { failureCode, failureShape } from './failure.ts';
import { imageFacts, imageLimits } from './image.ts';
import { thinkEffort } from './model.ts';
import { peerId } from './peer.ts';

/** Limits of a request, checked at every door. A prompt of 8 MiB is more than any context of today. */
export const chatLimits = {
  messages: 2000,
  textBytes: 8 * 1024 * 1024,
  stops: 16,
  /** UTF-16 units of what a model is told before the first question. */
  system: 200_000,
  /** Tokens that an answer may be asked to have. */
  answerTokens: 131_072,
  /** Tokens: less holds no question and its answer. */
  leastContext: 512,
  /** Ids of an answer so far; a longer one goes on from its text. With every other part of a request they stay within jsonLimits.items (network/). */
  tokens: 90_000,
  /** Of one question, at all leaders together. */
  attempts: 1000,
  /** UTF-16 units of what a model thought that are kept with its answer; more is not, and the answer goes on. */
  thinking: 131_072,
} as const;

export const chatMessage = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().max(chatLimits.textBytes),
  /** Pictures that belong to it: PNG or JPEG in base64, for models that see (`vision`). Left out: none */
  images: z
    .array(z.string().refine((data) => imageFacts(data) !== null))
    .max(imageLimits.count)
    .optional(),
});
export type ChatMessage = z.infer<typeof chatMessage>;

/** Sampling; whatever is undefined is the engine's default. Closed: an unknown key never reaches an engine. */
export const chatParameters = z.object({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().int().min(0).max(1000).optional(),
  maxTokens: z.number().int().min(1).max(chatLimits.answerTokens).optional(),
  seed: z.number().int().min(0).max(0xffff_ffff).optional(),
  stop: z.array(z.string().min(1).max(200)).max(chatLimits.stops).optional(),
  /** How much a model that thinks does so; an engine takes what is nearest to it. */
  think: thinkEffort.optional(),
  /** Tokens of question and answer together; see contextFor. */
  contextTokens: z.number().int().min(chatLimits.leastContext).max(1_048_576).optional(),
});
export type ChatParameters = z.infer<typeof chatParameters>;

/**
 * The answer so far, begun elsewhere: the engine goes on from its last character and yields only what comes after it.
 * `tokens` are worth something to the same model file (`digest`, SHA-256 of the GGUF, hex) and build only; any other engine goes on from `text`.
 */
export const continued = z.object({
  text: z.string().min(1).max(chatLimits.textBytes),
  tokens: z
    .object({
      ids: z.array(z.number().int().nonnegative()).max(chatLimits.tokens),
      digest: z.string().max(128),
      build: z.string().max(200),
    })
    .optional(),
});
export type Continued = z.infer<typeof continued>;

export const chatRequest = z.object({
  /** Made by the asker; the same id for the same question over retries. */
  id: z.uuid(),
  /** undefined: any model, the placement chooses */
  model: z.string().min(1).max(200).optional(),
  messages: z.array(chatMessage).min(1).max(chatLimits.messages),
  parameters: chatParameters,
  /** Made by the asker, the same for all questions of one conversation: its leader may still have it in its cache. */
  conversation: z.uuid().optional(),
  /** Grows with each leader that is asked for the same id; a leader never gives one attempt what it wrote for another. */
  attempt: z.number().int().min(0).max(chatLimits.attempts).optional(),
  continued: continued.optional(),
  /** It becomes the title of a conversation, which nobody asked for: it costs its tokens, and is no answer that somebody was given. */
  forTitle: z.boolean().optional(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

/** Whether only a model that sees can answer it. */
export function hasImages({ messages }: Pick<ChatRequest, 'messages'>): boolean {
  return messages.some(({ images }) => images !== undefined && images.length > 0);
}

export const machineName = z.object({ peerId, name: z.string() });

/** Why a machine cannot answer a question. */
export const exclusion = z.enum([
  'not-connected',
  'not-a-member',
  'not-a-leader',
  'not-pinned',
  'not-permitted',
  'lost',
  'suspect',
  'model-missing',
  'may-not-download',
  'no-vision',
  'context-too-small',
  'engine-down',
  'no-memory',
  'paused',
  'queue-full',
  'quota-used',
]);
export type Exclusion = z.infer<typeof exclusion>;

/** The parts of a score, in points (swarm/score.ts). */
export const scorePart = z.enum(['speed', 'wait', 'loaded', 'memory', 'gpu', 'pressure', 'latency', 'locality', 'affinity', 'owner']);
export type ScorePart = z.infer<typeof scorePart>;

/**
 * The most that each part can give; together 100. What a person waits for weighs most: how fast the text comes (24), when it begins behind
 * others (18) and behind a load of several seconds (14), and what of the conversation need not be read again (10). Memory (8) says whether
 * the model will stay, and is felt only when it does not. The rest tells machines apart that are alike so far: a graphics card (6) and
 * what else the machine is at (6) say how steady it will be; a link (5) costs milliseconds where an answer takes seconds; an owner at
 * work (5) is a courtesy, and being near (4) keeps a question in the house.
 */
export const scoreWeights: Readonly<Record<ScorePart, number>> = {
  speed: 24,
  wait: 18,
  loaded: 14,
  memory: 8,
  gpu: 6,
  pressure: 6,
  latency: 5,
  locality: 4,
  affinity: 10,
  owner: 5,
};

export const candidateRow = z.object({
  leader: machineName,
  /** undefined: eligible */
  excluded: exclusion.optional(),
  /** 0..100 */
  score: z.number().min(0).max(100),
  parts: z.partialRecord(scorePart, z.number()),
  loaded: z.boolean(),
  /** It has not got the model, and would download it first. sizeBytes null: unknown */
  download: z.object({ sizeBytes: z.number().int().positive().nullable() }).optional(),
  freeSlots: z.number().int(),
  waiting: z.number().int(),
  /** Expected wait in its line; null: unknown. */
  waitMs: z.number().nonnegative().nullable(),
  /** For this model; null: nobody knows. */
  tokensPerSecond: z.number().nonnegative().nullable(),
  /** The speed is what this machine saw itself, and not what the leader says of itself. */
  measured: z.boolean(),
  latencyMs: z.number().nullable(),
  /** Memory that is left for models after what is reserved, MiB; null: unknown */
  freeMb: z.number().nullable(),
  reservedMb: z.number().nonnegative(),
});
export type CandidateRow = z.infer<typeof candidateRow>;

/** Why this leader: one sentence in parts. The renderer words it from `reason`. */
export const placement = z.object({
  leader: machineName,
  model: z.string(),
  /** This machine answers itself. */
  local: z.boolean(),
  /** The score's part that told the first from the second the most; name: they were equal. */
  reason: z.enum(['pinned', 'preferred', 'only-one', ...scorePart.options, 'name']),
  candidates: z.array(candidateRow).max(300),
});
export type Placement = z.infer<typeof placement>;

/** Who would be asked, without asking. failure: why nobody can answer; then every candidate is excluded. */
export const placementSurvey = z.object({
  placement: placement.nullable(),
  candidates: z.array(candidateRow).max(300),
  failure: failureShape.nullable(),
});
export type PlacementSurvey = z.infer<typeof placementSurvey>;

export const answerFigures = z.object({
  /** Tokens written. */
  tokens: z.number().int().nonnegative(),
  promptTokens: z.number().int().nonnegative().optional(),
  /** Over the time from the first token to the last one; 0 when fewer than two tokens. */
  tokensPerSecond: z.number().nonnegative(),
  /** From the request to the first text or thought, as measured by whoever reports it. */
  timeToFirstTokenMs: z.number().nonnegative(),
});
export type AnswerFigures = z.infer<typeof answerFigures>;

/**
 * text: empty where an engine is at work and has nothing to show; then it says so once a second at most, for whoever would count it as silent.
 * tokens: the ids that it was made of, in order; a token that has no text yet comes with the next one.
 */
const written = {
  text: z.string().max(65_536),
  tokens: z.array(z.number().int().nonnegative()).max(65_536).optional(),
} as const;

/** What an answer waited for before its words, clocked by the asker, ms; left out: it did not. */
export const answerWaits = z.object({
  /** In lines. */
  queuedMs: z.number().nonnegative().optional(),
  /** For its model to be loaded. */
  loadedMs: z.number().nonnegative().optional(),
});
export type AnswerWaits = z.infer<typeof answerWaits>;

export const chatChunk = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('placed'), placement }),
  /** position 1 is next; etaMs: the expected wait, where the leader can tell */
  z.object({ kind: z.literal('queued'), position: z.number().int().positive(), etaMs: z.number().nonnegative().optional() }),
  z.object({ kind: z.literal('loading'), model: z.string().max(200), progress: z.number().min(0).max(1).optional() }),
  /** The prompt is being read. */
  z.object({ kind: z.literal('reading'), progress: z.number().min(0).max(1).optional() }),
  /** Before the first text, by engines that can continue from tokens: what those of this answer are worth something to. */
  z.object({ kind: z.literal('began'), model: z.string().max(200), digest: z.string().max(128), build: z.string().max(200) }),
  /**
   * What a reasoning model thinks before it answers, or between two texts: no part of the answer, and nothing that another leader goes on
   * from. Whoever takes over thinks again, so what was thought since the last text counts no more after a `seam`.
   */
  z.object({ kind: z.literal('thinking'), ...written }),
  z.object({ kind: z.literal('text'), ...written }),
  /**
   * By the asker: the link to the leader broke, and the same answer may come back. Ends with the next text or a seam.
   * refused: nobody listens at its address, so its program has ended; known inside the asker only.
   */
  z.object({ kind: z.literal('reconnecting'), leader: machineName, refused: z.boolean().optional() }),
  /**
   * By the asker: that machine is out of this answer, after `at` characters (UTF-16 units) were shown; the next `placed` names the one that goes on.
   * at 0: nothing was shown yet, so nothing needs to be said.
   */
  z.object({ kind: z.literal('seam'), lost: machineName, code: failureCode, at: z.number().int().nonnegative() }),
  /** By the asker: nobody can go on now, and the person wants to wait. Ends with the next `placed`. */
  z.object({ kind: z.literal('waiting'), code: failureCode }),
  /** Last chunk of every answer that ended well. length: the token limit or the context was reached. The waits are the asker's own. */
  z.object({
    kind: z.literal('done'),
    reason: z.enum(['stop', 'length']),
    model: z.string().max(200),
    figures: answerFigures,
    ...answerWaits.shape,
  }),
]);
export type ChatChunk = z.infer<typeof chatChunk>;

/** What the model wrote: words of the answer, or of what it thinks before them. */
export function isWritten(chunk: ChatChunk): chunk is Extract<ChatChunk, { kind: 'text' | 'thinking' }> {
  return chunk.kind === 'text' || chunk.kind === 'thinking';
}

/** Tokens that the model made for this chunk: as many as it has ids, and without ids one for each piece of text or thought. */
export function writtenIn(chunk: ChatChunk): number {
  if (!isWritten(chunk)) return 0;
  return chunk.tokens?.length ?? (chunk.text === '' ? 0 : 1);
}

/**
 * Yields chunks until `done`; throws a Failure when it ends badly, the signal's reason when it is cancelled.
 * An engine is a Chat, a remote leader is a Chat, what the window calls is a Chat.
 */
export type Chat = (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatChunk>;
