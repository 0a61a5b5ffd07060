// The statements of one swarm as a graph, and the one rule by which they count (README.md, "What counts").
// Everything here depends on the statements alone: neither on the order in which they came, nor on any clock.
import type { PeerId } from '../../src-shared/peer.ts';
import { has, noBits, put, putAll, type Bits } from './bits.ts';
import type { Statement } from './ports.ts';
import type { StatementBody } from './statement.ts';

/** A device's own renames that may lie in the past of another one, unless it is an admin. */
export const maxOwnRenames = 32;

/** A statement whose author had the right to it by everything that it names as its past. Its number is its place in Graph.entries. */
export type RosterEntry = {
  readonly id: string;
  readonly statement: Statement;
  readonly body: StatementBody;
  readonly parents: readonly number[];
  /** All that it builds on. */
  readonly past: Bits;
  /** What is void within its past; null: nothing. */
  readonly lost: Bits | null;
  /** Of a recover statement: the one that made its author the recovery identity. -1: any other statement */
  readonly source: number;
};

/** What was said about one device, and by it; numbers of entries, ascending. */
export type DeviceFacts = {
  readonly admissions: number[];
  readonly promotions: number[];
  readonly revokes: number[];
  /** revokes, and role -> member */
  readonly removals: number[];
  readonly names: number[];
  readonly permissions: number[];
  readonly authored: number[];
};

/** A removal, and a statement by the removed device that neither of the two knows of: it is void once both are there. */
type Clash = { readonly blow: number; readonly victim: number };

export type Graph = {
  /** Parents before their children. */
  readonly entries: RosterEntry[];
  readonly index: Map<string, number>;
  readonly devices: Map<PeerId, DeviceFacts>;
  readonly revokes: number[];
  readonly epochs: number[];
  readonly recoveries: number[];
  readonly recovers: number[];
  readonly clashes: Clash[];
};

export function newGraph(): Graph {
  return {
    entries: [],
    index: new Map(),
    devices: new Map(),
    revokes: [],
    epochs: [],
    recoveries: [],
    recovers: [],
    clashes: [],
  };
}

/** A copy to add to; the entries themselves never change. */
export function copyOf(graph: Graph): Graph {
  const devices = [...graph.devices].map(([peerId, facts]): [PeerId, DeviceFacts] => [peerId, copyOfFacts(facts)]);
  return {
    entries: [...graph.entries],
    index: new Map(graph.index),
    devices: new Map(devices),
    revokes: [...graph.revokes],
    epochs: [...graph.epochs],
    recoveries: [...graph.recoveries],
    recovers: [...graph.recovers],
    clashes: [...graph.clashes],
  };
}

function copyOfFacts(facts: DeviceFacts): DeviceFacts {
  return {
    admissions: [...facts.admissions],
    promotions: [...facts.promotions],
    revokes: [...facts.revokes],
    removals: [...facts.removals],
    names: [...facts.names],
    permissions: [...facts.permissions],
    authored: [...facts.authored],
  };
}

/** A part of a graph that holds each statement's whole past, and what is void in it. */
export type Scope = { readonly graph: Graph; /** null: all of it */ readonly within: Bits | null; readonly lost: Bits | null };

export function everything(graph: Graph): Scope {
  return { graph, within: null, lost: voidIn(graph, null) };
}

function reaches({ within }: Pick<Scope, 'within'>, number: number): boolean {
  return within === null || has(within, number);
}

/** It is there and not void. */
export function counts(scope: Scope, number: number): boolean {
  return reaches(scope, number) && !(scope.lost !== null && has(scope.lost, number));
}

/** `earlier` is in the past of `later`. */
export function precedes(graph: Graph, earlier: number, later: number): boolean {
  const entry = graph.entries[later];
  return entry !== undefined && has(entry.past, earlier);
}

/** Removals and demotions count whatever became of their author. */
export function isRemoval(body: StatementBody): boolean {
  return body.op === 'revoke' || (body.op === 'role' && body.role === 'member');
}

/**
 * Looks at a statement whose parents are all in the graph (not checked here: its signature, its swarm). null: its author had no right to
 * it by its own past.
 */
export function judged(graph: Graph, id: string, statement: Statement, body: StatementBody): RosterEntry | null {
  if (body.op === 'found') {
    return graph.entries.length === 0 ? { id, statement, body, parents: [], past: noBits(0), lost: null, source: -1 } : null;
  }
  const parents: number[] = [];
  for (const parent of body.parents) {
    const number = graph.index.get(parent);
    if (number === undefined) return null;
    parents.push(number);
  }
  const past = pastOf(graph, parents);
  const [only] = parents;
  // nothing is concurrent to a single parent within the past that it makes
  const lost = parents.length === 1 && only !== undefined ? (graph.entries[only]?.lost ?? null) : voidIn(graph, past);
  const scope: Scope = { graph, within: past, lost };
  const source = body.op === 'recover' ? recoveryIn(scope) : -1;
  if (!entitled(scope, body, source) || !sound(scope, body)) return null;
  return { id, statement, body, parents, past, lost, source };
}

function pastOf(graph: Graph, parents: readonly number[]): Bits {
  const past = noBits(Math.max(...parents) + 1);
  for (const parent of parents) {
    putAll(past, graph.entries[parent]?.past ?? past);
    put(past, parent);
  }
  return past;
}

/** Adds what `judged` gave; its parents must be there. */
export function add(graph: Graph, entry: RosterEntry): void {
  const { body, past } = entry;
  const number = graph.entries.length;
  graph.entries.push(entry);
  graph.index.set(entry.id, number);

  const unknown = (earlier: number): boolean => !has(past, earlier);
  const author = factsOf(graph, body.by);
  if (isRemoval(body)) {
    if ('device' in body) {
      const { authored } = factsOf(graph, body.device);
      const victims = authored.filter((earlier) => unknown(earlier) && !isRemovalAt(graph, earlier));
      graph.clashes.push(...victims.map((victim) => ({ blow: number, victim })));
    }
  } else {
    graph.clashes.push(...author.removals.filter(unknown).map((blow) => ({ blow, victim: number })));
  }
  // a new recovery code ends the one before, like a removal: also against those who use it without having heard
  if (body.op === 'recovery') {
    const victims = graph.recovers.filter((earlier) => unknown(earlier) && graph.entries[earlier]?.body.by !== body.recovery);
    graph.clashes.push(...victims.map((victim) => ({ blow: number, victim })));
  }
  if (body.op === 'recover') {
    const blows = graph.recoveries.filter((earlier) => unknown(earlier) && recoveryAt(graph, earlier) !== body.by);
    graph.clashes.push(...blows.map((blow) => ({ blow, victim: number })));
  }
  author.authored.push(number);
  file(graph, body, number);
}

function isRemovalAt(graph: Graph, number: number): boolean {
  const entry = graph.entries[number];
  return entry !== undefined && isRemoval(entry.body);
}

/** Into the lists of what it is about. */
function file(graph: Graph, body: StatementBody, number: number): void {
  const about = (peerId: PeerId): DeviceFacts => factsOf(graph, peerId);
  switch (body.op) {
    case 'found': {
      const facts = about(body.by);
      for (const list of [facts.admissions, facts.promotions, facts.names, facts.permissions, graph.epochs]) list.push(number);
      if (body.recovery !== undefined) graph.recoveries.push(number);
      return;
    }
    case 'admit': {
      const facts = about(body.device);
      for (const list of [facts.admissions, facts.names, facts.permissions]) list.push(number);
      return;
    }
    case 'role': {
      const facts = about(body.device);
      (body.role === 'admin' ? facts.promotions : facts.removals).push(number);
      return;
    }
    case 'permissions':
      about(body.device).permissions.push(number);
      return;
    case 'rename':
      about(body.device).names.push(number);
      return;
    case 'revoke': {
      const facts = about(body.device);
      for (const list of [facts.revokes, facts.removals, graph.revokes]) list.push(number);
      return;
    }
    case 'epoch':
      graph.epochs.push(number);
      return;
    case 'recovery':
      graph.recoveries.push(number);
      return;
    case 'recover': {
      const facts = about(body.device);
      for (const list of [facts.admissions, facts.promotions, graph.recovers]) list.push(number);
      if (body.name !== undefined) facts.names.push(number);
    }
  }
}

function factsOf(graph: Graph, peerId: PeerId): DeviceFacts {
  const known = graph.devices.get(peerId);
  if (known !== undefined) return known;
  const facts: DeviceFacts = { admissions: [], promotions: [], revokes: [], removals: [], names: [], permissions: [], authored: [] };
  graph.devices.set(peerId, facts);
  return facts;
}

/**
 * What is void in a part of the graph: statements of a removed device that the removal did not know of, nor they of it; and then, one pass
 * from the oldest on, those whose authors have their right from something void. It only grows with the graph. null: nothing is.
 */
export function voidIn(graph: Graph, within: Bits | null): Bits | null {
  let lost: Bits | null = null;
  // from here on somebody's right may come from something void
  let first = graph.entries.length;
  for (const { blow, victim } of graph.clashes) {
    if (!reaches({ within }, blow) || !reaches({ within }, victim)) continue;
    lost ??= noBits(graph.entries.length);
    put(lost, victim);
    if (givesRights(graph.entries[victim]?.body)) first = Math.min(first, victim);
  }
  if (lost === null) return null;
  for (let number = first; number < graph.entries.length; number += 1) {
    const entry = graph.entries[number];
    if (entry === undefined || !reaches({ within }, number) || isRemoval(entry.body) || has(lost, number)) continue;
    if (!entitled({ graph, within: entry.past, lost }, entry.body, entry.source)) put(lost, number);
  }
  return lost;
}

/** What others say later may rest on it. */
function givesRights(body: StatementBody | undefined): boolean {
  return body !== undefined && body.op !== 'rename' && body.op !== 'permissions' && body.op !== 'epoch';
}

/** Whether the author of a statement has the right to it by `scope`, its past. */
function entitled(scope: Scope, body: StatementBody, source: number): boolean {
  switch (body.op) {
    case 'found':
      return true;
    case 'recover':
      return source >= 0 && counts(scope, source) && recoveryAt(scope.graph, source) === body.by;
    case 'revoke':
    case 'rename':
      return body.device === body.by ? isMember(scope, body.by) : isAdmin(scope, body.by);
    case 'admit':
    case 'role':
    case 'permissions':
    case 'epoch':
    case 'recovery':
      return isAdmin(scope, body.by);
  }
}

/** Bounds that keep a member from filling the roster with a chain, or running the epoch's number up. Judged once, by its own past. */
function sound(scope: Scope, body: StatementBody): boolean {
  const { graph } = scope;
  if (body.op === 'epoch') return body.number === (epochIn(scope)?.number ?? 0) + 1;
  if (body.op !== 'rename' || body.device !== body.by || isAdmin(scope, body.by)) return true;
  const own = graph.devices
    .get(body.by)
    ?.authored.filter((number) => reaches(scope, number) && graph.entries[number]?.body.op === 'rename');
  return (own?.length ?? 0) < maxOwnRenames;
}

/** Some of `grants` counts, and knows of everything in `removals`. */
function holds(scope: Scope, grants: readonly number[], removals: readonly number[]): boolean {
  const { graph } = scope;
  const blows = removals.filter((number) => reaches(scope, number));
  return grants.some((grant) => counts(scope, grant) && blows.every((blow) => precedes(graph, blow, grant)));
}

export function isMember(scope: Scope, peerId: PeerId): boolean {
  const facts = scope.graph.devices.get(peerId);
  return facts !== undefined && holds(scope, facts.admissions, facts.revokes);
}

export function isAdmin(scope: Scope, peerId: PeerId): boolean {
  const facts = scope.graph.devices.get(peerId);
  return facts !== undefined && holds(scope, facts.promotions, facts.removals) && holds(scope, facts.admissions, facts.revokes);
}

/** Of `numbers`, those that count and that no other of them builds on; by id, so that all devices name the same one first. */
export function latest(scope: Scope, numbers: readonly number[]): number[] {
  const { entries } = scope.graph;
  const builtOn = noBits(entries.length);
  const newest: RosterEntry[] = [];
  // from the newest on: whoever builds on something comes after it
  for (const number of numbers.toReversed()) {
    const entry = entries[number];
    if (entry === undefined || !counts(scope, number) || has(builtOn, number)) continue;
    newest.push(entry);
    putAll(builtOn, entry.past);
  }
  return newest.toSorted((x, y) => compareIds(x.id, y.id)).map(({ id }) => scope.graph.index.get(id) ?? -1);
}

/** The statement that names the recovery identity in force. -1: there is none */
export function recoveryIn(scope: Scope): number {
  return latest(scope, scope.graph.recoveries)[0] ?? -1;
}

/** Whom that statement makes the recovery identity. */
export function recoveryAt(graph: Graph, number: number): PeerId | null {
  const body = graph.entries[number]?.body;
  return body?.op === 'found' || body?.op === 'recovery' ? (body.recovery ?? null) : null;
}

export type EpochFacts = { readonly number: number; readonly keyHash: string; readonly id: string };

/** The epoch that a found (always the first) or epoch statement begins. */
export function epochAt(graph: Graph, number: number): EpochFacts | null {
  const entry = graph.entries[number];
  if (entry?.body.op === 'found') return { number: 1, keyHash: entry.body.epochHash, id: entry.id };
  return entry?.body.op === 'epoch' ? { number: entry.body.number, keyHash: entry.body.keyHash, id: entry.id } : null;
}

/** Of those that count the highest number, then the lowest id. */
export function epochIn(scope: Scope): EpochFacts | null {
  let best: EpochFacts | null = null;
  for (const number of scope.graph.epochs) {
    const epoch = counts(scope, number) ? epochAt(scope.graph, number) : null;
    if (epoch === null) continue;
    if (best === null || epoch.number > best.number || (epoch.number === best.number && epoch.id < best.id)) best = epoch;
  }
  return best;
}

/** Code units, as every JavaScript compares text: the same order on every device. */
export function compareIds(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
