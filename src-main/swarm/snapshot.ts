// The swarm at one moment. Pure: the time and the view are arguments.
import { unknownFacts, unknownHardware, type HardwareFacts } from '../../src-shared/hardware.ts';
import { leadsNow, type Offer, type PeerView } from '../../src-shared/peer.ts';
import { staleMs, type ClusterTotals, type KnownSum, type NodeSnapshot, type SwarmSnapshot } from '../../src-shared/snapshot.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';

/**
 * @param view what is known of everybody
 * @param own the offer of this machine as it is to itself
 * @param takenAt wall clock ms
 */
export function snapshotOf(view: SwarmView, own: Offer, takenAt: number): SwarmSnapshot {
  const self = selfNode(view, own, takenAt);
  const peers = view.peers.filter(({ state }) => state !== 'found').map((peer) => peerNode(peer, takenAt));
  const met = new Set([self.peerId, ...peers.map(({ peerId }) => peerId)]);
  const absent = view.membership.members.filter(({ peerId }) => !met.has(peerId)).map(absentNode);
  const nodes = [self, ...[...peers, ...absent].toSorted(inOrder)].slice(0, 4096);
  return { takenAt, takenBy: view.self.name, nodes, totals: totalsOf(nodes) };
}

function selfNode({ self }: SwarmView, own: Offer, takenAt: number): NodeSnapshot {
  const unknown = unknownFacts(self.hardware);
  return {
    ...offered(own),
    peerId: self.peerId ?? '',
    name: self.name,
    self: true,
    status: unknown.length === 0 ? 'complete' : 'partial',
    unknown,
    latencyMs: 0,
    hardware: self.hardware,
    seenAt: takenAt,
    toldAt: self.hardware.lookedAt?.load ?? null,
  };
}

function peerNode({ peerId, name, state, offer, latencyMs, lastSeen, offerAt = null }: PeerView, takenAt: number): NodeSnapshot {
  const unknown = offer === null ? (['offer'] as const) : unknownFacts(offer.hardware);
  const old = offerAt !== null && takenAt - offerAt > staleMs;
  return {
    ...offered(offer),
    peerId,
    name,
    self: false,
    status: state !== 'connected' ? 'unreachable' : old ? 'stale' : unknown.length === 0 ? 'complete' : 'partial',
    unknown: [...unknown],
    latencyMs,
    hardware: offer?.hardware ?? null,
    seenAt: lastSeen,
    toldAt: offerAt,
  };
}

/** On the list of members, and not met since this machine started. */
function absentNode({ peerId, name, lastSeen }: SwarmView['membership']['members'][number]): NodeSnapshot {
  return {
    ...offered(null),
    peerId,
    name: name.slice(0, 63),
    self: false,
    status: 'unreachable',
    unknown: ['offer'],
    latencyMs: null,
    hardware: null,
    seenAt: lastSeen,
    toldAt: null,
  };
}

function offered(offer: Offer | null): Pick<NodeSnapshot, 'role' | 'leads' | 'models' | 'slots' | 'waiting' | 'reservedMb' | 'paused'> {
  const leads = offer?.leads ?? null;
  return {
    role: offer?.role ?? null,
    leads: leadsNow(offer),
    models: (leads?.models ?? []).map(({ name, loaded, tokensPerSecond = null }) => ({ name, loaded, tokensPerSecond })),
    slots: leads?.slots ?? null,
    waiting: leads?.waiting ?? null,
    reservedMb: leads?.reservedMb ?? null,
    paused: leads?.paused ?? null,
  };
}

/** Those that are reached first, then by name and peer id, in code units. */
function inOrder(a: NodeSnapshot, b: NodeSnapshot): number {
  const away = (node: NodeSnapshot): number => Number(node.status === 'unreachable');
  const text = (node: NodeSnapshot): string => `${node.name}\n${node.peerId}`;
  return away(a) - away(b) || (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}

function totalsOf(nodes: readonly NodeSnapshot[]): ClusterTotals {
  const reached = nodes.filter(({ status }) => status !== 'unreachable');
  const having = (status: NodeSnapshot['status']): number => nodes.filter((node) => node.status === status).length;
  const total = (value: (node: NodeSnapshot) => number | null): KnownSum => sumOf(reached.map(value));
  /** Nothing is known of a node that said nothing; one that does not lead lends nothing. */
  const lent = (value: (node: NodeSnapshot) => number | null): KnownSum =>
    total((node) => (node.hardware === null ? null : node.leads ? value(node) : 0));
  const machine = (value: (facts: HardwareFacts) => number | null) => (node: NodeSnapshot) => value(node.hardware ?? unknownHardware);
  return {
    nodes: nodes.length,
    complete: having('complete'),
    partial: having('partial'),
    stale: having('stale'),
    unreachable: having('unreachable'),
    leaders: reached.filter(({ leads }) => leads).length,
    cores: total(machine(({ cpu }) => cpu.cores)),
    ramMb: total(machine(({ ram }) => ram.totalMb)),
    ramFreeMb: total(machine(({ ram }) => ram.freeMb)),
    vramMb: total(machine((facts) => graphicsMb(facts, 'vramMb'))),
    vramFreeMb: total(machine((facts) => graphicsMb(facts, 'vramFreeMb'))),
    unified: reached.filter(({ hardware }) => hardware?.gpus.some(({ unified }) => unified)).length,
    slots: lent(({ slots }) => slots?.total ?? null),
    freeSlots: lent(({ slots }) => slots?.free ?? null),
    waiting: lent(({ waiting }) => waiting),
    models: new Set(reached.flatMap(({ models }) => models.map(({ name }) => name))).size,
  };
}

/** Of all cards together; null: of one it is not known, or nobody could look. */
function graphicsMb({ gpus, unknown }: HardwareFacts, what: 'vramMb' | 'vramFreeMb'): number | null {
  if (unknown?.includes('gpus') === true) return null;
  const own = gpus.filter(({ unified }) => !unified).map((gpu) => gpu[what]);
  return own.includes(null) ? null : own.reduce<number>((sum, mb) => sum + (mb ?? 0), 0);
}

function sumOf(values: readonly (number | null)[]): KnownSum {
  const known = values.filter((value) => value !== null);
  return { sum: known.reduce((sum, value) => sum + value, 0), unknown: values.length - known.length };
}
