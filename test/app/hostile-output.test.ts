// The malicious model output: each text of the corpus as an answer in the real window, in Chromium. Nothing leaves, nothing runs, nothing
// hangs. The same texts on a page that trusts them are the proof that they bite.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../report.ts';
import { builtWindow, launchChromium } from './browser.ts';
import { startFakeNode } from './fake-node-server.ts';
import type { FakeNode } from './played-stage.ts';
import { done, laptopView, placed } from './played-household.ts';
import type { ScriptStep } from './played-answers.ts';
import { catcherHost, corpus as whole, type Hostile } from './hostile-corpus.ts';
import { naivePage } from './naive-page.ts';

const long = process.env['AXON_LONG'] === '1';
/** Every kind of thing; of forms that meet many addresses two of three, and all of them with AXON_LONG=1. */
const corpus = whole.filter(({ after }, at) => long || (after !== 'load' && after !== 'run') || at % 3 > 0);

/** The window may stand still for so long, ms. */
const longestHang = 1000;
/** Answers in one window, before a fresh one is opened. */
const perWindow = 60;

let browser: Browser;
/** What the corpus names; what a browser does for itself (updates, autofill) goes nowhere and is not counted. */
const names = [catcherHost, `*.${catcherHost}`, '*.example', '169.254.169.254', 'www.a.b', 'b.c', '[::1]'];
/** Where they all lead: whoever connects has left. */
let catcher: Server;
let caught: string[] = [];

beforeAll(async () => {
  catcher = createServer((request, response) => {
    const path = request.url ?? '/';
    // What was fetched as a script says that it ran, whatever it was fetched as.
    response.writeHead(200, {
      'content-type': path.includes('svg') ? 'image/svg+xml' : 'text/javascript',
      'access-control-allow-origin': '*',
    });
    response.end(path.includes('svg') ? '<svg xmlns="http://www.w3.org/2000/svg"/>' : 'window.ran&&ran(1)');
  });
  catcher.on('connection', (socket) =>
    socket.once('data', (bytes) =>
      caught.push(
        bytes
          .toString('latin1')
          .replaceAll(/[^ -~]+/g, ' ')
          .slice(0, 300),
      ),
    ),
  );
  await new Promise<void>((resolve) => void catcher.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium([
    `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1:${(catcher.address() as AddressInfo).port}`).join(', ')}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
    // Otherwise a page of this machine that is naive would be kept from half of its mistakes.
    '--allow-running-insecure-content',
    '--autoplay-policy=no-user-gesture-required',
  ]);
});
afterAll(async () => {
  await browser.close();
  catcher.closeAllConnections();
  catcher.close();
});

type Record = { outside: string[]; ran: number; dialogs: number };

/** A context that keeps a record of whatever leaves `origin`, runs, or asks. Nothing is held back. */
async function recorded(origin: string): Promise<{ context: BrowserContext; page: Page; record: Record }> {
  const record: Record = { outside: [], ran: 0, dialogs: 0 };
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  await context.exposeBinding('ran', () => {
    record.ran++;
  });
  await context.addInitScript(() => {
    let last = performance.now();
    let longest = 0;
    setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }, 10);
    Object.assign(globalThis, {
      longestGap: () => {
        const found = Math.max(longest, performance.now() - last);
        longest = 0;
        return found;
      },
    });
  });
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('blob:') && !url.startsWith('data:')) record.outside.push(url);
  });
  const page = await context.newPage();
  page.on('websocket', (socket) => {
    if (!socket.url().startsWith(origin.replace('http', 'ws'))) record.outside.push(socket.url());
  });
  page.on('dialog', (dialog) => {
    record.dialogs++;
    void dialog.dismiss();
  });
  return { context, page, record };
}

const longestGap = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as { longestGap: () => number }).longestGap());

/** In pieces, so that half-finished markup is drawn as well. */
function pieces({ text, after }: Hostile, at: number): ScriptStep[] {
  const size = after === 'heavy' ? 60_000 : Math.max(1, Math.ceil(text.length / (2 + (at % 3))));
  const steps: ScriptStep[] = [];
  for (let from = 0; from < text.length; from += size) {
    steps.push({ kind: 'text', text: text.slice(from, from + size) });
    if (after !== 'heavy') steps.push({ wait: 20 });
  }
  return steps;
}

/** What stands in an answer that could load, run, send or go somewhere. */
function dangerous(): string[] {
  const answer = document.querySelector('[data-testid=answer]');
  const found: string[] = [];
  for (const element of answer?.querySelectorAll('*') ?? []) {
    const name = element.localName;
    const ours =
      element.closest('svg.lucide') !== null || (name === 'input' && element.getAttribute('type') === 'checkbox') || name === 'button';
    const plain = /^(p|h[1-6]|ul|ol|li|strong|em|del|code|pre|table|thead|tbody|tr|th|td|span|div|section|sup|br|hr|blockquote|progress)$/;
    if (!ours && !plain.test(name)) found.push(name);
    for (const { name: key, value } of element.attributes)
      if (
        /^on|^(href|src|srcset|action|formaction|background|poster|data|ping|xlink:href|name)$/.test(key) ||
        /url\(|expression/i.test(key === 'style' ? value : '')
      )
        found.push(`${name} ${key}=${value.slice(0, 40)}`);
  }
  return found;
}

type Stage = Awaited<ReturnType<typeof recorded>> & { node: FakeNode; faults: string[]; close: () => Promise<void> };

/** A window of its own. Its end is the proof that it still works: a plain answer is drawn as ever. */
async function openStage(): Promise<Stage> {
  const node = await startFakeNode({ root: builtWindow, view: laptopView() });
  const made = await recorded(node.origin);
  const { page, context } = made;
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(node.address);
  await page.getByTestId('composer').waitFor();
  const close = async (): Promise<void> => {
    if (faults.length === 0) {
      await page.getByTestId('new-chat').click();
      node.script(() => [placed(), { kind: 'text', text: 'All **well**.' }, done()]);
      await ask(page);
      await page.locator('[data-testid=answer][data-state=done] strong').waitFor();
    }
    await context.close();
    await node.stop();
  };
  return { ...made, node, faults, close };
}

async function ask(page: Page): Promise<void> {
  await page.getByTestId('chat-empty').waitFor();
  await page.getByTestId('composer').fill('go on');
  await page.getByTestId('composer').press('Enter');
}

/** Shows one as an answer, clicks what it offers, and tells what stands in it that should not. */
async function show({ page, node }: Stage, hostile: Hostile, at: number): Promise<string[]> {
  node.script(() => [placed(), ...pieces(hostile, at), done()]);
  await longestGap(page);
  await ask(page);
  await page.locator('[data-testid=answer][data-state=done]').waitFor({ state: 'attached' });
  const found = await page.evaluate(dangerous);
  // A first click on whatever can be clicked shows an address, and goes nowhere.
  for (const link of (await page.getByTestId('answer-link').all()).slice(0, 2)) {
    await link.dispatchEvent('click');
    // Not always in sight: the answer may be long.
    await page.getByTestId('link-address').first().waitFor({ state: 'attached' });
    await link.dispatchEvent('click');
    await page.getByTestId('link-address').waitFor({ state: 'detached' });
  }
  if (page.url() !== `${node.origin}/`) found.push(`went to ${page.url()}`);
  return found;
}

describe('the malicious output', () => {
  const figures = report('trust');
  afterAll(() => void figures.write());

  test('the corpus is what it says: 300 and more, each another one', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(300);
    expect(new Set(whole.map(({ text }) => text)).size).toBe(whole.length);
  });

  test('in the window: 0 requests, 0 scripts, no hang, and it goes on working', { timeout: 900_000 }, async () => {
    const wrong: string[] = [];
    const gaps: [number, string][] = [];
    let ran = 0;
    let shown = 0;
    let stage: Stage | null = null;
    caught = [];
    for (const [at, hostile] of corpus.entries()) {
      stage ??= await openStage();
      const { record, faults } = stage;
      try {
        const found = await show(stage, hostile, at);
        if (found.length > 0) wrong.push(`${hostile.name}: ${found.join(', ')}`);
        gaps.push([await longestGap(stage.page), hostile.name]);
        shown++;
      } catch (error) {
        wrong.push(`${hostile.name}: ${String(error)}`);
      }
      if (record.outside.length + record.ran + record.dialogs + faults.length > 0)
        wrong.push(`${hostile.name}: ${JSON.stringify({ ...record, faults: faults.slice(0, 3) })}`);
      ran += record.ran;
      if (shown % perWindow === perWindow - 1 || wrong.some((line) => line.startsWith(`${hostile.name}: `))) {
        await stage.close();
        stage = null;
      } else await stage.page.getByTestId('new-chat').click();
    }
    if (stage !== null) await stage.close();
    gaps.sort(([one], [other]) => other - one);
    const [longest, slowest] = gaps[0] ?? [Number.NaN, ''];
    figures.row({ name: 'hostile outputs: shown', value: shown, unit: 'outputs', limit: 300, direction: 'min' });
    figures.row({ name: 'hostile outputs: requests outside', value: caught.length, unit: 'connections', limit: 0 });
    figures.row({ name: 'hostile outputs: scripts run', value: ran, unit: 'scripts', limit: 0 });
    figures.row({ name: 'hostile outputs: longest hang of the window', value: longest, unit: 'ms', limit: longestHang, note: slowest });
    expect(wrong).toEqual([]);
    expect(caught).toEqual([]);
    expect(gaps.filter(([gap]) => gap > longestHang)).toEqual([]);
    expect(shown).toBe(corpus.length);
  });

  test('on a page that trusts them they load and run', { timeout: 600_000 }, async () => {
    const biting = corpus.filter(({ after }) => after !== 'heavy');
    const server = createServer((request, response) => {
      const hostile = biting[Number(request.url?.slice(1))];
      response.writeHead(hostile === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(hostile === undefined ? '' : naivePage(hostile.text));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { context, page, record } = await recorded(origin);
    const left = { load: 0, run: 0, deceive: 0, heavy: 0 };
    let scripts = 0;
    caught = [];
    for (const [at, { after }] of biting.entries()) {
      await page.goto(`${origin}/${at}`, { waitUntil: 'load', timeout: 5000 }).catch(() => undefined);
      await page
        .evaluate(() => {
          for (const link of document.querySelectorAll<HTMLElement>('a, button')) link.click();
        })
        .catch(() => undefined);
      await page.waitForTimeout(20);
      if (record.outside.length > 0) left[after]++;
      if (record.ran > 0) scripts++;
      Object.assign(record, { outside: [], ran: 0 });
    }
    await context.close();
    server.closeAllConnections();
    server.close();
    figures.row({
      name: 'hostile outputs: requests on a page that trusts them',
      value: left.load + left.run,
      unit: 'outputs',
      limit: 100,
      direction: 'min',
    });
    figures.row({
      name: 'hostile outputs: scripts on a page that trusts them',
      value: scripts,
      unit: 'outputs',
      limit: 25,
      direction: 'min',
    });
    expect(left.load).toBeGreaterThan(80);
    expect(scripts).toBeGreaterThan(25);
    // Fewer: connections are used again.
    expect(caught.length).toBeGreaterThan(20);
  });

  test('drawn without limits they hang, and a hang is seen', { timeout: 120_000 }, async () => {
    const { context, page } = await recorded('http://127.0.0.1');
    await page.goto('about:blank');
    await page.evaluate(() => {
      const end = performance.now() + 1200;
      while (performance.now() < end);
    });
    expect(await longestGap(page)).toBeGreaterThan(longestHang);
    await context.close();
    const slow = ['10,000 open brackets', 'stars', 'alternating marks'].map((name) => {
      const text = corpus.find((hostile) => hostile.name === name)?.text ?? '';
      const began = performance.now();
      renderToStaticMarkup(createElement(Markdown, { remarkPlugins: [remarkGfm] }, text));
      return performance.now() - began;
    });
    expect(Math.max(...slow)).toBeGreaterThan(longestHang);
  });
});
