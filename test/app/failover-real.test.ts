// The whole path on real parts: the built window on a real node, and two leaders as processes of their own, whose engines are played so
// that every character of the answer is known. Nobody announces itself: the machines are dialled by address.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRouterClient } from '@orpc/server';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDoor } from '../../src-main/api/loopback-door.ts';
import { createNetwork } from '../../src-main/network/network.ts';
import { openPairing } from '../../src-main/network/pairing.ts';
import { nearbyDoors } from '../../src-main/network/nearby-doors.ts';
import { pairByCode } from '../../src-main/network/pair-by-code.ts';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import type { ControlClient } from '../../src-shared/control.ts';
import { fakeEngine } from '../fakes/fake-engine.ts';
import { fakeHardware } from '../fakes/fake-hardware.ts';
import { makeNode } from '../fakes/test-node.ts';
import { clock, log } from '../fault/child-world.ts';
import { follow, type Child } from '../fault/child.ts';
import type { NodeConfig } from '../fault/node-child.ts';
import { builtWindow, launchChromium, watchedPage } from './browser.ts';

const program = fileURLToPath(new URL('../fault/node-child.ts', import.meta.url));
const listen = ['/ip4/127.0.0.1/tcp/0'];

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
  const config: NodeConfig = { folder: home, key, name, role: 'leader', tokensPerSecond: pace, listen, lan: false, answer: answerText };
  const child = follow(spawn(process.execPath, ['--expose-gc', program], { stdio: ['pipe', 'pipe', 'inherit'] }));
  child.process.stdin?.write(`${JSON.stringify(config)}\n`);
  const { addresses } = await child.next('ready');
  const leader = { ...child, name, folder: home, address: String((addresses as string[])[0]) };
  leaders.push(leader);
  return leader;
}

/** A laptop that only asks, and its window. */
async function startLaptop(): Promise<{ page: Page; client: ControlClient }> {
  const node = makeNode({
    folder: path.join(folder, 'laptop'),
    key,
    settings: { open: true, name: 'laptop', role: 'subordinate' },
    clock,
    log,
    hardware: fakeHardware(),
    engine: () => fakeEngine(),
    network: ({ settings: _settings, ...parts }) =>
      createNetwork({ ...parts, version: '0.1.0', listen, discover: null, seedDiscovery: false, clock, log }),
    pairing: {
      open: (parts) => openPairing({ ...parts, listen, clock, log }),
      join: (parts) => pairByCode({ ...parts, discover: null, clock, log }),
      nearby: (signal) => nearbyDoors({ discover: null, clock, log, signal }),
    },
  });
  await node.start();
  closing.push(() => node.stop());
  const door = await openDoor({ port: 0, router: node.control, secret: node.secret, pageDir: builtWindow, log });
  closing.push(() => door.close());
  const { context, page } = await watchedPage(browser, `http://127.0.0.1:${door.port}`);
  closing.push(() => context.close());
  await page.goto(door.oneTimeUrl());
  await page.getByTestId('composer').waitFor();
  return { page, client: createRouterClient(node.control) };
}

async function connect(page: Page, client: ControlClient, leader: Leader): Promise<void> {
  await client.peers.add({ address: leader.address });
  await page.locator('[data-testid=peer-row][data-leads]').filter({ hasText: leader.name }).waitFor({ timeout: 20_000 });
}

async function ask(page: Page): Promise<void> {
  await page.getByTestId('composer').fill('Who writes?');
  await page.getByTestId('composer').press('Enter');
}

/** Waits until so much of the answer is on screen, and says who writes it. */
async function writer(page: Page, client: ControlClient, characters: number): Promise<Leader> {
  await expect
    .poll(async () => (await page.getByTestId('answer').last().textContent())?.length ?? 0, { timeout: 30_000 })
    .toBeGreaterThan(characters);
  const [summary] = await client.conversations.list();
  const { messages } = await client.conversations.get({ id: summary?.id ?? '' });
  const name = messages.at(-1)?.answer?.route?.at(-1)?.leader.name;
  const found = leaders.find((leader) => leader.name === name && leader.process.exitCode === null);
  if (found === undefined) throw new Error(`nobody is called ${String(name)}`);
  return found;
}

async function copied(page: Page): Promise<string> {
  await page.getByTestId('answer').last().getByRole('button', { name: 'Copy the answer' }).click();
  return await page.evaluate(() => navigator.clipboard.readText());
}

test('the machine that writes is killed: the window names both, and no character is lost or doubled', async () => {
  const { page, client } = await startLaptop();
  for (const name of ['GPU-DESKTOP', 'STUDIO']) await connect(page, client, await startLeader(name));
  await ask(page);
  const first = await writer(page, client, 250);
  const second = leaders.find((leader) => leader !== first);
  first.process.kill('SIGKILL');
  await page.getByTestId('answer-moved').waitFor({ timeout: 15_000 });
  expect(await page.getByTestId('answer-moved').textContent()).toBe(`${first.name} went away, continuing on ${second?.name}`);
  await page.locator('[data-testid=answer][data-state=done]').waitFor({ timeout: 60_000 });
  expect(await copied(page)).toBe(answerText);
  expect(await page.getByTestId('answer-line').textContent()).toContain(`${first.name}, then ${second?.name}`);
  // And so it is stored.
  await page.reload();
  await page.getByTestId('conversation-item').first().click();
  await page.locator('[data-testid=answer][data-state=done]').waitFor();
  expect(await copied(page)).toBe(answerText);
});

test('the only machine is killed: the text stays, and goes on when a machine is back', async () => {
  const { page, client } = await startLaptop();
  await connect(page, client, await startLeader('GPU-DESKTOP'));
  await ask(page);
  const only = await writer(page, client, 250);
  only.process.kill('SIGKILL');
  // While it may still be a broken link, the text stays in sight.
  await expect.poll(() => page.getByTestId('answer-phase').getAttribute('data-phase'), { timeout: 15_000 }).toBe('reconnecting');
  expect((await page.getByTestId('answer').textContent())?.length).toBeGreaterThan(250);
  await page.getByTestId('continue-later').click({ timeout: 120_000 });
  await expect.poll(() => page.getByTestId('answer-phase').getAttribute('data-phase'), { timeout: 15_000 }).toBe('waiting');
  await connect(page, client, await startLeader('STUDIO'));
  await page.locator('[data-testid=answer][data-state=done]').waitFor({ timeout: 60_000 });
  expect(await copied(page)).toBe(answerText);
  expect(await page.getByTestId('answer-line').textContent()).toContain('GPU-DESKTOP, then STUDIO');
});
