// What a block is drawn as: code and long lists in parts, so that only what still grows is parsed and coloured again; all else as a whole.
import { fenceAfter } from './blocks.ts';

export type ListPart = {
  kind: 'list';
  ordered: boolean;
  /** The number of its first item. */
  start: number;
  /** Its items stand apart. */
  loose: boolean;
  /** Its items in order, some of them in each; all but the last stay as they are while the list grows. */
  groups: string[];
};

export type BlockPart = { kind: 'code'; language: string; code: string } | ListPart | { kind: 'text'; text: string };

/** growing: what may still become something else at the end of it is kept back. */
export function partOf(block: string, growing: boolean): BlockPart {
  return fencedPart(block, growing) ?? listPart(block, growing) ?? { kind: 'text', text: block };
}

/** A block that is nothing but one fence, open or closed; null: it is not. */
function fencedPart(block: string, growing: boolean): BlockPart | null {
  const opened = /^(`{3,}|~{3,})([^\n]*)(?:\n|$)/.exec(block);
  const marks = opened === null ? null : fenceAfter(block.slice(0, opened[0].length).trimEnd(), null);
  if (opened === null || marks === null) return null;
  const language = /^[\w+#.-]{1,30}/.exec((opened[2] ?? '').trim())?.[0] ?? '';
  const body = block.slice(opened[0].length);
  const closing = new RegExp(`^ {0,3}\\${marks[0]}{${marks.length},}[ \\t\\r]*$`, 'm').exec(body);
  if (closing !== null) {
    if (body.slice(closing.index + closing[0].length).trim() !== '') return null;
    return { kind: 'code', language, code: body.slice(0, Math.max(0, closing.index - 1)) };
  }
  // Marks at the end may become those that close it.
  const begun = growing ? new RegExp(`\\n?^ {0,3}\\${marks[0]}+$(?![^])`, 'm').exec(body) : null;
  return { kind: 'code', language, code: (begun === null ? body : body.slice(0, begun.index)).replace(/\n$/, '') };
}

/** Items of a list that are parsed at once, UTF-16 units at least. */
const groupLength = 300;

const topItem = /^(?:([-*+])|(\d{1,9})([.)]))( {1,4}(?=\S)| +$|$)/;
const nestedItem = /^[ \t]+(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const rule = /^([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
/** A line that may still become an item. */
const begunItem = /^[ \t]*(?:[-*+]|\d{1,9}[.)]?)?[ \t]*$/;

/**
 * A block that is nothing but one list whose items begin without an indent; null: it is not, or has lines that do not clearly belong to an
 * item.
 */
function listPart(block: string, growing: boolean): ListPart | null {
  const beginning = /^(?:[ \t]*\n)*/.exec(block)?.[0].length ?? 0;
  const lines = block.slice(beginning).split('\n');
  const first = topItem.exec(lines[0] ?? '');
  if (first === null || first[4] === '') return null;
  // Kept back, with the line break before it.
  const kept = growing && lines.length > 1 && begunItem.test(lines.at(-1) ?? '') ? lines.slice(0, -1) : lines;
  const groups: string[] = [];
  let group: string[] = [];
  let length = 0;
  const state = { offset: first[0].length, nested: false, blank: false, loose: false, open: null as string | null };
  for (const [at, line] of kept.entries()) {
    const kind = lineOf(line, first, state);
    if (kind === 'other' && !(growing && at === kept.length - 1)) return null;
    if (kind === 'item' && length >= groupLength) {
      groups.push(`${group.join('\n')}\n`);
      group = [];
      length = 0;
    }
    group.push(line);
    length += line.length + 1;
  }
  groups.push(group.join('\n'));
  return { kind: 'list', ordered: first[1] === undefined, start: Number(first[2] ?? 1), loose: state.loose, groups };
}

type ListState = {
  /** How far the text of the item is indented. */
  offset: number;
  /** The item has a list of its own. */
  nested: boolean;
  /** The line before was blank. */
  blank: boolean;
  loose: boolean;
  /** The marks of the fence that is open in the item. */
  open: string | null;
};

/** What a line is in the list that `first` begins; notes in `state` what follows from it. */
function lineOf(line: string, first: RegExpExecArray, state: ListState): 'item' | 'within' | 'other' {
  if (line.trim() === '') {
    state.blank = true;
    return 'within';
  }
  const item = topItem.exec(line);
  if (item !== null && item[1] === first[1] && item[3] === first[3] && !rule.test(line)) {
    state.loose ||= state.blank;
    Object.assign(state, { offset: Math.max(item[0].trimEnd().length + 1, item[0].length), nested: false, blank: false, open: null });
    return 'item';
  }
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  if (indent < state.offset) return 'other';
  const nests = nestedItem.test(line);
  if (state.blank && state.open === null && indent === state.offset && !(nests && state.nested)) state.loose = true;
  state.nested ||= nests && state.open === null;
  state.open = fenceAfter(line.slice(state.offset), state.open);
  state.blank = false;
  return 'within';
}
