// Which leader answers, and why. Pure: the same candidates give the same answer on every node, in whatever order they came.
import { hasImages } from '../../src-shared/chat.ts';
import type { CandidateRow, ChatRequest, Exclusion, Placement, PlacementSurvey, ScorePart } from '../../src-shared/chat.ts';
import { toFailure } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { seesImages } from '../../src-shared/peer.ts';
import { contextFor } from '../../src-shared/model.ts';
import type { Offer, OfferedModel, PeerId } from '../../src-shared/peer.ts';
import { nobody } from './nobody.ts';
import type { Observed } from './observed.ts';
import { cautiousGuess, contextTaken, hopefulGuess, replyTokens } from './prompt-size.ts';
import {
  emptyScored,
  expectedSpeed,
  freeMemory,
  hasRoom,
  lineTenths,
  machineTenths,
  machineTenthsMost,
  partNames,
  partPoints,
  partTenths,
  speedTenthsMost,
  type Leads,
  type Scored,
} from './score.ts';

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
  /** false: it was taken out of the swarm */
  member?: boolean;
  /** false: it would refuse this device, which may not ask others */
  permitted?: boolean;
  /** This device may have it download models; itself it may always. Left out: no */
  mayDownload?: boolean;
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
  /** Leaders that said a moment ago that this device has used its share of them. */
  spent?: ReadonlySet<PeerId>;
  /** Who answered this conversation last: it may have it in its cache. */
  last?: PeerId;
  /** What this node saw of leaders itself. */
  observed?: Pick<Observed, 'speed'> & Partial<Pick<Observed, 'fastest'>>;
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
type Fit = {
  candidate: Candidate;
  model: OfferedModel | undefined;
  excluded: Exclusion | null;
  tenths: number;
  first: boolean;
  /** It has not got the model, and would download it first: then it comes after all that have it. */
  download: boolean;
};

/**
 * Filters, then scores (score.ts). Throws the failure that is nearest to an answer when nobody can: queue-full, quota-used, paused, out-of-memory,
 * engine-failed, prompt-too-long, model-missing, leader-lost, not-permitted or no-leader.
 */
export function place(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions = {}): Placement {
  const ranked = rank(request, candidates, options);
  const { first } = ranked;
  if (first?.model === undefined) throw nobody(request.model, ranked.excluded, options.pinned !== undefined);
  return {
    leader: { peerId: first.candidate.peerId, name: first.candidate.name },
    model: first.model.name,
    local: first.candidate.local,
    reason: reasonFor(first, ranked.second, ranked),
    candidates: rowsOf(ranked),
  };
}

/** The same without asking: who would be chosen, and what speaks against the others. Never throws. */
export function survey(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions = {}): PlacementSurvey {
  try {
    const placement = place(request, candidates, options);
    return { placement, candidates: placement.candidates, failure: null };
  } catch (error) {
    const ranked = rank(request, candidates, options);
    return { placement: null, candidates: rowsOf(ranked), failure: toFailure(error).toShape() };
  }
}

/** What is looked at of each candidate with the question, and not of the candidate alone. */
type Asked = {
  options: PlaceOptions;
  wanted: string | undefined;
  images: boolean;
  promptTokens: number;
  needTokens: number;
  /** Tokens of context that the person set; undefined: as the model has */
  contextTokens: number | undefined;
};
type Ranked = Asked & { best: Fit[]; first: Fit | undefined; second: Fit | undefined; excluded: ReadonlySet<Exclusion> };

function rank(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions): Ranked {
  const sure = rankWith(request, candidates, options, contextTaken(request, cautiousGuess) + replyTokens);
  if (sure.first !== undefined || !sure.excluded.has('context-too-small')) return sure;
  // nobody is sure to have the room: then whoever may have it
  return rankWith(request, candidates, options, contextTaken(request, hopefulGuess));
}

function rankWith(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions, needTokens: number): Ranked {
  const promptTokens = contextTaken(request, cautiousGuess);
  const { model: wanted, parameters } = request;
  const images = hasImages(request);
  const asked: Asked = { options, wanted, images, promptTokens, needTokens, contextTokens: parameters.contextTokens };
  const ranking: Ranking = {
    asked,
    able: [],
    out: [],
    excluded: new Set(),
    bar: -1,
    over: 0,
    counts: new Uint32Array(1001),
    scored: emptyScored(promptTokens),
    fastestSeen: fastestSeen(options),
  };
  for (const candidate of candidates) consider(ranking, candidate);
  const { bar, out, excluded } = ranking;
  const able = ranking.able.filter(({ tenths, first, download }) => (download ? bar < 0 : first || tenths >= bar)).toSorted(compare);
  // one that has the model is not told from one that has not by points
  const second = able[1]?.download === able[0]?.download ? able[1] : undefined;
  return { ...asked, best: [...able, ...out].slice(0, mostRows), first: able[0], second, excluded };
}

type Ranking = {
  asked: Asked;
  /** Those that can answer, and may be among the best. */
  able: Fit[];
  /** Those that cannot, sorted; empty places of the list are theirs. */
  out: Fit[];
  /** Why; whole only while the list has room, which is when somebody asks. */
  excluded: Set<Exclusion>;
  /** Tenths of points that one needs to be among the best, and how many have more. */
  bar: number;
  over: number;
  /** How many there are of each number of tenths, 0..1000. */
  counts: Uint32Array;
  /** Filled anew for each. */
  scored: Scored;
  /** Tenths that the fastest leader had which was ever seen: nobody has more, or it claims more. */
  fastestSeen: number;
};

/**
 * Runs for each of thousands of nodes, and most of its time is the way to what lies far apart in memory. So nothing is made for a node that
 * is not kept, and it is looked at no further once even the most that is left could not bring it among the best.
 */
function consider(ranking: Ranking, candidate: Candidate): void {
  const { asked, scored } = ranking;
  const { options } = asked;
  const first = options.preferred === candidate.peerId;
  const bar = first ? -1 : ranking.bar;
  if (bar >= 0 && !candidate.connected && !candidate.local) return;
  const leads = candidate.offer?.leads ?? null;
  const there = leads === null ? undefined : chooseModel(asked, leads);
  const offered = there === undefined && leads !== null ? downloadOf(asked.wanted, leads) : undefined;
  const download = offered !== undefined;
  // as many as are told have it already
  if (download && bar >= 0) return;
  const model = there ?? offered;
  let tenths = -1;
  if (candidate.offer !== null && leads !== null && model !== undefined) {
    fill(scored, candidate, leads, model, candidate.offer.hardware, options);
    tenths = lineTenths(scored);
    if (tenths + machineTenthsMost + speedTenthsMost < bar) return;
    tenths += machineTenths(scored);
    if (tenths + speedTenthsMost < bar) return;
    scored.seenSpeed = null;
    const claimed = partTenths('speed', scored);
    if (tenths + Math.max(claimed, ranking.fastestSeen) < bar) return;
    scored.seenSpeed = options.observed?.speed(candidate.peerId, model.name) ?? null;
    tenths += scored.seenSpeed === null ? claimed : partTenths('speed', scored);
  }
  if (tenths < bar) return;
  const excluded = exclusionOf(candidate, leads, model, asked, download);
  if (excluded === null) {
    ranking.able.push({ candidate, model, excluded, tenths, first, download });
    if (!download) raiseBar(ranking, tenths);
  } else {
    ranking.excluded.add(excluded);
    if (ranking.bar < 0) keepBest(ranking.out, { candidate, model, excluded, tenths: -1, first: false, download });
  }
}

/** In tenths of points. A look into the map of what was seen is far for each of thousands, and most could not win by it. */
function fastestSeen({ observed }: PlaceOptions): number {
  const fastest = observed?.fastest?.();
  return fastest === undefined ? speedTenthsMost : partTenths('speed', { ...emptyScored(0), seenSpeed: fastest });
}

/** One more that can answer. As soon as as many as the list holds have more than the bar, it goes up until they have not. */
function raiseBar(ranking: Ranking, tenths: number): void {
  const { counts } = ranking;
  if (tenths <= ranking.bar) return;
  counts[tenths] = (counts[tenths] ?? 0) + 1;
  ranking.over += 1;
  while (ranking.over >= mostRows) {
    ranking.bar += 1;
    ranking.over -= counts[ranking.bar] ?? 0;
  }
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
  if (a.excluded === null && b.excluded === null && a.download !== b.download) return a.download ? 1 : -1;
  if (a.first !== b.first) return a.first ? -1 : 1;
  return b.tenths - a.tenths || byText(a.candidate.name, b.candidate.name) || byText(a.candidate.peerId, b.candidate.peerId);
}

/** Code units, not locale: the same order on every node. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** All of what the score is made of, of one that was kept, put into `scored`; false: it offers no such model. */
function fillAll(scored: Scored, { candidate, model }: Fit, options: PlaceOptions): boolean {
  const { offer, peerId } = candidate;
  if (offer === null || offer.leads === null || model === undefined) return false;
  fill(scored, candidate, offer.leads, model, offer.hardware, options);
  scored.seenSpeed = options.observed?.speed(peerId, model.name) ?? null;
  return true;
}

/** Everything but what was seen of it, which takes a look into a map. */
function fill(scored: Scored, candidate: Candidate, leads: Leads, model: OfferedModel, hardware: HardwareFacts, options: PlaceOptions) {
  scored.local = candidate.local;
  scored.leads = leads;
  scored.model = model;
  scored.hardware = hardware;
  scored.latencyMs = candidate.latencyMs;
  scored.near = candidate.near ?? null;
  scored.last = options.last === undefined ? null : options.last === candidate.peerId;
}

/** The first loaded one when any will do, else the first; for a question with pictures the first of those that see them, if there is one. */
function chooseModel({ wanted, images }: Asked, { models, engine }: Leads): OfferedModel | undefined {
  if (images && wanted === undefined) {
    const seeing = models.filter((model) => seesImages(engine, model));
    if (seeing.length > 0) return seeing.find(({ loaded }) => loaded) ?? seeing[0];
  }
  for (const model of models) if (wanted === undefined ? model.loaded : model.name === wanted) return model;
  return wanted === undefined ? models[0] : undefined;
}

/** What it would download, as if it had it; never unless it was asked for by name. */
function downloadOf(wanted: string | undefined, { downloads }: Leads): OfferedModel | undefined {
  if (wanted === undefined || downloads === undefined) return undefined;
  const found = downloads.find(({ name }) => name === wanted);
  return found === undefined ? undefined : { ...found, loaded: false };
}

function exclusionOf(
  { peerId, local, connected, member, permitted, mayDownload, offer }: Candidate,
  leads: Leads | null,
  model: OfferedModel | undefined,
  { options, images, needTokens, contextTokens }: Asked,
  download: boolean,
): Exclusion | null {
  if (options.pinned !== undefined && peerId !== options.pinned) return 'not-pinned';
  if (options.lost?.has(peerId) === true) return 'lost';
  if (member === false) return 'not-a-member';
  if (!local && !connected) return 'not-connected';
  if (permitted === false) return 'not-permitted';
  if (options.suspect?.has(peerId) === true) return 'suspect';
  if (options.spent?.has(peerId) === true) return 'quota-used';
  if (leads === null) return offer?.engineDown === true ? 'engine-down' : 'not-a-leader';
  if (model === undefined) return 'model-missing';
  if (download && !local && mayDownload !== true) return 'may-not-download';
  if (images && !seesImages(leads.engine, model)) return 'no-vision';
  if ((contextFor(model, leads.engine.kind, contextTokens) ?? needTokens) < needTokens) return 'context-too-small';
  if (leads.engine.healthy === false) return 'engine-down';
  // its own owner is never paused
  if (!local && leads.paused != null) return 'paused';
  if (offer !== null && !hasRoom(leads, model, offer.hardware)) return 'no-memory';
  if (leads.slots.free === 0 && leads.waiting >= leads.maxWaiting) return 'queue-full';
  return null;
}

function reasonFor(first: Fit, second: Fit | undefined, { options, promptTokens }: Asked): Placement['reason'] {
  if (options.pinned !== undefined) return 'pinned';
  if (second === undefined) return 'only-one';
  if (first.first) return 'preferred';
  let reason: ScorePart | 'name' = 'name';
  let most = 0;
  const [one, other] = [emptyScored(promptTokens), emptyScored(promptTokens)];
  if (!fillAll(one, first, options) || !fillAll(other, second, options) || first.tenths === second.tenths) return 'name';
  for (const part of partNames) {
    const ahead = partTenths(part, one) - partTenths(part, other);
    if (ahead > most) [most, reason] = [ahead, part];
  }
  return reason;
}

function rowsOf({ best, options, promptTokens }: Ranked): CandidateRow[] {
  const scored = emptyScored(promptTokens);
  return best.map((one) => rowOf(one, scored, options));
}

function rowOf(one: Fit, scored: Scored, options: PlaceOptions): CandidateRow {
  const { candidate, excluded, tenths } = one;
  const leader = { peerId: candidate.peerId, name: candidate.name };
  if (!fillAll(scored, one, options)) {
    const row = unknownRow(leader);
    row.latencyMs = candidate.latencyMs;
    if (excluded !== null) row.excluded = excluded;
    return row;
  }
  const { leads, model, hardware } = scored;
  const speed = expectedSpeed(scored);
  const row: CandidateRow = {
    leader,
    score: excluded === null ? tenths / 10 : 0,
    parts: excluded === null ? partPoints(scored) : {},
    loaded: model.loaded,
    freeSlots: leads.slots.free,
    waiting: leads.waiting,
    waitMs: leads.waitMs ?? (leads.slots.free > 0 ? 0 : null),
    tokensPerSecond: speed === null ? null : Math.round(speed * 10) / 10,
    measured: scored.seenSpeed !== null,
    latencyMs: candidate.latencyMs,
    freeMb: freeMemory(leads, hardware),
    reservedMb: leads.reservedMb ?? 0,
  };
  if (excluded !== null) row.excluded = excluded;
  if (one.download) row.download = { sizeBytes: model.sizeBytes ?? null };
  return row;
}
