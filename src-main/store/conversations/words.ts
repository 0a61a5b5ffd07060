// Text as search sees it: words without case and accents, and scripts without spaces one character at a time.

/** One word of a text: where it stands (UTF-16 units), and as it is compared. */
export type TextWord = { start: number; end: number; folded: string };

/** Written without spaces between words, so that a part of a sentence is found by its characters. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々]/u;
const runs = /[\p{L}\p{N}\p{M}]+/gu;
const marks = /[\u0300-\u036F\u0591-\u05C7\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06ED]/g;
/** Letters that Unicode does not take apart, though people type them without their stroke. */
const plain: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', ı: 'i' };

/** Case, accents, Hebrew and Arabic points and widths do not matter to whoever searches. */
export function folded(text: string): string {
  const bare = text.toLowerCase().normalize('NFKD').replaceAll(marks, '').normalize('NFC');
  return bare.replaceAll(/[ßøłđæœı]/g, (letter) => plain[letter] ?? letter);
}

/** The words of a text in order. Accents that stand alone are none. */
export function* textWords(text: string): Generator<TextWord> {
  for (const word of cut(text)) if (word.folded !== '') yield word;
}

function* cut(text: string): Generator<TextWord> {
  for (const match of text.matchAll(runs)) {
    const run = match[0];
    let start = match.index;
    if (!unspaced.test(run)) {
      yield { start, end: start + run.length, folded: folded(run) };
      continue;
    }
    let pending = '';
    for (const character of run) {
      if (!unspaced.test(character)) {
        pending += character;
        continue;
      }
      if (pending !== '') yield { start, end: (start += pending.length), folded: folded(pending) };
      pending = '';
      yield { start, end: (start += character.length), folded: folded(character) };
    }
    if (pending !== '') yield { start, end: start + pending.length, folded: folded(pending) };
  }
}

/**
 * What somebody looks for: each term is a row of words that stand together, of which the last one may go on. All terms must be there.
 * Whatever is no word, quotes and operators too, only separates.
 */
export function termsOf(query: string): string[][] {
  return query
    .split(/\s+/)
    .map((term) => [...textWords(term)].map((word) => word.folded))
    .filter((words) => words.length > 0);
}

/** Where that term stands in those words, from `from` on; undefined: nowhere. */
export function findTerm(words: readonly TextWord[], term: readonly string[], from = 0): { first: number; last: number } | undefined {
  for (let at = from; at + term.length <= words.length; at += 1) {
    const there = term.every((wanted, n) => {
      const word = words[at + n]?.folded ?? '';
      return n === term.length - 1 ? word.startsWith(wanted) : word === wanted;
    });
    if (there) return { first: at, last: at + term.length - 1 };
  }
  return undefined;
}
