import { expect, test } from 'vitest';
import { ledgerCsvHead, ledgerCsvLines } from './ledger-csv.ts';
import type { LedgerEntry } from './member.ts';

const entry: LedgerEntry = {
  number: 7,
  peerId: '12D3KooWGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpu1',
  name: 'LAPTOP-A',
  model: 'qwen3:8b',
  at: Date.UTC(2026, 10, 21, 9, 30),
  ms: 3400.4,
  promptTokens: 12,
  tokens: 312,
  outcome: 'done',
};

test('one line each, as the head says', () => {
  expect(ledgerCsvLines([entry])).toBe(`7,2026-11-21T09:30:00.000Z,${entry.peerId},LAPTOP-A,qwen3:8b,3400,12,312,done\r\n`);
  expect(ledgerCsvHead.trim().split(',')).toHaveLength(9);
  expect(ledgerCsvLines([])).toBe('');
});

test.each([
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
  ['@cmd', "'@cmd"],
  ['-1+1', "'-1+1"],
])('the name %j neither breaks the line nor runs in a spreadsheet', (name, field) => {
  expect(ledgerCsvLines([{ ...entry, name }])).toContain(`,${field},qwen3:8b,`);
});
