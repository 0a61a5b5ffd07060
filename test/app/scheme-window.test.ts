// The colours of the window follow the system while it runs, where the person did not choose one.
import { expect, test } from 'vitest';
import { laptopView } from './played-household.ts';
import { playedWindows } from './played-window.ts';

/** For what comes by itself, on a slow machine. */
const soon = { timeout: 30_000 };
const open = playedWindows();

test('light and dark follow the system at once, both ways; a choice of one’s own stays', async () => {
  const { page, node } = await open(laptopView(), { scheme: 'light' });
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const scheme = (): Promise<string | null> => page.locator('html').getAttribute('data-mantine-color-scheme');
  const light = await ground();
  node.change((view) => ({ ...view, settings: { ...view.settings, colorScheme: 'auto' } }));
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(scheme, soon).toBe('dark');
  await expect.poll(ground, soon).not.toBe(light);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(scheme, soon).toBe('light');
  await expect.poll(ground, soon).toBe(light);
  node.change((view) => ({ ...view, settings: { ...view.settings, colorScheme: 'dark' } }));
  await expect.poll(ground, soon).toBe(dark);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.emulateMedia({ colorScheme: 'light' });
  // the page draws once more before it is looked at
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  expect([await scheme(), await ground()]).toEqual(['dark', dark]);
});
