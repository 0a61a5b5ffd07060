import { inApp } from '../../node/index.ts';
import { mod } from './by-keyboard.ts';

/** In the order of the sheet. Ctrl+N is the browser's own where the window is a tab; Alt+N is free everywhere. */
export const keys = [
  ['new', [mod, 'N'], ['Alt', 'N']],
  ['search', [mod, 'K']],
  ['model', [mod, 'L']],
  ['focus', ['/']],
  ['settings', [mod, ',']],
  ['stop', ['Esc']],
  ['editLast', ['↑']],
  ['undo', [mod, 'Z']],
  ['zoom', [mod, '+'], [mod, '−'], [mod, '0']],
  ['sheet', ['?']],
] as const;

/** The one that works here. */
export function chordOf(wanted: (typeof keys)[number][0]): readonly string[] {
  const [, ...chords] = keys.find(([name]) => name === wanted) ?? [wanted];
  return (wanted === 'new' && !inApp ? chords[1] : chords[0]) ?? [];
}
