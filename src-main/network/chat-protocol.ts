// /axon/chat/1, the wire: one frame {ChatRequest} there, frames {chunk} | {failure} | {beat} back, then the leader closes its half.
// The asker keeps its half open until then: closing or resetting it is Stop. Only the leader's side here; the asker's is chat-client.ts.
import type { Stream } from '@libp2p/interface';
import { chatLimits, chatRequest, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure, isCancel, toFailure, type FailureShape } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log, ServedChat } from '../jobs/ports.ts';
import { chunkBuffer } from './chunk-buffer.ts';
import { FrameTooLarge, jsonFrame, jsonOf } from './frames.ts';
import { frameReader, send, Stalled, type FrameReader } from './stream-io.ts';

export const chatProtocol = '/axon/chat/1';

export const chatWire = {
  /** JSON may need more bytes than the text in it (escapes), so a frame may be larger than chatLimits.textBytes. */
  requestBytes: chatLimits.textBytes + 4 * 1024 * 1024,
  replyFrameBytes: 1024 * 1024,
  /** All requests being read at the same time; one more is told queue-full. */
  requestsBytes: 128 * 1024 * 1024,
  streams: 256,
  beatMs: 1000,
  /** No frame for that long: the leader is lost. Three beats and a half. */
  silenceMs: 3500,
  /** A reader that takes nothing for that long is given up. */
  stallMs: 10_000,
  /** For the whole request to come in, and between two pieces of it. */
  requestMs: 120_000,
  requestPauseMs: 10_000,
  /** The longest answer, queue and all. */
  answerMs: 60 * 60 * 1000,
} as const;

export type ReplyFrame = { chunk: ChatChunk } | { failure: FailureShape } | { beat: number };

export type ChatServerOptions = { serve: ServedChat; clock: Clock; log: Log };

/** Handles one stream after another; the peer id comes from the connection. Never throws. */
export function chatServer(options: ChatServerOptions): (stream: Stream, from: PeerId) => Promise<void> {
  const room = byteRoom(chatWire.requestsBytes);
  return async (stream, from) => {
    try {
      await serveStream(stream, from, options, room);
    } catch (error) {
      // The asker stopped, went away or stalled. Nothing can be told on this stream any more.
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

async function serveStream(stream: Stream, from: PeerId, options: ChatServerOptions, room: ByteRoom): Promise<void> {
  const { clock } = options;
  const gone = new AbortController();
  const cancel = (): void => gone.abort(abortError());
  stream.addEventListener('close', cancel);
  stream.addEventListener('end', cancel);
  const reader = frameReader(stream, clock, { limit: () => chatWire.requestBytes, heard: () => refuseMore() });
  let asked = false;
  // one question per stream: whatever else comes in would only fill memory
  const refuseMore = (): void => {
    if (asked) stream.abort(new Error('more than one request on a chat stream'));
  };
  const writer = replyWriter(stream, clock);
  const stopLimit = clock.after(chatWire.answerMs, () => gone.abort(new Failure('timed-out', 'The answer took longer than an hour.')));
  try {
    const request = await readRequest(reader, clock, room);
    asked = true;
    await pump(options.serve(request, gone.signal, from), gone.signal, writer);
  } catch (error) {
    const stopped = gone.signal.aborted && timedOut(gone.signal) === undefined;
    if (stopped || error instanceof Stalled || stream.status !== 'open') throw error;
    await writer.write({ failure: told(timedOut(gone.signal) ?? error, options.log, from) });
  } finally {
    stopLimit();
    writer.stop();
    stream.removeEventListener('end', cancel);
    stream.removeEventListener('close', cancel);
    // whatever way it ended, the job must not go on
    cancel();
  }
  await stream.close({ signal: AbortSignal.timeout(chatWire.stallMs) });
}

function abortError(): Error {
  return new DOMException('The asker stopped or went away.', 'AbortError');
}

function timedOut(signal: AbortSignal): Failure | undefined {
  return signal.aborted && signal.reason instanceof Failure ? signal.reason : undefined;
}

/** What the asker may know of an error: own failures as they are, anything else without its text. */
function told(error: unknown, log: Log, from: PeerId): FailureShape {
  const failure = toFailure(error);
  if (failure.code !== 'internal') return failure.toShape();
  log.warn('a chat failed', { peer: from, error: isCancel(error) ? 'cancelled' : failure.message });
  return { code: 'internal', message: 'The leader could not answer because of an error of its own.' };
}

async function readRequest(reader: FrameReader, clock: Clock, room: ByteRoom): Promise<ChatRequest> {
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
    if (body === null) throw abortError();
    return parseRequest(body);
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
export function parseRequest(body: Uint8Array): ChatRequest {
  const parsed = chatRequest.safeParse(jsonOf(body));
  if (!parsed.success) {
    const where = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.code}`);
    throw new Failure('bad-request', `The question is not valid (${where.join('; ')}).`);
  }
  const bytes = parsed.data.messages.reduce((sum, message) => sum + Buffer.byteLength(message.content), 0);
  if (bytes > chatLimits.textBytes) throw new Failure('prompt-too-long', `The question is larger than ${chatLimits.textBytes} bytes.`);
  return parsed.data;
}

type ReplyWriter = { write(frame: ReplyFrame): Promise<void>; stop(): void };

/** Writes frames one after the other, and a beat for each second without one. A beat never adds to what the reader does not take. */
function replyWriter(stream: Stream, clock: Clock): ReplyWriter {
  let beats = 0;
  let stop: () => void = () => undefined;
  const beat = (): void => {
    stop = clock.after(chatWire.beatMs, beat);
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

/** Moves chunks from the chat to the wire. The chat runs ahead of a slow reader only by the buffer's bound. */
async function pump(chunks: AsyncIterable<ChatChunk>, signal: AbortSignal, writer: ReplyWriter): Promise<void> {
  const buffer = chunkBuffer();
  const filling = (async () => {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      await buffer.put(chunk);
    }
  })().then(
    () => buffer.end(undefined),
    (error: unknown) => buffer.end({ error }),
  );
  try {
    for (let chunk = await buffer.take(signal); chunk !== undefined; chunk = await buffer.take(signal)) await writer.write({ chunk });
  } catch (error) {
    // a chat that ignores its signal is left behind rather than waited for
    buffer.drop();
    throw error;
  }
  await filling;
}
