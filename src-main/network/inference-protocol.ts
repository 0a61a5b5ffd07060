// /axon/inference/1.0.0 as Axon-Cluster speaks it: one frame {prompt, model?} there, one frame {response, success, error} back,
// each side closes its half after its message. No streaming, no identify, whole answer within 120 s.
import type { Connection, Stream } from '@libp2p/interface';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { chatLimits, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log, ServedChat } from '../jobs/ports.ts';
import { FrameTooLarge, jsonFrame, jsonOf } from './frames.ts';
import { frameReader, send } from './stream-io.ts';

export const inferenceProtocol = '/axon/inference/1.0.0';

export const inferenceWire = { frameBytes: 8 * 1024 * 1024, streams: 8, wholeMs: 120_000, requestMs: 30_000 } as const;

const inferenceRequest = z.object({ prompt: z.string().min(1).max(chatLimits.textBytes), model: z.string().min(1).max(200).nullish() });
/** Rust's serde writes null for a missing error and may leave it out. */
const inferenceResponse = z.object({ response: z.string(), success: z.boolean(), error: z.string().nullish() });
export type InferenceResponse = { response: string; success: boolean; error: string | null };

/** Answers one stream through the same chat that members use. Never throws. */
export function inferenceServer(options: { serve: ServedChat; clock: Clock; log: Log }): (stream: Stream, from: PeerId) => Promise<void> {
  const { clock } = options;
  return async (stream, from) => {
    const gone = new AbortController();
    stream.addEventListener('close', () => gone.abort(new DOMException('the asker went away', 'AbortError')));
    const cancel = clock.after(inferenceWire.wholeMs, () => gone.abort(new Failure('timed-out', 'The answer took longer than 120 s.')));
    try {
      const reader = frameReader(stream, clock, { limit: () => inferenceWire.frameBytes });
      const late = clock.after(inferenceWire.requestMs, () => stream.abort(new Error('no request in time')));
      const body = await reader.next().finally(late);
      if (body === null) throw new Error('no request');
      const reply = await answer(body, gone.signal, from, options);
      await send(stream, jsonFrame(reply), clock, inferenceWire.requestMs);
      await stream.close({ signal: AbortSignal.timeout(inferenceWire.requestMs) });
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('inference failed'));
    } finally {
      cancel();
      gone.abort(new DOMException('over', 'AbortError'));
    }
  };
}

async function answer(
  body: Uint8Array,
  signal: AbortSignal,
  from: PeerId,
  options: { serve: ServedChat; log: Log },
): Promise<InferenceResponse> {
  try {
    const request = parseInference(body);
    return { response: await collect(options.serve(request, signal, from), signal), success: true, error: null };
  } catch (error) {
    const failure = toFailure(signal.aborted ? signal.reason : error);
    if (failure.code === 'internal') options.log.warn('an inference request failed', { peer: from, error: failure.message });
    return { response: '', success: false, error: failure.code === 'internal' ? 'internal error' : `${failure.code}: ${failure.message}` };
  }
}

/** The one question of a frame, as a member would ask it. Fails with bad-request. */
export function parseInference(body: Uint8Array): ChatRequest {
  const parsed = inferenceRequest.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The request is not {prompt, model?}.');
  const { prompt, model } = parsed.data;
  return { id: randomUUID(), messages: [{ role: 'user', content: prompt }], parameters: {}, ...(model == null ? {} : { model }) };
}

async function collect(chunks: ReturnType<ServedChat>, signal: AbortSignal): Promise<string> {
  let text = '';
  const aborted = new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  const reading = (async () => {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      if (chunk.kind === 'text') text += chunk.text;
      if (text.length > inferenceWire.frameBytes / 2) throw new Failure('internal', 'The answer does not fit.');
    }
  })();
  // a chat that ignores its signal is left behind
  await Promise.race([reading, aborted]);
  return text;
}

/** The text of a reply. Fails with leader-lost (no sense in it), engine-failed (it says that it failed), bad-request (no JSON). */
export function parseInferenceReply(body: Uint8Array): string {
  const reply = inferenceResponse.safeParse(jsonOf(body));
  if (!reply.success) throw new Failure('leader-lost', 'The node sent something that is no answer.');
  if (!reply.data.success) throw new Failure('engine-failed', reply.data.error?.slice(0, 500) ?? 'The node could not answer.');
  return reply.data.response;
}

/**
 * Asks a node that speaks only this protocol.
 * Fails with leader-lost (broken off, or no sense in the reply), timed-out, engine-failed (it says that it failed), too-old (no such protocol).
 */
export async function askInference(
  connection: Connection,
  prompt: string,
  model: string | undefined,
  signal: AbortSignal,
  clock: Clock,
): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(inferenceWire.wholeMs)]);
  let stream: Stream | undefined;
  const stop = (): void => stream?.abort(new DOMException('stopped', 'AbortError'));
  limit.addEventListener('abort', stop, { once: true });
  try {
    stream = await connection.newStream(inferenceProtocol, { signal: limit, maxOutboundStreams: inferenceWire.streams });
    const reader = frameReader(stream, clock, { limit: () => inferenceWire.frameBytes });
    await send(stream, jsonFrame({ prompt, model: model ?? null }), clock, inferenceWire.requestMs);
    await stream.close({ signal: limit });
    const body = await reader.next();
    if (body === null) throw new Failure('leader-lost', 'The node closed without an answer.');
    return parseInferenceReply(body);
  } catch (error) {
    stop();
    signal.throwIfAborted();
    if (error instanceof Failure && error.code !== 'bad-request') throw error;
    if (limit.aborted) throw new Failure('timed-out', 'The node did not answer within 120 s.', { cause: error });
    if (error instanceof Error && error.name === 'UnsupportedProtocolError')
      throw new Failure('too-old', 'The node speaks none of our protocols.', { cause: error });
    const words = error instanceof FrameTooLarge ? 'The answer is too large.' : 'The link to the node broke.';
    throw new Failure('leader-lost', words, { cause: error });
  } finally {
    limit.removeEventListener('abort', stop);
  }
}
