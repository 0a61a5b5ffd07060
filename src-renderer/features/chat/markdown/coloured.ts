// The colours of code that may still grow, part by part: a part that is settled is never coloured nor drawn again.
import type { CodePiece } from './highlight.ts';

/** A part of a code and its colours; settled: whatever follows, it stays as it is. */
export type ColouredPart = { readonly text: string; readonly pieces: readonly CodePiece[]; readonly settled: boolean };

/** What follows so many characters of code stays plain: a part of the page for each word would be felt. */
const longest = 40_000;
/** A part is settled at the last line that ends outside of everything within so many characters, UTF-16 units. */
const partLength = 1500;

/**
 * The parts of a code: of all its whole lines, or of all of it when it has `ended`. They depend on the code alone, not on the steps in which it
 * came. null: a language that nobody knows.
 * @param before of an earlier state of the same code, so that only what came since is coloured; the very same array when nothing did
 */
export function coloured(
  before: readonly ColouredPart[],
  code: string,
  ended: boolean,
  highlight: (code: string) => CodePiece[] | null,
): readonly ColouredPart[] | null {
  const known = beginningOf(before, code);
  const end = Math.min(longest, ended ? code.length : code.lastIndexOf('\n') + 1);
  if (known === before && lengthOf(before) === end) return before;
  const parts = known.filter(({ settled }) => settled);
  let at = lengthOf(parts);
  for (let length = partLength; at < end;) {
    const lineEnd = code.indexOf('\n', at + length - 1) + 1;
    const full = lineEnd > 0 && lineEnd <= end;
    const text = code.slice(at, full ? lineEnd : end);
    const pieces = highlight(text);
    if (pieces === null) return null;
    const cut = full ? cutOf(pieces, text.length / 2) : null;
    if (cut !== null) {
      const settled = text.slice(0, cut.length);
      parts.push({ text: settled, pieces: cut.pieces, settled: true });
      at += cut.length;
      length = partLength;
    } else if (full && lineEnd < end) length = text.length * 2;
    else {
      parts.push({ text, pieces, settled: false });
      break;
    }
  }
  return parts;
}

/** How much of a code its parts hold, UTF-16 units. */
export function lengthOf(parts: readonly ColouredPart[]): number {
  return parts.reduce((sum, { text }) => sum + text.length, 0);
}

/**
 * Whether so much more of a code is worth colouring its last part anew: each line of it while that is short, and an eighth of a long one, so
 * that all of it costs a multiple of its length, and not the square.
 */
export function worthColouring(parts: readonly ColouredPart[], lines: number): boolean {
  const more = Math.min(longest, lines) - lengthOf(parts);
  const last = parts.at(-1);
  const open = last === undefined || last.settled ? 0 : last.text.length;
  return more > (open <= partLength ? 0 : open / 8);
}

/** The parts that the code begins with: all of them, the very same array, unless it is another code by now. */
export function beginningOf(parts: readonly ColouredPart[], code: string): readonly ColouredPart[] {
  let at = 0;
  for (const [index, { text }] of parts.entries()) {
    if (!code.startsWith(text, at)) return parts.slice(0, index);
    at += text.length;
  }
  return parts;
}

/**
 * Where the colours may begin anew: after the last line that ends outside of any string, comment or other scope, best beyond `half` and
 * before one that is not indented. null: nowhere.
 */
function cutOf(pieces: readonly CodePiece[], half: number): { length: number; pieces: CodePiece[] } | null {
  let best: { index: number; within: number; length: number; flush: boolean } | null = null;
  let length = 0;
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece === 'string') {
      for (let line = piece.indexOf('\n'); line !== -1; line = piece.indexOf('\n', line + 1)) {
        const follows = piece[line + 1] ?? (index + 1 < pieces.length ? 'x' : ' ');
        const flush = length + line >= half && !/\s/.test(follows);
        if (flush || best?.flush !== true) best = { index, within: line + 1, length: length + line + 1, flush };
      }
    }
    length += lengthOfPiece(piece);
  }
  if (best === null) return null;
  const last = pieces[best.index];
  return { length: best.length, pieces: [...pieces.slice(0, best.index), typeof last === 'string' ? last.slice(0, best.within) : ''] };
}

const lengthOfPiece = (piece: CodePiece): number =>
  typeof piece === 'string' ? piece.length : piece.pieces.reduce((sum, within) => sum + lengthOfPiece(within), 0);
