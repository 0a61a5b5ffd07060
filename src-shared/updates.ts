// What the window is told about updates of the app, and what the person decides about them.
import { z } from 'zod';

/** beta: also what is published as a pre-release. */
const updateChannel = z.enum(['stable', 'beta']);
export type UpdateChannel = z.infer<typeof updateChannel>;

export const updateWishes = z.object({ on: z.boolean(), channel: updateChannel });
export type UpdateWishes = z.infer<typeof updateWishes>;

export const defaultUpdates: UpdateWishes = { on: true, channel: 'stable' };

/**
 * Why this copy does not update itself. clone: it runs from its source. test-build: on the stand-in Electron. no-source: built without a
 * place to update from. not-installed: not put there by an installer. unsigned: macOS takes no update for an app without a signature.
 */
export const noUpdates = z.enum(['clone', 'test-build', 'no-source', 'not-installed', 'unsigned']);
export type NoUpdates = z.infer<typeof noUpdates>;

/** unreachable: no answer from the place. refused: what came is not what was announced. other: anything else. */
export const updateFault = z.enum(['unreachable', 'refused', 'other']);
export type UpdateFault = z.infer<typeof updateFault>;

const version = z.string().max(60);

export const updatesState = z.object({
  /** null: it does update itself */
  unsupported: noUpdates.nullable(),
  phase: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('idle') }),
    z.object({ kind: z.literal('checking') }),
    z.object({ kind: z.literal('downloading'), version, share: z.number().min(0).max(1) }),
    /** It lies here, verified. notes: plain text, perhaps empty */
    z.object({ kind: z.literal('ready'), version, notes: z.string().max(5000) }),
    z.object({ kind: z.literal('failed'), fault: updateFault }),
  ]),
  /** When the place was last asked with success, wall clock ms; null: not yet in this run */
  checkedAt: z.number().nullable(),
});
export type UpdatesState = z.infer<typeof updatesState>;

/** AXON_UPDATES, by which whoever manages the machine decides: off, stable or beta. undefined: it does not say. */
export function managedUpdates(said: string | undefined): UpdateWishes | undefined {
  if (said === 'off') return { ...defaultUpdates, on: false };
  const channel = updateChannel.safeParse(said);
  return channel.success ? { on: true, channel: channel.data } : undefined;
}
