// A server that wants a key, by the window alone, as somebody without a terminal has it: a real app, its real node and files. Only the server is played.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeOpenai, type FakeOpenai } from '../fakes/fake-openai.ts';
import { writtenText } from './browser.ts';
import { explainFailures, launchApp, newHome, removeHome, type App } from './electron.ts';

const home = newHome();
let app: App;
let server: FakeOpenai;
let other: FakeOpenai;
explainFailures(() => [app]);

beforeAll(async () => {
  [app, server, other] = await Promise.all([
    launchApp({ home }),
    fakeOpenai({ key: 'sk-of-the-server', script: () => 'Because of Rayleigh.' }),
    fakeOpenai(),
  ]);
});
afterAll(async () => {
  await Promise.all([app.quit(), server.close(), other.close()]);
  removeHome(home);
});

const engineState = async () => (await app.view()).self.engine?.state;
const sent = (one: FakeOpenai): (string | undefined)[] => [...new Set(one.requests.map(({ authorization }) => authorization))];

test('it says that it wants a key, takes it, and answers', async () => {
  const { page } = app;
  await page.getByTestId('first-run-create').click();
  await page.getByTestId('composer').waitFor();
  await page.getByTestId('settings-open').click();
  const settings = page.getByTestId('settings');
  await settings.getByText('Other server', { exact: true }).click();
  await settings.getByLabel('Server address').fill(`${server.url}/v1`);
  await settings.getByLabel('Server address').press('Enter');
  await page.getByTestId('server-key-text').waitFor();
  const { client, close } = await app.control();
  await client.role.set({ role: 'leader' });
  await expect.poll(engineState).toMatchObject({ kind: 'failed', failure: { code: 'engine-locked' } });
  await settings.getByTestId('engine-choice-down').getByText(`The server at ${server.url} wants a key`).waitFor();
  await page.getByTestId('server-key-text').fill('sk-of-the-server');
  await page.getByTestId('server-key-keep').click();
  await expect.poll(engineState).toMatchObject({ kind: 'ready' });
  close();
  await page.keyboard.press('Escape');
  await settings.waitFor({ state: 'hidden' });
  await page.getByTestId('composer').fill('Why is the sky blue?');
  await page.getByTestId('send').click();
  await expect.poll(() => writtenText(page)).toBe('Because of Rayleigh.');
  expect(app.faults).toEqual([]);
});

test('after a restart it is still there, and another address gets no key', async () => {
  await app.quit();
  app = await launchApp({ home });
  await expect.poll(engineState).toMatchObject({ kind: 'ready' });
  const { client, close } = await app.control();
  await client.settings.update({ openaiUrl: other.url });
  await expect.poll(async () => (await app.view()).self.engine?.address).toBe(other.url);
  expect((await app.view()).self.serverKey).toBeUndefined();
  close();
  expect(sent(server)).toContain('Bearer sk-of-the-server');
  expect(other.requests.length).toBeGreaterThan(0);
  expect(sent(other)).toEqual([undefined]);
  expect(readFileSync(path.join(home, 'logs', 'axon.log'), 'utf8')).not.toContain('sk-of-the-server');
});
