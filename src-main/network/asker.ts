// Asking a remote leader: which connection, which protocol.
import type { Connection, Stream } from '@libp2p/interface';
import { hasImages, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { MachineModels, ModelsWish } from '../../src-shared/download.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import { parseAddress, withPeerId } from './address.ts';
import type { Trust } from '../membership/ports.ts';
import { LinkLost, resuming, type AnswerKey, type Line, type NumberedChunk } from '../swarm/resume.ts';
import { askOnStream, openingBody } from './chat-client.ts';
import { chatProtocol, chatWire, type Opening } from './chat-protocol.ts';
import type { Circle } from './circle.ts';
import { nobodyListens } from './diagnose.ts';
import { jsonFrame } from './frames.ts';
import { askInference } from './inference-protocol.ts';
import { askModels } from './models-protocol.ts';
import type { PeerNode } from './libp2p-node.ts';
import type { Links } from './links.ts';
import type { Redial } from './redial.ts';

/** Larger requests go over a connection of their own, or pings would wait behind them and a healthy peer look dead. */
const bulkBytes = 256 * 1024;
const openStreamMs = 5000;
const dialMs = 4000;
/** Of a try to come back to an answer; the next one follows. */
const comeBackMs = 3000;
/** A leader that comes back within that time (it keeps answers no longer) is told what is not wanted any more; looked for so often. */
const unwantedMs = 60_000;
const unwantedLookMs = 500;
/** Remembered to be told so; the oldest goes. */
const unwantedMost = 256;

export type Asker = {
  ask(peerId: PeerId, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk>;
  askSeed(peerId: PeerId, prompt: string, model: string | undefined, signal: AbortSignal): Promise<string>;
  models(peerId: PeerId, wish: ModelsWish, signal: AbortSignal): Promise<MachineModels>;
  /** Ends all answers with `disconnected`, and tells their leaders. */
  stop(): void;
};

export type AskerParts = { node: PeerNode; lines: Links; loop: Redial; inside: Circle; trust: Trust; clock: Clock };

export function asker({ node, lines, loop, inside, trust, clock }: AskerParts): Asker {
  const targets = (peerId: PeerId) => loop.addresses(peerId).flatMap((address) => withPeerId(address, peerId) ?? []);

  /** Nothing is asked before it is known that who is there is a member still. */
  const connectionTo = async (peerId: PeerId, signal: AbortSignal): Promise<Connection> => {
    if (trust.standing(peerId) !== 'member') throw stranger(trust, peerId);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(dialMs)]);
    try {
      const connection = lines.control(peerId) ?? (await node.dial(targets(peerId), { signal: limit }));
      await inside.whenReady(connection, limit);
      return connection;
    } catch (error) {
      signal.throwIfAborted();
      throw new Failure('not-reachable', 'The leader is not connected now.', { cause: error });
    }
  };

  /** A second connection; where none can be had, the first one has to do. */
  const bulkTo = async (peerId: PeerId, signal: AbortSignal): Promise<Connection> => {
    const control = await connectionTo(peerId, signal);
    const known = targets(peerId);
    if (known.length === 0) return control;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(dialMs)]);
    try {
      const bulk = await lines.dialBulk(peerId, () => node.dial(known, { force: true, signal: limit }));
      await inside.whenReady(bulk, limit);
      return bulk;
    } catch {
      return control;
    }
  };

  /** Undefined: the peer does not speak our chat. */
  const openChat = async (
    peerId: PeerId,
    bulk: boolean,
    signal: AbortSignal,
  ): Promise<{ stream: Stream; connection: Connection } | undefined> => {
    for (let left = 1; ; left -= 1) {
      const connection = bulk ? await bulkTo(peerId, signal) : await connectionTo(peerId, signal);
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(openStreamMs)]);
        return { connection, stream: await connection.newStream(chatProtocol, { signal: limit, maxOutboundStreams: chatWire.streams }) };
      } catch (error) {
        signal.throwIfAborted();
        const name = error instanceof Error ? error.name : '';
        if (name === 'UnsupportedProtocolError') return undefined;
        if (name === 'TooManyOutboundProtocolStreamsError')
          throw new Failure('queue-full', 'Too many questions to this leader at the same time.');
        // once more: the connection may have been a duplicate that was being closed
        if (left === 0) throw new Failure('leader-lost', 'The link to the leader broke before the question was sent.', { cause: error });
      }
    }
  };

  const askSeed = async (peerId: PeerId, prompt: string, model: string | undefined, signal: AbortSignal): Promise<string> =>
    askInference(await connectionTo(peerId, signal), prompt, model, signal, clock);

  const ending = new AbortController();
  const unwanted = unwantedAnswers(clock, async (peerId, key) => {
    const connection = lines.control(peerId);
    if (connection === undefined || !inside.isReady(connection)) return false;
    const stream = await connection.newStream(chatProtocol, {
      signal: AbortSignal.timeout(openStreamMs),
      maxOutboundStreams: chatWire.streams,
    });
    stream.send(jsonFrame({ stop: key } satisfies Opening));
    await stream.close({ signal: AbortSignal.timeout(openStreamMs) });
    return true;
  });

  /** @param host where it was reached before. Throws a LinkLost that says so when its program has ended. */
  const connectionAgain = async (peerId: PeerId, host: string | undefined, limit: AbortSignal): Promise<Connection> => {
    const connecting = connectionTo(peerId, limit);
    if (host === undefined || lines.control(peerId) !== undefined) return connecting;
    const gone = nobodyListens(loop.addresses(peerId), host);
    const ended = (): LinkLost => new LinkLost('Nobody listens at the leader any more.', { refused: true });
    try {
      return await Promise.race([connecting, gone.then((yes) => (yes ? Promise.reject(ended()) : connecting))]);
    } catch (error) {
      if (!(error instanceof LinkLost) && (await gone)) throw ended();
      throw error;
    }
  };

  /** A new stream on whatever connection there is now; LinkLost when there is none. */
  const comeBack = async (
    peerId: PeerId,
    host: string | undefined,
    signal: AbortSignal,
  ): Promise<{ stream: Stream; connection: Connection }> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(comeBackMs)]);
    try {
      const connection = await connectionAgain(peerId, host, limit);
      return { connection, stream: await connection.newStream(chatProtocol, { signal: limit, maxOutboundStreams: chatWire.streams }) };
    } catch (error) {
      signal.throwIfAborted();
      // also when the try took too long: there will be another one
      throw error instanceof Failure || error instanceof LinkLost
        ? error
        : new LinkLost('The link to the leader broke again.', { cause: error });
    }
  };

  const lineTo = (peerId: PeerId): Line => {
    /** Where it was reached last. */
    let host: string | undefined;
    return {
      async *ask(request, signal) {
        const body = openingBody({ ask: request });
        const bulk = body.byteLength > bulkBytes;
        const chat = await openChat(peerId, bulk, signal);
        if (chat === undefined) {
          yield* numbered(seedAnswer(request, clock, (prompt) => askSeed(peerId, prompt, request.model, signal)));
          return;
        }
        const { stream, connection } = chat;
        host = hostOf(connection);
        try {
          yield* askOnStream(stream, body, signal, clock, () => connection.status === 'open');
        } finally {
          if (bulk && connection !== lines.control(peerId)) lines.closeWhenIdle(connection);
        }
      },
      async *resume(resume, signal) {
        if (trust.standing(peerId) === 'revoked') throw new Failure('leader-lost', 'The leader is no member any more.');
        const { stream, connection } = await comeBack(peerId, host, signal);
        host = hostOf(connection);
        yield* askOnStream(stream, openingBody({ resume }), signal, clock, () => connection.status === 'open');
      },
      abandon: (key) => unwanted.add(peerId, key),
    };
  };

  return {
    askSeed,
    models: async (peerId, wish, signal) => askModels(await connectionTo(peerId, signal), wish, signal, clock),
    async *ask(peerId, request, signal) {
      yield* resuming(lineTo(peerId), peerId, request, AbortSignal.any([signal, ending.signal]), clock);
    },
    stop() {
      ending.abort(new Failure('disconnected', 'The network was stopped.'));
      unwanted.stop();
    },
  };
}

/** Undefined: it has no address over TCP. */
function hostOf({ remoteAddr }: Connection): string | undefined {
  try {
    return parseAddress(remoteAddr.toString()).host;
  } catch {
    return undefined;
  }
}

async function* numbered(chunks: AsyncIterable<ChatChunk>): AsyncGenerator<NumberedChunk> {
  let n = 0;
  for await (const chunk of chunks) yield { n: n++, chunk };
}

/** @param tell false, or rejects: it could not be told now */
function unwantedAnswers(clock: Clock, tell: (peerId: PeerId, key: AnswerKey) => Promise<boolean>) {
  const waiting = new Set<{ peerId: PeerId; key: AnswerKey; until: number }>();
  let cancel: (() => void) | null = null;
  const look = async (): Promise<void> => {
    cancel = null;
    for (const one of waiting) {
      const told = await tell(one.peerId, one.key).catch(() => false);
      if (told || clock.now() > one.until) waiting.delete(one);
    }
    if (waiting.size > 0) later();
  };
  const later = (): void => void (cancel ??= clock.after(unwantedLookMs, () => void look()));
  return {
    add(peerId: PeerId, key: AnswerKey): void {
      waiting.add({ peerId, key, until: clock.now() + unwantedMs });
      for (const one of waiting) {
        if (waiting.size <= unwantedMost) break;
        waiting.delete(one);
      }
      later();
    },
    stop(): void {
      waiting.clear();
      cancel?.();
    },
  };
}

function stranger(trust: Trust, peerId: PeerId): Failure {
  if (trust.application(peerId) !== null) return new Failure('pending', 'This device is not let in yet.');
  return new Failure('not-reachable', 'That device is no member of this swarm.');
}

/** An Axon-Cluster node takes one prompt and gives one text; it does not say which model wrote it. */
async function* seedAnswer(request: ChatRequest, clock: Clock, ask: (prompt: string) => Promise<string>): AsyncGenerator<ChatChunk> {
  if (hasImages(request)) throw new Failure('no-vision', 'A node of Axon-Cluster takes text only.');
  const began = clock.now();
  const only = request.messages.length === 1 ? request.messages[0]?.content : undefined;
  const text = await ask(only ?? request.messages.map(({ role, content }) => `${role}: ${content}`).join('\n\n'));
  const piece = 16_384;
  for (let at = 0; at < text.length; at += piece) yield { kind: 'text', text: text.slice(at, at + piece) };
  const figures = { tokens: 0, tokensPerSecond: 0, timeToFirstTokenMs: clock.now() - began };
  yield { kind: 'done', reason: 'stop', model: request.model ?? 'unknown', figures };
}
