// Finds the formulas of a text, in every way that models write them, and marks them the one way that the parser takes: $$…$$.
import type { Options } from 'react-markdown';
import remarkMath from 'remark-math';

/** Takes what is marked. One dollar alone is money as often as a formula: markMaths tells which. */
export const mathsPlugin: NonNullable<Options['remarkPlugins']>[number] = [remarkMath, { singleDollarTextMath: false }];

/** A formula is no longer than this; what is, is not one. */
const longest = { inline: 600, display: 4000 } as const;

/** Of one that is not closed yet so much is shown, UTF-16 units: a line of the narrowest window, and about what it will take in a text. */
const begun = { inline: 14, display: 32 } as const;

/** More of them at once would be felt: KaTeX takes about half a millisecond for each. */
const most = 800;

/** Whether a text has so many formulas that they are better left as they were written. */
export function hasTooManyFormulas(text: string): boolean {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if ((character === '$' || (character === '\\' && (text[at + 1] === '(' || text[at + 1] === '['))) && ++count > most) return true;
  }
  return false;
}

/**
 * The same text with each formula as `$$…$$`: within a line, or on lines of its own where it stood alone. `\(…\)`, `\[…\]`, `$$…$$` and
 * `$…$` are formulas, code is left alone, and a dollar that is money stays one. growing: one that is not closed yet is shown as the
 * beginning of its code, so that it changes once, when it is, and then takes no less room.
 */
export function markMaths(text: string, growing: boolean): string {
  if (!text.includes('$') && !text.includes('\\(') && !text.includes('\\[')) return text;
  let out = '';
  let at = 0;
  while (at < text.length) {
    const step = codeAt(text, at) ?? formulaAt(text, at, growing) ?? { to: at + 1, as: text[at] ?? '' };
    out += step.as;
    at = step.to;
  }
  return out;
}

/** What stands at a place: where it ends, and what takes its place. */
type Step = { to: number; as: string };

const fence = /(`{3,}|~{3,})[^\n]*(?:\n|$)/y;

/** Code, fenced or within a line, as it is. */
function codeAt(text: string, at: number): Step | null {
  const mark = text[at];
  if (mark !== '`' && mark !== '~') return null;
  const atStart = text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trim() === '';
  fence.lastIndex = at;
  const opened = atStart ? fence.exec(text) : null;
  if (opened !== null) {
    const closing = new RegExp(`^[ \\t>]*\\${mark}{${(opened[1] ?? '').length},}[ \\t]*$`, 'm');
    const body = text.slice(fence.lastIndex);
    const closed = closing.exec(body);
    const to = closed === null ? text.length : fence.lastIndex + closed.index + closed[0].length;
    return { to, as: text.slice(at, to) };
  }
  if (mark === '~') return null;
  let run = at;
  while (text[run] === '`') run++;
  const marks = text.slice(at, run);
  for (let from = run; ;) {
    const found = text.indexOf(marks, from);
    if (found === -1) return { to: run, as: marks };
    let end = found;
    while (text[end] === '`') end++;
    if (end - found === marks.length) return { to: end, as: text.slice(at, end) };
    from = end;
  }
}

function formulaAt(text: string, at: number, growing: boolean): Step | null {
  const two = text.slice(at, at + 2);
  if (two === '\\(') return delimited(text, at, '\\)', growing) ?? { to: at + 2, as: two };
  if (two === '\\[') return delimited(text, at, '\\]', growing) ?? { to: at + 2, as: two };
  // any other escape, \$ among them
  if (two[0] === '\\') return { to: at + two.length, as: two };
  if (two === '$$') return delimited(text, at, '$$', growing) ?? { to: at + 2, as: '\\$\\$' };
  return two[0] === '$' ? dollarAt(text, at) : null;
}

/** A formula between two marks of two characters; null: it is none. */
function delimited(text: string, at: number, close: string, growing: boolean): Step | null {
  const display = close !== '\\)';
  const within = display ? longest.display : longest.inline;
  const length = text.slice(at + 2, at + within).indexOf(close);
  if (length === -1)
    return growing && text.length - at <= within
      ? { to: text.length, as: asCode(text.slice(at), begun[display ? 'display' : 'inline']) }
      : null;
  const end = at + 2 + length;
  const tex = text.slice(at + 2, end).trim();
  if (tex === '' || tex.includes('$') || /\n[ \t]*\n/.test(tex)) return null;
  const to = end + 2;
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = text.indexOf('\n', to);
  const before = text.slice(lineStart, at);
  const after = text.slice(to, lineEnd === -1 ? text.length : lineEnd);
  if (!display || before.trim() !== '' || !/^[ \t.,;]*$/.test(after)) return { to, as: `$$${tex.replaceAll(/\s*\n\s*/g, ' ')}$$` };
  const lines = ['$$', ...tex.split('\n').map((line) => line.trim()), '$$'];
  // The indent of the first line is there already; what follows it belongs to the formula.
  return { to: to + after.length, as: lines.join(`\n${before}`) };
}

/** `$…$` on one line, by the rule that tells formulas from money: no space inside of the marks, and no digit or letter after the second. */
function dollarAt(text: string, at: number): Step {
  const plain: Step = { to: at + 1, as: '$' };
  const next = text[at + 1] ?? ' ';
  if (/\s/.test(next) || /[\w$]/.test(text[at - 1] ?? ' ')) return plain;
  for (let end = at + 1; end < text.length && end - at <= longest.inline; end++) {
    const character = text[end];
    if (character === '\n' || character === '`') return plain;
    if (character === '\\') end++;
    else if (character === '$') {
      const tex = text.slice(at + 1, end);
      if (/\s$/.test(tex) || /[\w${]/.test(text[end + 1] ?? ' ')) return plain;
      return isFormula(tex) ? { to: end + 1, as: `$$${tex}$$` } : plain;
    }
  }
  return plain;
}

/** Has a sign that only formulas have, or consists of single letters, figures and operators. */
function isFormula(tex: string): boolean {
  if (/[\\^=]|_[\w{]/.test(tex)) return true;
  return /[a-z]/i.test(tex) && /^[\w\s+\-*/<>,.()|'!:]+$/.test(tex) && !/[a-z]{2}/i.test(tex);
}

/** The beginning of it as code within the line, with more marks than it has itself. */
function asCode(whole: string, most: number): string {
  const line = whole.replaceAll(/\s+/g, ' ').trim();
  const tex = line.length <= most ? line : `${line.slice(0, most).trimEnd()} …`;
  const runs = tex.match(/`+/g)?.map((run) => run.length) ?? [];
  const marks = '`'.repeat(Math.max(0, ...runs) + 1);
  return `${marks} ${tex} ${marks}`;
}
