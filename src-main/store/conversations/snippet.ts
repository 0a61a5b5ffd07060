// The piece of a text that shows why it was found.
import type { SnippetPart } from '../../../src-shared/conversation.ts';
import { findTerm, textWords, type TextWord } from './words.ts';

/** Characters before the first hit, and in all. */
const leadLength = 40;
const snippetLength = 160;
/** Of a very long text the first so many characters are looked at for the piece. */
const lookedAt = 200_000;

/** A piece of one line around the first hit; all hits in it are marked. */
export function snippetOf(text: string, terms: readonly (readonly string[])[]): SnippetPart[] {
  const looked = text.slice(0, lookedAt);
  const words = [...textWords(looked)];
  const first = terms.map((term) => findTerm(words, term)?.first ?? Infinity);
  const at = words[Math.min(...first)]?.start ?? 0;
  const from = at <= leadLength ? 0 : (words.find(({ start }) => start >= at - leadLength)?.start ?? at);
  const until =
    from + snippetLength >= looked.length
      ? looked.length
      : (words.findLast(({ end }) => end <= from + snippetLength)?.end ?? from + snippetLength);
  const end = Math.max(until, Math.min(at + 1, looked.length));
  const parts: SnippetPart[] = from > 0 ? [{ text: '…', hit: false }] : [];
  let shown = from;
  for (const { start, end: stop } of hitsIn(words, terms, from, end)) {
    if (start > shown) parts.push({ text: oneLine(looked.slice(shown, start)), hit: false });
    parts.push({ text: oneLine(looked.slice(Math.max(start, shown), stop)), hit: true });
    shown = stop;
  }
  if (shown < end) parts.push({ text: oneLine(looked.slice(shown, end)), hit: false });
  if (end < text.length) parts.push({ text: '…', hit: false });
  return parts.filter((part) => part.text !== '');
}

/** Places of hits in order, without overlaps. */
function hitsIn(
  words: readonly TextWord[],
  terms: readonly (readonly string[])[],
  from: number,
  until: number,
): { start: number; end: number }[] {
  const inside = words.filter(({ start, end }) => start >= from && end <= until);
  const found: { start: number; end: number }[] = [];
  for (const term of terms) {
    for (let hit = findTerm(inside, term); hit !== undefined; hit = findTerm(inside, term, hit.last + 1)) {
      found.push({ start: inside[hit.first]?.start ?? 0, end: inside[hit.last]?.end ?? 0 });
    }
  }
  const merged: { start: number; end: number }[] = [];
  for (const hit of found.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && hit.start < last.end) last.end = Math.max(last.end, hit.end);
    else merged.push({ ...hit });
  }
  return merged;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
