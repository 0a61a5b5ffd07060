// One answer of an engine that is a server of its own: what it streams as chunks, with signs of life where it has nothing to say.
import { isWritten, type ChatChunk, type ChatMessage, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';
import { learnedPatience, type Patience } from './patience.ts';
import { orQuiet } from './quiet.ts';
import { seam } from './seam.ts';
import { stallGuard, watchServer } from './server-life.ts';

/**
 * A load and a long prompt are silent, and nothing tells them from a model that hangs. So often it is said that the answer is awaited: before
 * others give it up (a lease and an asker with nobody else: 60 s), and after they ask a second machine (silence.ts), ms.
 */
const quietMs = 45_000;
/** Between two signs of life, ms. */
const signMs = 1000;

/** What a server streams next. */
export type ServerLine = {
  text: string;
  thinking: string;
  /** It still reads the prompt: nothing is written yet. */
  reading?: boolean;
  /** The last one; what it does not tell is counted here. */
  end?: { reason: 'stop' | 'length'; tokens?: number | undefined; promptTokens?: number | undefined; tokensPerSecond?: number | undefined };
};

export type AskedServer = {
  /** What the server calls itself, for failures. */
  server: string;
  /** As Axon calls it. */
  model: string;
  request: ChatRequest;
  /** When the question came, by the clock's now(). */
  askedAt: number;
  /** What the last look saw. */
  isLoaded(): boolean;
  /** Whether the model is being loaded for this answer. */
  setLoading(loading: boolean): void;
  /** Asks. The signal ends the connection. */
  lines(signal: AbortSignal): AsyncGenerator<ServerLine, void>;
  /** Resolves when the server said anything at all. */
  alive(signal: AbortSignal): Promise<unknown>;
  /** `began`: some of the answer had come. */
  failure(error: unknown, began: boolean): Failure;
};

/**
 * One answer, from the word that it is awaited to its end. Fails with a Failure when the server is not there, breaks off, is silent for longer
 * than the patience allows, or begins anew an answer that was to go on; with the signal's reason when that aborts.
 */
export async function* serverAnswer(
  { server, model, request, askedAt, isLoaded, setLoading, lines: ask, alive, failure }: AskedServer,
  { clock, patience }: { clock: Clock; patience: Patience },
  signal: AbortSignal,
): AsyncGenerator<ChatChunk, void> {
  let loaded = isLoaded();
  if (!loaded) setLoading(true);
  const at = (): ChatChunk => (loaded ? { kind: 'reading' } : { kind: 'loading', model });
  yield at();
  // a connection whose stream is not read to the end stays open: the server would write on for nobody
  const over = new AbortController();
  const stall = stallGuard(clock, signal, patience.loadingMs);
  const restServer = watchServer(alive, clock, patience.silentMs, stall.now);
  const pace = learnedPatience(clock, patience.writingMs);
  const signs = signsOfLife(clock);
  let firstAt: number | undefined;
  let lines = 0;
  const take = taker(request, server);
  try {
    const said = ask(AbortSignal.any([stall.signal, over.signal]));
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
      if (line.reading === true) {
        loaded = true;
        stall.rest();
        yield* signs.with([]);
        // between two reports of a prompt lie as many tokens as it reads at once
        stall.expect(patience.loadingMs);
        continue;
      }
      restServer();
      // While the reader takes its time, the server's silence is our doing.
      stall.rest();
      lines += 1;
      const { text, stopped } = take(line.text, line.end !== undefined);
      const chunks = [...pieces('thinking', line.thinking), ...pieces('text', text)];
      if (chunks.length > 0) firstAt ??= clock.now();
      yield* signs.with(chunks);
      if (line.end !== undefined || stopped) {
        const end: NonNullable<ServerLine['end']> = stopped
          ? { ...line.end, reason: 'stop', tokens: lines }
          : (line.end ?? { reason: 'stop' });
        yield doneChunk(end, {
          model,
          lines,
          writtenMs: clock.now() - (firstAt ?? clock.now()),
          firstMs: (firstAt ?? clock.now()) - askedAt,
        });
        return;
      }
      stall.expect(pace.beat());
    }
  } catch (error) {
    signal.throwIfAborted();
    if (stall.signal.aborted) throw new Failure('engine-stalled', `${server} gave no sign of life.`, { cause: error });
    throw failure(error, firstAt !== undefined);
  } finally {
    over.abort();
    restServer();
    stall.end();
  }
}

/** The messages with the answer so far as an assistant's message that stands last, with which a server may go on. */
export function withOpenAnswer(messages: readonly ChatMessage[], open: string | undefined): readonly ChatMessage[] {
  const last = messages.at(-1);
  if (open === undefined) return messages;
  if (last?.role === 'assistant') return [...messages.slice(0, -1), { role: 'assistant', content: last.content + open }];
  return [...messages, { role: 'assistant', content: open }];
}

/** What of the server's text is shown. Fails when it begins the answer anew instead of going on: nothing was shown then. */
function taker(
  { continued, parameters }: ChatRequest,
  server: string,
): (text: string, last: boolean) => { text: string; stopped: boolean } {
  if (continued === undefined) return (text) => ({ text, stopped: false });
  // A template that closes the turn makes the model answer again.
  const at = seam(continued.text, parameters.stop ?? [], true);
  return (piece, last) => {
    const step = at.take(piece);
    const rest = last && !step.stopped ? at.ended() : undefined;
    if (step.restarted || rest?.restarted === true)
      throw new Failure('engine-failed', `${server} began the answer anew: the template of this model cannot go on with one.`);
    return { text: step.text + (rest?.text ?? ''), stopped: step.stopped };
  };
}

function doneChunk(
  { reason, tokens, promptTokens, tokensPerSecond }: NonNullable<ServerLine['end']>,
  seen: { model: string; lines: number; writtenMs: number; firstMs: number },
): ChatChunk {
  // a server that counts nothing sends about one token a line, and the last line ends the others
  const written = tokens ?? Math.max(0, seen.lines - 1);
  const measured = written > 1 && seen.writtenMs > 0 ? ((written - 1) * 1000) / seen.writtenMs : 0;
  const figures = {
    tokens: written,
    ...(promptTokens === undefined ? {} : { promptTokens }),
    tokensPerSecond: tokensPerSecond ?? measured,
    timeToFirstTokenMs: seen.firstMs,
  };
  return { kind: 'done', reason, model: seen.model, figures };
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
