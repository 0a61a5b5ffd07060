// Who wrote which part of an answer, followed from its chunks: the node stores it, the window shows it while it grows.
import type { ChatChunk } from './chat.ts';
import type { RouteStep } from './conversation.ts';
import type { FailureCode } from './failure.ts';

/** As many as a stored answer may have; whoever loses more leaders than that keeps its first ones. */
const maxSteps = 1000;

/**
 * The route after one more chunk. A machine that wrote nothing leaves no step behind, and one that goes on with its own text keeps the step
 * that it has.
 * @param shown characters (UTF-16 units) of the answer before this chunk
 */
export function routeAfter(route: readonly RouteStep[], chunk: ChatChunk, shown: number): readonly RouteStep[] {
  const last = route.at(-1);
  if (chunk.kind === 'seam') {
    if (last === undefined || last.leader.peerId !== chunk.lost.peerId) return route;
    const before = route.slice(0, -1);
    return last.from === shown ? before : [...before, { ...last, lost: chunk.code }];
  }
  if (chunk.kind !== 'placed') return route;
  const { leader, model } = chunk.placement;
  const goesOn = last !== undefined && last.lost === null && last.leader.peerId === leader.peerId && last.model === model;
  if (goesOn) return route;
  // chosen, and left before it wrote
  const wrote = last?.lost === null && last.from === shown ? route.slice(0, -1) : route;
  return wrote.length < maxSteps ? [...wrote, { leader, model, from: shown, lost: null }] : wrote;
}

/**
 * The route of an answer that nobody goes on with: its last machine says why its part ended, and leaves no step when it wrote nothing.
 * @param shown characters of the whole answer
 */
export function routeEnded(route: readonly RouteStep[], why: FailureCode, shown: number): readonly RouteStep[] {
  const last = route.at(-1);
  if (last === undefined || last.lost !== null) return route;
  const before = route.slice(0, -1);
  return last.from === shown ? before : [...before, { ...last, lost: why }];
}

/** The steps that have text, of an answer of that length. */
export function writtenSteps(route: readonly RouteStep[], length: number): RouteStep[] {
  return route.filter((step, at) => (route[at + 1]?.from ?? length) > step.from);
}
