import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src-shared/member.ts';
import { allFlushed } from './flush.ts';
import { ledgerCsv, openLedger } from './ledger.ts';

const peer = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo';
const other = '12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu';
const noon = new Date(2026, 10, 21, 12).getTime();
const answer = (more: Partial<LedgerEntry> = {}): Omit<LedgerEntry, 'number'> => ({
  peerId: peer,
  name: 'laptop',
  model: 'smollm2',
  at: noon,
  ms: 1200,
  promptTokens: 20,
  tokens: 100,
  outcome: 'done',
  ...more,
});

let folder: string;
let path: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-ledger-'));
  path = join(folder, 'ledger.jsonl');
  now = noon;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const open = () => openLedger(path, () => now);
const lines = (): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

describe('the ledger', () => {
  test('is on disk at once, for its owner alone, and is paged newest first, over a restart too', () => {
    const ledger = open();
    for (let at = 0; at < 5; at += 1) ledger.add(answer({ tokens: at }));
    expect(lines()).toHaveLength(5);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = open();
    again.add(answer({ tokens: 5 }));
    const page = again.page({ limit: 2 });
    expect(page).toMatchObject({ total: 6, brokenAt: null });
    expect(page.entries.map(({ number, tokens }) => [number, tokens])).toEqual([
      [6, 5],
      [5, 4],
    ]);
    expect(again.page({ before: 5, limit: 10 }).entries.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
  });

  test('counts what each used since midnight', () => {
    const ledger = open();
    ledger.add(answer({ at: noon - 86_400_000 }));
    ledger.add(answer());
    ledger.add(answer({ tokens: 11 }));
    ledger.add(answer({ peerId: other }));
    expect([ledger.today(peer), ledger.today(other), open().today(peer)]).toEqual([
      { answers: 2, tokens: 111, promptTokens: 40 },
      { answers: 1, tokens: 100, promptTokens: 20 },
      { answers: 2, tokens: 111, promptTokens: 40 },
    ]);
    now += 86_400_000;
    expect(ledger.today(peer)).toEqual({ answers: 0, tokens: 0, promptTokens: 0 });
    // a clock that ran ahead and is put right: what was used that day was used
    ledger.add(answer({ at: now, tokens: 7 }));
    now = noon;
    expect([ledger.today(peer).tokens, ledger.today(other).tokens, open().today(peer).tokens]).toEqual([111, 100, 111]);
  });

  test('counts the tokens of a title, and the title as no answer', () => {
    const ledger = open();
    ledger.add(answer());
    ledger.add(answer({ tokens: 6, forTitle: true }));
    const used = { answers: 1, tokens: 106, promptTokens: 40 };
    expect([ledger.today(peer), open().today(peer)]).toEqual([used, used]);
    const page = open().page({ limit: 2 });
    expect(page).toMatchObject({ brokenAt: null, entries: [{ forTitle: true }, {}] });
    expect(
      ledgerCsv(page)
        .split('\r\n')
        .slice(1, 3)
        .map((row) => row.split(',').at(-1)),
    ).toEqual(['answer', 'title']);
  });

  test.each<[string, (all: string[]) => string[], number]>([
    [
      'an answer made a title',
      (all) => all.map((line, at) => (at === 1 ? line.replace('"outcome"', '"forTitle":true,"outcome"') : line)),
      2,
    ],
    ['a changed figure', (all) => all.map((line, at) => (at === 2 ? line.replace('"tokens":100', '"tokens":1') : line)), 3],
    ['a line taken out', (all) => all.filter((_, at) => at !== 2), 4],
    ['the first line taken out', (all) => all.slice(1), 2],
    ['two lines swapped', (all) => [all[0], all[2], all[1], all[3]].map(String), 3],
    ['a line that is none', (all) => all.map((line, at) => (at === 1 ? 'x' : line)), 2],
    ['the last line spoilt', (all) => all.map((line, at) => (at === 3 ? '{}' : line)), 4],
  ])('%s is seen, also after more was written', (_what, change, brokenAt) => {
    const ledger = open();
    for (let at = 0; at < 4; at += 1) ledger.add(answer());
    expect(ledger.page({ limit: 1 }).brokenAt).toBeNull();
    writeFileSync(path, `${change(lines()).join('\n')}\n`);
    expect(open().page({ limit: 1 }).brokenAt).toBe(brokenAt);
    open().add(answer());
    expect(open().page({ limit: 1 }).brokenAt).toBe(brokenAt);
  });

  test('an end that was cut off is seen, and stays visible when more is written', async () => {
    const ledger = open();
    for (let at = 0; at < 5; at += 1) ledger.add(answer());
    await allFlushed();
    writeFileSync(path, `${lines().slice(0, 3).join('\n')}\n`);
    expect(open().page({ limit: 1 })).toMatchObject({ total: 3, brokenAt: null, missing: 2 });
    expect(ledgerCsv(open().page({ limit: 9 }))).toContain('\r\n4,,missing: 2 of the newest entries are gone\r\n');
    open().add(answer());
    const after = open().page({ limit: 9 });
    expect(after).toMatchObject({ total: 4, brokenAt: 6, missing: 0 });
    expect(after.entries.map(({ number }) => number)).toEqual([6, 3, 2, 1]);
    expect(ledgerCsv(after)).toContain('\r\n6,,changed: this entry does not follow from the one before\r\n');
  });

  test('its files taken away altogether, or written anew with hashes that fit, is seen', async () => {
    const ledger = open();
    for (let at = 0; at < 3; at += 1) ledger.add(answer());
    await allFlushed();
    const forged = openLedger(join(folder, 'forged.jsonl'), () => now);
    for (let at = 0; at < 3; at += 1) forged.add(answer({ name: 'nobody' }));
    writeFileSync(path, readFileSync(join(folder, 'forged.jsonl')));
    expect(open().page({ limit: 1 })).toMatchObject({ brokenAt: 3, missing: 0 });
    rmSync(path);
    expect(open().page({ limit: 1 })).toMatchObject({ total: 0, brokenAt: null, missing: 3 });
    open().add(answer());
    expect(open().page({ limit: 1 })).toMatchObject({ brokenAt: 4, entries: [{ number: 4 }] });
  });

  test('a crash between the line and the name of the last line is no cut; nor is a ledger from before there was one', async () => {
    const ledger = open();
    ledger.add(answer());
    await allFlushed();
    const head = readFileSync(`${path}.head`);
    ledger.add(answer());
    await allFlushed();
    writeFileSync(`${path}.head`, head);
    expect(open().page({ limit: 1 })).toMatchObject({ total: 2, brokenAt: null, missing: 0 });
    for (const content of ['', 'x', '{"number":-1}']) {
      writeFileSync(`${path}.head`, content);
      expect(open().page({ limit: 1 })).toMatchObject({ total: 2, brokenAt: null, missing: 0 });
    }
    rmSync(`${path}.head`);
    open().add(answer());
    expect(open().page({ limit: 1 })).toMatchObject({ total: 3, brokenAt: null, missing: 0 });
    await allFlushed();
    if (process.platform !== 'win32') expect(statSync(`${path}.head`).mode & 0o777).toBe(0o600);
  });

  test('a node that writes while another program reads is no cut', () => {
    const [writer, reader] = [open(), open()];
    for (let at = 0; at < 20; at += 1) {
      writer.add(answer());
      expect(reader.page({ limit: 1 })).toMatchObject({ total: at + 1, brokenAt: null, missing: 0 });
    }
  });

  test('what a crash left of a line is cut off', () => {
    open().add(answer());
    appendFileSync(path, '{"number":2,"pee');
    const again = open();
    again.add(answer());
    expect(again.page({ limit: 9 })).toMatchObject({ total: 2, brokenAt: null });
  });

  test('each year has its file, at most four closed ones are kept, and the chain goes through them', async () => {
    const ledger = open();
    for (let year = 0; year < 7; year += 1)
      for (let at = 0; at < 2; at += 1) ledger.add(answer({ at: new Date(2026 + year, 5, 1).getTime() }));
    await allFlushed();
    expect(readdirSync(folder).toSorted()).toEqual([
      'ledger.jsonl',
      'ledger.jsonl.2028-00000006',
      'ledger.jsonl.2029-00000008',
      'ledger.jsonl.2030-00000010',
      'ledger.jsonl.2031-00000012',
      'ledger.jsonl.head',
    ]);
    expect(ledger.page({ limit: 1 })).toMatchObject({ total: 10, brokenAt: null, entries: [{ number: 14 }] });
    rmSync(join(folder, 'ledger.jsonl.2030-00000010'));
    expect(ledger.page({ limit: 1 }).brokenAt).toBe(5);
  });

  test('a file of ten megabytes is closed', async () => {
    open().add(answer());
    appendFileSync(path, `${' '.repeat(10 * 1024 * 1024)}\n`);
    const ledger = open();
    ledger.add(answer());
    await allFlushed();
    expect(readdirSync(folder)).toHaveLength(3);
    expect(statSync(path).size).toBeLessThan(1000);
  });

  test('as CSV a name cannot become a formula or a column', () => {
    const csv = ledgerCsv({ entries: [{ ...answer({ name: '=cmd("x"),y' }), number: 1 }], brokenAt: null, missing: 0 });
    expect(csv).toContain(`,"'=cmd(""x""),y",${peer},`);
    expect(csv.split('\r\n')).toHaveLength(3);
  });
});
