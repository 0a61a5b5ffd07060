// Files that are attached in the built app in a real Electron: the worker that reads them is loaded from app://, under the policy of the app.
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtWindow, dropFile } from './browser.ts';
import { explainFailures, launchApp, newHome, removeHome, type App } from './electron.ts';
import { chinesePdf, packedBlanks, pdfFile, pngFile, showing } from './made-files.ts';
import { eventually } from './played-window.ts';
import { policyGaps } from './policy-gaps.ts';

let app: App;
const home = newHome();
const brought = newHome();
explainFailures(() => [app]);

beforeAll(async () => {
  app = await launchApp({ home });
  await app.page.getByTestId('first-run-create').click();
  await app.page.getByTestId('composer').waitFor();
});
afterAll(async () => {
  await app.quit();
  for (const folder of [home, brought]) removeHome(folder);
});

function file(name: string, content: Buffer | string): string {
  const place = path.join(brought, name);
  writeFileSync(place, content);
  return place;
}
const chips = () => app.page.getByTestId('draft-files').getByTestId('attachment');
const ready = (kind: string) => app.page.getByTestId('draft-files').locator(`[data-testid=attachment][data-kind=${kind}]`);

test('texts, PDFs and pictures are read by the worker of the app and kept by its node', async () => {
  await app.page.getByTestId('attach-input').setInputFiles([
    file('lease.pdf', pdfFile([showing('The lease ends in May.')])),
    // its tables of characters are parts of the bundle too
    file('zh.pdf', chinesePdf(['c4e3bac3cac0bde7', 'd6d0cec4cec4b5b5'])),
    file('holiday.png', pngFile(2000, 1000)),
  ]);
  await dropFile(app.page, file('notes.md', 'The cellar key hangs behind the clock.'));
  await eventually(() => ready('pdf').count()).toBe(2);
  await ready('image').getByTestId('thumbnail').waitFor();
  await ready('text').waitFor();
  await app.picture('attachments-electron');

  const { client, close } = await app.control();
  try {
    const [conversation] = await client.conversations.list();
    const { id, attachments } = await client.conversations.get({ id: conversation?.id ?? '' });
    expect(attachments.map(({ name, kind }) => [name, kind])).toEqual([
      ['lease.pdf', 'pdf'],
      ['zh.pdf', 'pdf'],
      ['holiday.png', 'image'],
      ['notes.md', 'text'],
    ]);
    const [lease, chinese] = await Promise.all(
      attachments.slice(0, 2).map((one) => client.conversations.attached({ id, attachmentId: one.id })),
    );
    expect([lease?.data, chinese?.data]).toEqual(['The lease ends in May.', '你好世界\n中文文档']);
    expect(attachments[2]).toMatchObject({ width: 1536, height: 768 });
  } finally {
    close();
  }
  expect(app.faults).toEqual([]);
});

test('a PDF that unpacks to gigabytes is refused here too, and the app goes on', async () => {
  await app.page.getByTestId('attach-input').setInputFiles(file('bomb.pdf', pdfFile([{ packed: packedBlanks(2048) }])));
  await eventually(() => app.page.getByTestId('attach-refused').textContent()).toContain('Unpacked');
  await app.page.getByTestId('attach-refused').getByRole('button').click();
  expect(await chips().count()).toBe(4);
  await app.page.getByTestId('composer').fill('still here');
  expect(app.faults).toEqual([]);
});

// Last: what is refused is told on the console.
test('nothing but the address of the worker becomes a script', async () => {
  const script = readdirSync(path.join(builtWindow, 'assets')).find((name) => /^file-worker.*\.js$/.test(name));
  expect(await app.page.evaluate(policyGaps, `app://axon/assets/${script}`)).toEqual([]);
});
