import type { LucideIcon } from 'lucide-react';

/** Something that the window can do or show. also: other words by which it is found. keys: what does the same; none: nothing does */
export type Command = { id: string; label: string; also: string; icon: LucideIcon; keys: readonly string[]; run: () => void };

/**
 * Those with all the words that were typed, in any order and each begun at least: first those whose name begins so, "mach" being Machines before
 * Choose machine and model. All of them while nothing is typed.
 */
export function commandsFor<One extends Pick<Command, 'label' | 'also'>>(text: string, commands: readonly One[]): One[] {
  if (text.trim() === '') return [...commands];
  const typed = wordsOf(text);
  if (typed.length === 0) return [];
  const found = commands.filter(({ label, also }) => {
    const known = wordsOf(`${label} ${also}`);
    return typed.every((word) => known.some((one) => one.startsWith(word)));
  });
  const begins = ({ label }: One): boolean => wordsOf(label).join(' ').startsWith(typed.join(' '));
  return found.toSorted((a, b) => Number(begins(b)) - Number(begins(a)));
}

/** Without accents: whoever is in a hurry types none. */
function wordsOf(text: string): string[] {
  const plain = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
