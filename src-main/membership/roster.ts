// The roster of a swarm: what devices know of it, merged and added to. A value; every change makes a new one.
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { add, compareIds, copyOf, isRemoval, judged, newGraph, voidIn, type RosterEntry, type Graph } from './graph.ts';
import type { Crypto, Sign, Statement } from './ports.ts';
import { has } from './bits.ts';
import { stateOf, type RosterState } from './roster-state.ts';
import { bodyText, idOf, maxParents, parseStatement, signedText, type Op, type Parsed, type StatementBody } from './statement.ts';

/** Statements that a device keeps of its swarm. */
export const maxStatements = 4096;
/** From here on only what a removal needs may be written. */
export const maxOrdinary = 3840;
/** From here on a removal leaves out the names that its device gave itself last: they become void, and go. */
export const crowded = 2048;
/** Statements whose past has not arrived, and void ones that a later one may build on. The oldest go. */
export const maxWaiting = 256;

/** Read it through the functions of this file only. */
export type Roster = { readonly graph: Graph; readonly waiting: ReadonlyMap<string, Parsed> };

const empty: Roster = { graph: newGraph(), waiting: new Map() };

export function emptyRoster(): Roster {
  return empty;
}

/** Worked out once per roster. */
export function state(roster: Roster): RosterState {
  return stateOf(roster.graph);
}

/** Ids of the statements that no other one builds on, sorted: two rosters with the same heads are the same. */
export function heads(roster: Roster): string[] {
  return headsOf(roster.graph).map(({ id }) => id);
}

/** Everything, parents before their children. */
export function statements(roster: Roster): Statement[] {
  return roster.graph.entries.map(({ statement }) => statement);
}

/** The swarm that these statements begin, if they do: what a device that is let in says to `merge`. */
export function swarmOf(crypto: Pick<Crypto, 'hash'>, news: readonly unknown[]): string | null {
  for (const input of news) {
    const parsed = parseStatement(input);
    if (parsed?.body.op === 'found') return idOf(crypto, parsed.statement);
  }
  return null;
}

/** Begins a swarm; `by` is its first admin. `recovery`: the identity of its recovery code. */
export function foundRoster(
  crypto: Crypto,
  sign: Sign,
  by: PeerId,
  facts: { readonly name: string; readonly epochHash: string; readonly recovery?: PeerId },
): { roster: Roster; statement: Statement } {
  return sealed(crypto, sign, newGraph(), { v: 1, by, op: 'found', ...facts });
}

export type Merged = {
  roster: Roster;
  /** What is new in it; empty: the roster is the same object, or only waits for more. */
  added: Statement[];
  /** Not understood, not signed, of another swarm, without right, void, or too many. */
  refused: number;
};

/**
 * Takes what others say: hostile input, never throws. A statement whose parents are missing waits for them.
 * `swarm`: which one to adopt while the roster is empty; without it an empty roster takes nothing.
 */
export function merge(crypto: Crypto, roster: Roster, news: readonly unknown[], { swarm }: { swarm?: string } = {}): Merged {
  const own = state(roster).swarm ?? swarm;
  if (own === undefined) return { roster, added: [], refused: news.length };
  const { pending, refused } = sorted(crypto, roster, news, own);
  if (pending.size === 0) return { roster, added: [], refused };

  const graph = copyOf(roster.graph);
  const waiting = new Map<string, Parsed>();
  let left = refused;
  const refuse = (id: string): void => {
    if (!roster.waiting.has(id)) left += 1;
  };
  for (const id of inOrder(pending)) {
    const parsed = pending.get(id);
    if (parsed === undefined) continue;
    const place = placeOf(crypto, graph, id, parsed);
    if (place === 'later') waiting.set(id, parsed);
    else if (place === 'never') refuse(id);
    else add(graph, place);
  }
  const kept = fitting(pruned(graph), roster.graph.entries.length);
  // something that counts may yet come that builds on them
  for (const { id, statement, body } of graph.entries) {
    if (kept.index.has(id)) continue;
    waiting.set(id, { statement, body });
    if (!roster.graph.index.has(id)) refuse(id);
  }
  for (const id of [...waiting.keys()].slice(0, -maxWaiting)) waiting.delete(id);
  const added = kept.entries.filter(({ id }) => !roster.graph.index.has(id)).map(({ statement }) => statement);
  const isSame = added.length === 0 && kept.entries.length === roster.graph.entries.length;
  return { roster: { graph: isSame ? roster.graph : kept, waiting }, added, refused: left };
}

/** What is new and about this swarm, with what waits already. */
function sorted(
  crypto: Crypto,
  roster: Roster,
  news: readonly unknown[],
  swarm: string,
): { pending: Map<string, Parsed>; refused: number } {
  const pending = new Map<string, Parsed>();
  let refused = Math.max(0, news.length - 2 * maxStatements);
  for (const input of news.slice(0, 2 * maxStatements)) {
    const parsed = parseStatement(input);
    const id = parsed === null ? '' : idOf(crypto, parsed.statement);
    if (parsed === null || (parsed.body.op === 'found' ? id : parsed.body.swarm) !== swarm) refused += 1;
    else if (roster.graph.index.has(id) || roster.waiting.has(id)) continue;
    else {
      const twin = pending.get(id)?.statement.signature;
      // the same words under another signature must not hide the true one
      const isFalse = twin !== undefined && twin !== parsed.statement.signature && !isSigned(crypto, parsed);
      if (isFalse) refused += 1;
      else pending.set(id, parsed);
    }
  }
  // nothing new: what waits, waits on
  if (pending.size > 0) for (const [id, parsed] of roster.waiting) pending.set(id, parsed);
  return { pending, refused };
}

/** Ids, those of parents first as far as they are among them. Without recursion: a chain may be thousands long. */
function inOrder(pending: ReadonlyMap<string, Parsed>): string[] {
  const order: string[] = [];
  const missing = new Map<string, number>();
  const children = new Map<string, string[]>();
  for (const [id, { body }] of pending) {
    const parents = body.op === 'found' ? [] : body.parents.filter((parent) => pending.has(parent));
    missing.set(id, parents.length);
    for (const parent of parents) {
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [id]);
      else list.push(id);
    }
    if (parents.length === 0) order.push(id);
  }
  // grows while it is walked
  for (const id of order) {
    for (const child of children.get(id) ?? []) {
      const left = (missing.get(child) ?? 0) - 1;
      missing.set(child, left);
      if (left === 0) order.push(child);
    }
  }
  return order;
}

/** later: something that it builds on is not here. The signature is looked at last: it costs most. */
function placeOf(crypto: Crypto, graph: Graph, id: string, parsed: Parsed): RosterEntry | 'later' | 'never' {
  const { statement, body } = parsed;
  if (body.op !== 'found' && body.parents.some((parent) => !graph.index.has(parent))) return isSigned(crypto, parsed) ? 'later' : 'never';
  const entry = judged(graph, id, statement, body);
  return entry !== null && isSigned(crypto, parsed) ? entry : 'never';
}

function isSigned(crypto: Crypto, { statement, body }: Parsed): boolean {
  return crypto.verify(body.by, signedText(statement.body), statement.signature);
}

/**
 * Without what is void and carries nothing that counts. It can never count again, whatever else arrives; so every device ends with the
 * same statements, and a removed device cannot fill the roster by going on to write at a place before its removal.
 */
function pruned(graph: Graph): Graph {
  const lost = voidIn(graph, null);
  if (lost === null) return graph;
  return withParents(graph, (number, { body }) => !has(lost, number) || body.op === 'recovery');
}

/** Takes newcomers back while there are too many: those that nothing builds on, removals last. */
function fitting(graph: Graph, known: number): Graph {
  if (graph.entries.length <= maxStatements) return graph;
  const excess = graph.entries.length - maxStatements;
  return without(
    without(graph, known, excess, (body) => !isRemoval(body)),
    known,
    excess,
    () => true,
  );
}

function without(graph: Graph, known: number, atMost: number, may: (body: StatementBody) => boolean): Graph {
  let left = Math.min(atMost, graph.entries.length - maxStatements);
  const built = new Set<number>();
  const dropped = new Set<number>();
  for (let number = graph.entries.length - 1; number >= known && left > 0; number -= 1) {
    const entry = graph.entries[number];
    if (entry === undefined) continue;
    if (!built.has(number) && may(entry.body)) {
      dropped.add(number);
      left -= 1;
    } else for (const parent of entry.parents) built.add(parent);
  }
  return dropped.size === 0 ? graph : rebuilt(graph, (number) => !dropped.has(number));
}

/** Of a graph what `keep` says, and all that this builds on. */
function withParents(graph: Graph, keep: (number: number, entry: RosterEntry) => boolean): Graph {
  const kept = new Set<number>();
  for (let number = graph.entries.length - 1; number >= 0; number -= 1) {
    const entry = graph.entries[number];
    if (entry === undefined || !(kept.has(number) || keep(number, entry))) continue;
    kept.add(number);
    for (const parent of entry.parents) kept.add(parent);
  }
  return kept.size === graph.entries.length ? graph : rebuilt(graph, (number) => kept.has(number));
}

function rebuilt(graph: Graph, keep: (number: number) => boolean): Graph {
  const next = newGraph();
  for (const [number, { id, statement, body }] of graph.entries.entries()) {
    const entry = keep(number) ? judged(next, id, statement, body) : null;
    if (entry !== null) add(next, entry);
  }
  return next;
}

/**
 * Says something, after everything that this device knows. Its author may be the recovery identity.
 * @throws Failure not-admin (no right to it), not-found (no such member), last-admin, roster-full
 */
export function write(crypto: Crypto, sign: Sign, by: PeerId, roster: Roster, op: Op): { roster: Roster; statement: Statement } {
  const { graph } = roster;
  const { swarm, members } = state(roster);
  if (swarm === null) throw new Failure('not-admin', 'There is no roster to write to.');
  checkRight(state(roster), by, op);
  const size = graph.entries.length;
  const isNeeded =
    op.op === 'epoch' || op.op === 'recovery' || op.op === 'recover' || (op.op === 'role' ? op.role === 'member' : op.op === 'revoke');
  if (size >= maxStatements && op.op !== 'revoke') throw new Failure('roster-full', 'The list of members has no more room.');
  if (size >= maxOrdinary && !isNeeded) throw new Failure('roster-full', 'The list of members has no more room.');
  const isTail = op.op === 'revoke' && op.device !== by && size >= crowded ? tailOf(graph, op.device) : () => false;
  const isAdmin = ({ body }: RosterEntry): boolean => members.get(body.by)?.role === 'admin';
  const parents = headsOf(graph, isTail)
    .toSorted((a, b) => Number(isRemoval(b.body)) - Number(isRemoval(a.body)) || Number(isAdmin(b)) - Number(isAdmin(a)))
    .slice(0, maxParents)
    .map(({ id }) => id)
    .toSorted(compareIds);
  const written = sealed(crypto, sign, copyOf(graph), { v: 1, swarm, parents, by, ...op });
  if (written.roster.graph.entries.length > maxStatements) throw new Failure('roster-full', 'The list of members has no more room.');
  return { ...written, roster: { ...written.roster, waiting: roster.waiting } };
}

function checkRight({ members, recovery }: RosterState, by: PeerId, op: Op): void {
  const own = members.get(by);
  const isOwn = (op.op === 'revoke' || op.op === 'rename') && op.device === by;
  const right = op.op === 'recover' ? recovery === by : own?.role === 'admin' || (isOwn && own !== undefined);
  if (!right) throw new Failure('not-admin', 'This device has no right to that.');
  if (op.op === 'admit' || op.op === 'recover' || op.op === 'epoch' || op.op === 'recovery') return;
  const about = members.get(op.device);
  if (about === undefined) throw new Failure('not-found', 'There is no such member.');
  const takesAdmin = op.op === 'revoke' || (op.op === 'role' && op.role === 'member');
  if (!takesAdmin || about.role !== 'admin') return;
  const others = [...members].some(([peerId, { role }]) => peerId !== op.device && role === 'admin');
  if (!others) throw new Failure('last-admin', 'This is the only admin.');
}

function sealed(crypto: Crypto, sign: Sign, graph: Graph, said: StatementBody): { roster: Roster; statement: Statement } {
  const body = textOf(said);
  const statement: Statement = { body, signature: sign(signedText(body)) };
  const parsed = parseStatement(statement);
  const entry = parsed === null ? null : judged(graph, idOf(crypto, statement), statement, parsed.body);
  if (entry === null) throw new Failure('bad-request', 'That cannot be said now.');
  add(graph, entry);
  return { roster: { graph: pruned(graph), waiting: new Map() }, statement };
}

function textOf(said: StatementBody): string {
  try {
    return bodyText(said);
  } catch (error) {
    throw new Failure('bad-request', 'That cannot be said.', { cause: error });
  }
}

/** By id. `isLeftOut`: as if those were not there. */
function headsOf(graph: Graph, isLeftOut: (number: number) => boolean = () => false): RosterEntry[] {
  const built = new Set<number>();
  const entries: RosterEntry[] = [];
  for (let number = graph.entries.length - 1; number >= 0; number -= 1) {
    const entry = graph.entries[number];
    if (entry === undefined || isLeftOut(number)) continue;
    if (!built.has(number)) entries.push(entry);
    for (const parent of entry.parents) built.add(parent);
  }
  return entries.toSorted((a, b) => compareIds(a.id, b.id));
}

/** The names that a device gave itself, as far as nothing else builds on them. */
function tailOf(graph: Graph, device: PeerId): (number: number) => boolean {
  const built = new Set<number>();
  const tail = new Set<number>();
  for (let number = graph.entries.length - 1; number >= 0; number -= 1) {
    const entry = graph.entries[number];
    if (entry === undefined) continue;
    const { op, by } = entry.body;
    if (op === 'rename' && by === device && !built.has(number)) tail.add(number);
    else for (const parent of entry.parents) built.add(parent);
  }
  return (number) => tail.has(number);
}
