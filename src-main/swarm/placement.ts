// Which leader answers, and why. Pure: the same candidates give the same answer on every node, in whatever order they came.
import type { CandidateRow, ChatRequest, Exclusion, Placement, PlacementSurvey, ScorePart } from '../../src-shared/chat.ts';
import { Failure, toFailure, type FailureCode } from '../../src-shared/failure.ts';
import type { Offer, OfferedModel, PeerId } from '../../src-shared/peer.ts';
import type { Observed } from './observed.ts';
import { expectedSpeed, freeMemory, hasRoom, partNames, partTenths, scoreTenths, type Leads, type Scored } from './score.ts';

/** A node that could answer, as this node knows it now. */
export type Candidate = {
  peerId: PeerId;
  name: string;
  local: boolean;
  connected: boolean;
  latencyMs: number | null;
  /** null: it announced nothing yet */
  offer: Offer | null;
  /** On this network; left out: unknown */
  near?: boolean;
  /** It would refuse this device; left out: it would not */
  permitted?: boolean;
};

export type PlaceOptions = {
  /** Ask only this one. */
  pinned?: PeerId;
  /** This one before all others, when it can answer. */
  preferred?: PeerId;
  /** Leaders that failed this very question already. */
  lost?: ReadonlySet<PeerId>;
  /** Leaders that failed others lately. */
  suspect?: ReadonlySet<PeerId>;
  /** Who answered this conversation last: it may have it in its cache. */
  last?: PeerId;
  /** What this node saw of leaders itself. */
  observed?: Pick<Observed, 'speed'>;
};

/** As many as a placement may have; the chosen one and the best come first. */
const mostRows = 300;

/** A machine of which nothing is known but its name. */
export function unknownRow(leader: CandidateRow['leader']): CandidateRow {
  return {
    leader,
    score: 0,
    parts: {},
    loaded: false,
    freeSlots: 0,
    waiting: 0,
    waitMs: null,
    tokensPerSecond: null,
    measured: false,
    latencyMs: null,
    freeMb: null,
    reservedMb: 0,
  };
}

/** A candidate with what was found out about it. tenths: of points; -1 when it is excluded. first: it goes before all others. */
type Fit = { candidate: Candidate; excluded: Exclusion | null; scored: Scored | null; tenths: number; first: boolean };

/**
 * Filters, then scores (score.ts). Throws the failure that is nearest to an answer when nobody can: queue-full, paused, out-of-memory,
 * engine-failed, prompt-too-long, model-missing, leader-lost, not-permitted or no-leader.
 */
export function place(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions = {}): Placement {
  const { best, first, second, excluded } = rank(request, candidates, options);
  if (first?.scored == null) throw nobody(request, excluded, options);
  return {
    leader: { peerId: first.candidate.peerId, name: first.candidate.name },
    model: first.scored.model.name,
    local: first.candidate.local,
    reason: reasonFor(first, second, options),
    candidates: best.map(rowOf),
  };
}

/** The same without asking: who would be chosen, and what speaks against the others. Never throws. */
export function survey(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions = {}): PlacementSurvey {
  try {
    const placement = place(request, candidates, options);
    return { placement, candidates: placement.candidates, failure: null };
  } catch (error) {
    return { placement: null, candidates: rank(request, candidates, options).best.map(rowOf), failure: toFailure(error).toShape() };
  }
}

type Ranked = { best: Fit[]; first: Fit | undefined; second: Fit | undefined; excluded: ReadonlySet<Exclusion> };

function rank(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions): Ranked {
  const cautious = rankWith(request, candidates, options, tokensOf(request, cautiousBytes) + replyTokens);
  if (cautious.first !== undefined || !cautious.excluded.has('context-too-small')) return cautious;
  // nobody is sure to have the room: then whoever may have it
  return rankWith(request, candidates, options, tokensOf(request, hopefulBytes));
}

function rankWith(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions, needTokens: number): Ranked {
  const promptTokens = tokensOf(request, cautiousBytes);
  const excluded = new Set<Exclusion>();
  const best: Fit[] = [];
  for (const candidate of candidates) {
    const one = fit(request, candidate, options, promptTokens, needTokens);
    if (one.excluded !== null) excluded.add(one.excluded);
    keepBest(best, one);
  }
  const able = (one: Fit | undefined): Fit | undefined => (one?.excluded === null ? one : undefined);
  return { best, first: able(best[0]), second: able(best[1]), excluded };
}

/** Keeps the list sorted and short: most of many candidates are worse than its last one. */
function keepBest(best: Fit[], one: Fit): void {
  const last = best.at(-1);
  if (best.length >= mostRows && last !== undefined && compare(one, last) >= 0) return;
  let [from, to] = [0, best.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = best[middle];
    if (other !== undefined && compare(one, other) > 0) from = middle + 1;
    else to = middle;
  }
  best.splice(from, 0, one);
  if (best.length > mostRows) best.pop();
}

function compare(a: Fit, b: Fit): number {
  if (a.first !== b.first) return a.first ? -1 : 1;
  return b.tenths - a.tenths || byText(a.candidate.name, b.candidate.name) || byText(a.candidate.peerId, b.candidate.peerId);
}

/** Code units, not locale: the same order on every node. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fit(request: ChatRequest, candidate: Candidate, options: PlaceOptions, promptTokens: number, needTokens: number): Fit {
  const leads = candidate.offer?.leads ?? null;
  const model = leads === null ? undefined : chooseModel(request.model, leads.models);
  const excluded = exclusionOf(candidate, leads, model, options, needTokens);
  if (leads === null || model === undefined || candidate.offer === null)
    return { candidate, excluded, scored: null, tenths: -1, first: false };
  const scored: Scored = {
    local: candidate.local,
    leads,
    model,
    hardware: candidate.offer.hardware,
    seenSpeed: options.observed?.speed(candidate.peerId, model.name) ?? null,
    latencyMs: candidate.latencyMs,
    near: candidate.near ?? null,
    last: options.last === undefined ? null : options.last === candidate.peerId,
    promptTokens,
  };
  if (excluded !== null) return { candidate, excluded, scored, tenths: -1, first: false };
  return { candidate, excluded, scored, tenths: scoreTenths(scored), first: options.preferred === candidate.peerId };
}

function chooseModel(wanted: string | undefined, models: readonly OfferedModel[]): OfferedModel | undefined {
  if (wanted !== undefined) {
    for (const model of models) if (model.name === wanted) return model;
    return undefined;
  }
  return models.find(({ loaded }) => loaded) ?? models[0];
}

function exclusionOf(
  { peerId, local, connected, permitted, offer }: Candidate,
  leads: Leads | null,
  model: OfferedModel | undefined,
  options: PlaceOptions,
  needTokens: number,
): Exclusion | null {
  if (options.pinned !== undefined && peerId !== options.pinned) return 'not-pinned';
  if (options.lost?.has(peerId) === true) return 'lost';
  if (options.suspect?.has(peerId) === true) return 'suspect';
  if (!local && !connected) return 'not-connected';
  if (permitted === false) return 'not-permitted';
  if (leads === null) return 'not-a-leader';
  if (model === undefined) return 'model-missing';
  if (model.contextLength !== undefined && model.contextLength < needTokens) return 'context-too-small';
  if (leads.engine.healthy === false) return 'engine-down';
  // its own owner is never paused
  if (!local && leads.paused != null) return 'paused';
  if (offer !== null && !hasRoom(leads, model, offer.hardware)) return 'no-memory';
  if (leads.slots.free === 0 && leads.waiting >= leads.maxWaiting) return 'queue-full';
  return null;
}

/** Against a cautious guess: three bytes a token is what code and scripts with accents come to. */
const cautiousBytes = 3;
/** And what the largest vocabularies make of English prose. */
const hopefulBytes = 6;
/** Room for an answer. */
const replyTokens = 256;
/** Marks around each message, tokens; chat templates have 3 to 8. */
const templateTokens = 8;

/** An estimate from the bytes of UTF-8 alone: every engine counts with a vocabulary of its own. */
function tokensOf({ messages, continued }: ChatRequest, bytesPerToken: number): number {
  let bytes = continued === undefined ? 0 : Buffer.byteLength(continued.text);
  for (const { content } of messages) bytes += Buffer.byteLength(content);
  return Math.ceil(bytes / bytesPerToken) + messages.length * templateTokens;
}

function reasonFor(first: Fit, second: Fit | undefined, options: PlaceOptions): Placement['reason'] {
  if (options.pinned !== undefined) return 'pinned';
  if (second === undefined) return 'only-one';
  if (first.first) return 'preferred';
  let reason: ScorePart | 'name' = 'name';
  let most = 0;
  if (first.scored === null || second.scored === null || first.tenths === second.tenths) return 'name';
  for (const part of partNames) {
    const ahead = partTenths(part, first.scored) - partTenths(part, second.scored);
    if (ahead > most) [most, reason] = [ahead, part];
  }
  return reason;
}

function rowOf({ candidate, excluded, scored, tenths }: Fit): CandidateRow {
  const row = { ...unknownRow({ peerId: candidate.peerId, name: candidate.name }), latencyMs: candidate.latencyMs };
  if (scored === null) return excluded === null ? row : { ...row, excluded };
  const { leads, model } = scored;
  const speed = expectedSpeed(scored);
  return {
    ...row,
    ...(excluded === null ? {} : { excluded }),
    score: Math.max(0, tenths) / 10,
    parts: excluded === null ? Object.fromEntries(partNames.map((part) => [part, partTenths(part, scored) / 10])) : {},
    loaded: model.loaded,
    freeSlots: leads.slots.free,
    waiting: leads.waiting,
    waitMs: leads.waitMs ?? (leads.slots.free > 0 ? 0 : null),
    tokensPerSecond: speed === null ? null : Math.round(speed * 10) / 10,
    measured: scored.seenSpeed !== null,
    freeMb: freeMemory(leads, scored.hardware),
    reservedMb: leads.reservedMb ?? 0,
  };
}

/** From the nearest to an answer to the farthest. Words for logs; people read a text made from the code. */
const failures: readonly [Exclusion, FailureCode, string][] = [
  ['queue-full', 'queue-full', 'Every leader with this model has a full line.'],
  ['paused', 'paused', 'Every leader with this model is paused by its owner.'],
  ['no-memory', 'out-of-memory', 'No leader has the memory that this model needs.'],
  ['engine-down', 'engine-failed', 'The engine of every leader with this model has failed.'],
  ['context-too-small', 'prompt-too-long', 'The conversation is longer than what any leader takes.'],
  ['model-missing', 'model-missing', 'No leader has the model.'],
  ['lost', 'leader-lost', 'The leader was lost before it answered, and no other one is there.'],
  ['suspect', 'leader-lost', 'Every leader failed a moment ago.'],
  ['not-permitted', 'not-permitted', 'This device may not ask others.'],
];

function nobody(request: ChatRequest, excluded: ReadonlySet<Exclusion>, options: PlaceOptions): Failure {
  const found = failures.find(([why]) => excluded.has(why));
  if (found !== undefined) {
    const [why, code, message] = found;
    return new Failure(
      code,
      why === 'model-missing' && request.model !== undefined ? `No leader has the model ${request.model}.` : message,
    );
  }
  if (options.pinned !== undefined) return new Failure('no-leader', 'The machine that was asked for does not answer for others now.');
  return new Failure('no-leader', 'No machine in this swarm answers for others now.');
}
