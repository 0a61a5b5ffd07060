import { expect, test } from 'vitest';
import { withoutMarkup } from './plain-text.ts';

test.each([
  ['# Title\n\nSome *soft*, **loud** and `code` ~~gone~~.', 'Title\n\nSome soft, loud and code gone.'],
  ['1. one\n2. two\n   - deep\n   - er\n\n- [x] done\n- [ ] open', '1. one\n2. two\n   - deep\n   - er\n\n- ☑ done\n- ☐ open'],
  ['```ts\nconst a = [\n  1,\n];\n```', 'const a = [\n  1,\n];'],
  ['| a | b |\n|---|---|\n| 1 | **2** |', 'a\tb\n1\t2'],
  ['[here](https://a.example/x) and https://b.example', 'here (https://a.example/x) and https://b.example'],
  ['> said\n\n---\n\nline  \nbreak ![a cat](x.png)', 'said\n\nline\nbreak a cat'],
  ['Note[^1].\n\n[^1]: Well.', 'Note[1].\n\n[1] Well.'],
  ['$E = mc^2$ and 2 * 3 * 4', '$E = mc^2$ and 2 * 3 * 4'],
  ['so $a_1 * b_2 * c$, $$x_1$$ and $5 or $6', 'so $a_1 * b_2 * c$, $x_1$ and $5 or $6'],
  [String.raw`so \(a^{*}_{b}\) and \(*x*\)`, 'so $a^{*}_{b}$ and $*x*$'],
  ['so\n\n$$\na_1 \\\\\n*b* \\{c\\}\n$$\n\nand', 'so\n\n$$\na_1 \\\\\n*b* \\{c\\}\n$$\n\nand'],
  ['- one\n  \\[\n  a_1\n  \\]', '- one\n  $$\n  a_1\n  $$'],
  ['`$a$` and $$ a lot', '$a$ and $$ a lot'],
  ['<b>raw</b>', '<b>raw</b>'],
  ['', ''],
])('%j', (markdown, plain) => {
  expect(withoutMarkup(markdown)).toBe(plain);
});

test('what is too heavy to be drawn is handed out as it is', () => {
  const heavy = '- '.repeat(20_000);
  expect(withoutMarkup(heavy)).toBe(heavy);
});
