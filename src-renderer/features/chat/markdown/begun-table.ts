// A table is one for the parser once its second line is whole: until then its head would be drawn as text with bars, of many lines where
// the window is narrow, and all below it would jump when it becomes one.

/** Two bars at least: one alone is text as often. */
const head = /^ {0,3}\|[^|\n]*[^\s|][^|\n]*\|/;
/** The second line, or the beginning of it. */
const rule = /^[\s|:-]*$/;
const wholeCell = /^\s*:?-+:?\s*$/;

/** The same text, with the second line of the table that it ends in made whole, if that is not yet all there. For a text that grows. */
export function wholeTable(text: string): string {
  const lastAt = text.lastIndexOf('\n') + 1;
  const last = text.slice(lastAt);
  const begun = lastAt > 0 && rule.test(last);
  const headEnd = begun ? lastAt - 1 : text.length;
  const headAt = text.lastIndexOf('\n', headEnd - 1) + 1;
  const line = text.slice(headAt, headEnd);
  if (!head.test(line)) return text;
  // a row further down in a table that has all it needs
  const aboveAt = text.lastIndexOf('\n', headAt - 2) + 1;
  if (headAt > 0 && /^\s*\|/.test(text.slice(aboveAt, headAt))) return text;
  const count = cellsOf(line).length;
  const cells = begun ? cellsOf(last) : [];
  if (cells.length === count && cells.every((cell) => wholeCell.test(cell))) return text;
  return `${text.slice(0, headEnd)}\n|${' --- |'.repeat(count)}`;
}

/** What stands between the bars of a row, which need not have its last one. */
function cellsOf(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/);
}
