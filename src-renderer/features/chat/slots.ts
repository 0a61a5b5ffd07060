import { createContext } from 'react';
import type { ReactNode } from 'react';

/** What a question goes to; null: whatever suits best. */
export type AskedOf = { model: string | null; machine: string | null };
/** machineName: as it was called when it was picked, for when it is not there; null where none was picked */
export type PickedOf = AskedOf & { machineName: string | null };
/** Draws a control that picks model and machine; it belongs to another feature, so the shell passes it in. */
export type PickerSlot = (picked: PickedOf, onPick: (picked: PickedOf) => void) => ReactNode;
/** Draws the menu of machines and models that could answer once more; the arrow beside "Ask again". `answered`: who did (peer id, model). */
export type RetrySlot = (answered: AskedOf, onPick: (picked: AskedOf) => void) => ReactNode;

/** What other features draw within answers. */
export const RetryMenuSlot = createContext<RetrySlot>(() => null);

/** Why conversations are only read here, and nothing is asked, in words; null: they are not. */
export const ReadingOnly = createContext<string | null>(null);
