import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTangled, isTooHeavy, splitBlocks, splitPlain } from './blocks.ts';

describe('splitBlocks', () => {
  test('cuts paragraphs at blank lines', () => {
    expect(splitBlocks('one\n\ntwo\nthree\n\n\nfour')).toEqual(['one\n\n', 'two\nthree\n\n\n', 'four']);
  });

  test('never cuts inside fenced code, open or closed', () => {
    expect(splitBlocks('```js\na\n\nb\n```\n\nafter')).toEqual(['```js\na\n\nb\n```\n\n', 'after']);
    expect(splitBlocks('````\n```\n\nx\n````\n\ny')).toHaveLength(2);
    expect(splitBlocks('text\n\n```\na\n\nb')).toEqual(['text\n\n', '```\na\n\nb']);
  });

  test('code that is fenced without an indent is a block, with nothing before or after it', () => {
    expect(splitBlocks('So:\n```js\na\n\nb\n```\nThen\n\n- c\n```\nd\n```')).toEqual([
      'So:\n',
      '```js\na\n\nb\n```\n',
      'Then\n\n',
      '- c\n',
      '```\nd\n```',
    ]);
    expect(splitBlocks('- a\n  ```\n  b\n  ```\n- c')).toHaveLength(1);
    expect(splitBlocks('So:\n```a``` is code within a line\nand goes on')).toHaveLength(1);
  });

  test('a loose list is one block, with its indented parts', () => {
    expect(splitBlocks('1. a\n\n2. b\n\n   more\n\nafter')).toEqual(['1. a\n\n2. b\n\n   more\n\n', 'after']);
  });

  test('definitions keep the text in one piece', () => {
    expect(splitBlocks('see [x]\n\n[x]: https://example.org\n\nend')).toHaveLength(1);
  });

  test('joined blocks are the text, and all but the last stay as they are while it grows', () => {
    const line = fc.constantFrom('', '', 'word', '```', '- item', '  indented', '> quote', '# title', '~~~');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), line, (lines, more) => {
        const before = splitBlocks(lines.join('\n'));
        const after = splitBlocks([...lines, more].join('\n'));
        expect(before.join('')).toBe(lines.join('\n'));
        expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
      }),
    );
  });
});

describe('isTooHeavy', () => {
  test('ordinary answers are not', () => {
    expect(isTooHeavy('# Hi\n\n- a\n  - b\n\n```\n        deep code\n```\n'.repeat(500))).toBe(false);
  });

  test.each([
    ['a line of 1 MB', 'x'.repeat(1_000_000)],
    ['10,000 nested quotes', '>'.repeat(10_000)],
    ['a staircase of lists', Array.from({ length: 200 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n')],
    ['many lines', 'word\n'.repeat(100_000)],
  ])('%s is', (_name, text) => {
    expect(isTooHeavy(text)).toBe(true);
  });
});

test('a block of nothing but marks is tangled; prose and long code are not', () => {
  expect(isTangled('*a_ '.repeat(5000))).toBe(true);
  expect(isTangled('['.repeat(10_000))).toBe(true);
  expect(isTangled('a *word* and `code`, '.repeat(300))).toBe(false);
  // A fence at the start does not excuse what follows it.
  expect(isTangled(`\`\`\`\n\`\`\`\n${'*a_ '.repeat(4000)}`)).toBe(true);
  expect(isTangled('```\n```\n'.repeat(5000))).toBe(true);
  expect(isTangled('# x\n'.repeat(20_000))).toBe(true);
  expect(isTangled('| a | b |\n'.repeat(300))).toBe(false);
  expect(isTangled(`${'|a'.repeat(300)}|\n`.repeat(100))).toBe(true);
  expect(isTangled(`\`\`\`js\n${'let x = 1;\n'.repeat(30_000)}`)).toBe(true);
  expect(isTangled(`\`\`\`c\n${'a[i] = *p;\n'.repeat(2000)}\`\`\``)).toBe(false);
});

test('numbers nest as other markers do', () => {
  expect(isTooHeavy(`${'1. '.repeat(6000)}x`)).toBe(true);
  expect(isTooHeavy(`${'-\t'.repeat(60)}x`)).toBe(true);
  expect(isTooHeavy('1. one\n2. two\n   1) three 1. 2. 3.')).toBe(false);
});

test('a plain text in pieces is the text, and a piece stays what it was while the text grows', () => {
  const lines = Array.from({ length: 5000 }, (_, at) => `line ${at}`).join('\n');
  for (const text of ['', 'x', lines, 'x'.repeat(50_000), `${'x'.repeat(30_000)}\n${lines}`]) {
    const pieces = splitPlain(text);
    expect(pieces.join('')).toBe(text);
    expect(Math.max(0, ...pieces.map(({ length }) => length))).toBeLessThanOrEqual(8001);
    expect(splitPlain(`${text}and more`).slice(0, Math.max(0, pieces.length - 1))).toEqual(pieces.slice(0, -1));
  }
});
