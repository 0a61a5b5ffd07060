import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBlocks } from './blocks.ts';
import { partOf } from './parts.ts';
import type { BlockPart } from './parts.ts';

const grow = (block: string): BlockPart => partOf(block, true);
const end = (block: string): BlockPart => partOf(block, false);

describe('code', () => {
  test('open and closed, with its language and without its marks', () => {
    expect(grow('```ts\nlet a\n')).toEqual({ kind: 'code', language: 'ts', code: 'let a' });
    expect(end('```ts title\nlet a\n\n```\n\n')).toEqual({ kind: 'code', language: 'ts', code: 'let a\n' });
    expect(end('~~~\n```\n~~~')).toEqual({ kind: 'code', language: '', code: '```' });
    expect(end('```\n```')).toEqual({ kind: 'code', language: '', code: '' });
    expect(grow('```')).toEqual({ kind: 'code', language: '', code: '' });
  });

  test('marks that may become the end of it are kept back while it grows', () => {
    expect(grow('```\na\n``')).toMatchObject({ code: 'a' });
    expect(end('```\na\n``')).toMatchObject({ code: 'a\n``' });
    expect(grow('```\na `b`')).toMatchObject({ code: 'a `b`' });
  });

  test('what has more than the code is none', () => {
    expect(end('```js``` is code within a line')).toMatchObject({ kind: 'text' });
    expect(end('```\na\n```\nmore')).toMatchObject({ kind: 'text' });
  });
});

describe('lists', () => {
  const items = (count: number, mark: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => `${mark(at)} ${'word '.repeat(20)}\n`).join('');

  test('a short one is one group, a long one several; joined they are the list', () => {
    expect(grow('- a\n- b\n  - c\n')).toEqual({ kind: 'list', ordered: false, start: 1, loose: false, groups: ['- a\n- b\n  - c'] });
    const long = items(40, (at) => `${at + 7}.`);
    const part = end(long);
    if (part.kind !== 'list') throw new Error('a list was expected');
    expect(part).toMatchObject({ ordered: true, start: 7 });
    expect(part.groups.length).toBeGreaterThan(2);
    expect(part.groups.join('')).toBe(long);
  });

  test('a blank line between two items, or within one, sets all of them apart; one in a list within does not', () => {
    const loose = (text: string): unknown => ({ ...end(text) })['loose' as never];
    expect(loose('- a\n\n- b')).toBe(true);
    expect(loose('- a\n\n  more\n- b')).toBe(true);
    expect(loose('- a\n- b\n\n')).toBe(false);
    expect(loose('- a\n  - b\n\n  - c\n- d')).toBe(false);
    expect(loose('- a\n  ```\n\n  x\n  ```\n- d')).toBe(false);
  });

  test('what may become the next item is kept back while it grows', () => {
    expect(grow('1. a\n2')).toMatchObject({ groups: ['1. a'] });
    expect(grow('- a\n-')).toMatchObject({ groups: ['- a'] });
    expect(grow('- a\nmore')).toMatchObject({ groups: ['- a\nmore'] });
  });

  test.each(['- a\nmore\n- b', '- a\n* b', '1. a\n  - b', '- a\n---\n- b', 'text\n- a', '-', '    - code'])(
    'not for certain one list: %j',
    (text) => {
      expect(end(text)).toMatchObject({ kind: 'text' });
    },
  );

  test('all groups but the last stay as they are while it grows', () => {
    const line = fc.constantFrom(
      '- a',
      '- a much longer item than all the others, so that groups are made of few',
      '  more',
      '',
      '  - within',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), line, (lines, more) => {
        const before = grow(`- first\n${lines.join('\n')}`);
        const after = grow(`- first\n${[...lines, more].join('\n')}`);
        if (before.kind !== 'list' || after.kind !== 'list') return;
        expect(after.groups.slice(0, before.groups.length - 1)).toEqual(before.groups.slice(0, -1));
      }),
    );
  });
});

/** What is parsed of a block, each of them only when it is another text than before. */
function parsed(part: BlockPart): string[] {
  return part.kind === 'text' ? [part.text] : part.kind === 'list' ? part.groups : [];
}

test.each(['prose', 'list'])('what is parsed while an answer grows is a multiple of its length, and not the square: %s', (kind) => {
  const pieces = (tokens: number): string[] =>
    Array.from({ length: tokens }, (_, at) =>
      kind === 'prose' ? `w${at}${at % 25 === 24 ? '\n\n' : ' '}` : at % 10 === 0 ? `\n- **item** ${at} ` : `w${at} `,
    );
  const cost = (tokens: number): number => {
    let text = '';
    let before: string[] = [];
    let characters = 0;
    for (const piece of pieces(tokens)) {
      text += piece;
      const now = splitBlocks(text).flatMap((block) => parsed(partOf(block, true)));
      for (const [at, one] of now.entries()) if (one !== before[at]) characters += one.length;
      before = now;
    }
    return characters / text.length;
  };
  // twice the tokens would cost twice as much for each if a list were parsed as a whole
  expect(cost(2000)).toBeLessThan(cost(1000) * 1.3);
});
