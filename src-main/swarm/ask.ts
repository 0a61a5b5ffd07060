// A question's way through the swarm: place it, relay the answer, and when the machine that writes it goes away, let another one go on
// from exactly what was shown.
import { chatLimits, isWritten, type Chat, type ChatChunk, type ChatRequest, type Placement } from '../../src-shared/chat.ts';
import { Failure, toFailure, type FailureCode } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import { backoff } from './backoff.ts';
import { leg, type LegFigures, type LegWorld, type Watched } from './leg.ts';
import type { Observed } from './observed.ts';
import { place, type Candidate, type PlaceOptions } from './placement.ts';
import { soFar } from './so-far.ts';
import { suspects as newSuspects, type Suspects } from './suspects.ts';

export type SwarmChatOptions = {
  candidates: () => readonly Candidate[];
  local: Chat;
  /** Comes back to the same answer when the link breaks, saying `reconnecting` first; see resume.ts. */
  remote: (peerId: PeerId, request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatChunk>;
  clock: Clock;
  /** Only this leader is asked. */
  pinned?: PeerId;
  /** Who answered this conversation last. */
  last?: PeerId;
  preferred?: PeerId;
  /** Shared by all questions of this node; left out, each question learns for itself. */
  suspects?: Suspects;
  observed?: Watched & Pick<Observed, 'speed'>;
  /** Resolves when candidates() may be different; rejects with the signal's reason. */
  change?: (signal: AbortSignal) => Promise<void>;
  /** When nobody can answer or go on, wait for somebody who can, saying `waiting`. */
  wait?: boolean;
  /** This device has lost its place in the swarm: why waiting for a link is in vain; null: it has not. */
  gone?: () => Failure | null;
};

/** How long to wait for a change before looking again, ms; doubled up to the second after each look in vain. */
const lookAgainMs = [1000, 30_000] as const;

/** Failures of one leader that say nothing about another one. */
const elsewhere: ReadonlySet<FailureCode> = new Set([
  'leader-lost',
  'not-reachable',
  'queue-full',
  'draining',
  'paused',
  'rate-limited',
  'quota-used',
  'timed-out',
  'engine-missing',
  'engine-crashed',
  'engine-stalled',
  'engine-failed',
  'engine-locked',
  'model-missing',
  'download-failed',
  'no-vision',
  'model-broken',
  'out-of-memory',
  'engine-vulnerable',
  'disconnected',
  'too-old',
  'not-found',
  'internal',
]);

/** Failures that end the waiting for somebody who can answer, too. */
const final: ReadonlySet<FailureCode> = new Set(['bad-request', 'prompt-too-long', 'not-permitted', 'pending', 'revoked', 'no-key']);

const nothingSeen: Watched = { answered: () => undefined, failed: () => undefined, firstToken: () => null };

/**
 * The swarm as one Chat. Yields `placed` for each leader that is asked, then its chunks. Between two leaders comes a `seam`, with what was
 * shown so far; the next one continues it, if it has the same model. Figures of `done` are measured here, since the asker cares for what it
 * saw, and summed over all who wrote. With nobody left the failure of the last one ends the answer, or, with `wait`, is waited out.
 * A request with `continued` goes on with an answer that broke off earlier.
 */
export function swarmChat(options: SwarmChatOptions): Chat {
  return async function* ask(request, signal) {
    const { clock } = options;
    const started = clock.now();
    const course = courseOf(options, request);
    let firstTextAt: number | undefined;
    let lost: { placement: Placement; failure: Failure } | undefined;
    let written: LegFigures = nothingWritten;
    for (;;) {
      signal.throwIfAborted();
      let placement = course.choose();
      if (placement instanceof Failure) {
        const why = lost?.failure ?? placement;
        if (options.wait !== true || final.has(why.code) || !course.mayAsk()) throw why;
        if (lost !== undefined) yield course.seam(lost);
        lost = undefined;
        yield { kind: 'waiting', code: why.code };
        placement = await course.chosenLater(signal);
      }
      if (lost !== undefined) yield course.seam(lost);
      yield { kind: 'placed', placement };
      signal.throwIfAborted();
      const before = course.world.answer.length;
      const end = yield* timed(leg(placement, course.world, signal), () => (firstTextAt ??= clock.now()));
      if ('done' in end) {
        yield whole(end.done, written, end.wrote, (firstTextAt ?? clock.now()) - started);
        return;
      }
      written = sum(written, end.wrote);
      lost = { placement: end.lost, failure: end.failure };
      course.lose(lost, course.world.answer.length > before);
      if (course.tokensLeft() === 0) {
        // it was complete but for the word that it is
        const figures = { tokens: 0, tokensPerSecond: 0, timeToFirstTokenMs: 0 };
        const done = { kind: 'done', reason: 'length', model: end.lost.model, figures } as const;
        yield whole(done, written, nothingWritten, (firstTextAt ?? clock.now()) - started);
        return;
      }
    }
  };
}

async function* timed<End>(chunks: AsyncGenerator<ChatChunk, End>, text: () => void): AsyncGenerator<ChatChunk, End> {
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return next.value;
      if (isWritten(next.value)) text();
      yield next.value;
    }
  } finally {
    // left early: whoever was asked is to hear of it
    await chunks.return(undefined as End);
  }
}

/** @param earlier by those that were lost, as this side counted it @param last by who ended it */
function whole(done: Extract<ChatChunk, { kind: 'done' }>, earlier: LegFigures, last: LegFigures, timeToFirstTokenMs: number): ChatChunk {
  const tokens = earlier.tokens + done.figures.tokens;
  const { paced, writingMs } = sum(earlier, { ...last, paced: last.paced * tokensPerPiece(done, last) });
  const tokensPerSecond = paced > 0 && writingMs > 0 ? (paced * 1000) / writingMs : done.figures.tokensPerSecond;
  return { ...done, figures: { ...done.figures, tokens, tokensPerSecond, timeToFirstTokenMs } };
}

/** An engine that gives no ids is counted by its pieces of text here, and knows better itself. */
function tokensPerPiece(done: Extract<ChatChunk, { kind: 'done' }>, { tokens }: LegFigures): number {
  return tokens === 0 ? 1 : done.figures.tokens / tokens;
}

const nothingWritten: LegFigures = { tokens: 0, paced: 0, writingMs: 0 };

function sum(one: LegFigures, other: LegFigures): LegFigures {
  return { tokens: one.tokens + other.tokens, paced: one.paced + other.paced, writingMs: one.writingMs + other.writingMs };
}

type Lost = { placement: Placement; failure: Failure };

/** What is known in the course of one answer. */
function courseOf(options: SwarmChatOptions, request: ChatRequest) {
  const { clock } = options;
  const answer = soFar(request.continued);
  const suspects = options.suspects ?? newSuspects(clock);
  const leftAlone = backoff(clock);
  /** Who was lost in this answer, and how much was shown then. */
  const lost = new Map<PeerId, number>();
  /** Who was there again, and did not know this answer any more. */
  const restarted = new Set<PeerId>();
  let attempt = request.attempt ?? 0;
  let wantedModel = request.model;
  /** Of the file that the answer began with. */
  let digest: string | undefined;

  /** What may still be written; undefined: there is no bound. */
  const tokensLeft = (): number | undefined => {
    const { maxTokens } = request.parameters;
    return maxTokens === undefined ? undefined : Math.max(0, maxTokens - answer.tokens);
  };
  const mayAsk = (): boolean => attempt <= chatLimits.attempts;
  const placed = (not: Iterable<PeerId>, left: Pick<PlaceOptions, 'suspect' | 'spent'>, model = wantedModel): Placement => {
    // what is shown so far has to fit as well
    const continued = answer.continued();
    const wanted = { ...request, ...(model === undefined ? {} : { model }), ...(continued === undefined ? {} : { continued }) };
    const chosen = (candidates: readonly Candidate[]): Placement =>
      place(wanted, candidates, {
        lost: new Set(not),
        ...left,
        ...(options.pinned === undefined ? {} : { pinned: options.pinned }),
        ...(options.last === undefined ? {} : { last: options.last }),
        ...(options.preferred === undefined ? {} : { preferred: options.preferred }),
        ...(options.observed === undefined ? {} : { observed: options.observed }),
      });
    const candidates = options.candidates();
    // whoever has the very same file goes on the most alike
    const same = digest === undefined ? [] : candidates.filter(({ offer }) => digestOf(offer, model) === digest);
    try {
      if (same.length > 0) return chosen(same);
    } catch {
      // anybody with a model of that name, then
    }
    return chosen(candidates);
  };
  /**
   * Those that were not lost in this answer first; then those that were, if others got on with it since; then, unless there is time to wait,
   * those that failed lately, or said that this device has used its share. Who said when to come back is left alone until then; with time
   * to wait, who failed here is too.
   */
  const choose = (than: readonly PeerId[] = [], patient = false, model?: string): Placement | Failure => {
    if (!mayAsk()) return new Failure('no-leader', 'This question was asked too often.');
    const left = { suspect: suspects.now(), spent: suspects.spent() };
    const not = [...than, ...(patient ? leftAlone.now() : leftAlone.refusing())];
    const recently = [...lost].filter(([, shown]) => shown === answer.length).map(([peerId]) => peerId);
    const tries = [
      { not: [...not, ...lost.keys()], left },
      { not: [...not, ...recently], left },
      ...(patient ? [] : [{ not: [...not, ...recently], left: {} }]),
    ];
    let failure: unknown;
    for (const one of tries) {
      try {
        return placed(one.not, one.left, model);
      } catch (error) {
        failure = error;
      }
    }
    return toFailure(failure);
  };
  const world: LegWorld = {
    clock,
    answer,
    suspects,
    observed: options.observed ?? nothingSeen,
    open(placement, signal) {
      const continued = answer.continued();
      const maxTokens = tokensLeft();
      const parameters = maxTokens === undefined ? request.parameters : { ...request.parameters, maxTokens };
      const asking: ChatRequest = {
        ...request,
        parameters,
        model: placement.model,
        attempt,
        ...(continued === undefined ? {} : { continued }),
      };
      attempt += 1;
      return placement.local ? options.local(asking, signal) : options.remote(placement.leader.peerId, asking, signal);
    },
    another(than, model) {
      const found = choose(than, true, model);
      return found instanceof Failure ? null : found;
    },
    isElsewhere: (code) => elsewhere.has(code) || (code === 'prompt-too-long' && answer.length > 0),
    gone: options.gone ?? (() => null),
    failed: (peerId, failure, wrote) => leftAlone.failed(peerId, failure, wrote),
  };

  return {
    world,
    mayAsk,
    tokensLeft,
    choose: () => choose(),
    seam: ({ placement, failure }: Lost): ChatChunk => ({ kind: 'seam', lost: placement.leader, code: failure.code, at: answer.length }),
    lose({ placement, failure }: Lost, wrote: boolean): void {
      const { peerId } = placement.leader;
      // one that is there and only does not know this answer any more was restarted; but one that says so without a word again is lost
      if (failure.code !== 'not-found' || (!wrote && restarted.has(peerId))) lost.set(peerId, answer.length);
      else restarted.add(peerId);
      if (!wrote) return;
      wantedModel = placement.model;
      digest ??= digestOf(options.candidates().find(({ peerId }) => peerId === placement.leader.peerId)?.offer ?? null, placement.model);
    },
    /** When somebody can answer again. */
    async chosenLater(signal: AbortSignal): Promise<Placement> {
      lost.clear();
      const [least, most] = lookAgainMs;
      for (let pause: number = least; ; pause = Math.min(pause * 2, most)) {
        await changeWithin(Math.min(pause, leftAlone.nextMs()), options, signal);
        const why = world.gone();
        if (why !== null) throw why;
        const found = choose([], true);
        if (!(found instanceof Failure)) return found;
      }
    },
  };
}

function digestOf(offer: Candidate['offer'], model: string | undefined): string | undefined {
  return offer?.leads?.models.find(({ name }) => name === model)?.digest;
}

/** Resolves at the next change, or after that time. */
async function changeWithin(ms: number, { clock, change }: SwarmChatOptions, signal: AbortSignal): Promise<void> {
  const end = new AbortController();
  let cancel = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      cancel = clock.after(ms, resolve);
      const either = AbortSignal.any([signal, end.signal]);
      either.addEventListener('abort', () => reject(either.reason as Error), { once: true });
      if (either.aborted) reject(either.reason as Error);
      change?.(either).then(resolve, reject);
    });
  } finally {
    cancel();
    end.abort();
  }
}
