// The ledger as a file for a spreadsheet; window, desktop and command line write the same one.
import type { LedgerEntry } from './member.ts';

/** First line of the file. */
export const ledgerCsvHead = 'number,at,peerId,name,model,ms,promptTokens,tokens,outcome\r\n';

/** The entries as CSV lines (RFC 4180), without the head; times are UTC, ISO 8601. Empty for none. */
export function ledgerCsvLines(entries: readonly LedgerEntry[]): string {
  return entries
    .map(({ number, at, peerId, name, model, ms, promptTokens, tokens, outcome }) =>
      [number, new Date(at).toISOString(), peerId, name, model, Math.round(ms), promptTokens, tokens, outcome].map(field).join(','),
    )
    .map((line) => `${line}\r\n`)
    .join('');
}

/** Names come from other devices: one that begins as a formula does would run in a spreadsheet, so it gets an apostrophe in front. */
function field(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : value.replace(/^(?=[=+\-@\t\r])/, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
