// The asker's side of /axon/chat/1: a remote leader as a stream of chunks.
import type { Stream } from '@libp2p/interface';
import { chatChunk, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure, failureShape, toFailure } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';
import { chatWire } from './chat-protocol.ts';
import { FrameTooLarge, frame, jsonOf } from './frames.ts';
import { frameReader, send, type FrameReader } from './stream-io.ts';

/** The body of the request frame. Fails with prompt-too-long. */
export function requestBody(request: ChatRequest): Uint8Array {
  const body = Buffer.from(JSON.stringify(request), 'utf8');
  if (body.byteLength > chatWire.requestBytes)
    throw new Failure('prompt-too-long', `The question is larger than ${chatWire.requestBytes} bytes.`);
  return body;
}

/**
 * Asks on a fresh stream and owns it: resets it when cancelled, failed or left early, closes it after `done`.
 * Fails with what the leader says, or with leader-lost when it says nothing for 3.5 s, breaks off or talks nonsense.
 */
export async function* askOnStream(stream: Stream, body: Uint8Array, signal: AbortSignal, clock: Clock): AsyncGenerator<ChatChunk> {
  const stop = (): void => stream.abort(new DOMException('stopped', 'AbortError'));
  const reader = frameReader(stream, clock, { limit: () => chatWire.replyFrameBytes });
  let finished = false;
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await send(stream, frame(body), clock, chatWire.requestMs);
    for (;;) {
      const reply = parseReply(await nextOrSilence(reader, clock));
      if (reply === undefined) continue;
      if (reply.kind === 'done') {
        finished = true;
        // before the last chunk is given away, since whoever asked may not come back for more
        void stream.close({ signal: AbortSignal.timeout(chatWire.stallMs) }).catch(stop);
        yield reply;
        return;
      }
      yield reply;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw asFailure(error, reader);
  } finally {
    signal.removeEventListener('abort', stop);
    if (!finished) stop();
  }
}

/** Null after the leader's end; fails with leader-lost after the silence limit. */
async function nextOrSilence(reader: FrameReader, clock: Clock): Promise<Uint8Array | null> {
  // this side may itself have been slow to come back: only silence while listening counts
  const since = clock.now();
  let cancel: () => void = () => undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    const look = (): void => {
      const quiet = clock.now() - Math.max(since, reader.heardAt);
      if (quiet >= chatWire.silenceMs) reject(lost('The leader fell silent.'));
      else cancel = clock.after(chatWire.silenceMs - quiet, look);
    };
    cancel = clock.after(chatWire.silenceMs, look);
  });
  try {
    return await Promise.race([reader.next(), silence]);
  } finally {
    cancel();
  }
}

/** Undefined for a beat. Fails with what the leader says, or with leader-lost. */
export function parseReply(body: Uint8Array | null): ChatChunk | undefined {
  if (body === null) throw lost('The leader broke off before the answer was complete.');
  const reply = objectOf(body);
  if (reply.failure !== undefined) {
    const failure = failureShape.safeParse(reply.failure);
    throw failure.success ? toFailure(failure.data) : lost('The leader failed in an unknown way.');
  }
  if (reply.chunk === undefined) return undefined;
  const chunk = chatChunk.safeParse(reply.chunk);
  if (!chunk.success) throw lost('The leader sent something that is no answer.');
  return chunk.data;
}

function objectOf(body: Uint8Array): { chunk?: unknown; failure?: unknown } {
  try {
    const value = jsonOf(body);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw lost('The leader sent something that is no answer.');
}

function lost(message: string, cause?: unknown): Failure {
  return new Failure('leader-lost', message, { cause });
}

function asFailure(error: unknown, reader: FrameReader): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof FrameTooLarge) return lost('The leader sent something that is no answer.', error);
  if (reader.held) return new Failure('timed-out', 'The leader gave up because the answer was not read.', { cause: error });
  return lost('The link to the leader broke.', error);
}
