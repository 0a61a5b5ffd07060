// The whole path on real parts: the built window on a real node, and two leaders as processes of their own, whose engines are played so
// that every character of the answer is known.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import type { ControlClient } from '../../src-shared/control.ts';
import { follow, type Child } from '../fault/child.ts';
import type { NodeConfig } from '../fault/node-child.ts';
import { launchChromium, writtenText } from './browser.ts';
import { ask, clipboard } from './played-window.ts';
import { connect, loopback, startLaptop, type Laptop } from './real-laptop.ts';

const program = fileURLToPath(new URL('../fault/node-child.ts', import.meta.url));

/** About 5 s of an answer at the pace of these engines, with a code block in its middle. */
const pace = 50;
const answerText = [
  'The machines take turns:',
  ...Array.from({ length: 12 }, (_, at) => `${at + 1}. machine number ${at + 1} writes *its* part`),
  '\n```ts\nconst order = [',
  ...Array.from({ length: 25 }, (_, at) => `  { turn: ${at}, machine: ${at % 2} },`),
  '];\n```\n',
  'And that is **all** of it.',
].join('\n');

type Leader = Child & { name: string; folder: string; address: string };

let browser: Browser;
let folder: string;
let key: string;
const leaders: Leader[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-window-'));
  key = swarmKeyText(newSwarmKey());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  for (const leader of leaders.splice(0)) await leader.kill();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await browser.close();
});

async function startLeader(name: string): Promise<Leader> {
  const home = path.join(folder, name);
  const config: NodeConfig = {
    folder: home,
    key,
    name,
    role: 'leader',
    tokensPerSecond: pace,
    listen: loopback,
    lan: false,
    answer: answerText,
  };
  const child = follow(spawn(process.execPath, ['--expose-gc', program], { stdio: ['pipe', 'pipe', 'inherit'] }));
  child.process.stdin?.write(`${JSON.stringify(config)}\n`);
  const { addresses } = await child.next('ready');
  const leader = { ...child, name, folder: home, address: String((addresses as string[])[0]) };
  leaders.push(leader);
  return leader;
}

async function openLaptop(): Promise<Laptop> {
  const laptop = await startLaptop(browser, { folder: path.join(folder, 'laptop'), key, name: 'laptop' });
  closing.push(laptop.stop);
  return laptop;
}

/** Waits until so much of the answer is on screen, and says who writes it. */
async function writer(page: Page, client: ControlClient, characters: number): Promise<Leader> {
  await expect.poll(async () => (await writtenText(page)).length, { timeout: 30_000 }).toBeGreaterThan(characters);
  const [summary] = await client.conversations.list();
  const { messages } = await client.conversations.get({ id: summary?.id ?? '' });
  const name = messages.at(-1)?.answer?.route?.at(-1)?.leader.name;
  const found = leaders.find((leader) => leader.name === name && leader.process.exitCode === null);
  if (found === undefined) throw new Error(`nobody is called ${String(name)}`);
  return found;
}

async function expectWholeCopied(page: Page): Promise<void> {
  await page.evaluate(() => navigator.clipboard.writeText('something else'));
  await page.getByTestId('answer').last().getByRole('button', { name: 'Copy the answer' }).click();
  await expect.poll(() => clipboard(page)).toBe(answerText);
}

test('the machine that writes is killed: the window names both, and no character is lost or doubled', async () => {
  const laptop = await openLaptop();
  const { page, client } = laptop;
  for (const name of ['GPU-DESKTOP', 'STUDIO']) await connect(laptop, await startLeader(name));
  await ask(page, 'Who writes?');
  const first = await writer(page, client, 250);
  const second = leaders.find((leader) => leader !== first);
  first.process.kill('SIGKILL');
  await page.getByTestId('answer-moved').waitFor({ timeout: 15_000 });
  expect(await page.getByTestId('answer-moved').textContent()).toBe(`${first.name} went away, continuing on ${second?.name}`);
  await page.locator('[data-testid=answer][data-state=done]').waitFor({ timeout: 60_000 });
  await expectWholeCopied(page);
  expect(await page.getByTestId('answer-line').textContent()).toContain(`${first.name}, then ${second?.name}`);
  // And so it is stored.
  await page.reload();
  await page.getByTestId('conversation-item').first().click();
  await page.locator('[data-testid=answer][data-state=done]').waitFor();
  await expectWholeCopied(page);
});

test('the only machine is killed: the text stays, and goes on when a machine is back', async () => {
  const laptop = await openLaptop();
  const { page, client } = laptop;
  await connect(laptop, await startLeader('GPU-DESKTOP'));
  await ask(page, 'Who writes?');
  const only = await writer(page, client, 250);
  only.process.kill('SIGKILL');
  // While it may still be a broken link, the text stays in sight.
  await expect.poll(() => page.getByTestId('answer-phase').getAttribute('data-phase'), { timeout: 15_000 }).toBe('reconnecting');
  expect((await writtenText(page)).length).toBeGreaterThan(250);
  await page.getByTestId('continue-later').click({ timeout: 120_000 });
  await expect.poll(() => page.getByTestId('answer-phase').getAttribute('data-phase'), { timeout: 15_000 }).toBe('waiting');
  await connect(laptop, await startLeader('STUDIO'));
  await page.locator('[data-testid=answer][data-state=done]').waitFor({ timeout: 60_000 });
  await expectWholeCopied(page);
  expect(await page.getByTestId('answer-line').textContent()).toContain('GPU-DESKTOP, then STUDIO');
});
