// /axon/chat/1, the wire. The first frame is the asker's: a ChatRequest, or {resume}: the rest of an answer that it lost the link to, or {stop}:
// it wants no more of one. Then {n, chunk}, {n, failure} and {beat} come back, and the asker tells what arrived ({got}) or that it wants no
// more ({stop}). A stream that just ends or breaks is no stop: the answer goes on for a while (jobs/held-answers.ts).
// Only the leader's side here; the asker's is chat-client.ts.
import type { Stream } from '@libp2p/interface';
import { z } from 'zod';
import { chatLimits, chatRequest, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure, isCancel, toFailure, type FailureShape } from '../../src-shared/failure.ts';
import { imageLimits } from '../../src-shared/image.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { heldKey, type HeldAnswers, type HeldEntry, type HeldReader } from '../jobs/held-answers.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { FrameTooLarge, jsonFrame, jsonOf } from './frames.ts';
import { frameReader, send, Stalled, type FrameReader } from './stream-io.ts';

export const chatProtocol = '/axon/chat/1';

export const chatWire = {
  /** JSON may need more bytes than the text in it (escapes), so a frame may be larger than chatLimits.textBytes. */
  requestBytes: chatLimits.textBytes + 4 * 1024 * 1024,
  replyFrameBytes: 1024 * 1024,
  /** Of what the asker says after its first frame. */
  wordBytes: 64,
  /** All requests being read at the same time; one more is told queue-full. */
  requestsBytes: 128 * 1024 * 1024,
  streams: 256,
  beatMs: 1000,
  /** No frame for that long: the link is broken. Three beats and a half. */
  silenceMs: 3500,
  /** A reader that takes nothing for that long is given up. */
  stallMs: 10_000,
  /** For the whole request to come in, and between two pieces of it. */
  requestMs: 120_000,
  requestPauseMs: 10_000,
  /** The asker tells what arrived after so many chunks, or so much text. */
  gotChunks: 16,
  gotText: 16 * 1024,
  /** For telling a leader that an answer is not wanted any more. */
  stopMs: 500,
} as const;

const opening = z.union([
  z.object({ resume: heldKey.extend({ next: z.number().int().nonnegative() }) }),
  // not the word of the same name
  z.object({ stop: heldKey }),
]);
/** What an asker says while it reads. */
const word = z.union([z.object({ got: z.number().int().nonnegative() }), z.object({ stop: z.literal(true) })]);
export type AskerWord = z.infer<typeof word>;

/** The first frame of a stream. */
export type Opening = { ask: ChatRequest } | z.infer<typeof opening>;
export type ReplyFrame = { n: number; chunk: ChatChunk } | { n?: number; failure: FailureShape } | { beat: number };

export type ChatServerOptions = { held: HeldAnswers; clock: Clock; log: Log };

/** Handles one stream after another; the peer id comes from the connection. Never throws. */
export function chatServer(options: ChatServerOptions): (stream: Stream, from: PeerId) => Promise<void> {
  const room = byteRoom(chatWire.requestsBytes);
  return async (stream, from) => {
    try {
      await serveStream(stream, from, options, room);
    } catch (error) {
      // The asker went away or stalled, stopped, or came back on another stream. Nothing can be told on this one any more.
      options.log.debug('chat stream ended early', { peer: from, error: error instanceof Error ? error.name : 'unknown' });
      stream.abort(error instanceof Error ? error : new Error('chat failed'));
    }
  };
}

type ByteRoom = { take(bytes: number): boolean; free(bytes: number): void };

function byteRoom(limit: number): ByteRoom {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > limit) return false;
      taken += bytes;
      return true;
    },
    free(bytes) {
      taken -= bytes;
    },
  };
}

async function serveStream(stream: Stream, from: PeerId, { held, clock, log }: ChatServerOptions, room: ByteRoom): Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort(new DOMException('The stream is over.', 'AbortError'));
  stream.addEventListener('close', end);
  let frames = 0;
  // asked once for each frame: a large one, and then words
  const reader = frameReader(stream, clock, { limit: () => ((frames += 1) === 1 ? chatWire.requestBytes : chatWire.wordBytes) });
  let answer: HeldReader | undefined;
  const writer = replyWriter(stream, clock, () => {
    if ((answer?.blockedMs() ?? 0) >= chatWire.stallMs) over.abort(new Stalled('nothing arrived for too long'));
  });
  try {
    answer = await opened(reader, from, { held, clock }, room);
    if (answer !== undefined) {
      await relay(answer, reader, over, (entry) => writer.write(frameOf(entry, log, from)));
      await within(chatWire.stallMs, clock, over.signal);
      answer.leave();
    }
  } catch (error) {
    answer?.leave();
    if (answer !== undefined || over.signal.aborted || stream.status !== 'open') throw error;
    await writer.write({ failure: told(error, log, from) });
  } finally {
    writer.stop();
    stream.removeEventListener('close', end);
    end();
  }
  await stream.close({ signal: AbortSignal.timeout(chatWire.stallMs) });
  await bothHalvesOver(stream, clock);
}

/** An asker that keeps its half open could fill buffers of ours for ever: it is given up. */
async function bothHalvesOver(stream: Stream, clock: Clock): Promise<void> {
  if (stream.status !== 'open') return;
  const closed = new AbortController();
  const hear = (): void => closed.abort();
  stream.addEventListener('close', hear);
  await within(chatWire.stallMs, clock, closed.signal);
  stream.removeEventListener('close', hear);
  if (!closed.signal.aborted) stream.abort(new Stalled('the asker did not end its half'));
}

/**
 * What the first frame opens; undefined: it was the word that an answer is not wanted any more. On its own, so that a question of
 * megabytes is held by its work alone, and not by the stream for as long as that is open.
 */
async function opened(
  reader: FrameReader,
  from: PeerId,
  { held, clock }: Pick<ChatServerOptions, 'held' | 'clock'>,
  room: ByteRoom,
): Promise<HeldReader | undefined> {
  const first = await readOpening(reader, clock, room);
  if ('stop' in first) {
    held.stop(first.stop, from);
    return undefined;
  }
  return 'resume' in first ? held.resume(first.resume, from) : held.begin(first.ask, from);
}

/**
 * Moves entries to the wire until the last one is written; `over` aborts when the asker has nothing more to say. Throws when that comes
 * before the last one.
 */
async function relay(
  answer: HeldReader,
  reader: FrameReader,
  over: AbortController,
  write: (entry: HeldEntry) => Promise<void>,
): Promise<void> {
  hearWords(answer, reader).then(
    () => over.abort(new DOMException('The asker left.', 'AbortError')),
    (error: unknown) => over.abort(error),
  );
  for (let entry = await answer.next(over.signal); entry !== undefined; entry = await answer.next(over.signal)) await write(entry);
}

/** Returns when the asker stops or ends its half. Whoever says something else gets no more. */
async function hearWords(answer: HeldReader, reader: FrameReader): Promise<void> {
  try {
    for (let body = await reader.next(); body !== null; body = await reader.next()) {
      const said = parseWord(body);
      if ('got' in said) answer.arrived(said.got);
      else return answer.stop();
    }
  } catch (error) {
    if (error instanceof Failure || error instanceof FrameTooLarge) answer.stop();
    throw error;
  }
}

/** Resolves when the signal aborts, or after that time. */
function within(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(ms, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}

function frameOf(entry: HeldEntry, log: Log, from: PeerId): ReplyFrame {
  return 'chunk' in entry ? { n: entry.n, chunk: entry.chunk } : { n: entry.n, failure: told(entry.failure, log, from) };
}

/** What the asker may know of an error: own failures as they are, anything else without its text. */
function told(error: unknown, log: Log, from: PeerId): FailureShape {
  const failure = toFailure(error);
  if (failure.code !== 'internal') return failure.toShape();
  log.warn('a chat failed', { peer: from, error: isCancel(error) ? 'cancelled' : failure.message });
  return { code: 'internal', message: 'The leader could not answer because of an error of its own.' };
}

async function readOpening(reader: FrameReader, clock: Clock, room: ByteRoom): Promise<Opening> {
  const began = clock.now();
  let taken = 0;
  const account = (): boolean => {
    const more = reader.received - taken;
    if (!room.take(more)) return false;
    taken += more;
    return true;
  };
  try {
    const body = await withPatience(reader.next(), clock, () => {
      if (!account()) return new Failure('queue-full', 'Too many large questions are coming in at the same time.');
      const late = clock.now() - reader.heardAt > chatWire.requestPauseMs || clock.now() - began > chatWire.requestMs;
      return late ? new Failure('timed-out', 'The question did not come in completely.') : undefined;
    });
    if (body === null) throw new DOMException('The asker said nothing.', 'AbortError');
    return parseOpening(body);
  } catch (error) {
    if (error instanceof FrameTooLarge) throw new Failure('prompt-too-long', `The question is larger than ${chatLimits.textBytes} bytes.`);
    throw error;
  } finally {
    room.free(taken);
  }
}

/** Waits for the promise, and four times a second asks whether to give up. */
async function withPatience<Value>(promise: Promise<Value>, clock: Clock, giveUp: () => Failure | undefined): Promise<Value> {
  let cancel: () => void = () => undefined;
  const impatience = new Promise<never>((_resolve, reject) => {
    const look = (): void => {
      const failure = giveUp();
      if (failure === undefined) cancel = clock.after(250, look);
      else reject(failure);
    };
    cancel = clock.after(250, look);
  });
  try {
    return await Promise.race([promise, impatience]);
  } finally {
    cancel();
  }
}

/** Rebuilt from the schema: what it does not name never reaches an engine. Says where it is wrong, never what was written there. */
export function parseOpening(body: Uint8Array): Opening {
  const value = jsonOf(body);
  const other = opening.safeParse(value);
  return other.success ? other.data : { ask: questionOf(value) };
}

function questionOf(value: unknown): ChatRequest {
  const parsed = chatRequest.safeParse(value);
  if (!parsed.success) {
    const where = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.code}`);
    throw new Failure('bad-request', `The question is not valid (${where.join('; ')}).`);
  }
  const { messages, continued } = parsed.data;
  let bytes = Buffer.byteLength(continued?.text ?? '');
  let pictures = 0;
  for (const { content, images = [] } of messages) {
    bytes += images.reduce((sum, { length }) => sum + length, Buffer.byteLength(content));
    pictures += images.length;
  }
  if (pictures > imageLimits.count) throw new Failure('too-many-images', `The question has more than ${imageLimits.count} pictures.`);
  if (bytes > chatLimits.textBytes) throw new Failure('prompt-too-long', `The question is larger than ${chatLimits.textBytes} bytes.`);
  return parsed.data;
}

/** Fails with bad-request. */
export function parseWord(body: Uint8Array): AskerWord {
  const parsed = word.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'That is nothing to say in the middle of an answer.');
  return parsed.data;
}

type ReplyWriter = { write(frame: ReplyFrame): Promise<void>; stop(): void };

/**
 * Writes frames one after the other, and a beat for each second without one. A beat never adds to what the reader does not take.
 * @param look called with each beat
 */
function replyWriter(stream: Stream, clock: Clock, look: () => void): ReplyWriter {
  let beats = 0;
  let stop: () => void = () => undefined;
  const beat = (): void => {
    stop = clock.after(chatWire.beatMs, beat);
    look();
    if (stream.status !== 'open' || stream.writeStatus !== 'writable' || stream.writableNeedsDrain) return;
    stream.send(jsonFrame({ beat: (beats += 1) } satisfies ReplyFrame));
  };
  stop = clock.after(chatWire.beatMs, beat);
  return {
    async write(frame) {
      stop();
      try {
        await send(stream, jsonFrame(frame), clock, chatWire.stallMs);
      } finally {
        stop = clock.after(chatWire.beatMs, beat);
      }
    },
    stop: () => stop(),
  };
}
