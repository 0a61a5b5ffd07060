// `axon ledger`: who used this machine.
import type { LedgerEntry, LedgerPage } from '../../src-shared/member.ts';
import type { Home } from '../store/home.ts';
import { ledgerCsv, openLedger } from '../store/ledger.ts';
import { exits } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { say } from './words.ts';

/** Lines that people are shown; JSON and CSV are whole. */
const shownLines = 50;

/** Reads the files: a running node has written them to the last line. @returns 1 when the chain is broken or its end is gone */
export async function ledger(home: Home, { json, csv }: { json: boolean; csv: boolean }, io: Io): Promise<ExitCode> {
  const page = openLedger(home.ledger, () => Date.now()).page({ limit: json || csv ? Number.POSITIVE_INFINITY : shownLines });
  if (json) for (const entry of page.entries.toReversed()) await io.out(jsonLine(entry));
  else if (csv) await io.out(ledgerCsv(page));
  else await io.out(`${lines(page).join('\n')}\n`);
  if (page.brokenAt !== null) io.err(`${say('ledger.broken', { number: page.brokenAt })}\n`);
  if (page.missing > 0) io.err(`${say('ledger.missing', { count: page.missing })}\n`);
  return page.brokenAt === null && page.missing === 0 ? exits.done : exits.failed;
}

function lines({ entries, total }: LedgerPage): string[] {
  if (entries.length === 0) return [say('ledger.empty')];
  const rows = entries.map(line);
  return total > entries.length ? [...rows, say('ledger.more', { count: total - entries.length })] : rows;
}

function line({ at, name, model, ms, promptTokens, tokens, outcome, forTitle }: LedgerEntry): string {
  const seconds = (ms / 1000).toFixed(1);
  return say('ledger.line', {
    at: new Date(at).toLocaleString(),
    name,
    model,
    seconds,
    read: promptTokens,
    written: tokens,
    outcome: [say(`ledger.${outcome}`), ...(forTitle === true ? [say('ledger.forTitle')] : [])].join(', '),
  });
}
