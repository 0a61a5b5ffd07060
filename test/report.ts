// Figures that a run measured, each beside its limit: reports/NAME.json, and a table on the terminal.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const folder = fileURLToPath(new URL('../reports', import.meta.url));

/** One figure. `ok` compares value and limit as `direction` of its row said. */
export type Row = { name: string; value: number; unit: string; limit: number | null; ok: boolean; note: string };

export type Measured = {
  name: string;
  value: number;
  /** As people read it: ms, MB, tokens/s, count. */
  unit: string;
  /** null: a figure for the reader, which nothing judges. */
  limit: number | null;
  note?: string;
  /** max: the value may not exceed the limit (default); min: it must reach it. */
  direction?: 'max' | 'min';
};

export type Report = {
  /** Takes the figure (a second one of that name replaces the first) and says whether it holds. */
  row(measured: Measured): Row;
  rows(): Row[];
  /**
   * Writes reports/NAME.json and prints the table. Rows that another file of the same run wrote stay where this one has none of that name;
   * `npm test` empties the folder's tables at its start, a single test file run by hand adds to what is there.
   */
  write(): Row[];
};

/** Collects the figures of reports/NAME.json. */
export function report(name: string): Report {
  const file = path.join(folder, `${name}.json`);
  const rows = new Map<string, Row>();
  return {
    row({ name: title, value, unit, limit, note = '', direction = 'max' }) {
      const within = limit === null || (direction === 'max' ? value <= limit : value >= limit);
      const row = { name: title, value: rounded(value), unit, limit, ok: Number.isFinite(value) && within, note };
      rows.set(title, row);
      return row;
    },
    rows: () => [...rows.values()],
    write() {
      const others = earlier(file).filter((row) => !rows.has(row.name));
      const all = [...others, ...rows.values()];
      mkdirSync(folder, { recursive: true });
      // whoever reads meanwhile (another tier, the bench) sees the old file or the new one, never half of it
      writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(all, null, 2)}\n`);
      renameSync(`${file}.${process.pid}`, file);
      process.stdout.write(`\nreports/${name}.json\n${table([...rows.values()])}\n`);
      return all;
    },
  };
}

/** The value that nine of ten runs stay within (nearest rank: with few values this is the largest). NaN for none. */
export function p90(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Number.NaN;
}

function earlier(file: string): Row[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Row[];
  } catch {
    return [];
  }
}

/** Four figures are as much as any of our measurements knows; NaN would become null in JSON, so it is left as -1, which is never ok. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : -1;
}

function table(rows: Row[]): string {
  const cells = rows.map((row) => [
    row.ok ? 'ok' : 'MISS',
    row.name,
    String(row.value),
    row.limit === null ? '' : String(row.limit),
    row.unit,
    row.note,
  ]);
  const all = [['', 'figure', 'value', 'limit', 'unit', 'note'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all
    .map((line) =>
      line
        .map((cell, column) => (column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
