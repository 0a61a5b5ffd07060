import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright';
import type { Browser, BrowserContext, Page } from 'playwright';
import { expect } from 'vitest';

/** Where `npm run build` puts the window. */
export const builtWindow = fileURLToPath(new URL('../../out/renderer', import.meta.url));

const debianChromium = '/usr/bin/chromium';

/** What Playwright 1.6x switches off by itself (its chromiumSwitches.ts): the switch counts once, so that ours says it again. */
const offForPlaywright = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];
/** Two pages of the browser's own that it loads with each window for its address bar, which nobody sees: as much work as the window itself. */
const offForSpeed = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'];

/**
 * Debian's Chromium, or an installed Chrome where there is no such thing; as root it has to run without its sandbox. off: features of the
 * browser that a test wants switched off.
 */
export async function launchChromium(args: readonly string[] = [], off: readonly string[] = []): Promise<Browser> {
  if (!existsSync(`${builtWindow}/index.html`)) throw new Error('There is no built window in out/renderer: run `npm run build` first.');
  const program = existsSync(debianChromium) ? { executablePath: debianChromium } : { channel: 'chrome' };
  const features = `--disable-features=${[...offForPlaywright, ...offForSpeed, ...off].join(',')}`;
  return await chromium.launch({ ...program, args: [...args, features, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] });
}

export type Watched = {
  context: BrowserContext;
  page: Page;
  /** Addresses outside of `origin` that anything asked for; all of them were refused. */
  outside: string[];
  /** Faults of the page: errors on its console, uncaught ones, refusals of the content policy. */
  faults: string[];
  /** Dialogs that the page opened (alert and its kin). */
  dialogs: string[];
};

/** The size in CSS pixels (1280 x 800), pixels of the screen for each (1), what the system prefers (light), and its language. */
export type WatchedOptions = { width?: number; height?: number; scale?: number; scheme?: 'light' | 'dark'; locale?: string };

/** A page that cannot reach anything but `origin`, and that keeps a record. */
export async function watchedPage(browser: Browser, origin: string, options: WatchedOptions = {}): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    deviceScaleFactor: options.scale ?? 1,
    colorScheme: options.scheme ?? 'light',
    reducedMotion: 'reduce',
    ...(options.locale === undefined ? {} : { locale: options.locale }),
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const outside: string[] = [];
  const faults: string[] = [];
  const dialogs: string[] = [];
  await context.route(
    (url) => url.origin !== origin && url.protocol !== 'blob:',
    async (route) => {
      outside.push(route.request().url());
      await route.abort();
    },
  );
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return { context, page, outside, faults, dialogs };
}

/**
 * What the model wrote in an answer (0: the first one, by default the last), without what the window says about it: that one stands in line,
 * or that the machine reads. Empty before its first word.
 */
export async function writtenText(page: Page, at?: number): Promise<string> {
  const answers = page.getByTestId('answer');
  const one = at === undefined ? answers.last() : answers.nth(at);
  return (await one.getByTestId('answer-text').allTextContents()).join('');
}

/** A picture of what the page shows, in reports/screens, which is not committed. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: fileURLToPath(new URL(`../../reports/screens/${name}.png`, import.meta.url)) });
}

/**
 * Until what came with a movement has arrived: nothing moves any more (what turns for ever aside), and the page stood as it is for six
 * frames, or what changes in it goes on changing for a third of a second.
 */
export async function stands(page: Page): Promise<void> {
  await page.evaluate(async () => {
    let still = 0;
    const watcher = new MutationObserver(() => {
      still = 0;
    });
    watcher.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
    const moves = (movement: Animation): boolean =>
      movement.playState === 'running' && movement.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY;
    for (let frame = 0; still < 6 && frame < 300; frame++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (document.getAnimations().some(moves)) still = 0;
      else if (frame < 20) still++;
      else break;
    }
    watcher.disconnect();
  });
}

/** What is said in passing stays until something takes it away. */
export async function withoutTime(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { setTimeout: later } = window;
    window.setTimeout = ((run: () => void, ms = 0) => (ms > 5000 ? 0 : later(run, ms))) as typeof window.setTimeout;
  });
}

/**
 * Until the focus is in a dialog. It goes there a moment after the dialog is to be seen: until then Esc is not the dialog's, and a field
 * that is filled loses the focus.
 */
export async function inDialog(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest('[role=dialog]') != null)).toBe(true);
}

/** axe with the rules of WCAG 2.2 AA: nothing serious or critical. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  // "legacy" makes the report in the page itself, which is one frame, and not in a second page: Electron can open none
  // of what passes nothing is said, which is most of what it takes to write the report
  const axe = new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
  const { violations } = await axe.analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    grave.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
    where,
  ).toEqual([]);
}

/** Texts that are cut off, or wider than what holds them; and words that are keys, or were never translated. */
export async function amiss(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const found: string[] = [];
    const seen = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const own = (element: Element): string =>
      [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? (node.textContent ?? '') : '')).join('');
    // of what an answer has, code, tables and formulas scroll sideways by themselves
    const passedOver = 'svg, pre, [role=group]:has(> table), [data-testid=formula], [aria-hidden=true]';
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push('the page scrolls sideways');
    for (const element of document.querySelectorAll('body *')) {
      if (!seen(element) || element.closest(passedOver) !== null) continue;
      const text = own(element).trim();
      const style = getComputedStyle(element);
      const name = `<${element.tagName.toLowerCase()} ${element.className}> ${(element.textContent ?? '').trim().slice(0, 70)}`;
      // what a person may be called is cut with dots and whole in its title; a thing only for screen readers has one pixel
      const named = style.textOverflow === 'ellipsis' && element.closest('[title]') !== null;
      const spoken = element.clientWidth <= 1;
      if (!named && !spoken && element.scrollWidth > element.clientWidth + 1) found.push(`wider than its place: ${name}`);
      if (text !== '' && !spoken) {
        const range = document.createRange();
        range.selectNodeContents(element);
        const box = range.getBoundingClientRect();
        if (box.right > innerWidth + 1 || box.left < -1) found.push(`out of the window: ${name}`);
        const cuts = style.overflowY === 'hidden' || style.overflowY === 'clip';
        if (cuts && box.height > element.clientHeight + 1) found.push(`letters cut below: ${name}`);
      }
      for (const said of [
        text,
        element.getAttribute('aria-label') ?? '',
        element.getAttribute('placeholder') ?? '',
        element.getAttribute('title') ?? '',
      ]) {
        if (/^[a-z]\w*(\.[a-z][\w-]*)+$/i.test(said) && !/\.(key|local|gguf)$/.test(said)) found.push(`a raw key: ${said}`);
      }
    }
    return found;
  });
}

/** Brings the column into sight where the window is too narrow for it. */
export async function openColumn(page: Page): Promise<void> {
  const opener = page.getByTestId('column-open');
  if (await opener.isVisible()) await opener.click();
}

export async function chooseShape(page: Page, shape: 'map' | 'table' | 'cards'): Promise<void> {
  await page.getByTestId('machines-as').locator(`label[for$="-${shape}"]`).click();
}

/** The page of the machines, with a card for each that holds all that is said of it. A narrow window has nothing else. */
export async function openMachineCards(page: Page): Promise<void> {
  await page.getByTestId('machines-open').click();
  await page.getByTestId('ledger-open').waitFor();
  if (await page.getByTestId('machines-as').isVisible()) await chooseShape(page, 'cards');
  await page.getByTestId('machine-card').first().waitFor();
}

/** Drops files on the middle of the window, as a file manager does. */
export async function dropFiles(page: Page, files: { name: string; text: string; bytes?: number }[]): Promise<void> {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, text, bytes } of list) data.items.add(new File([bytes === undefined ? text : new Uint8Array(bytes)], name));
    return data;
  }, files);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await page.getByTestId('drop-overlay').waitFor();
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await page.getByTestId('drop-overlay').waitFor({ state: 'detached' });
}

/** Drops a real file on the middle of the window, as the system's file manager does. */
export async function dropFile(page: Page, file: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const size = await page.evaluate(() => ({ x: window.innerWidth / 2, y: window.innerHeight / 2 }));
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, ...size, data });
  await session.detach();
}
