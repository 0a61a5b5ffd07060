import { expect, test } from 'vitest';
import { markMaths } from './mark-maths.ts';

test.each([
  ['a formula in single dollars', 'so $E = mc^2$ holds', 'so $$E = mc^2$$ holds'],
  ['a single letter', 'let $x$ be, and $f(x)$', 'let $$x$$ be, and $$f(x)$$'],
  ['round brackets', String.raw`so \(a^2\) and`, 'so $$a^2$$ and'],
  ['square brackets on their own lines', 'so\n\\[\n\\frac{1}{2}\n\\]\nand', 'so\n$$\n\\frac{1}{2}\n$$\nand'],
  ['square brackets on one line', 'so\n\\[ a + b \\]\nand', 'so\n$$\na + b\n$$\nand'],
  ['double dollars on one line', '$$a + b$$', '$$\na + b\n$$'],
  ['double dollars within a line', 'so $$a$$ and', 'so $$a$$ and'],
  ['in a list, with its indent', '1. so\n   \\[\n   a\n   \\]', '1. so\n   $$\n   a\n   $$'],
])('%s', (_name, text, marked) => {
  expect(markMaths(text, false)).toBe(marked);
});

test.each([
  'It costs $5 and then $10.',
  'between $5-$10, or $100k/year and 200$',
  'US$5 = 5 US$',
  'echo $HOME/$USER and ${a}_${b}',
  'about 3 $ and 4 $',
  'escaped \\$x^2\\$',
  '`$x^2$` and ``\\(x\\)``',
  '```sh\necho $x^2$ \\[\n```',
  '~~~\n$x^2$\n~~~',
  '    ',
])('stays as it is: %s', (text) => {
  expect(markMaths(text, false)).toBe(text);
});

test('one that is not closed is no formula; while it grows it is code', () => {
  expect(markMaths('so \\[ a_1 + b', false)).toBe('so \\[ a_1 + b');
  expect(markMaths('so \\[ a_1 + b', true)).toBe('so ` \\[ a_1 + b `');
  expect(markMaths('so $$ a_1', true)).toBe('so ` $$ a_1 `');
  // of a long one the beginning: all of it would be several lines, which become one
  expect(markMaths(`so \\[\n${'a_1 + '.repeat(50)}`, true)).toBe('so ` \\[ a_1 + a_1 + a_1 + a_1 + a_1 + … `');
  expect(markMaths(`so \\(${'a_1 + '.repeat(50)}`, true)).toBe('so ` \\(a_1 + a_1 + … `');
  // the parser would take the rest of the text for a formula
  expect(markMaths('$$ a lot of money', false)).toBe('\\$\\$ a lot of money');
});

test('a text of nothing but marks takes no time worth speaking of', () => {
  for (const mark of ['$', '$a', '\\(', '\\[', '`', '$$']) expect(markMaths(mark.repeat(20_000), false).length).toBeGreaterThan(0);
});
