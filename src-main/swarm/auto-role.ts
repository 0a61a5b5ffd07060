// Role auto: with no leader for a model, the fittest willing node becomes one. No election: each node looks at the same offers and comes to
// the same conclusion about itself. Where two lead who cannot see each other, both do; when they meet, the less fit one steps back once it
// has drained, and no answer is lost by it. Pure: time is an argument.
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { takesQuestions, type Offer, type PeerId } from '../../src-shared/peer.ts';

export const autoPace = {
  /** Nothing is begun before this has passed since the network came up: finding the others takes about 3 s. */
  joinMs: 8_000,
  /** So long nobody must have led a model, since a leader that was restarted or cut off for a moment comes back. */
  startMs: 3_000,
  /** Each one that is fitter, and does not begin all the same, is waited for so long: its engine may not start. */
  turnMs: 20_000,
  /** ... and no more of them than these: what others claim to be holds nobody up for long. */
  maxTurns: 5,
  /** Before it takes over from one that leads and is much less fit. */
  takeOverMs: 30_000,
  /** Before it steps back: doubled with each time that it led in the last hour, up to the greatest. */
  yieldMs: 30_000,
  yieldMaxMs: 600_000,
  memoryMs: 3_600_000,
  /** Who leads is left to it unless this one is so many times as fit. */
  margin: 1.25,
} as const;

/** What role auto looks at of a node. */
export type AutoNode = {
  peerId: PeerId;
  fitness: number;
  /** A person said that it leads: it never steps back for others. */
  fixed: boolean;
  /** It would lead: role auto, a model, an engine that works, no pause. */
  willing: boolean;
  /** What it lends or would lend. */
  models: readonly string[];
  /** What it lends now; null: it does not lead, or takes no questions. */
  leading: readonly string[] | null;
};

/**
 * How well a machine runs models, in MiB of dedicated graphics memory that are worth as much; a rough order, of facts that do not change
 * while it works. Memory of a graphics card counts four times that of the machine, a core as 512 MiB of that; on battery all of it counts a sixteenth.
 * What is unknown adds nothing.
 */
export function fitness({ cpu, ram, gpus, onAc }: HardwareFacts): number {
  const own = gpus.reduce((sum, { unified, vramMb }) => sum + (unified ? 0 : (vramMb ?? 0)), 0);
  const shared = gpus.some(({ unified }) => unified) ? (ram.totalMb ?? 0) : 0;
  const points = own + ((ram.totalMb ?? 0) + shared) / 4 + (cpu.cores ?? 0) * 128;
  return Math.round(onAc === false ? points / 16 : points);
}

/** A node as its offer tells. */
export function autoNode(peerId: PeerId, { role, hardware, leads, willing = false, couldLead = [] }: Offer): AutoNode {
  const lent = leads?.models.map(({ name }) => name) ?? [];
  return {
    peerId,
    fitness: fitness(hardware),
    fixed: role === 'leader',
    willing: role === 'auto' && willing,
    models: [...new Set([...couldLead, ...lent])],
    leading: takesQuestions({ leads }) ? lent : null,
  };
}

/** Fitter first; equals by peer id, in code units: the same order on every node. */
export function byFitness(a: AutoNode, b: AutoNode): number {
  return b.fitness - a.fitness || (a.peerId < b.peerId ? -1 : a.peerId > b.peerId ? 1 : 0);
}

export type AutoState = {
  readonly leads: boolean;
  readonly upAt: number;
  /** Since when what speaks for a change has held without a gap; null: nothing does. */
  readonly since: number | null;
  /** When it began to lead, the times of the last hour. */
  readonly begun: readonly number[];
};

/** @param leads it led already when it was told to be auto: that is no change to make in a hurry */
export function autoBegins(now: number, leads: boolean): AutoState {
  return { leads, upAt: now, since: null, begun: [] };
}

/**
 * What this node is from now on. Look again when an offer changes, and at `wakeAt` (null: not by time alone).
 * @param self its own node; `leading` is not looked at: state.leads is what it means to do
 * @param others those that this node is connected with
 */
export function autoStep(
  state: AutoState,
  self: AutoNode,
  others: readonly AutoNode[],
  now: number,
): { state: AutoState; wakeAt: number | null } {
  const begun = state.begun.filter((at) => now - at < autoPace.memoryMs);
  const afterMs = state.leads ? yieldAfter(self, others, begun.length) : startAfter(self, others);
  if (afterMs === null) return { state: { ...state, begun, since: null }, wakeAt: null };
  const since = state.since ?? now;
  const due = Math.max(since + afterMs, state.leads ? 0 : state.upAt + autoPace.joinMs);
  if (now < due) return { state: { ...state, begun, since }, wakeAt: due };
  const leads = !state.leads;
  // what speaks against it is looked at from here on
  return { state: { ...state, leads, since: null, begun: leads ? [...begun, now] : begun }, wakeAt: now };
}

/** How long this node waits before it begins to lead, ms; null: it does not. */
function startAfter(self: AutoNode, others: readonly AutoNode[]): number | null {
  if (!able(self)) return others.some((other) => other.leading !== null || able(other)) ? null : autoPace.startMs;
  const waits = self.models.map((model) => {
    const leaders = others.filter(({ leading }) => leading?.includes(model) === true);
    if (leaders.some((leader) => leader.fixed || leader.fitness * autoPace.margin >= self.fitness)) return Number.POSITIVE_INFINITY;
    const fitter = others.filter((other) => able(other) && other.models.includes(model) && byFitness(other, self) < 0).length;
    return (leaders.length === 0 ? autoPace.startMs : autoPace.takeOverMs) + Math.min(fitter, autoPace.maxTurns) * autoPace.turnMs;
  });
  const least = Math.min(...waits);
  return Number.isFinite(least) ? least : null;
}

/** How long it goes on leading though it need not, ms; null: it is needed. */
function yieldAfter(self: AutoNode, others: readonly AutoNode[], times: number): number | null {
  if (!able(self)) return others.some((other) => other.leading !== null || able(other)) ? autoPace.startMs : null;
  const covered = (model: string): boolean =>
    others.some((other) => other.leading?.includes(model) === true && (other.fixed || byFitness(other, self) < 0));
  if (!self.models.every(covered)) return null;
  return Math.min(autoPace.yieldMaxMs, autoPace.yieldMs * 2 ** Math.max(0, times - 1));
}

/** Who is not, leads only where nobody else could: then its failure is at least seen. */
function able({ willing, models }: AutoNode): boolean {
  return willing && models.length > 0;
}
