// What the window fetches when: little at the start, colours for code and formulas when something on screen first wants them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { afterAll, expect, test } from 'vitest';
import { report } from '../report.ts';
import { builtWindow } from './browser.ts';
import { done, placed } from './played-household.ts';
import { pdfFile, showing } from './made-files.ts';
import { answer, ask, eventually, playedWindows } from './played-window.ts';

const open = playedWindows();
const figures = report('window');
afterAll(() => void figures.write());

/** Names of the scripts and style sheets that the page has fetched, and of fonts. */
const fetched = (page: Page): Promise<string[]> =>
  page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1) ?? ''));
const assets = join(builtWindow, 'assets');
const bytes = (names: readonly string[], size: (file: Buffer) => number): number =>
  names.reduce((sum, name) => sum + size(readFileSync(join(assets, name))), 0);

test('code is coloured and formulas are set by parts that come when they are wanted, and not before', async () => {
  const { page, node } = await open();
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const atStart = (await fetched(page)).filter((name) => scripts.includes(name));
  node.script(() => [placed(), { kind: 'text', text: 'Plain **text** with `code`.' }, done()]);
  await ask(page, 'Plain?');
  await answer(page, 'done').waitFor();
  expect((await fetched(page)).filter((name) => scripts.includes(name))).toEqual(atStart);

  node.script(() => [placed(), { kind: 'text', text: '```ts\nconst a = 1;\n```\n' }, done()]);
  await ask(page, 'Code?');
  await page.locator('.hljs-keyword').first().waitFor();
  const withCode = (await fetched(page)).filter((name) => scripts.includes(name));
  expect(withCode.length).toBeGreaterThan(atStart.length);

  node.script(() => [placed(), { kind: 'text', text: 'So \\(a^2\\).' }, done()]);
  await ask(page, 'Maths?');
  await page.locator('.katex').first().waitFor();
  const withMaths = (await fetched(page)).filter((name) => scripts.includes(name));
  expect(withMaths.length).toBeGreaterThan(withCode.length);

  const kilobytes = (names: readonly string[], size: (file: Buffer) => number): number => bytes(names, size) / 1000;
  figures.row({ name: 'window: script at the start', value: kilobytes(atStart, (file) => file.length), unit: 'kB' });
  figures.row({ name: 'window: script at the start, gzip', value: kilobytes(atStart, (file) => gzipSync(file).length), unit: 'kB' });
  figures.row({ name: 'window: all scripts', value: kilobytes(scripts, (file) => file.length), unit: 'kB' });
});

test('what reads files comes with the first file, and what reads PDFs with the first PDF, to the worker alone', async () => {
  const { page } = await open();
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url().split('/').at(-1) ?? ''));
  const parts = (start: string): string[] => asked.filter((name) => name.startsWith(start));
  const attach = async (name: string, content: Buffer, kind: string): Promise<void> => {
    await page.getByTestId('attach-input').setInputFiles({ name, buffer: content, mimeType: 'application/octet-stream' });
    await eventually(() => page.locator(`[data-testid=attachment][data-kind=${kind}]`).count()).toBe(1);
  };
  expect((await fetched(page)).filter((name) => /^(file-worker|read-)/.test(name))).toEqual([]);
  await attach('notes.md', Buffer.from('The lease ends in May.'), 'text');
  expect([parts('file-worker').length, parts('read-pdf').length]).toEqual([1, 0]);
  await attach('lease.pdf', pdfFile([showing('The lease ends in May.')]), 'pdf');
  expect(parts('read-pdf')).toHaveLength(1);
  expect((await fetched(page)).filter((name) => name.startsWith('read-'))).toEqual([]);
  figures.row({ name: 'window: what reads PDFs', value: bytes(parts('read-pdf'), (file) => file.length) / 1000, unit: 'kB' });
});
