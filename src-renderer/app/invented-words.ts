// A language for tests of the layout alone: English with accents and brackets, a good third longer. What shows without them was
// never translated; what is cut off would be cut off in German too.
import { english } from '../../src-shared/i18n/index.ts';

type Tree = { [key: string]: string | Tree };

const accents: Record<string, string> = { a: 'á', c: 'ç', e: 'ë', i: 'ï', n: 'ñ', o: 'ö', s: 'š', u: 'ü', y: 'ÿ', A: 'Å', E: 'É', O: 'Ø' };

/** Every namespace of the window. */
export function stretched(): Record<string, Tree> {
  const { failures, window } = english;
  return { failures: stretchAll(failures), window: stretchAll(window) };
}

function stretchAll(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, typeof value === 'string' ? stretchText(value) : stretchAll(value)]),
  );
}

/** "Save" -> "[Šávë ~~]": values in braces and marks stay as they are; 40 percent more letters, at least one. */
export function stretchText(text: string): string {
  const parts = text.split(/(\{\{[^}]+\}\}|<\/?\w+>)/);
  const said = parts.map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[a-z]/gi, (letter) => accents[letter] ?? letter)));
  const letters = parts.filter((_, index) => index % 2 === 0).join('').length;
  const words = Math.ceil((letters * 0.4) / 4);
  return `[${said.join('')}${' ~~~'.repeat(words)}]`;
}
