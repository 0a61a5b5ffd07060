// How well a leader suits a question, in points. Pure, and only with arithmetic that IEEE 754 fixes to the last bit (no logarithms): the
// same facts give the same tenths of a point on every machine.
import { scoreWeights as weights, type CandidateRow, type ScorePart } from '../../src-shared/chat.ts';
import { unknownHardware, type HardwareFacts } from '../../src-shared/hardware.ts';
import type { Offer, OfferedModel } from '../../src-shared/peer.ts';

/** Where a part gives half of its points. */
export const halves = {
  /** Faster than anybody reads; twice that is nicer, and ten times that is hardly nicer still. */
  tokensPerSecond: 40,
  /** What a person waits for without looking away. */
  waitMs: 4000,
  /** A second model of a common size fits as well. */
  spareMb: 8192,
  /** From another city. */
  latencyMs: 50,
  /** Tokens of a conversation whose reading is felt: a second or two on a machine without a graphics card. */
  promptTokens: 1000,
} as const;

/** What one answer keeps a slot busy where the leader cannot tell, ms. */
const assumedAnswerMs = 10_000;

/**
 * No leader is believed to be faster than its memory: to write a token, each weight is read once. Bytes/s; NVIDIA B200: 8 TB/s of HBM3e;
 * processors: twelve channels of DDR5-6400, 614 GB/s.
 */
const fastestMemory = { gpu: 8e12, other: 6.2e11 } as const;
/** Mixtures of experts read a part of their weights: an eighth or less is common. */
const activeShare = 1 / 8;
/** Nobody has shown more for one answer, tokens/s. */
const fastestClaim = 400;

export type Leads = NonNullable<Offer['leads']>;

/** A leader that could answer, as far as it matters for the score. */
export type Scored = {
  local: boolean;
  leads: Leads;
  model: OfferedModel;
  hardware: HardwareFacts;
  /** What was seen here; null: nothing */
  seenSpeed: number | null;
  latencyMs: number | null;
  /** On this network; null: unknown */
  near: boolean | null;
  /** Answered this conversation last; null: nobody did */
  last: boolean | null;
  promptTokens: number;
};

/** To be filled: one for all nodes of a swarm spares as many objects as there are nodes. */
export function emptyScored(promptTokens: number): Scored {
  return {
    local: false,
    leads: { models: [], slots: { total: 0, free: 0 }, waiting: 0, maxWaiting: 0, engine: { kind: 'fake', device: unknownDevice } },
    model: { name: '', loaded: false },
    hardware: unknownHardware,
    seenSpeed: null,
    latencyMs: null,
    near: null,
    last: null,
    promptTokens,
  };
}

const unknownDevice = { kind: 'unknown', name: '', why: '' } as const;

/** What it will write, tokens/s; null: nobody knows. A claim counts only while nothing was seen, and never beyond what is plausible. */
export function expectedSpeed({ leads, model, seenSpeed }: Pick<Scored, 'leads' | 'model' | 'seenSpeed'>): number | null {
  if (seenSpeed !== null) return seenSpeed;
  const claimed = model.tokensPerSecond;
  if (claimed == null) return null;
  // without a size nothing can be checked: then a boast is worth as much as silence
  if (model.sizeBytes === undefined || model.sizeBytes === 0) return Math.min(claimed, halves.tokensPerSecond);
  return Math.min(
    claimed,
    fastestClaim,
    (leads.engine.device.kind === 'gpu' ? fastestMemory.gpu : fastestMemory.other) / (model.sizeBytes * activeShare),
  );
}

/** Expected wait for a slot, ms; null never: where the leader does not say, its line is counted. */
export function expectedWait({ slots, waiting, waitMs }: Leads): number {
  if (waitMs != null) return waitMs;
  return slots.free > 0 ? 0 : ((waiting + 1) * assumedAnswerMs) / Math.max(1, slots.total);
}

/**
 * Free memory where the model computes, after what is reserved, MiB: of graphics cards of their own where the engine uses them.
 * null: unknown, or the engine is on another machine
 */
export function freeMemory(leads: Leads, hardware: HardwareFacts): number | null {
  if (leads.engine.remote === true) return null;
  const free = leads.engine.device.kind === 'gpu' ? (cardsFree(hardware) ?? hardware.ram.freeMb) : hardware.ram.freeMb;
  return free === null ? null : Math.max(0, free - (leads.reservedMb ?? 0));
}

/** Of all cards with memory of their own, MiB; null: none, or not known */
function cardsFree({ gpus }: HardwareFacts): number | null {
  let sum: number | null = null;
  for (const { unified, vramFreeMb } of gpus) if (!unified && vramFreeMb !== null) sum = (sum ?? 0) + vramFreeMb;
  return sum;
}

/**
 * The model is in memory, or can come in: engines spread it over cards and RAM, and an idle one puts another model out for it. What is
 * not known passes; the leader itself looks before it loads (jobs/reservations.ts).
 */
export function hasRoom(leads: Leads, model: OfferedModel, hardware: HardwareFacts): boolean {
  const ram = hardware.ram.freeMb;
  if (model.loaded || model.needMb == null || ram === null || leads.engine.remote === true) return true;
  const cards = leads.engine.device.kind === 'gpu' ? (cardsFree(hardware) ?? 0) : 0;
  let idle = 0;
  if (leads.slots.free >= leads.slots.total) for (const other of leads.models) if (other.loaded) idle += other.needMb ?? 0;
  return ram + cards + idle - (leads.reservedMb ?? 0) >= model.needMb;
}

/** 1 at nothing, a half at `half`, towards 0. */
const less = (value: number, half: number): number => half / (half + Math.max(0, value));
const more = (value: number, half: number): number => 1 - less(value, half);

/** 0..1 for each part; what is unknown is in the middle, never the worst and never the best. */
const shares: Readonly<Record<ScorePart, (one: Scored) => number>> = {
  speed(one) {
    const speed = expectedSpeed(one);
    return speed === null ? 0.5 : more(speed, halves.tokensPerSecond);
  },
  wait: ({ leads }) => less(expectedWait(leads), halves.waitMs),
  loaded: ({ model }) => (model.loaded ? 1 : 0),
  memory({ leads, hardware, model }) {
    const free = freeMemory(leads, hardware);
    return free === null ? 0.5 : more(free - (model.loaded ? 0 : (model.needMb ?? 0)), halves.spareMb);
  },
  gpu({ leads }) {
    const { kind } = leads.engine.device;
    return kind === 'gpu' ? 1 : kind === 'cpu' ? 0 : 0.5;
  },
  pressure: ({ leads, hardware: { load, ram } }) => (leads.engine.remote === true ? 0.5 : 1 - ((load ?? 0.5) + (ram.pressure ?? 0.5)) / 2),
  latency: ({ local, latencyMs }) => (local ? 1 : latencyMs === null ? 0.5 : less(latencyMs, halves.latencyMs)),
  locality: ({ local, near }) => (local ? 1 : near === null ? 0.5 : near ? 0.75 : 0),
  affinity: ({ last, promptTokens }) => (last === null ? 0.5 : last ? 0.4 + 0.6 * more(promptTokens, halves.promptTokens) : 0),
  // of this machine the asker is the owner: neither a reason for it nor against it
  owner: ({ local, leads: { ownerActive } }) => (local || ownerActive == null ? 0.5 : ownerActive ? 0 : 1),
};

/** In the order of the enum; the first of equal ones is the reason. */
export const partNames = Object.keys(shares) as ScorePart[];

/** Tenths of points, whole numbers: sums of them are exact. */
export function partTenths(part: ScorePart, one: Scored): number {
  return Math.round(weights[part] * 10 * shares[part](one));
}

/** Each part in points, for people. */
export function partPoints(one: Scored): CandidateRow['parts'] {
  return {
    speed: partTenths('speed', one) / 10,
    wait: partTenths('wait', one) / 10,
    loaded: partTenths('loaded', one) / 10,
    memory: partTenths('memory', one) / 10,
    gpu: partTenths('gpu', one) / 10,
    pressure: partTenths('pressure', one) / 10,
    latency: partTenths('latency', one) / 10,
    locality: partTenths('locality', one) / 10,
    affinity: partTenths('affinity', one) / 10,
    owner: partTenths('owner', one) / 10,
  };
}

/*
 * All parts together, 0..1000 tenths of points, in three steps, each with the most that it can give: who asks thousands of nodes stops where
 * the rest cannot matter. Written out, since a loop over names cannot be inlined.
 */

/** Of what the line of a leader and the link to it tell. */
export function lineTenths(one: Scored): number {
  return (
    Math.round(weights.wait * 10 * shares.wait(one)) +
    Math.round(weights.loaded * 10 * shares.loaded(one)) +
    Math.round(weights.latency * 10 * shares.latency(one)) +
    Math.round(weights.locality * 10 * shares.locality(one)) +
    Math.round(weights.affinity * 10 * shares.affinity(one)) +
    Math.round(weights.owner * 10 * shares.owner(one))
  );
}

/** Of what the machine and its engine tell. */
export function machineTenths(one: Scored): number {
  return (
    Math.round(weights.memory * 10 * shares.memory(one)) +
    Math.round(weights.gpu * 10 * shares.gpu(one)) +
    Math.round(weights.pressure * 10 * shares.pressure(one))
  );
}
export const machineTenthsMost = (weights.memory + weights.gpu + weights.pressure) * 10;

/** The last step is partTenths('speed'), for which somebody has to look up what was seen of it. */
export const speedTenthsMost = weights.speed * 10;
