import { describe, expect, test } from 'vitest';
import { coloured, lengthOf, worthColouring } from './coloured.ts';
import type { ColouredPart } from './coloured.ts';
import { highlight } from './highlight.ts';
import type { CodePiece } from './highlight.ts';

const textOf = (pieces: readonly CodePiece[]): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : textOf(piece.pieces))).join('');
const body = `export class Sum {\n  // adds\n  add(a: number): string {\n    return \`\${a}\n\n and more\`;\n  }\n}\n\nconst one = 1;\n`;
const program = Array.from({ length: 40 }, (_, at) => body.replace('Sum', `Sum${at}`)).join('');
const paint = (code: string): CodePiece[] | null => highlight(code, 'ts');

/** As a code block does: whole lines, as they come in steps of so many characters. */
function grown(code: string, step: number, colour: typeof paint = paint): readonly ColouredPart[] {
  let parts: readonly ColouredPart[] = [];
  for (let to = step; to < code.length; to += step) {
    const now = code.slice(0, to);
    if (worthColouring(parts, now.lastIndexOf('\n') + 1)) parts = coloured(parts, now, false, colour) ?? [];
  }
  return coloured(parts, code, true, colour) ?? [];
}

describe('coloured', () => {
  test('parts are the code, in the colours that it has as a whole', () => {
    const parts = coloured([], program, true, paint) ?? [];
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.map(({ text }) => text).join('')).toBe(program);
    for (const { text, pieces } of parts) expect(textOf(pieces)).toBe(text);
    const spans = (pieces: readonly CodePiece[]): unknown[] => pieces.filter((piece) => typeof piece !== 'string');
    expect(parts.flatMap(({ pieces }) => spans(pieces))).toEqual(spans(paint(program) ?? []));
  });

  test.each([7, 100, 3000])('the end is the same however it came: %i characters at once', (step) => {
    expect(grown(program, step)).toEqual(coloured([], program, true, paint));
  });

  test('what is settled is not coloured again, and nothing is when nothing came', () => {
    const half = coloured([], program.slice(0, 5000), false, paint) ?? [];
    const more = coloured(half, program, true, paint) ?? [];
    for (const [at, part] of half.entries()) if (part.settled) expect(more[at]).toBe(part);
    expect(coloured(more, program, true, paint)).toBe(more);
    expect(coloured(more, `other ${program}`, true, paint)?.[0]?.text.startsWith('other')).toBe(true);
  });

  test('a comment that does not end is one part, and a language that nobody knows has none', () => {
    const open = `/* ${'words and words\n'.repeat(400)}`;
    expect(coloured([], open, true, paint)).toHaveLength(1);
    expect(coloured([], 'x', true, (code) => highlight(code, 'klingon'))).toBeNull();
  });

  test('the end of a very long code is plain', () => {
    const long = program.repeat(10);
    expect(lengthOf(coloured([], long, true, paint) ?? [])).toBe(40_000);
    expect(worthColouring(coloured([], long, false, paint) ?? [], long.length)).toBe(false);
  });
});

test.each([
  ['code', program.repeat(2)],
  ['one long comment', `/*\n${'words and words\n'.repeat(600)}`],
])('what is coloured while code grows is a multiple of its length, and not the square: %s', (_kind, code) => {
  const cost = (length: number): number => {
    let characters = 0;
    grown(code.slice(0, length), 60, (part) => {
      characters += part.length;
      return paint(part);
    });
    return characters / length;
  };
  expect(cost(8000)).toBeLessThan(cost(4000) * 1.4);
});
