// The first run of a household as ux.md D tells it, on real apps and a real model: each click and key of the persons counted. mDNS is off in
// tests, so an address is typed by hand; those steps are counted apart from what a person on a network has to do.
import path from 'node:path';
import type { Locator } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { report } from '../report.ts';
import { dropFile, writtenText } from './browser.ts';
import { explainFailures, launchApp, newHome, removeHome, type App } from './electron.ts';

const homes = { desk: newHome(), laptop: newHome(), second: newHome() };
let desk: App;
let laptop: App;
let second: App | undefined;
explainFailures(() => [desk, laptop, second]);
/** The real model and two apps on a busy machine: what a figure below measures is not what a test fails by. */
const patient = { timeout: 120_000 };
const figures = report('journey');
const reportSeconds = (name: string, since: number, limit: number): void => {
  figures.row({ name, value: (performance.now() - since) / 1000, unit: 's', limit });
};

beforeAll(async () => {
  desk = await launchApp({ home: homes.desk });
});
afterAll(async () => {
  figures.write();
  await Promise.all([desk, laptop, second].map(async (app) => await app?.quit()));
  for (const home of Object.values(homes)) removeHome(home);
});

type Person = { clicks: number; keys: number; click(what: Locator): Promise<void>; type(text: string): Promise<void> };

/** Somebody at that machine: real pointer clicks, real keys, all counted. */
function personAt(app: () => App): Person {
  const self: Person = {
    clicks: 0,
    keys: 0,
    async click(what) {
      await what.click();
      self.clicks++;
    },
    async type(text) {
      await app().page.keyboard.type(text);
      self.keys += text.length;
    },
  };
  return self;
}

const owner = personAt(() => desk);

/** Where that node listens, as it is typed on another machine. The test's machines are one, so it is the loopback. */
const onLoopback = (address: string | undefined): string => `127.0.0.1:${/:(\d+)$/.exec(address ?? '')?.[1] ?? 'no port'}`;

/** The button takes clicks once it has been there for a moment; what comes before that counts for nothing, so it is waited for. */
async function allow(card: Locator): Promise<void> {
  const button = card.locator('[data-testid=allow][data-settled]');
  await button.waitFor();
  await owner.click(button);
}

async function firstToken(app: App, person: Person, question: string): Promise<void> {
  const before = await app.page.getByTestId('answer').count();
  // the chat has the focus: nobody clicks into it
  await expect.poll(() => app.page.getByTestId('composer').evaluate((box) => box === document.activeElement), patient).toBe(true);
  await person.type(question);
  await app.page.keyboard.press('Enter');
  person.keys++;
  await expect.poll(() => writtenText(app.page, before), { ...patient, interval: 20 }).not.toBe('');
}

test('the desktop leads after at most four clicks and no typing', async () => {
  const opened = performance.now();
  await owner.click(desk.page.getByTestId('first-run-create'));
  await owner.click(desk.page.getByTestId('answer-here'));
  await expect.poll(async () => (await desk.view()).self.role.actual.kind, patient).toBe('leader');
  await expect.poll(() => desk.page.getByTestId('role-state').textContent(), patient).toContain('ready');
  figures.row({ name: 'desktop: clicks from first open to leading', value: owner.clicks, unit: 'clicks', limit: 4 });
  reportSeconds('desktop: first screen to leading', opened, 60);
  expect(owner.clicks).toBeLessThanOrEqual(4);
  expect(owner.keys).toBe(0);
});

test('the first laptop: a code, one Allow, and an answer of the desktop', async () => {
  const { page } = desk;
  owner.clicks = 0;
  await owner.click(page.getByTestId('add-device-open'));
  const code = await page.getByTestId('code').textContent();
  const address = (await desk.view()).membership.pairing?.addresses[0];

  const opened = performance.now();
  laptop = await launchApp({ home: homes.laptop });
  const visitor = personAt(() => laptop);
  const helper = personAt(() => laptop);
  await helper.click(laptop.page.getByTestId('code-address'));
  await helper.type(onLoopback(address));
  await visitor.click(laptop.page.getByTestId('code-input'));
  await visitor.type((code ?? '').replace('-', ''));
  await laptop.page.locator('[data-testid=joining][data-kind=words]').waitFor();
  const card = page.getByTestId('add-device').getByTestId('let-in');
  expect(await card.getByTestId('words').textContent()).toBe(await laptop.page.getByTestId('words').textContent());
  await allow(card);
  await laptop.page.getByTestId('composer').waitFor();
  expect({ clicks: visitor.clicks, keys: visitor.keys, allows: owner.clicks - 1 }).toEqual({ clicks: 1, keys: 8, allows: 1 });

  const typed = visitor.keys;
  await expect
    .poll(async () => (await laptop.view()).peers.some(({ offer }) => (offer?.leads?.models.length ?? 0) > 0), patient)
    .toBe(true);
  await firstToken(laptop, visitor, 'Hello');
  reportSeconds('laptop by code: start of the app to the first token', opened, 60);
  // a small model may ramble on until its context is full, minutes on a slow machine: who answered is known by now
  await laptop.page.keyboard.press('Escape');
  await laptop.page.getByTestId('answer-line').last().waitFor(patient);
  expect(await laptop.page.getByTestId('answer-line').last().textContent()).toContain((await desk.view()).self.name);

  const asked = performance.now();
  await firstToken(laptop, visitor, 'And again');
  reportSeconds('laptop: a warm question to its first token', asked, 2);
  figures.row({ name: 'laptop by code: clicks', value: visitor.clicks, unit: 'clicks', limit: 1 });
  figures.row({ name: 'laptop by code: keys until in', value: typed, unit: 'keys', limit: 8 });
  figures.row({ name: 'laptop by code: clicks on the desktop, with "Add a device"', value: owner.clicks, unit: 'clicks', limit: 2 });
  figures.row({
    name: 'laptop by code: without mDNS besides',
    value: helper.clicks + helper.keys,
    unit: 'clicks and keys',
    note: 'the address',
  });
});

test('the second laptop: a dropped file and one Allow', async () => {
  await desk.page.keyboard.press('Escape');
  await desk.page.getByTestId('add-device').waitFor({ state: 'hidden' });
  await laptop.quit();
  expect(laptop.faults).toEqual([]);
  second = await launchApp({ home: homes.second });
  const app = second;
  const visitor = personAt(() => app);
  const helper = personAt(() => app);
  await app.page.getByTestId('first-run-create').waitFor();
  owner.clicks = 0;

  const dropped = performance.now();
  await dropFile(app.page, path.join(homes.desk, 'swarm.key'));
  await app.page.getByTestId('waiting').waitFor();
  await helper.click(app.page.getByTestId('waiting-address'));
  await helper.click(app.page.getByTestId('address-input'));
  await helper.type(onLoopback((await desk.view()).self.addresses.map((address) => address.replace(/.*\/tcp\/(\d+).*/, ':$1'))[0]));
  await helper.click(app.page.getByTestId('address-add'));
  const card = desk.page.getByTestId('let-in');
  await card.waitFor();
  reportSeconds('laptop by file: the drop to its first peer', dropped, 10);
  await allow(card);
  await app.page.getByTestId('composer').waitFor();
  await expect.poll(async () => (await app.view()).membership.standing, patient).toBe('member');
  expect({ clicks: visitor.clicks, keys: visitor.keys, allows: owner.clicks }).toEqual({ clicks: 0, keys: 0, allows: 1 });
  await expect.poll(async () => (await app.view()).peers.some(({ offer }) => (offer?.leads?.models.length ?? 0) > 0), patient).toBe(true);
  await firstToken(app, visitor, 'Hello');
  reportSeconds('laptop by file: the drop to the first token', dropped, 60);
  expect([...desk.faults, ...app.faults]).toEqual([]);
});
