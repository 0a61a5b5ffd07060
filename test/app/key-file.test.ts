// The file that swarm.key came in, in the built app in a real Electron: deleted when the person wants it, and no other file is, whatever the
// page asks for.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { dropFile } from './browser.ts';
import { explainFailures, launchApp, newHome, removeHome, type App } from './electron.ts';
import { eventually } from './played-window.ts';

let app: App;
const home = newHome();
const brought = newHome();
const keyText = swarmKeyText(new Uint8Array(32).fill(0x5a));
explainFailures(() => [app]);

beforeAll(async () => {
  app = await launchApp({ home });
  await app.page.addInitScript(listenIn);
  await app.page.reload();
  await app.page.getByTestId('first-run-join').waitFor();
});
afterAll(async () => {
  await app.quit();
  for (const folder of [home, brought]) removeHome(folder);
});

function file(name: string, content: string): string {
  const place = path.join(brought, name);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, content);
  return place;
}
const left = () => app.page.getByTestId('key-file-left');

type Stolen = { port: MessagePort; text: string }[];
type Overheard = typeof globalThis & { overheard: Stolen; dropped: File[] };

/** In the page, before its own scripts: an attacker that hears what the page says to whom, and keeps the files that are dropped. */
function listenIn(): void {
  const world = globalThis as Overheard;
  world.overheard = [];
  world.dropped = [];
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown, ...rest: []) {
    if (typeof message === 'string') world.overheard.push({ port: this, text: message });
    postMessage.call(this, message, ...rest);
  };
  window.addEventListener('drop', (event) => world.dropped.push(...(event.dataTransfer?.files ?? [])), true);
}

/** In the page: calls the desktop as the page itself does, by what was overheard of another call. */
async function callDesktop(name: string): Promise<string> {
  const said = (globalThis as Overheard).overheard.findLast(({ text }) => text.includes('/keyFile'));
  if (said === undefined) throw new Error('the page was not heard');
  const id = `9${Math.floor(performance.now() * 1000)}`;
  const message = JSON.parse(said.text) as { i: unknown; p: { u: string } };
  const call = { ...message, i: id, p: { ...message.p, u: message.p.u.replace('/keyFile', `/${name}`) } };
  return await new Promise((resolve) => {
    said.port.addEventListener('message', ({ data }: MessageEvent) => {
      const answer = typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer);
      if (answer.includes(id)) resolve(answer);
    });
    said.port.postMessage(JSON.stringify(call));
  });
}

/** In the page: whatever could make main take another file for the one that was brought last. */
function forge(victim: string): void {
  const world = globalThis as Overheard;
  const named = new File(['x'], victim);
  Object.defineProperty(named, 'path', { value: victim });
  for (const one of [named, ...world.dropped.filter(({ name }) => name === 'swarm.key')]) {
    const transfer = new DataTransfer();
    transfer.items.add(one);
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: transfer }));
    const input = document.createElement('input');
    input.type = 'file';
    document.body.append(input);
    input.files = transfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    input.remove();
  }
  for (const message of [{ axon: 'brought', file: victim }, { brought: victim }, ['brought', victim]]) window.postMessage(message, '*');
}

const asked = async (page: Page): Promise<string[]> => [
  await page.evaluate(callDesktop, 'keyFile'),
  await page.evaluate(callDesktop, 'removeKeyFile'),
];

test('a dropped key is taken over, and its file deleted at a click; what lies beside it stays', async () => {
  const key = file('downloads/swarm.key', keyText);
  const beside = file('downloads/swarm.key.txt', keyText);
  await dropFile(app.page, key);
  await left().waitFor();
  await app.page.getByTestId('waiting').waitFor();
  expect(existsSync(key)).toBe(true);
  await app.picture('key-file-electron');
  // where it lies is nothing for the page
  expect(await app.page.content()).not.toContain(brought);
  await app.page.getByTestId('key-file-remove').click();
  await left().waitFor({ state: 'detached' });
  expect(existsSync(key)).toBe(false);
  expect(readFileSync(beside, 'utf8')).toBe(keyText);
  await app.picture('key-file-deleted');
  expect((await app.view()).key).not.toBeNull();
  expect(app.faults).toEqual([]);
});

test('a chosen one too; it stays where the person wants that', async () => {
  const key = file('stick/swarm.key', keyText);
  const session = await app.page.context().newCDPSession(app.page);
  // as the system's dialog gives it: the page hears a trusted event
  const choose = async (): Promise<void> => {
    await app.page.evaluate(() => {
      const input = document.createElement('input');
      input.type = 'file';
      input.id = 'chosen-by-hand';
      document.body.append(input);
    });
    const { root } = await session.send('DOM.getDocument');
    const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: '#chosen-by-hand' });
    await session.send('DOM.setFileInputFiles', { nodeId, files: [key] });
    await app.page.evaluate(() => document.querySelector('#chosen-by-hand')?.remove());
  };
  await choose();
  expect(await app.page.evaluate(callDesktop, 'keyFile')).toContain('deletable');
  await dropFile(app.page, key);
  await app.page.getByTestId('key-file-keep').click();
  await left().waitFor({ state: 'detached' });
  expect(readFileSync(key, 'utf8')).toBe(keyText);
  await session.detach();
});

test('a page that was taken over gets no other file deleted', async () => {
  const copy = file('backup/swarm.key', keyText);
  const notes = file('notes.txt', 'the key of the cellar');
  // what was said before is used up
  expect((await asked(app.page)).join(' ')).not.toMatch(/deletable|deleted|emptied/);
  // the copy was dropped once and is kept; then something else is
  await dropFile(app.page, copy);
  await left().waitFor();
  await app.page.getByTestId('key-file-keep').click();
  await dropFile(app.page, notes);
  await eventually(() => app.page.evaluate(() => (globalThis as Overheard).dropped.at(-1)?.name)).toBe('notes.txt');
  await app.page.evaluate(forge, copy);
  const answers = await asked(app.page);
  expect(answers[0]).toContain('by-hand');
  expect(answers[1]).toContain('kept');
  expect([readFileSync(copy, 'utf8'), readFileSync(notes, 'utf8')]).toEqual([keyText, 'the key of the cellar']);
});

test('the key that a node works with is not offered, though it is dropped', async () => {
  await app.page.keyboard.press('Escape');
  const own = path.join(home, 'swarm.key');
  const before = readFileSync(own, 'utf8');
  const asks = () => app.page.evaluate(() => (globalThis as Overheard).overheard.filter(({ text }) => text.includes('/keyFile')).length);
  const earlier = await asks();
  await dropFile(app.page, own);
  // the page asks what may become of it, and is told
  await eventually(asks).toBeGreaterThan(earlier);
  expect((await asked(app.page)).join(' ')).not.toMatch(/deletable|deleted|emptied/);
  expect(await left().count()).toBe(0);
  const elsewhere = file('other-home/swarm.key', keyText);
  file('other-home/identity.json', '{}');
  await dropFile(app.page, elsewhere);
  expect((await asked(app.page)).join(' ')).not.toMatch(/deletable|deleted|emptied/);
  expect([readFileSync(own, 'utf8'), readFileSync(elsewhere, 'utf8')]).toEqual([before, keyText]);
  rmSync(elsewhere);
});
