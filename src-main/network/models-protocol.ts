// /axon/models/1: a member asks a leader which models it could have, and to get one of them. One stream a wish: a frame {wish} there, a frame
// {models} or {failure} back, each side closes its half. Who may is decided behind it (node/models-for-others.ts).
import type { Connection, Stream } from '@libp2p/interface';
import { z } from 'zod';
import { machineModels, modelsWish, type MachineModels, type ModelsWish } from '../../src-shared/download.ts';
import { Failure, failureShape, toFailure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log, ServedModels } from '../jobs/ports.ts';
import { jsonFrame, jsonOf } from './frames.ts';
import { ratePerPeer } from './rate.ts';
import { frameReader, send } from './stream-io.ts';

export const modelsProtocol = '/axon/models/1';

export const modelsWire = {
  /** An address of 2000 characters that are all escaped, and what stands around it. */
  wishBytes: 16 * 1024,
  /** Sixteen downloads and thirty-two proposals with the longest of addresses. */
  replyBytes: 1024 * 1024,
  streams: 4,
  /** For the wish to come in, and for the reply to be taken. */
  messageMs: 5_000,
  /** For all of it: the engine may have to look at its models. */
  wholeMs: 20_000,
} as const;

/** A window that is open asks every two seconds. */
const wishRate = { burst: 16, perSecond: 1 } as const;

const wishFrame = z.object({ wish: modelsWish });
const replyFrame = z.union([z.object({ models: machineModels }), z.object({ failure: failureShape })]);

/** What a member wishes, rebuilt from the schema. Fails with bad-request. */
export function parseModelsWish(body: Uint8Array): ModelsWish {
  const parsed = wishFrame.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The message is no wish for models.');
  return parsed.data.wish;
}

/** What the other machine says, rebuilt from the schema. Fails as it says, and with bad-request. */
export function parseModelsReply(body: Uint8Array): MachineModels {
  const parsed = replyFrame.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The machine said something that is no answer.');
  if ('failure' in parsed.data) throw toFailure(parsed.data.failure);
  return parsed.data.models;
}

/** Answers one stream after another; the peer id comes from the connection. Never throws. */
export function modelsServer(options: { serve: ServedModels; clock: Clock; log: Log }): (stream: Stream, from: PeerId) => Promise<void> {
  const { clock, log } = options;
  const takeOne = ratePerPeer(clock, wishRate);
  return async (stream, from) => {
    const cancel = clock.after(modelsWire.wholeMs, () => stream.abort(new Error('not answered in time')));
    try {
      const reader = frameReader(stream, clock, { limit: () => modelsWire.wishBytes });
      const late = clock.after(modelsWire.messageMs, () => stream.abort(new Error('no wish in time')));
      const body = await reader.next().finally(late);
      if (body === null) throw new Error('no wish');
      const reply = await replyTo(body, from, takeOne(from), options);
      await send(stream, jsonFrame(reply), clock, modelsWire.messageMs);
      await stream.close({ signal: AbortSignal.timeout(modelsWire.messageMs) });
    } catch (error) {
      log.debug('a wish for models was not answered', { peer: from, error: error instanceof Error ? error.name : 'unknown' });
      stream.abort(error instanceof Error ? error : new Error('refused'));
    } finally {
      cancel();
    }
  };
}

async function replyTo(
  body: Uint8Array,
  from: PeerId,
  inTime: boolean,
  { serve, log }: { serve: ServedModels; log: Log },
): Promise<z.infer<typeof replyFrame>> {
  try {
    if (!inTime) throw new Failure('rate-limited', 'That device asks for models too often.');
    return { models: await serve(parseModelsWish(body), from) };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== 'internal') return { failure: failure.toShape() };
    log.warn('a wish for models failed', { peer: from, error: failure.message });
    return { failure: { code: 'internal', message: 'internal error' } };
  }
}

/** Fails as the other machine says, and with too-old (it has no such protocol), timed-out, not-reachable, and the signal's reason. */
export async function askModels(connection: Connection, wish: ModelsWish, signal: AbortSignal, clock: Clock): Promise<MachineModels> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(modelsWire.wholeMs)]);
  let stream: Stream | undefined;
  const stop = (): void => stream?.abort(new DOMException('stopped', 'AbortError'));
  limit.addEventListener('abort', stop, { once: true });
  try {
    stream = await connection.newStream(modelsProtocol, { signal: limit, maxOutboundStreams: modelsWire.streams });
    const reader = frameReader(stream, clock, { limit: () => modelsWire.replyBytes });
    await send(stream, jsonFrame({ wish }), clock, modelsWire.messageMs);
    await stream.close({ signal: limit });
    const body = await reader.next();
    if (body === null) throw new Error('closed without an answer');
    return parseModelsReply(body);
  } catch (error) {
    stop();
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    if (limit.aborted) throw new Failure('timed-out', 'The machine did not answer in time.', { cause: error });
    if (error instanceof Error && error.name === 'UnsupportedProtocolError')
      throw new Failure('too-old', 'The machine has no such protocol.', { cause: error });
    throw new Failure('not-reachable', 'The link to the machine broke.', { cause: error });
  } finally {
    limit.removeEventListener('abort', stop);
  }
}
