// Who used this machine: one line for each answer and each title, each with the hash of the one before. Never what was asked.
// A second file names the last line, so that an end that was cut off is noticed. It is written when the line is on the disk (flush.ts), so a
// power cut leaves it at the last line or behind it, never ahead. Whoever can write both files can forge both: this is for noticing, not for
// proving.
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import { ledgerEntry, type LedgerEntry, type LedgerPage } from '../../src-shared/member.ts';
import { plainName } from '../../src-shared/name.ts';
import { writeReplacing } from './atomic-file.ts';
import { flushLater } from './flush.ts';

/** A file is closed when it is as large, or at the end of its year; so many closed ones are kept. About 35,000 answers in each. */
const limits = { bytes: 10 * 1024 * 1024, closed: 4 } as const;

const line = ledgerEntry.extend({ prev: z.string(), hash: z.string() });
type Line = z.infer<typeof line>;

/** Days of which it is known what each device used. */
const countedDays = 8;

/** The last line that was written. */
const headSchema = z.object({ number: z.number().int().positive(), hash: z.string() });
type Head = z.infer<typeof headSchema>;

/** tokens: written ones. */
export type Used = { answers: number; tokens: number; promptTokens: number };

/** What a day's share is counted in, tokens. */
export const readAndWritten = ({ promptTokens, tokens }: Pick<Used, 'tokens' | 'promptTokens'>): number => promptTokens + tokens;

export type Ledger = {
  /** Appended at once, and flushed soon; the number follows from the entry before, also from one that is gone. */
  add(entry: Omit<LedgerEntry, 'number'>): void;
  /** Newest first. Reads and checks the files anew, so that a change made behind our back is seen. */
  page(options: { before?: number | undefined; limit: number }): LedgerPage;
  /** What that device used since the last midnight here. */
  today(peerId: string): Used;
};

/**
 * Opens a ledger; only add() changes files, so that others may read meanwhile. What a crash left of a line is cut off then.
 * @param date wall clock ms
 */
export function openLedger(path: string, date: () => number): Ledger {
  let mended = false;
  const known = readHead(path);
  const all = readAll(path).filter((one) => one !== null);
  /** After a cut the chain goes on from what was there: the gap stays visible. */
  let last: (Head & { at?: number }) | undefined = all.at(-1);
  if (known !== undefined && known.number > (last?.number ?? 0)) last = known;
  /** By day, the last ones: a clock that ran ahead may be put right. */
  const days = new Map<string, Map<string, Used>>();
  const count = (entry: LedgerEntry): void => {
    const day = dayOf(entry.at);
    const used = days.get(day) ?? new Map<string, Used>();
    days.set(day, used);
    dropOldest(days, countedDays);
    const before = used.get(entry.peerId) ?? nothing;
    used.set(entry.peerId, {
      answers: before.answers + (entry.forTitle === true ? 0 : 1),
      tokens: before.tokens + entry.tokens,
      promptTokens: before.promptTokens + entry.promptTokens,
    });
  };
  for (const entry of all) count(entry);

  return {
    add(given) {
      const entry: LedgerEntry = { ...given, number: (last?.number ?? 0) + 1 };
      const prev = last?.hash ?? '';
      const next: Line = { ...entry, prev, hash: hashOf(entry, prev) };
      if (!mended) mend(path);
      mended = true;
      close(path, { number: last?.number ?? 0, at: last?.at ?? next.at }, next);
      append(path, `${JSON.stringify(next)}\n`);
      const head: Head = { number: next.number, hash: next.hash };
      flushLater(path, () => writeReplacing(headOf(path), `${JSON.stringify(head)}\n`));
      last = next;
      count(entry);
    },
    page({ before = Number.POSITIVE_INFINITY, limit }) {
      // first: a node that writes meanwhile makes more lines than this names, never fewer
      const head = readHead(path);
      const lines = readAll(path);
      const entries = lines.filter((one) => one !== null);
      return {
        entries: entries
          .filter(({ number }) => number < before)
          .toReversed()
          .slice(0, limit)
          .map(({ prev: _prev, hash: _hash, ...entry }) => ({ ...entry, name: plainName(entry.name) })),
        total: entries.length,
        brokenAt: firstBroken(lines, closedFiles(path).length >= limits.closed, head),
        missing: Math.max(0, (head?.number ?? 0) - (entries.at(-1)?.number ?? 0)),
      };
    },
    today: (peerId) => days.get(dayOf(date()))?.get(peerId) ?? nothing,
  };
}

const nothing: Used = { answers: 0, tokens: 0, promptTokens: 0 };

/** The fields in a fixed order, so that the hash does not hang on how a line was written; of an answer as they were before there were titles. */
function hashOf(entry: LedgerEntry, prev: string): string {
  const { number, peerId, name, model, at, ms, promptTokens, tokens, outcome, forTitle } = entry;
  const last = forTitle === undefined ? [] : [{ forTitle }];
  return createHash('sha256')
    .update(JSON.stringify([prev, number, peerId, name, model, at, ms, promptTokens, tokens, outcome, ...last]))
    .digest('hex');
}

/** @param dropped older files may have been: then the chain begins with whatever line is the oldest */
function firstBroken(lines: readonly (Line | null)[], dropped: boolean, head: Head | undefined): number | null {
  let before: Line | undefined;
  for (const one of lines) {
    if (one === null) return (before?.number ?? 0) + 1;
    if (one.hash !== hashOf(one, one.prev)) return one.number;
    // written anew, with hashes that fit each other
    if (one.number === head?.number && one.hash !== head.hash) return one.number;
    const follows = one.prev === (before?.hash ?? '') && one.number === (before?.number ?? 0) + 1;
    if (!follows && !(before === undefined && dropped)) return one.number;
    before = one;
  }
  return null;
}

/** Closed files first. null: a line that is none. The end of a file without a line end is being written, or was when Axon died. */
function readAll(path: string): (Line | null)[] {
  return [...closedFiles(path), path].flatMap(readLines);
}

function readLines(path: string): (Line | null)[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((text) => text !== '')
    .map((text) => {
      try {
        return line.parse(JSON.parse(text));
      } catch {
        return null;
      }
    });
}

/** ledger.jsonl.2026-00000412: its year and last number; the chain goes on in the next file. */
function close(path: string, last: { number: number; at: number }, next: Line): void {
  if (!existsSync(path)) return;
  const year = (at: number): number => new Date(at).getFullYear();
  if (statSync(path).size < limits.bytes && year(last.at) === year(next.at)) return;
  const closed = `${path}.${year(last.at)}-${String(last.number).padStart(8, '0')}`;
  renameSync(path, closed);
  flushLater(closed);
  for (const old of closedFiles(path).slice(0, -limits.closed)) rmSync(old);
}

function closedFiles(path: string): string[] {
  const name = basename(path);
  if (!existsSync(dirname(path))) return [];
  return readdirSync(dirname(path))
    .filter((entry) => entry.startsWith(`${name}.`) && /^\d{4}-\d{8,}$/.test(entry.slice(name.length + 1)))
    .toSorted((a, b) => Number(a.split('-').at(-1)) - Number(b.split('-').at(-1)))
    .map((entry) => join(dirname(path), entry));
}

function headOf(path: string): string {
  return `${path}.head`;
}

/** undefined: there is none, or none that can be read: then nothing is known about the end. */
function readHead(path: string): Head | undefined {
  try {
    return headSchema.parse(JSON.parse(readFileSync(headOf(path), 'utf8')));
  } catch {
    return undefined;
  }
}

function append(path: string, text: string): void {
  const file = openSync(path, 'a', 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.byteLength;) at += writeSync(file, bytes, at);
  } finally {
    closeSync(file);
  }
}

function mend(path: string): void {
  if (!existsSync(path)) return;
  const content = readFileSync(path);
  if (content.length > 0 && content.at(-1) !== 0x0a) truncateSync(path, content.lastIndexOf(0x0a) + 1);
}

function dayOf(at: number): string {
  return new Date(at).toDateString();
}

/** For spreadsheets, oldest first: a name that would be read as a formula is quoted by an apostrophe. What is wrong with it stands at its end. */
export function ledgerCsv({ entries, brokenAt, missing }: Omit<LedgerPage, 'total'>): string {
  const cell = (value: string | number): string => {
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = entries
    .toReversed()
    .map(({ number, at, name, peerId, model, ms, promptTokens, tokens, outcome, forTitle }) =>
      [
        number,
        new Date(at).toISOString(),
        name,
        peerId,
        model,
        Math.round(ms),
        promptTokens,
        tokens,
        outcome,
        forTitle ? 'title' : 'answer',
      ]
        .map(cell)
        .join(','),
    );
  if (brokenAt !== null) rows.push(`${brokenAt},,changed: this entry does not follow from the one before`);
  if (missing > 0) rows.push(`${(entries[0]?.number ?? 0) + 1},,missing: ${missing} of the newest entries are gone`);
  return `number,at,name,peerId,model,ms,promptTokens,tokens,outcome,wrote\r\n${rows.map((row) => `${row}\r\n`).join('')}`;
}
