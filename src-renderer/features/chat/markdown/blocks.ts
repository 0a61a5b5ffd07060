// Cuts a growing text into blocks, so that only the last block is parsed and drawn again while it grows.

/** Beyond this the text is drawn plain: parsing it would block the window. */
export const markdownLimits = {
  characters: 400_000,
  lineCharacters: 20_000,
  depth: 40,
  marks: 1500,
  blocks: 1000,
  blockLines: 600,
} as const;

const fence = /^ {0,3}(`{3,}|~{3,})/;
const listItem = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
/** A link definition or a footnote may be used from any block: then the text stays in one piece. */
const definition = /^ {0,3}\[[^\]\n]{1,200}\]:/m;

/**
 * Blocks in order; joined they are the text. A cut stands where a blank line ends a block at the top level, never in a list or before
 * indented lines, and around code that is fenced without an indent, whatever stands before it: never in it.
 */
export function splitBlocks(text: string): string[] {
  if (definition.test(text)) return [text];
  const lines = text.split('\n');
  const blocks: string[] = [];
  let start = 0;
  let offset = 0;
  let open: string | null = null;
  let blank = false;
  let inList = false;
  let fenced = false;
  for (const line of lines) {
    const content = line.trim() !== '';
    if (open === null && content) {
      const fences = /^[`~]/.test(line) && fenceAfter(line, null) !== null;
      const item = listItem.test(line);
      const continues = /^(?: {2,}|\t)/.test(line) || (inList && item);
      if (offset > start && (fences || fenced || (blank && !continues))) {
        blocks.push(text.slice(start, offset));
        start = offset;
        inList = false;
      }
      if (item) inList = true;
      fenced = fences;
    }
    open = fenceAfter(line, open);
    blank = !content;
    offset += line.length + 1;
  }
  blocks.push(text.slice(start));
  return blocks;
}

/** The marks of the fence that is open after a line, null: none; open: before it. */
export function fenceAfter(line: string, open: string | null): string | null {
  const marks = fence.exec(line)?.[1];
  if (marks === undefined) return open;
  // What closes in its own line is code within it.
  if (open === null) return marks.startsWith('`') && line.includes('`', line.indexOf(marks) + marks.length) ? null : marks;
  const closes = marks[0] === open[0] && marks.length >= open.length && line.trim() === marks;
  return closes ? null : open;
}

/** True when the text is too long or too deeply nested to be parsed in a frame. */
export function isTooHeavy(text: string): boolean {
  if (text.length > markdownLimits.characters) return true;
  let lineStart = 0;
  while (lineStart < text.length) {
    const newline = text.indexOf('\n', lineStart);
    const lineEnd = newline === -1 ? text.length : newline;
    if (lineEnd - lineStart > markdownLimits.lineCharacters) return true;
    if (depthOf(text, lineStart, lineEnd) > markdownLimits.depth) return true;
    lineStart = lineEnd + 1;
  }
  return false;
}

/** Of one block. Beyond any of them drawing it takes too long: pairs of marks cost their square, lines and cells are drawn again with each new piece. */
const blockLimits = { characters: 60_000, lines: 600, marks: 1500, brackets: 400, cells: 3000 } as const;

/**
 * True when one block would be felt. What stands inside of fences counts by its length alone, since nothing is paired there; the fences
 * themselves count.
 */
export function isTangled(block: string): boolean {
  if (block.length < blockLimits.brackets) return false;
  if (block.length > blockLimits.characters) return true;
  let open: string | null = null;
  const counts = { lines: 0, marks: 0, brackets: 0, cells: 0 };
  for (const line of block.split('\n')) {
    const before = open;
    open = fenceAfter(line, open);
    if (before !== null && open !== null) continue;
    counts.lines++;
    for (const character of line) {
      if (character === '[') counts.brackets++;
      else if (character === '|') counts.cells++;
      else if (character === '*' || character === '_' || character === '~' || character === '`') counts.marks++;
    }
    if (
      counts.lines > blockLimits.lines ||
      counts.marks > blockLimits.marks ||
      counts.brackets > blockLimits.brackets ||
      counts.cells > blockLimits.cells
    )
      return true;
  }
  return false;
}

/**
 * A plain text in pieces that are drawn once each, while only the last one grows. Cut after a line, or within one that does not end.
 * Joined by their own ends they are the text: each piece keeps its line break.
 */
export function splitPlain(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const line = text.indexOf('\n', start + plainPiece);
    const end = line === -1 || line >= start + 2 * plainPiece ? Math.min(start + 2 * plainPiece, text.length) : line + 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

const plainPiece = 4000;

/**
 * Two spaces or one marker (quote, list, number) are one level. Fenced code may be indented deeper; then it is drawn plain, which reads the
 * same.
 */
function depthOf(text: string, start: number, end: number): number {
  let spaces = 0;
  let markers = 0;
  for (let at = start; at < end; at++) {
    const character = text[at];
    if (character === ' ') spaces++;
    else if (character === '\t') spaces += 4;
    else if (character === '>' || ((character === '-' || character === '*' || character === '+') && isBlank(text[at + 1]))) markers++;
    else {
      number.lastIndex = at;
      const found = number.exec(text)?.[0];
      if (found === undefined) break;
      markers++;
      at += found.length - 1;
    }
  }
  return Math.floor(spaces / 2) + markers;
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';
/** The number of a list item, at `lastIndex`. */
const number = /\d{1,9}[.)](?=[ \t])/y;
