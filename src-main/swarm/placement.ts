// Which leader answers, and why. Pure: the same candidates give the same answer on every node.
import type { ChatRequest, Placement } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Offer, PeerId } from '../../src-shared/peer.ts';

/** A node that could answer, as this node knows it now. */
export type Candidate = {
  peerId: PeerId;
  name: string;
  local: boolean;
  connected: boolean;
  latencyMs: number | null;
  /** null: it announced nothing yet */
  offer: Offer | null;
};

export type PlaceOptions = {
  /** Ask only this one. */
  pinned?: PeerId;
  /** Leaders that failed this very question already. */
  lost?: ReadonlySet<PeerId>;
};

type Row = Placement['candidates'][number];
/** A machine of which nothing is known but its name. */
export function unknownRow(leader: Row['leader']): Row {
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

type Fit = { candidate: Candidate; model: string; row: Row };

/**
 * Chooses among the leaders that have the model: loaded first, then a free slot, then the shorter line, then latency, then name.
 * Fails with no-leader, model-missing or queue-full, whichever is nearest to an answer.
 */
export function place(request: ChatRequest, candidates: readonly Candidate[], options: PlaceOptions = {}): Placement {
  const fits = candidates.map((candidate) => fit(request, candidate, options));
  const rows = fits.map(({ row }) => row);
  const eligible = fits.filter(({ row }) => row.excluded === undefined);
  const [first, second] = eligible.toSorted(compare);
  if (first === undefined) throw nobody(request, rows, options);
  return {
    leader: first.row.leader,
    model: first.model,
    local: first.candidate.local,
    reason: options.pinned === undefined ? reasonFor(first, second) : 'pinned',
    candidates: rows.slice(0, 300),
  };
}

function fit(request: ChatRequest, candidate: Candidate, options: PlaceOptions): Fit {
  const leads = candidate.offer?.leads ?? null;
  const model = leads === null ? undefined : chooseModel(request.model, leads.models);
  const excluded = exclusion(candidate, model !== undefined, options);
  return {
    candidate,
    model: model?.name ?? request.model ?? '',
    row: {
      ...unknownRow({ peerId: candidate.peerId, name: candidate.name }),
      ...(excluded === undefined ? {} : { excluded }),
      loaded: model?.loaded ?? false,
      freeSlots: leads?.slots.free ?? 0,
      waiting: leads?.waiting ?? 0,
      waitMs: leads?.waitMs ?? null,
      latencyMs: candidate.latencyMs,
      reservedMb: leads?.reservedMb ?? 0,
    },
  };
}

function chooseModel(wanted: string | undefined, models: NonNullable<Offer['leads']>['models']): (typeof models)[number] | undefined {
  if (wanted !== undefined) return models.find(({ name }) => name === wanted);
  return models.find(({ loaded }) => loaded) ?? models[0];
}

function exclusion(candidate: Candidate, hasModel: boolean, options: PlaceOptions): Row['excluded'] {
  if (options.pinned !== undefined && candidate.peerId !== options.pinned) return 'not-pinned';
  if (options.lost?.has(candidate.peerId) === true) return 'lost';
  if (!candidate.local && !candidate.connected) return 'not-connected';
  const leads = candidate.offer?.leads ?? null;
  if (leads === null) return 'not-a-leader';
  if (!hasModel) return 'model-missing';
  if (leads.slots.free === 0 && leads.waiting >= leads.maxWaiting) return 'queue-full';
  return undefined;
}

/** The order of the rules; each rule has the reason that it gives. */
const rules: readonly { reason: Placement['reason']; difference: (a: Fit, b: Fit) => number }[] = [
  { reason: 'loaded', difference: (a, b) => Number(b.row.loaded) - Number(a.row.loaded) },
  { reason: 'wait', difference: (a, b) => Number(b.row.freeSlots > 0) - Number(a.row.freeSlots > 0) },
  { reason: 'wait', difference: (a, b) => a.row.waiting - b.row.waiting },
  { reason: 'latency', difference: (a, b) => latency(a) - latency(b) },
  {
    reason: 'name',
    difference: (a, b) => byText(a.row.leader.name, b.row.leader.name) || byText(a.row.leader.peerId, b.row.leader.peerId),
  },
];

function compare(a: Fit, b: Fit): number {
  for (const { difference } of rules) {
    const d = difference(a, b);
    if (d !== 0) return d;
  }
  return 0;
}

function reasonFor(first: Fit, second: Fit | undefined): Placement['reason'] {
  if (second === undefined) return 'only-one';
  return rules.find(({ difference }) => difference(first, second) !== 0)?.reason ?? 'name';
}

/** This machine needs no link; unmeasured counts as slow, and a finite number keeps the subtraction defined. */
function latency({ candidate }: Fit): number {
  return candidate.local ? 0 : (candidate.latencyMs ?? 1e6);
}

/** Code units, not locale: the same order on every node. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nobody(request: ChatRequest, rows: readonly Row[], options: PlaceOptions): Failure {
  const has = (excluded: Row['excluded']): boolean => rows.some((row) => row.excluded === excluded);
  if (has('queue-full')) return new Failure('queue-full', 'Every leader with this model has a full line.');
  if (has('model-missing'))
    return new Failure(
      'model-missing',
      request.model === undefined ? 'No leader has a model.' : `No leader has the model ${request.model}.`,
    );
  if (has('lost')) return new Failure('leader-lost', 'The leader was lost before it answered, and no other one is there.');
  if (options.pinned !== undefined) return new Failure('no-leader', 'The machine that was asked for does not answer for others now.');
  return new Failure('no-leader', 'No machine in this swarm answers for others now.');
}
