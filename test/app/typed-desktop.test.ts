// What stands in the composer when the app ends, in a real Electron: by its own way, and killed.
import process from 'node:process';
import { afterEach, expect, test } from 'vitest';
import { launchApp, newHome, processesUnder, removeHome, stillRunning, type App } from './electron.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The app with a swarm, and its composer. */
async function started(home: string): Promise<App> {
  const app = await launchApp({ home });
  closing.push(() => app.quit());
  const { page } = app;
  await page.getByTestId('first-run-create').or(page.getByTestId('composer')).waitFor();
  if (await page.getByTestId('first-run-create').isVisible()) await page.getByTestId('first-run-create').click();
  await page.getByTestId('composer').waitFor();
  return app;
}

test('quit at once after the last key: all of it is there at the next start, in a chat not yet begun and in one that is', async () => {
  const home = newHome();
  closing.push(() => removeHome(home));
  for (const [before, more] of [
    ['', 'half a thought'],
    ['half a thought', ' and the rest'],
  ] as const) {
    const app = await started(home);
    const box = app.page.getByTestId('composer');
    await expect.poll(() => box.inputValue()).toBe(before);
    await box.focus();
    await box.press('End');
    await box.pressSequentially(more);
    await app.quit();
  }
  const app = await started(home);
  await expect.poll(() => app.page.getByTestId('composer').inputValue()).toBe('half a thought and the rest');
});

test('killed while one types without a rest: at most the last second is missing', async () => {
  const home = newHome();
  closing.push(() => removeHome(home));
  const first = await started(home);
  const typed = 'one two three four five six seven eight';
  const everyMs = 100;
  await first.page.getByTestId('composer').pressSequentially(typed, { delay: everyMs });
  const processes = processesUnder(first.process);
  for (const pid of processes) process.kill(pid, 'SIGKILL');
  await expect.poll(() => stillRunning(processes)).toEqual([]);
  const again = await started(home);
  const kept = (): Promise<string> => again.page.getByTestId('composer').inputValue();
  await expect.poll(async () => (await kept()).length).toBeGreaterThanOrEqual(typed.length - 1000 / everyMs);
  expect(typed.startsWith(await kept())).toBe(true);
});
