// Cuts a growing text into blocks, so that only the last block is parsed and drawn again while it grows.

/** Beyond this the text is drawn plain: parsing it would block the window. */
export const markdownLimits = { characters: 400_000, lineCharacters: 20_000, depth: 40, marks: 1500 } as const;

const fence = /^ {0,3}(`{3,}|~{3,})/;
const listItem = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
/** A link definition or a footnote may be used from any block: then the text stays in one piece. */
const definition = /^ {0,3}\[[^\]\n]{1,200}\]:/m;

/**
 * Blocks in order; joined they are the text. A cut stands only where a blank line ends a block at the top level: never in fenced
 * code, in a list or before indented lines.
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
  for (const line of lines) {
    const content = line.trim() !== '';
    if (open === null && content) {
      const item = listItem.test(line);
      const continues = /^(?: {2,}|\t)/.test(line) || (inList && item);
      if (blank && offset > start && !continues) {
        blocks.push(text.slice(start, offset));
        start = offset;
        inList = false;
      }
      if (item) inList = true;
    }
    open = fenceAfter(line, open);
    blank = !content;
    offset += line.length + 1;
  }
  blocks.push(text.slice(start));
  return blocks;
}

function fenceAfter(line: string, open: string | null): string | null {
  const marks = fence.exec(line)?.[1];
  if (marks === undefined) return open;
  if (open === null) return marks;
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

/**
 * True when one block has so many marks of emphasis and links that pairing them up would take seconds (the work grows with their
 * square). Fenced code is exempt: nothing is paired there.
 */
export function isTangled(block: string): boolean {
  if (block.length < markdownLimits.marks || fence.test(block)) return false;
  let marks = 0;
  for (const character of block) {
    if (
      (character === '*' || character === '_' || character === '~' || character === '[' || character === '`') &&
      ++marks > markdownLimits.marks
    )
      return true;
  }
  return false;
}

/** Two spaces or one marker (quote, list) are one level. Fenced code may be indented deeper; then it is drawn plain, which reads the same. */
function depthOf(text: string, start: number, end: number): number {
  let spaces = 0;
  let markers = 0;
  for (let at = start; at < end; at++) {
    const character = text[at];
    if (character === ' ') spaces++;
    else if (character === '\t') spaces += 4;
    else if (character === '>' || ((character === '-' || character === '*' || character === '+') && text[at + 1] === ' ')) markers++;
    else break;
  }
  return Math.floor(spaces / 2) + markers;
}
