// The chat on a real store: the built window on a real node, whose questions a leader with an Ollama answers. Only Ollama's server is played.
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { fakeOllama, type FakeOllama, type FakeOllamaOptions } from '../fakes/fake-ollama.ts';
import { gptFile, webuiFile } from '../fakes/foreign-exports.ts';
import { clock, log } from '../fault/child-world.ts';
import { judged, percentile, report } from '../report.ts';
import { inDialog, launchChromium, picture } from './browser.ts';
import { answer, ask } from './played-window.ts';
import { connect, loopbackNode, startLaptop, type Laptop } from './real-laptop.ts';

const figures = report('window');
let browser: Browser;
let folder: string;
let key: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-store-'));
  key = swarmKeyText(newSwarmKey());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(async () => {
  figures.write();
  await browser.close();
});

/** A machine that answers with that Ollama. */
async function startLeader(name: string, options: FakeOllamaOptions): Promise<{ name: string; address: string; server: FakeOllama }> {
  const server = await fakeOllama({ models: [{ name: 'llama3.2:3b', size: 1e9 }], ...options });
  closing.push(server.close);
  const engine = ollamaEngine({ url: server.url, env: {}, cwd: folder, clock, log });
  const node = loopbackNode({ folder: path.join(folder, name), key, name }, { role: 'leader', engine: 'ollama' }, engine);
  await node.start();
  closing.push(() => node.stop());
  // it loads a model by itself when it begins to lead
  await expect.poll(() => server.loaded.size, { timeout: 20_000 }).toBe(1);
  return { name, address: node.view().self.addresses[0] ?? '', server };
}

/** The laptop whose files lie under that name; a second one is another home. */
async function openLaptop(name = 'laptop'): Promise<Laptop> {
  const laptop = await startLaptop(browser, { folder: path.join(folder, name), key, name });
  const stop = once(laptop.stop);
  closing.push(stop);
  return { ...laptop, stop };
}

function once(run: () => Promise<void>): () => Promise<void> {
  let ran: Promise<void> | undefined;
  return () => (ran ??= run());
}

const shown = (page: Page): Promise<string[]> => page.locator('[data-testid=question], [data-testid=answer-text]').allTextContents();
const pagers = (page: Page): Promise<string[]> => page.getByTestId('pager').allTextContents();
const listed = (page: Page): Promise<string[]> => page.getByTestId('conversation-item').allTextContents();
const wantsTitle = (question: string): boolean => question.startsWith('Write a title');

/** Asks, has it answered three times, and asks in other words: 3 answers to the first question, 1 to the second. */
async function branch(page: Page): Promise<void> {
  await ask(page, 'Which rivers cross borders?');
  for (const count of [1, 2, 3]) {
    await answer(page, 'done').getByText(`answer ${count}`).waitFor();
    if (count < 3) await page.getByTestId('again').click();
  }
  await page.getByTestId('edit-question').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('edit-box').fill('Which wombats do?');
  await page.keyboard.press('Enter');
  await answer(page, 'done').getByText('answer 4').waitFor();
}

function counting(): FakeOllamaOptions {
  let count = 0;
  return { script: (messages) => (wantsTitle(messages.at(-1)?.content ?? '') ? '"Rivers of Europe"' : `answer ${++count}`) };
}

async function expectBranches(page: Page): Promise<void> {
  await expect.poll(() => shown(page)).toEqual(['Which wombats do?', 'answer 4']);
  expect(await pagers(page)).toEqual(['2/2']);
  await page.getByTestId('pager').getByRole('button', { name: 'Previous version' }).click();
  await expect.poll(() => shown(page)).toEqual(['Which rivers cross borders?', 'answer 3']);
  expect(await pagers(page)).toEqual(['1/2', '3/3']);
  for (const text of ['answer 2', 'answer 1']) {
    await page.getByTestId('pager').last().getByRole('button', { name: 'Previous version' }).click();
    await expect.poll(() => shown(page)).toEqual(['Which rivers cross borders?', text]);
  }
}

test('branches outlive a restart of the node and travel in our own file; the title is written, words are found, what is deleted comes back', async () => {
  const leader = await startLeader('GPU-DESKTOP', counting());
  const first = await openLaptop();
  await connect(first, leader);
  await branch(first.page);
  await expect.poll(() => listed(first.page)).toEqual(['Rivers of Europe']);
  expect(first.faults).toEqual([]);
  await first.stop();

  const again = await openLaptop();
  const { page } = again;
  await page.getByTestId('conversation-item').click();
  await expectBranches(page);
  const download = page.waitForEvent('download');
  await page.getByTestId('files').click();
  await page.getByRole('menuitem', { name: 'Save all as JSON…' }).click();
  const own = await readFile(await (await download).path());

  await page.getByTestId('search').fill('womb');
  await page.getByTestId('search-hit').filter({ hasText: 'Rivers of Europe' }).locator('mark').getByText('wombats').waitFor();
  await page.getByTestId('search').press('Escape');
  await page.getByRole('button', { name: 'More about Rivers of Europe' }).click();
  await page.getByTestId('conversation-remove').click();
  await expect.poll(() => listed(page)).toEqual([]);
  expect(await again.client.conversations.list()).toEqual([]);
  await page.getByTestId('conversation-undo').click();
  await expect.poll(() => listed(page)).toEqual(['Rivers of Europe']);
  expect(again.faults).toEqual([]);

  const empty = await openLaptop('other');
  const take = (name: string, buffer: Buffer): Promise<void> =>
    empty.page.getByTestId('import-input').setInputFiles({ name, mimeType: 'application/json', buffer });
  await take('axon-conversations.json', own);
  await expect.poll(() => listed(empty.page)).toEqual(['Rivers of Europe']);
  await empty.page.getByTestId('conversation-item').click();
  // the version that was looked at last is the one in force
  await expect.poll(() => shown(empty.page)).toEqual(['Which rivers cross borders?', 'answer 1']);
  expect(await pagers(empty.page)).toEqual(['1/2', '1/3']);
  await empty.page.getByTestId('pager').first().getByRole('button', { name: 'Next version' }).click();
  await expectBranches(empty.page);

  await take('conversations.json', Buffer.from(JSON.stringify(gptFile())));
  await empty.page.getByText('1 conversation imported. Already here: 0. 1 picture did not come along.').waitFor();
  await picture(empty.page, 'imported');
  await empty.page.getByTestId('imported-show').last().click();
  await expect.poll(() => shown(empty.page)).toEqual(['[image]\n\nWhy two tides a day?', 'Two bulges.']);
  await take('chat-export.json', Buffer.from(JSON.stringify(webuiFile())));
  await expect.poll(async () => (await listed(empty.page)).toSorted()).toEqual(['Bread', 'Rivers of Europe', 'Tides']);
  await empty.page.getByTestId('conversation-item').filter({ hasText: 'Tides' }).click();
  await expect.poll(() => shown(empty.page)).toEqual(['[image]\n\nWhy two tides a day?', 'Two bulges.']);
  await empty.page.getByTestId('conversation-item').filter({ hasText: 'Bread' }).click();
  await expect.poll(() => shown(empty.page)).toEqual(['How?', 'Flour.']);
  expect(empty.faults).toEqual([]);
});

test('the model goes on from just the text that the person put in the place of its answer, and both are kept', async () => {
  const written = 'Rhine, Danube,';
  let asked = 0;
  const leader = await startLeader('GPU-DESKTOP', { script: () => (asked++ === 0 ? 'Thames' : `${written} Rhône`) });
  const laptop = await openLaptop();
  const { page, client } = laptop;
  await connect(laptop, leader);
  await client.settings.update({ titles: false });
  await ask(page, 'Which rivers cross borders?');
  await answer(page, 'done').getByText('Thames').waitFor();
  await page.getByTestId('edit-answer').click();
  await page.getByTestId('edit-box').fill(written);
  await page.getByTestId('edit-continue').click();
  await answer(page, 'done').getByText('Rhône').waitFor();
  expect(leader.server.chats.at(-1)?.['messages']).toEqual([
    expect.objectContaining({ role: 'user', content: 'Which rivers cross borders?' }),
    expect.objectContaining({ role: 'assistant', content: written }),
  ]);
  const [summary] = await client.conversations.list();
  const kept = (await client.conversations.get({ id: summary?.id ?? '' })).messages.at(-1);
  expect(kept).toMatchObject({ content: `${written} Rhône`, answer: { state: 'done', edited: written.length } });
  expect(kept?.answer?.route).toMatchObject([{ from: written.length, leader: { name: 'GPU-DESKTOP' } }]);
  expect(await pagers(page)).toEqual(['2/2']);
  await page.getByTestId('answer-line').click();
  expect(await page.getByTestId('answer-route').textContent()).toContain('You70');
  await page.keyboard.press('Escape');
  expect(laptop.faults).toEqual([]);
});

test('what is done in one window, or by a program at the door, is seen in the other one without loading it again', async () => {
  const words = Array.from({ length: 60 }, (_, at) => `w${at}`).join(' ');
  const leader = await startLeader('GPU-DESKTOP', { tokenMs: 150, script: () => words });
  const laptop = await openLaptop();
  await connect(laptop, leader);
  await laptop.client.settings.update({ titles: false });
  const [here, there] = [laptop.page, (await laptop.another()).page];
  await there.locator('[data-testid=peer-row][data-leads]').waitFor();
  // asked here: listed and opened there, and followed to its end
  await ask(here, 'Which rivers cross borders?');
  await expect.poll(() => listed(there)).toEqual(['Which rivers cross borders?']);
  await there.getByTestId('conversation-item').click();
  await answer(there, 'streaming').waitFor();
  for (const page of [here, there]) await answer(page, 'done').getByText(words).waitFor();
  // asked there: seen here, where it is open too, and what is typed here stays
  await here.getByTestId('composer').fill('half a thought');
  await ask(there, 'And which lakes?');
  await answer(here, 'done').nth(1).getByText(words).waitFor();
  expect(await here.getByTestId('composer').inputValue()).toBe('half a thought');
  expect(await shown(here)).toEqual(['Which rivers cross borders?', words, 'And which lakes?', words]);
  // named, copied and deleted by a program
  const { client } = laptop;
  const [summary] = await client.conversations.list();
  const id = summary?.id ?? '';
  await client.conversations.update({ id, title: 'Waters' });
  const newId = crypto.randomUUID();
  await client.conversations.create({ id: newId, title: 'By a program' });
  for (const page of [here, there]) await expect.poll(async () => (await listed(page)).toSorted()).toEqual(['By a program', 'Waters']);
  await client.conversations.remove({ id });
  for (const page of [here, there]) {
    await expect.poll(() => listed(page)).toEqual(['By a program']);
    await expect.poll(() => shown(page)).toEqual([]);
  }
  // nobody's words are lost
  expect(await here.getByTestId('composer').inputValue()).toBe('half a thought');
  expect(laptop.faults).toEqual([]);
});

test('a page that is loaded anew in mid-answer shows the same chat, and the answer goes on; another window can stop it', async () => {
  const words = Array.from({ length: 3000 }, (_, at) => `w${at}`).join(' ');
  const leader = await startLeader('GPU-DESKTOP', { tokenMs: 20, script: () => words });
  const laptop = await openLaptop();
  await connect(laptop, leader);
  await laptop.client.settings.update({ titles: false });
  const { page } = laptop;
  await ask(page, 'Which rivers cross borders?');
  await answer(page, 'streaming').getByText('w20').waitFor();
  await page.reload();
  await answer(page, 'streaming').getByText('w60').waitFor();
  const there = (await laptop.another()).page;
  await there.getByTestId('conversation-item').click();
  await answer(there, 'streaming').getByText('w100').waitFor();
  await there.getByTestId('stop').click();
  for (const one of [page, there]) await answer(one, 'stopped').waitFor();
  await expect.poll(() => leader.server.writing).toBe(0);
  // each word once, in both, and in the node
  const [summary] = await laptop.client.conversations.list();
  const kept = async (): Promise<string> =>
    (await laptop.client.conversations.get({ id: summary?.id ?? '' })).messages.at(-1)?.content.trim() ?? '';
  expect(words.startsWith(await kept())).toBe(true);
  for (const one of [page, there]) await expect.poll(async () => (await shown(one)).at(-1)?.trim()).toBe(await kept());
  expect(leader.server.requests.filter(({ url }) => url === '/api/chat')).toHaveLength(1);
  expect(laptop.faults).toEqual([]);
});

/** Presses Esc in mid-answer. @returns how long text still came, and how long Ollama went on, ms */
async function stop(page: Page, server: FakeOllama, wrote: string): Promise<{ text: number; engine: number }> {
  const streaming = answer(page, 'streaming').last();
  await streaming.getByText(wrote).waitFor();
  const times = await streaming.getByTestId('answer-text').evaluateHandle((text) => {
    const seen = { pressed: Number.NaN, grown: 0, length: text.textContent?.length ?? 0 };
    addEventListener('keydown', () => (seen.pressed = Date.now()), { capture: true, once: true });
    new MutationObserver(() => {
      const { length } = text.textContent ?? '';
      if (length > seen.length) Object.assign(seen, { grown: Date.now(), length });
    }).observe(text, { subtree: true, childList: true, characterData: true });
    return seen;
  });
  expect(server.writing).toBe(1);
  const ended = (async () => {
    while (server.writing > 0) await sleep(1);
    return Date.now();
  })();
  await page.keyboard.press('Escape');
  const engineEnded = await ended;
  await answer(page, 'stopped').last().waitFor();
  const { pressed, grown } = await times.jsonValue();
  return { text: Math.max(0, grown - pressed), engine: engineEnded - pressed };
}

test('Esc ends an answer here and at the engine of the other machine; what was written is kept', async () => {
  const words = Array.from({ length: 3000 }, (_, at) => `w${at}`).join(' ');
  const leader = await startLeader('GPU-DESKTOP', { tokenMs: 10, script: () => words });
  const laptop = await openLaptop();
  const { page, client } = laptop;
  await connect(laptop, leader);
  const times: { text: number; engine: number }[] = [];
  for (let run = 0; run < 5; run++) {
    await ask(page, `Question ${run}`);
    times.push(await stop(page, leader.server, `w${20 + run}`));
  }
  const note = `load ${loadavg()[0]?.toFixed(1)}`;
  judged(figures, { name: 'Esc: text still came for', values: times.map(({ text }) => text), unit: 'ms', goal: 200, note });
  const engine = times.map((time) => time.engine);
  judged(figures, { name: 'Esc: until the other machine’s Ollama was left alone', values: engine, unit: 'ms', goal: 500, note });
  const [summary] = await client.conversations.list();
  const { messages } = await client.conversations.get({ id: summary?.id ?? '' });
  const kept = messages.filter(({ role }) => role === 'assistant');
  expect(kept.map((message) => message.answer?.state)).toEqual(Array.from({ length: 5 }, () => 'stopped'));
  // a word may have been stored while Esc was on its way
  const texts = await page.locator('[data-testid=answer-text]').allTextContents();
  for (const [at, { content }] of kept.entries()) {
    expect(content.startsWith((texts[at] ?? '?').trim())).toBe(true);
    expect(words.startsWith(content)).toBe(true);
  }
});

/** How long after the next key the answer that it asks for shows its first word, ms. */
async function firstWordAfterKey(page: Page): Promise<{ ms: Promise<number> }> {
  const seen = await page.evaluateHandle(() => {
    const texts = (): string[] =>
      [...document.querySelectorAll('[data-testid=answer]')].map((one) => one.firstElementChild?.textContent ?? '');
    const before = texts().length;
    const { promise, resolve } = Promise.withResolvers<number>();
    const pressed = ({ timeStamp }: KeyboardEvent): void => {
      const look = (): void => {
        if (/w\d/.test(texts()[before] ?? '')) resolve(performance.now() - timeStamp);
        else requestAnimationFrame(look);
      };
      look();
    };
    addEventListener('keydown', pressed, { capture: true, once: true });
    return { promise };
  });
  return { ms: seen.evaluate(({ promise }) => promise) };
}

/** "42 tok/s", "first token 2.1 s" */
const figureIn = (part: string | undefined): number => Number(/[\d.]+/.exec(part ?? '')?.[0]);

test('beneath the answer stand the machine, the model and the engine’s own figures; the card lists every machine', async () => {
  const words = Array.from({ length: 150 }, (_, at) => `w${at}`).join(' ');
  const options: FakeOllamaOptions = {
    loadMs: 2000,
    tokenMs: 10,
    script: (messages) => (wantsTitle(messages.at(-1)?.content ?? '') ? 'Many words' : words),
  };
  const laptop = await openLaptop();
  const { page, client } = laptop;
  await client.settings.update({ titles: false });
  const leaders = [await startLeader('GPU-DESKTOP', options), await startLeader('STUDIO', options)];
  for (const leader of leaders) await connect(laptop, leader);
  const off: { rate: number; first: number; seen: number }[] = [];
  for (let run = 0; run < 5; run++) {
    for (const { server } of leaders) server.unloadAll();
    const before = leaders.map(({ server }) => server.ended.length);
    const waited = await firstWordAfterKey(page);
    await ask(page, `Many, ${run}?`);
    await expect.poll(() => answer(page, 'done').count(), { timeout: 30_000 }).toBe(run + 1);
    const writer = leaders.find(({ server }, at) => server.ended.length > (before[at] ?? 0));
    const said = writer?.server.ended.at(-1);
    const line = ((await page.getByTestId('answer-line').last().textContent()) ?? '').replaceAll('\u00A0', ' ');
    const [machine, model, rate, first, tokens] = line.split(' · ');
    expect([machine, model, tokens]).toEqual([writer?.name, 'llama3.2:3b', '150 tokens']);
    if (said === undefined) throw new Error('no engine ended an answer');
    const saidRate = said.eval_count / (said.eval_duration / 1e9);
    const saidFirstMs = (said.load_duration + said.prompt_eval_duration + said.eval_duration / said.eval_count) / 1e6;
    const firstMs = figureIn(first) * 1000;
    off.push({ rate: away(figureIn(rate), saidRate), first: away(firstMs, saidFirstMs), seen: away(firstMs, await waited.ms) });
  }
  const note = `load ${loadavg()[0]?.toFixed(1)}`;
  judged(figures, {
    name: 'tokens per second beneath an answer, off the engine’s own',
    values: off.map((one) => one.rate),
    unit: '%',
    goal: 5,
    note,
  });
  // the figure holds the way there and back, which the engine's own leaves out, and leaves out the page, which the person waits for as well
  const median = (of: 'first' | 'seen'): number =>
    percentile(
      off.map((one) => one[of]),
      0.5,
    );
  const rounded = `${note}; shown in tenths of a second, which are up to 2.5 % of the wait`;
  const name = 'first token beneath an answer, off';
  figures.row({ name: `${name} the engine’s own, median of 5`, value: median('first'), unit: '%', limit: 5, note: rounded });
  figures.row({ name: `${name} what the person waited, median of 5`, value: median('seen'), unit: '%', note: rounded });
  await page.getByTestId('answer-line').last().click();
  const why = await page.getByTestId('answer-why').textContent();
  for (const name of ['GPU-DESKTOP', 'STUDIO', 'laptop']) expect(why).toContain(name);
  await inDialog(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('answer-why').waitFor({ state: 'detached' });
});

/** How far a figure lies from the true one, %. */
const away = (value: number, truth: number): number => Math.abs(value / truth - 1) * 100;
