// Figures that tests and benchmarks measure: reports/<file>.json, one array of {name, value, unit, limit, ok, note}, and a table in the output.
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type Row = {
  name: string;
  value: number;
  unit: string;
  /** The goal. null: a figure without one. */
  limit: number | null;
  /** The value meets the goal. */
  ok: boolean;
  note: string;
};

export type RowInput = {
  name: string;
  value: number;
  unit: string;
  limit?: number | null | undefined;
  /** max: at most the limit is good (times, bytes); min: at least (throughput, ratios). */
  direction?: 'max' | 'min' | undefined;
  note?: string | undefined;
};

type JudgedInput = { name: string; values: readonly number[]; unit: string; goal: number; note?: string };

export type Report = {
  /** Adds (or replaces, by name) a figure; returns it. */
  row(input: RowInput): Row;
  /** Merges the rows into the file (several test files may share one) and prints them as a table. */
  write(): Row[];
  /** What was added so far. */
  rows(): Row[];
};

const reportsFolder = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'reports');

/** @param file "network" or "network.json" */
export function report(file: string): Report {
  const rows = new Map<string, Row>();
  return {
    row({ name, value, unit, limit = null, direction = 'max', note = '' }) {
      const ok = limit === null || (direction === 'max' ? value <= limit : value >= limit);
      const row = { name, value: Number(value.toPrecision(6)), unit, limit, ok: ok && Number.isFinite(value), note };
      rows.set(name, row);
      return row;
    },
    rows: () => [...rows.values()],
    write() {
      const added = [...rows.values()];
      merge(path.join(reportsFolder, file.endsWith('.json') ? file : `${file}.json`), added);
      process.stdout.write(`${table(added)}\n`);
      return added;
    },
  };
}

/** The value below which `share` (0 to 1) of the values lie: the nearest rank, so it is one of them. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('a percentile of nothing');
  return value;
}

/** CI fails beyond so many times a goal, at the 90th percentile: what lies between is a miss in the report, as a busy machine may cause it. */
export const failsBeyond = 1.5;

/** Adds the row of a repeated measurement, its 90th percentile, and fails beyond 1.5 times its goal. @param goal at most so much is good */
export function judged(figures: Report, { name, values, unit, goal, note = '' }: JudgedInput): Row {
  const kind = `p90 of ${values.length}; p50 ${brief(percentile(values, 0.5))}, p99 ${brief(percentile(values, 0.99))}`;
  const row = figures.row({ name, value: p90(values), unit, limit: goal, note: note === '' ? kind : `${kind}; ${note}` });
  if (!(row.value <= goal * failsBeyond))
    throw new Error(`${name}: ${row.value} ${unit} of at most ${goal}: ${values.map(brief).join(' ')}`);
  return row;
}

const brief = (value: number): string => String(Number(value.toPrecision(4)));

/** What nine of ten runs stay within; with fewer than ten runs this is the largest. */
export function p90(values: readonly number[]): number {
  return percentile(values, 0.9);
}

/** Other test files write the same report from other processes: a folder as the lock, the file replaced whole. */
function merge(file: string, added: readonly Row[]): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  while (!takeLock(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  try {
    const rows = new Map(readRows(file).map((row) => [row.name, row]));
    for (const row of added) rows.set(row.name, row);
    const sorted = [...rows.values()].toSorted((a, b) => placeOf(a) - placeOf(b));
    writeFileSync(`${file}.new`, `${JSON.stringify(sorted, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  } finally {
    rmdirSync(lock);
  }
}

/** In reliability.json: placement and sharing first, then what breaks and how it is mended, then everything else, in the order of coming. */
const first = ['facts of', 'placing', 'Jain', 'jobs of', 'slow leader', 'blip', 'embedded killed', 'leader ', 'engine hangs', 'simulated'];

function placeOf({ name }: Row): number {
  const at = first.findIndex((beginning) => name.startsWith(beginning));
  return at < 0 ? first.length : at;
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // left behind by a process that was killed
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 10_000) rmdirSync(lock);
    return false;
  }
}

function readRows(file: string): Row[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Row[];
  } catch {
    return [];
  }
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ name, value, unit, limit, ok, note }) => [
    ok ? 'ok' : 'MISS',
    name,
    `${value} ${unit}`,
    limit === null ? '' : `goal ${limit}`,
    note,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
