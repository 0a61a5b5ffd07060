// Attachments over the whole path: the built window, a real node with its database, and the Ollama engine on a server that notes what it is
// asked. A picture goes to the model that sees, a text as words, and a draft is there with its files after the node was started again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openDoor } from '../../src-main/api/loopback-door.ts';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { imageFacts } from '../../src-shared/image.ts';
import { fakeOllama } from '../fakes/fake-ollama.ts';
import type { FakeOllama } from '../fakes/fake-ollama.ts';
import { clock, log } from '../fault/child-world.ts';
import { builtWindow, launchChromium, watchedPage } from './browser.ts';
import { pdfFile, pngFile, showing } from './made-files.ts';
import { answer, ask, eventually } from './played-window.ts';
import { loopbackNode } from './real-laptop.ts';

let browser: Browser;
let ollama: FakeOllama;
const folder = mkdtempSync(path.join(tmpdir(), 'axon-attachments-'));
const key = swarmKeyText(newSwarmKey());
const closing: (() => Promise<unknown>)[] = [];
const close = async (): Promise<void> => {
  for (const end of closing.splice(0).reverse()) await end();
};

beforeAll(async () => {
  browser = await launchChromium();
  ollama = await fakeOllama({ models: [{ name: 'llava:7b', capabilities: ['completion', 'vision'] }, { name: 'llama3.2:3b' }] });
});
afterEach(close);
afterAll(async () => {
  await browser.close();
  await ollama.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The machine of the folder, which answers itself, and its window. */
async function start(): Promise<{ page: Page; faults: string[] }> {
  const engine = ollamaEngine({ url: ollama.url, env: {}, cwd: folder, clock, log });
  const node = loopbackNode({ folder, key, name: 'desk' }, { role: 'leader', titles: false }, engine);
  await node.start();
  closing.push(() => node.stop());
  const door = await openDoor({ port: 0, router: node.control, secret: node.secret, pageDir: builtWindow, log });
  closing.push(() => door.close());
  const { context, page, faults } = await watchedPage(browser, `http://127.0.0.1:${door.port}`);
  closing.push(() => context.close());
  await page.goto(door.oneTimeUrl());
  await page.getByTestId('composer').waitFor();
  await eventually(() => page.getByTestId('role-state').textContent()).toContain('ready');
  return { page, faults };
}

type Asked = { model: string; messages: { role: string; content: string; images?: string[] }[] };
const asked = (): Asked[] => ollama.chats.map((body) => body as Asked).filter(({ messages }) => messages.length > 0);
const attach = (page: Page, ...files: { name: string; buffer: Buffer }[]): Promise<void> =>
  page.getByTestId('attach-input').setInputFiles(files.map((file) => ({ ...file, mimeType: 'application/octet-stream' })));
const ready = (page: Page) => page.getByTestId('draft-files').locator('[data-testid=attachment]:not([data-kind=reading])');

test('a draft with its files outlives the node, and then each goes to the model as what it is', async () => {
  const first = await start();
  await first.page.getByTestId('composer').fill('What do they show?');
  const lease = pdfFile([showing('The lease ends in May.')]);
  await attach(
    first.page,
    { name: 'notes.md', buffer: Buffer.from('The cellar key hangs behind the clock.') },
    { name: 'lease.pdf', buffer: lease },
    { name: 'holiday.png', buffer: pngFile(2000, 1000) },
  );
  await eventually(() => ready(first.page).count()).toBe(3);
  await first.page.getByTestId('composer').blur();
  await close();

  const { page, faults } = await start();
  // the window that comes opens it by itself
  await eventually(() => page.getByTestId('composer').inputValue()).toBe('What do they show?');
  await eventually(() => ready(page).count()).toBe(3);
  await page.getByTestId('draft-files').getByTestId('thumbnail').waitFor();
  await page.getByTestId('composer').press('Enter');
  await answer(page, 'done').waitFor();
  const [question] = asked();
  expect(question?.model).toBe('llava:7b');
  expect(question?.messages).toMatchObject([
    {
      role: 'user',
      content:
        '<document name="notes.md">\nThe cellar key hangs behind the clock.\n</document>\n\n' +
        '<document name="lease.pdf">\nThe lease ends in May.\n</document>\n\nWhat do they show?',
    },
  ]);
  expect(question?.messages[0]?.images?.map((data) => imageFacts(data))).toMatchObject([{ width: 1536, height: 768 }]);

  // they stay a part of the conversation, and a fork has them too
  await ask(page, 'Sure?');
  await eventually(() => asked().length).toBe(2);
  await answer(page, 'done').nth(1).waitFor();
  expect(asked()[1]?.messages.map(({ images }) => images?.length)).toEqual([1, undefined, undefined]);
  const current = () => page.locator('[data-conversation][aria-current=page]').getAttribute('data-conversation');
  const forked = await current();
  await page.getByTestId('fork').last().click();
  await eventually(current).not.toBe(forked);
  expect(await page.getByTestId('conversation-item').count()).toBe(2);
  await page.getByTestId('message-files').getByTestId('thumbnail').waitFor();
  await ask(page, 'And here?');
  await eventually(() => asked().length).toBe(3);
  expect(asked()[2]?.messages[0]).toEqual(question?.messages[0]);
  expect(faults).toEqual([]);
});
