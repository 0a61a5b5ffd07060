import { z } from 'zod';
import type { EngineFacts } from './engine.ts';
import { failureShape } from './failure.ts';

/** What the person wants; a setting. auto: leads when nobody else leads and it is the fittest, and asks otherwise. */
export const role = z.enum(['leader', 'subordinate', 'auto']);
export type Role = z.infer<typeof role>;

/** What is true now; derived from facts, never set. */
export const roleActual = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('off') }),
  /** step: what is waited for */
  z.object({ kind: z.literal('starting'), step: z.enum(['network', 'engine', 'model']), progress: z.number().min(0).max(1).optional() }),
  /**
   * running, waiting: answers now being written or in line for others and for this machine; people: other members that they are for
   */
  z.object({
    kind: z.literal('leader'),
    models: z.number().int(),
    running: z.number().int(),
    waiting: z.number().int(),
    people: z.number().int().optional(),
  }),
  /** No longer a leader: running answers are finished, new ones are refused. */
  z.object({ kind: z.literal('draining'), running: z.number().int(), people: z.number().int().optional() }),
  /** leader: the one that would be asked now; null when nobody leads */
  z.object({ kind: z.literal('subordinate'), leader: z.object({ peerId: z.string(), name: z.string() }).nullable() }),
  z.object({ kind: z.literal('troubled'), failure: failureShape }),
]);
export type RoleActual = z.infer<typeof roleActual>;

/** This machine is to answer, and cannot, since its engine does not run. */
export function isEngineDown(self: { role: { actual: RoleActual }; engine: Pick<EngineFacts, 'state'> | null }): boolean {
  return self.role.actual.kind === 'troubled' && self.engine?.state.kind === 'failed';
}

/** Somebody is being answered by this machine now. */
export function isAnswering(actual: RoleActual): boolean {
  return (actual.kind === 'leader' || actual.kind === 'draining') && (actual.running > 0 || (actual.people ?? 0) > 0);
}
