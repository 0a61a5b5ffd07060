// One answer of Ollama's: what it is asked, and its lines as chunks, with signs of life where it has nothing to say.
import { isWritten, type ChatChunk, type ChatMessage, type ChatParameters, type ChatRequest } from '../../../src-shared/chat.ts';
import { Failure } from '../../../src-shared/failure.ts';
import type { Clock } from '../../jobs/ports.ts';
import { learnedPatience, type Patience } from '../patience.ts';
import { seam } from '../seam.ts';
import { ollamaClient } from './client.ts';
import { ollamaFailure } from './failures.ts';
import { orQuiet } from './quiet.ts';
import { stallGuard, watchServer } from './server-life.ts';
import { askedContext, canThink, thinkValue } from './abilities.ts';
import { chatLine, type ChatLine, type Tag } from './wire.ts';

/**
 * A load and a long prompt are silent, and nothing tells them from a runner that hangs. So often it is said that the answer is awaited: before
 * others give it up (a lease and an asker with nobody else: 60 s), and after they ask a second machine (silence.ts), ms.
 */
const quietMs = 45_000;
/** Between two signs of life, ms. */
const signMs = 1000;

export type AskedOllama = {
  address: string;
  tag: Tag;
  request: ChatRequest;
  /** When the question came, by the clock's now(). */
  askedAt: number;
  /** What the last look saw. */
  isLoaded(): boolean;
  /** Whether the model is being loaded for this answer. */
  setLoading(loading: boolean): void;
};

/**
 * One answer, from the word that it is awaited to its end. Fails with a Failure when Ollama is not there, breaks off, is silent for longer
 * than the patience allows, or begins anew an answer that was to go on; with the signal's reason when that aborts.
 */
export async function* ollamaAnswer(
  { address, tag, request, askedAt, isLoaded, setLoading }: AskedOllama,
  { clock, patience }: { clock: Clock; patience: Patience },
  signal: AbortSignal,
): AsyncGenerator<ChatChunk, void> {
  let loaded = isLoaded();
  if (!loaded) setLoading(true);
  const at = (): ChatChunk => (loaded ? { kind: 'reading' } : { kind: 'loading', model: tag.name });
  yield at();
  // The package leaves the connection open when its stream is not read to the end: Ollama would write on for nobody.
  const over = new AbortController();
  const stall = stallGuard(clock, signal, patience.loadingMs);
  const restServer = watchServer(address, clock, patience.silentMs, stall.now);
  const pace = learnedPatience(clock, patience.writingMs);
  const signs = signsOfLife(clock);
  let firstAt: number | undefined;
  let lines = 0;
  const take = taker(request);
  try {
    const said = chatLines(address, tag, request, AbortSignal.any([stall.signal, over.signal]));
    for await (const line of orQuiet(said, clock, quietMs)) {
      if (line === undefined) {
        if (lines > 0) continue;
        // the load is over, and the prompt has a patience of its own
        if (!loaded && isLoaded()) {
          loaded = true;
          stall.expect(patience.loadingMs);
        }
        yield at();
        continue;
      }
      setLoading(false);
      restServer();
      // While the reader takes its time, Ollama's silence is our doing.
      stall.rest();
      lines += 1;
      const { text, stopped } = take(line.message?.content ?? '', line.done);
      const chunks = [...pieces('thinking', line.message?.thinking ?? ''), ...pieces('text', text)];
      if (chunks.length > 0) firstAt ??= clock.now();
      yield* signs.with(chunks);
      if (line.done || stopped) {
        yield doneChunk(stopped ? { ...line, done_reason: 'stop', eval_count: lines } : line, tag.name, (firstAt ?? clock.now()) - askedAt);
        return;
      }
      stall.expect(pace.beat());
    }
  } catch (error) {
    signal.throwIfAborted();
    if (stall.signal.aborted) throw new Failure('engine-stalled', 'Ollama gave no sign of life.', { cause: error });
    throw ollamaFailure(error, address, firstAt !== undefined);
  } finally {
    over.abort();
    restServer();
    stall.end();
  }
}

/** Ollama goes on with an assistant's message that stands last, where the model's template leaves it open. */
function withOpenAnswer(
  messages: readonly ChatMessage[],
  open: string | undefined,
): (Omit<ChatMessage, 'images'> & { images?: string[] })[] {
  const all = messages.map(({ role, content, images }) => ({ role, content, ...(images === undefined ? {} : { images }) }));
  const last = all.at(-1);
  if (open === undefined) return all;
  if (last?.role === 'assistant') return [...all.slice(0, -1), { role: 'assistant', content: last.content + open }];
  return [...all, { role: 'assistant', content: open }];
}

/** What of Ollama's text is shown. Fails when it begins the answer anew instead of going on: nothing was shown then. */
function taker({ continued, parameters }: ChatRequest): (text: string, last: boolean) => { text: string; stopped: boolean } {
  if (continued === undefined) return (text) => ({ text, stopped: false });
  // A template that closes the turn makes the model answer again.
  const at = seam(continued.text, parameters.stop ?? [], true);
  return (piece, last) => {
    const step = at.take(piece);
    const rest = last && !step.stopped ? at.ended() : undefined;
    if (step.restarted || rest?.restarted === true)
      throw new Failure('engine-failed', 'Ollama began the answer anew: the template of this model cannot go on with one.');
    return { text: step.text + (rest?.text ?? ''), stopped: step.stopped };
  };
}

async function* chatLines(
  address: string,
  tag: Tag,
  { messages, parameters, continued }: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatLine, void> {
  const body = {
    model: tag.name,
    messages: withOpenAnswer(messages, continued?.text),
    options: { ...toOptions(parameters), ...contextOption(tag, parameters) },
    stream: true as const,
    // Asked of a model that cannot, it is refused. An answer that is under way was thought about before.
    ...(canThink(tag) ? { think: continued === undefined && thinkValue(tag, parameters.think) } : {}),
    // Say that a conversation is too long instead of silently dropping its beginning. Older versions ignore both.
    truncate: false,
    shift: false,
  };
  for await (const line of await ollamaClient(address, signal).chat(body)) yield chatLine.parse(line);
}

/** Built field by field: only what ChatParameters names reaches Ollama. */
function toOptions({ temperature, topP, topK, maxTokens, seed, stop }: ChatParameters): Record<string, number | string[]> {
  const options = { temperature, top_p: topP, top_k: topK, num_predict: maxTokens, seed, stop };
  return Object.fromEntries(Object.entries(options).filter((entry): entry is [string, number | string[]] => entry[1] !== undefined));
}

function contextOption(tag: Tag, { contextTokens }: ChatParameters): Record<string, number> {
  return contextTokens === undefined ? {} : { num_ctx: askedContext(tag, contextTokens) };
}

function doneChunk(line: ChatLine, model: string, timeToFirstTokenMs: number): ChatChunk {
  const tokens = line.eval_count ?? 0;
  const seconds = (line.eval_duration ?? 0) / 1e9;
  const figures = {
    tokens,
    ...(line.prompt_eval_count === undefined ? {} : { promptTokens: line.prompt_eval_count }),
    tokensPerSecond: tokens > 1 && seconds > 0 ? tokens / seconds : 0,
    timeToFirstTokenMs,
  };
  return { kind: 'done', reason: line.done_reason === 'length' ? 'length' : 'stop', model, figures };
}

function pieces(kind: 'text' | 'thinking', text: string): ChatChunk[] {
  const count = Math.ceil(text.length / 65_536);
  return Array.from({ length: count }, (_, at) => ({ kind, text: text.slice(at * 65_536, (at + 1) * 65_536) }));
}

/** Where there is nothing to show, once a second an empty chunk of what was shown last says that the engine is at work. */
function signsOfLife(clock: Clock): { with: (chunks: readonly ChatChunk[]) => readonly ChatChunk[] } {
  let sign: ChatChunk = { kind: 'reading' };
  let last = clock.now();
  return {
    with(chunks) {
      const shown = chunks.at(-1);
      if (shown === undefined && clock.now() - last < signMs) return chunks;
      last = clock.now();
      if (shown !== undefined && isWritten(shown)) sign = { kind: shown.kind, text: '' };
      return shown === undefined ? [sign] : chunks;
    },
  };
}
