// One leg of an answer: from a placement to the last chunk, or to the loss of everybody who was asked for it.
// A first token that is late is asked for a second time, elsewhere; whoever speaks first is heard, and the other one is stopped.
import { isWritten, type ChatChunk, type Placement } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import { inbox, lane, patienceWith, type Heard, type Lane } from './lanes.ts';
import { firstTokenBound, probeBound, silencePace, type FirstTokens } from './silence.ts';
import type { SoFar } from './so-far.ts';
import type { Suspects } from './suspects.ts';

export const reconnectPace = {
  /** How long a broken link may take to come back: when another machine could go on at once (a redial takes 0.2 to 2 s), */
  warmMs: 1500,
  /** when another one could, after a load or a wait, */
  coldMs: 5000,
  /** and when nobody else can: as long as a leader keeps the answer. */
  aloneMs: 60_000,
  /** Whether somebody else can is looked at so often. */
  lookMs: 500,
} as const;

/** What was seen of leaders; swarm/observed.ts. */
export type Watched = {
  answered(peerId: PeerId, model: string, figures: { tokensPerSecond: number; timeToFirstTokenMs: number; tokens: number }): void;
  failed(peerId: PeerId, code: FailureCode): void;
  firstToken(peerId: PeerId, model: string): FirstTokens | null;
};

export type LegWorld = {
  clock: Clock;
  answer: SoFar;
  suspects: Suspects;
  observed: Watched;
  /** The leader's answer from where `answer` is now. */
  open(placement: Placement, signal: AbortSignal): AsyncIterable<ChatChunk>;
  /** Who else could go on now, besides these; null: nobody. model: with which one, when that is settled already */
  another(than: readonly PeerId[], model: string | undefined): Placement | null;
  /** Of a failure that others may not have. */
  isElsewhere(code: FailureCode): boolean;
  /** Why waiting for a link is in vain; null: it is not. */
  gone(): Failure | null;
  /** A leader that was asked is out of it. wrote: after it had written something */
  failed(peerId: PeerId, failure: Failure, wrote: boolean): void;
};

/** What one leader wrote, as it was seen here; paced: what of it tells its speed, and writingMs the time that took. */
export type LegFigures = { tokens: number; paced: number; writingMs: number };
export type LegEnd = { wrote: LegFigures } & ({ done: Extract<ChatChunk, { kind: 'done' }> } | { lost: Placement; failure: Failure });

/**
 * Yields what is shown: chunks of one leader, and `seam` with `placed` when another one takes its part over. Never `done`: that is returned.
 * Throws a failure that no other leader can mend, and the signal's reason.
 */
export async function* leg(first: Placement, world: LegWorld, signal: AbortSignal): AsyncGenerator<ChatChunk, LegEnd> {
  const box = inbox(signal);
  const asked = askedLeaders(world, signal, (heard) => box.put(heard));
  world.answer.next();
  let shown = asked.ask(first);
  function* take(over: Lane, code: FailureCode): Generator<ChatChunk> {
    const lost = shown.placement.leader;
    shown = over;
    yield { kind: 'seam', lost, code, at: world.answer.length };
    yield { kind: 'placed', placement: over.placement };
    world.answer.next();
    for (const chunk of over.hidden) {
      world.answer.take(chunk);
      yield chunk;
    }
  }
  try {
    for (;;) {
      const heard = await box.take();
      const { lane: by } = heard;
      // closed while this lay in the box
      if (!asked.has(by)) continue;
      const failure = failureOf(heard, asked);
      if (failure !== null) {
        asked.failed(by, failure);
        if (by === shown && !world.isElsewhere(failure.code)) throw failure;
        const next = asked.oldest();
        if (next === undefined) return { lost: by.placement, failure, wrote: wrote(by) };
        if (by === shown) yield* take(next, failure.code);
      } else if (heard.kind === 'chunk') {
        const { chunk } = heard;
        const speaks = isWritten(chunk) || chunk.kind === 'done';
        if (speaks && by !== shown) {
          // it was asked because the other one was late
          asked.late(shown);
          yield* take(by, 'timed-out');
        }
        if (speaks) asked.only(by);
        if (chunk.kind === 'done') {
          asked.answered(by);
          return { done: chunk, wrote: wrote(by) };
        }
        if (by === shown && isRelayed(chunk)) {
          world.answer.take(chunk);
          yield chunk.kind === 'reconnecting' ? { ...chunk, leader: by.placement.leader } : chunk;
        }
        asked.next(by);
      }
    }
  } finally {
    asked.end();
  }
}

function wrote({ tokens, paced, writingMs }: Lane): LegFigures {
  return { tokens, paced, writingMs };
}

/** A link that broke may be left at once, when others can go on and nothing was shown. */
function failureOf(heard: Heard, asked: Asked): Failure | null {
  if (heard.kind === 'failed') return heard.failure;
  if (heard.kind === 'late') return asked.verdict(heard);
  return heard.chunk.kind === 'reconnecting' ? asked.verdict({ ...heard, since: heard.lane.since, slept: false }) : null;
}

/** What a leader says about placement is not believed, and that it refuses is for the decision here. */
const relayed: ReadonlySet<ChatChunk['kind']> = new Set(['queued', 'loading', 'reading', 'began', 'thinking', 'text', 'reconnecting']);

function isRelayed(chunk: ChatChunk): boolean {
  return relayed.has(chunk.kind) && !(chunk.kind === 'reconnecting' && chunk.refused === true);
}

type Asked = {
  ask(placement: Placement): Lane;
  has(lane: Lane): boolean;
  oldest(): Lane | undefined;
  /** Its next chunk, and how long that may take. */
  next(lane: Lane): void;
  /** Its silence is too long: the failure that it is; null: it goes on, perhaps with somebody else asked as well. */
  verdict(late: { lane: Lane; since: number; slept: boolean }): Failure | null;
  /** It is the first to speak: the others are stopped. */
  only(lane: Lane): void;
  late(lane: Lane): void;
  answered(lane: Lane): void;
  failed(lane: Lane, failure: Failure): void;
  end(): void;
};

function askedLeaders(world: LegWorld, signal: AbortSignal, heard: (heard: Heard) => void): Asked {
  const { clock, suspects, observed } = world;
  const lanes: Lane[] = [];
  const tried: PeerId[] = [];
  /** Asked again after they failed. */
  const probes = new Set<Lane>();
  /** Since when the link of a lane is broken. */
  const broken = new Map<Lane, number>();
  /** When one more may be asked, clock ms: whoever was asked last has its time first. */
  let nextAskAt = 0;

  const peer = ({ placement }: Lane): PeerId => placement.leader.peerId;
  const remove = (one: Lane): void => {
    one.close();
    broken.delete(one);
    const at = lanes.indexOf(one);
    if (at >= 0) lanes.splice(at, 1);
  };
  const ask = (placement: Placement): Lane => {
    const { peerId } = placement.leader;
    const probe = suspects.state(peerId) === 'half-open';
    suspects.asked(peerId);
    tried.push(peerId);
    const made = lane(placement, (end) => world.open(placement, end), { clock, signal, heard });
    lanes.push(made);
    if (probe) probes.add(made);
    nextAskAt = clock.now() + bound(made);
    next(made);
    return made;
  };
  const bound = (one: Lane): number => {
    const { candidates, model } = one.placement;
    const others = candidates
      .filter(({ leader }) => leader.peerId !== peer(one))
      .map(({ leader }) => observed.firstToken(leader.peerId, model));
    if (probes.has(one)) return probeBound(others);
    return firstTokenBound(observed.firstToken(peer(one), model), others);
  };
  const another = (one: Lane): Placement | null => world.another(tried, world.answer.length > 0 ? one.placement.model : undefined);
  /** Before anything was shown of this leg nothing is lost by asking elsewhere at once. */
  const reconnectMs = (one: Lane): number => {
    if (lanes.length > 1) return 0;
    const other = another(one);
    if (other === null) return reconnectPace.aloneMs;
    if (one.firstTextMs === undefined || one.refused) return 0;
    const row = other.candidates.find(({ leader }) => leader.peerId === other.leader.peerId);
    return row !== undefined && row.loaded && row.freeSlots > 0 ? reconnectPace.warmMs : reconnectPace.coldMs;
  };
  const watch = (one: Lane): void => {
    if (one.stage !== 'reconnecting') {
      broken.delete(one);
      one.expect(patienceWith(one) ?? bound(one));
      return;
    }
    if (!broken.has(one)) broken.set(one, clock.now());
    const left = (broken.get(one) ?? 0) + reconnectMs(one) - clock.now();
    one.restart();
    one.expect(Math.min(Math.max(0, left), reconnectPace.lookMs));
  };
  function next(one: Lane): void {
    one.pull();
    watch(one);
  }
  const reconnecting = (one: Lane): Failure | null => {
    const why = world.gone();
    if (why !== null) throw why;
    if (!broken.has(one)) broken.set(one, clock.now());
    if (clock.now() - (broken.get(one) ?? 0) >= reconnectMs(one))
      return new Failure('leader-lost', 'The link to the leader broke and did not come back in time.');
    return null;
  };
  const verdict: Asked['verdict'] = ({ lane: one, since, slept }) => {
    // it spoke while this lay in the box
    if (since !== one.since) return null;
    if (slept) {
      one.restart();
      broken.delete(one);
      watch(one);
      return null;
    }
    if (one.stage === 'reconnecting') {
      const failure = reconnecting(one);
      if (failure === null) watch(one);
      return failure;
    }
    const quiet = clock.now() - one.since;
    if (one.stage === 'writing') {
      // with nobody else there, a slow one is better than none
      if (quiet >= silencePace.aloneMs || another(one) !== null)
        return new Failure('engine-stalled', `The leader wrote nothing more for ${Math.round(quiet)} ms.`);
      one.expect(quiet + reconnectPace.lookMs);
      return null;
    }
    const limit = Math.max(silencePace.aloneMs, patienceWith(one) ?? 0);
    if (quiet >= limit) return new Failure('timed-out', `The leader said nothing for ${Math.round(quiet)} ms.`);
    if (clock.now() >= nextAskAt) askAnother(one);
    one.expect(Math.min(limit, quiet + Math.max(reconnectPace.lookMs, nextAskAt - clock.now())));
    return null;
  };
  /** As well as those that are late; with too many of them the first one that never said a word gives way, and then it is looked again. */
  const askAnother = (late: Lane): void => {
    const other = another(late);
    if (other === null) return;
    if (lanes.length < silencePace.lanes) {
      ask(other);
      return;
    }
    const mute = lanes.find(({ stage }) => stage === 'accepted');
    if (mute !== undefined) heard({ kind: 'failed', lane: mute, failure: new Failure('timed-out', 'The leader never said a word.') });
  };
  /** One of those that were asked is out: whoever waits for the others need not wait any longer before asking one more. */
  const lookAgain = (): void => {
    nextAskAt = clock.now();
    for (const one of lanes) {
      const quiet = clock.now() - one.since;
      const late = one.stage !== 'reconnecting' && patienceWith(one) === null && quiet >= bound(one);
      if (late) one.expect(quiet);
    }
  };

  return {
    ask,
    has: (one) => lanes.includes(one),
    oldest: () => lanes[0],
    next,
    verdict,
    only(one) {
      for (const other of [...lanes]) {
        if (other === one) continue;
        suspects.released(peer(other));
        remove(other);
      }
      if (one.firstTextMs !== undefined) suspects.spoke(peer(one));
    },
    late(one) {
      suspects.silent(peer(one));
      observed.failed(peer(one), 'timed-out');
      remove(one);
    },
    answered(one) {
      const { paced, writingMs, firstTextMs } = one;
      suspects.answered(peer(one));
      if (firstTextMs === undefined) return;
      const tokensPerSecond = writingMs > 0 ? (paced * 1000) / writingMs : 0;
      observed.answered(peer(one), one.placement.model, { tokensPerSecond, timeToFirstTokenMs: firstTextMs, tokens: paced });
    },
    failed(one, failure) {
      if (failure.code === 'timed-out') suspects.silent(peer(one));
      else suspects.failed(peer(one), failure.code, failure.retryAfterMs);
      observed.failed(peer(one), failure.code);
      world.failed(peer(one), failure, one.firstTextMs !== undefined);
      remove(one);
      lookAgain();
    },
    end() {
      for (const one of [...lanes]) {
        suspects.released(peer(one));
        remove(one);
      }
    },
  };
}
