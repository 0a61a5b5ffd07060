// The built window in Chromium on a played node, opened for one test: what the window-chat tests share.
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { builtWindow, launchChromium, watchedPage } from './browser.ts';
import type { Watched } from './browser.ts';
import { laptopView, startFakeNode } from './fake-node-server.ts';
import type { FakeNode } from './fake-node-server.ts';

type Options = NonNullable<Parameters<typeof watchedPage>[2]> & { view?: SwarmView; before?: (node: FakeNode) => void };

/** A function that opens windows; each is closed after its test, the browser after the file. */
export function chatWindows(): (options?: Options) => Promise<Watched & { node: FakeNode }> {
  let browser: Browser;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await browser.close();
  });
  return async (options = {}) => {
    const view = options.view ?? laptopView();
    const node = await startFakeNode({
      root: builtWindow,
      view: { ...view, settings: { ...view.settings, colorScheme: options.scheme ?? 'light' } },
    });
    closing.push(node.stop);
    options.before?.(node);
    const watched = await watchedPage(browser, node.origin, options);
    closing.push(() => watched.context.close());
    await watched.page.goto(node.address);
    await watched.page.getByTestId('composer').waitFor();
    return { ...watched, node };
  };
}

export async function ask(page: Page, question: string): Promise<void> {
  await page.getByTestId('composer').fill(question);
  await page.getByTestId('composer').press('Enter');
}

export const answer = (page: Page, state: string): Locator => page.locator(`[data-testid=answer][data-state=${state}]`);

/** What the page's clipboard holds. */
export const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
