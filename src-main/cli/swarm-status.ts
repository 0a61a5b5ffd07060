// What people read of a snapshot of the swarm.
import type { KnownSum, NodeSnapshot, SwarmSnapshot } from '../../src-shared/snapshot.ts';
import { shareWords } from './facts.ts';
import { ageWords, memoryWords, say } from './words.ts';

/** @param now wall clock ms of the machine that took it */
export function snapshotLines({ takenAt, takenBy, nodes, totals }: SwarmSnapshot, now: number): string[] {
  return [
    say('swarm.taken', { name: takenBy, age: ageWords(now - takenAt) }),
    ...totalLines(totals),
    ...nodes.map((node) => nodeLine(node, now)),
  ];
}

/** What all that were reached have together; what is not known is said, and never counted as nothing. */
export function totalLines(totals: SwarmSnapshot['totals']): string[] {
  const { nodes, complete, partial, stale, unreachable, leaders, models, unified } = totals;
  const lines = [
    say('swarm.nodes', { nodes, complete, partial, stale, unreachable, leaders }),
    say('swarm.machines', {
      cores: sumWords(totals.cores),
      ramFree: sumWords(totals.ramFreeMb, gib),
      ram: sumWords(totals.ramMb, gib),
      vramFree: sumWords(totals.vramFreeMb, gib),
      vram: sumWords(totals.vramMb, gib),
    }),
    say('swarm.lent', {
      models: say('status.models', { count: models }),
      freeSlots: sumWords(totals.freeSlots),
      slots: sumWords(totals.slots),
      waiting: sumWords(totals.waiting),
    }),
  ];
  return unified === 0 ? lines : [...lines, say('swarm.unified', { count: unified })];
}

function sumWords({ sum, unknown }: KnownSum, word: (value: number) => string = String): string {
  return unknown === 0 ? word(sum) : say('swarm.partly', { sum: word(sum), count: unknown });
}

function gib(mb: number): string {
  return (mb / 1024).toFixed(1);
}

function nodeLine(node: NodeSnapshot, now: number): string {
  const { name, status, unknown, role, leads, models, hardware, toldAt, seenAt, peerId } = node;
  const at = status === 'unreachable' ? seenAt : toldAt;
  const words = say('swarm.node', {
    name,
    status: say(`swarm.status.${status}`),
    role: role === null ? '-' : leads ? say('swarm.leads', { role: say(`role.${role}`) }) : say(`role.${role}`),
    models: models.map((model) => model.name).join(', ') || '-',
    load: shareWords(hardware?.load ?? null),
    age: at === null ? say('swarm.never') : say('swarm.ago', { age: ageWords(now - at) }),
    peerId,
  });
  const held =
    node.reservedMb === null || node.reservedMb === 0 ? '' : ` · ${say('place.reserved', { reserved: memoryWords(node.reservedMb) })}`;
  return unknown.length === 0
    ? `${words}${held}`
    : `${words}${held}${say('swarm.unknown', { what: unknown.map((fact) => say(`swarm.fact.${fact}`)).join(', ') })}`;
}
