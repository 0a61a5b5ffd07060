// The asker's side of /axon/chat/1: a remote leader as a stream of numbered chunks.
import type { Stream } from '@libp2p/interface';
import { z } from 'zod';
import { chatChunk, isWritten, type ChatChunk } from '../../src-shared/chat.ts';
import { Failure, failureShape, toFailure } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';
import { LinkLost, type NumberedChunk } from '../swarm/resume.ts';
import { chatWire, type AskerWord, type Opening } from './chat-protocol.ts';
import { FrameTooLarge, frame, jsonFrame, jsonOf } from './frames.ts';
import { frameReader, send, type FrameReader } from './stream-io.ts';

/** The body of the first frame. Fails with prompt-too-long. */
export function openingBody(opening: Opening): Uint8Array {
  const body = Buffer.from(JSON.stringify('ask' in opening ? opening.ask : opening), 'utf8');
  if (body.byteLength > chatWire.requestBytes)
    throw new Failure('prompt-too-long', `The question is larger than ${chatWire.requestBytes} bytes.`);
  return body;
}

/**
 * Asks, or asks for the rest, on a fresh stream, and owns it. Tells the leader what arrived; leaving early and cancelling are Stop.
 * Fails with what the leader says, or with leader-lost when it talks nonsense. Throws LinkLost when the stream breaks, or when nothing
 * comes for 3.5 s.
 * @param isUp whether the connection under it is
 */
export async function* askOnStream(
  stream: Stream,
  body: Uint8Array,
  signal: AbortSignal,
  clock: Clock,
  isUp: () => boolean,
): AsyncGenerator<NumberedChunk> {
  const reader = frameReader(stream, clock, { limit: () => chatWire.replyFrameBytes });
  const arrivals = tellArrivals(stream);
  let ended: 'open' | 'over' | 'broken' = 'open';
  // a read that waits has to hear of it
  const stop = (): void => {
    if (ended !== 'open') return;
    ended = 'over';
    sayStop(stream);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await send(stream, frame(body), clock, chatWire.requestMs);
    for (;;) {
      const reply = parseReply(await nextOrSilence(reader, clock, signal, isUp));
      if (reply === undefined) continue;
      const last = 'failure' in reply || reply.chunk.kind === 'done';
      if (last) {
        ended = 'over';
        // before it is given away, since whoever asked may not come back for more
        arrivals.all(reply.n);
        void stream.close({ signal: AbortSignal.timeout(chatWire.stallMs) }).catch(() => stream.abort(new Error('not closed')));
      }
      if ('failure' in reply) throw reply.failure;
      yield { n: reply.n, chunk: reply.chunk };
      if (last) return;
      arrivals.one(reply.n, reply.chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    if (error instanceof FrameTooLarge) throw nonsense(error);
    ended = 'broken';
    throw error instanceof LinkLost ? error : new LinkLost('The link to the leader broke.', { cause: error });
  } finally {
    signal.removeEventListener('abort', stop);
    if (ended === 'broken') stream.abort(new Error('the link broke'));
    else stop();
  }
}

/** Says that the rest is not wanted, on a stream that may be broken. */
function sayStop(stream: Stream): void {
  const end = (): void => stream.abort(new DOMException('stopped', 'AbortError'));
  try {
    stream.send(jsonFrame({ stop: true } satisfies AskerWord));
    stream.close({ signal: AbortSignal.timeout(chatWire.stopMs) }).then(end, end);
  } catch {
    end();
  }
}

/** Tells the leader from time to time what it need not keep any more. */
function tellArrivals(stream: Stream) {
  let chunks = 0;
  let text = 0;
  const tell = (n: number): void => {
    chunks = 0;
    text = 0;
    // one that does not take even this is about to break
    if (stream.status === 'open' && stream.writeStatus === 'writable') stream.send(jsonFrame({ got: n + 1 } satisfies AskerWord));
  };
  return {
    one(n: number, chunk: ChatChunk): void {
      chunks += 1;
      if (isWritten(chunk)) text += chunk.text.length;
      if (chunks >= chatWire.gotChunks || text >= chatWire.gotText) tell(n);
    },
    all: tell,
  };
}

/** Throws LinkLost after the silence limit, and when the connection ended; the signal's reason. */
async function nextOrSilence(reader: FrameReader, clock: Clock, signal: AbortSignal, isUp: () => boolean): Promise<Uint8Array> {
  // this side may itself have been slow to come back: only silence while listening counts
  const since = clock.now();
  const { promise: never, reject } = Promise.withResolvers<never>();
  let cancel: () => void = () => undefined;
  const look = (): void => {
    const quiet = clock.now() - Math.max(since, reader.heardAt);
    if (quiet >= chatWire.silenceMs) reject(new LinkLost('The leader fell silent.', { silent: true }));
    else cancel = clock.after(chatWire.silenceMs - quiet, look);
  };
  cancel = clock.after(chatWire.silenceMs, look);
  const aborted = (): void => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  if (signal.aborted) aborted();
  try {
    const body = await Promise.race([reader.next(), never]);
    if (body !== null) return body;
    if (!isUp()) throw new LinkLost('The link to the leader ended.');
    throw new Failure('leader-lost', 'The leader broke off before the answer was complete.');
  } finally {
    cancel();
    signal.removeEventListener('abort', aborted);
  }
}

const number = z.number().int().nonnegative();
/** What only an asker may say. */
const ours: ReadonlySet<ChatChunk['kind']> = new Set(['placed', 'reconnecting', 'seam', 'waiting']);

export type Reply = NumberedChunk | { n: number; failure: Failure };

/** Undefined for a beat. Fails with leader-lost when it is nothing of the kind. */
export function parseReply(body: Uint8Array): Reply | undefined {
  const reply = objectOf(body);
  if (reply.failure !== undefined) {
    const [failure, n] = [failureShape.safeParse(reply.failure), number.safeParse(reply.n ?? 0)];
    if (!failure.success || !n.success) throw new Failure('leader-lost', 'The leader failed in an unknown way.');
    return { n: n.data, failure: toFailure(failure.data) };
  }
  if (reply.chunk === undefined) return undefined;
  const [chunk, n] = [chatChunk.safeParse(reply.chunk), number.safeParse(reply.n)];
  if (!chunk.success || !n.success || ours.has(chunk.data.kind)) throw nonsense();
  return { n: n.data, chunk: chunk.data };
}

function objectOf(body: Uint8Array): { n?: unknown; chunk?: unknown; failure?: unknown } {
  try {
    const value = jsonOf(body);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw nonsense();
}

function nonsense(cause?: unknown): Failure {
  return new Failure('leader-lost', 'The leader sent something that is no answer.', { cause });
}
