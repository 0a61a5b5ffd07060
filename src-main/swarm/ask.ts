// A question's way through the swarm: place it, relay the answer, go elsewhere while nothing was shown yet.
import type { Chat, ChatChunk, ChatRequest, Placement } from '../../src-shared/chat.ts';
import { Failure, isCancel, toFailure, type FailureCode } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { place, type Candidate } from './placement.ts';

export type SwarmChatOptions = {
  candidates: () => readonly Candidate[];
  local: Chat;
  remote: (peerId: PeerId, request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatChunk>;
  /** Monotonic ms. */
  now: () => number;
  /** Only this leader is asked. */
  pinned?: PeerId;
};

/** Failures of one leader that say nothing about another one. */
const elsewhere: ReadonlySet<FailureCode> = new Set([
  'leader-lost',
  'queue-full',
  'draining',
  'engine-missing',
  'engine-crashed',
  'engine-stalled',
  'engine-failed',
  'model-missing',
  'out-of-memory',
  'engine-vulnerable',
  'disconnected',
  'too-old',
]);

/**
 * The swarm as one Chat. Yields `placed` for each leader that is tried, then its chunks; figures in `done` are measured here,
 * since the asker cares for what it saw. After the first text a failure ends the answer.
 */
export function swarmChat(options: SwarmChatOptions): Chat {
  return async function* ask(request, signal) {
    const started = options.now();
    const lost = new Set<PeerId>();
    let last: Failure | undefined;
    for (;;) {
      signal.throwIfAborted();
      const placement = placeOr(last, () =>
        place(request, options.candidates(), { lost, ...(options.pinned === undefined ? {} : { pinned: options.pinned }) }),
      );
      yield { kind: 'placed', placement };
      const watch = stopwatch(started, options.now);
      try {
        yield* watch.over(chatOf(placement, { ...request, model: placement.model }, signal));
        return;
      } catch (error) {
        if (signal.aborted || isCancel(error)) throw signal.aborted ? signal.reason : error;
        last = toFailure(error);
        if (watch.shown() || !elsewhere.has(last.code)) throw last;
        lost.add(placement.leader.peerId);
      }
    }
  };

  function chatOf(placement: Placement, request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatChunk> {
    return placement.local ? options.local(request, signal) : options.remote(placement.leader.peerId, request, signal);
  }
}

/** When nobody is left after a failure, that failure tells more than "no leader". */
function placeOr(last: Failure | undefined, choose: () => Placement): Placement {
  try {
    return choose();
  } catch (error) {
    throw last ?? error;
  }
}

function stopwatch(started: number, now: () => number) {
  let first: number | undefined;
  return {
    shown: () => first !== undefined,
    async *over(chunks: AsyncIterable<ChatChunk>): AsyncGenerator<ChatChunk> {
      for await (const chunk of chunks) {
        if (chunk.kind === 'placed') continue;
        if (chunk.kind === 'text') first ??= now();
        if (chunk.kind !== 'done') {
          yield chunk;
          continue;
        }
        const ended = now();
        const writing = ended - (first ?? ended);
        const tokensPerSecond =
          chunk.figures.tokens > 1 && writing > 0 ? ((chunk.figures.tokens - 1) * 1000) / writing : chunk.figures.tokensPerSecond;
        yield { ...chunk, figures: { ...chunk.figures, tokensPerSecond, timeToFirstTokenMs: (first ?? ended) - started } };
        return;
      }
      throw new Failure('leader-lost', 'The answer ended without its last part.');
    },
  };
}
