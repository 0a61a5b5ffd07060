// The built window in Chromium on a played node (fake-node-server.ts), opened for one test: what the window tests share.
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { noMembership } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { builtWindow, launchChromium, watchedPage } from './browser.ts';
import type { Watched, WatchedOptions } from './browser.ts';
import { startFakeNode } from './fake-node-server.ts';
import { laptopView } from './played-household.ts';
import type { FakeNode } from './played-stage.ts';

/** before: what the node is told before the window opens. level: what of the settings is shown; simple is as on the first day (all of them). */
type Options = WatchedOptions & { before?: (node: FakeNode) => void; level?: 'simple' | 'advanced' };

/**
 * A function that opens windows, in the scheme that is asked for (light), and waits until one shows what its node is. Each is closed
 * after its test, the browser after the file.
 */
export function playedWindows(): (view?: SwarmView, options?: Options) => Promise<Watched & { node: FakeNode }> {
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
  return async (view = laptopView(), options = {}) => {
    const node = await startFakeNode({
      root: builtWindow,
      view: { ...view, settings: { ...view.settings, colorScheme: options.scheme ?? 'light' } },
    });
    closing.push(node.stop);
    options.before?.(node);
    const watched = await watchedPage(browser, node.origin, options);
    closing.push(() => watched.context.close());
    if (options.level !== 'simple')
      await watched.context.addInitScript(() => {
        if (window.localStorage.getItem('axon.settings-level') === null) window.localStorage.setItem('axon.settings-level', 'advanced');
      });
    await watched.page.goto(node.address);
    await watched.page.locator('main:not([aria-busy])').waitFor();
    return { ...watched, node };
  };
}

/** A machine that found nobody. */
export function alone(changes: Partial<SwarmView> = {}): SwarmView {
  const view = laptopView({ peers: [], ...changes });
  return { ...view, self: { ...view.self, role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: null } } } };
}

/** One without a key. */
export const firstRun = (): SwarmView => alone({ key: null, membership: noMembership });

export async function ask(page: Page, question: string): Promise<void> {
  await page.getByTestId('composer').fill(question);
  await page.getByTestId('composer').press('Enter');
}

export const answer = (page: Page, state: string): Locator => page.locator(`[data-testid=answer][data-state=${state}]`);

/** What the window gave to that call of the node, in order. */
export const called = (node: FakeNode, name: string): unknown[] =>
  node.calls.filter((call) => call.name === name).map(({ input }) => input);

/** The test id of what has the focus. */
export const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null);

/** What the page's clipboard holds. */
export const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

/** For what takes a worker, a file or another machine: a slow machine that does more than this takes its time. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- as expect.poll tells it
export const eventually = <Value>(look: () => Value) => expect.poll(look, { timeout: 30_000 });
