// The journey "second laptop in" and out again on real parts: two apps, two nodes, one code, one Allow, one Remove.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { report } from '../report.ts';
import { openMachineCards } from './browser.ts';
import { launchApp, newHome, removeHome, type App } from './electron.ts';

const homes = { desk: newHome(), laptop: newHome() };
let desk: App;
let laptop: App;
const figures = report('trust');

beforeAll(async () => {
  [desk, laptop] = await Promise.all([launchApp({ home: homes.desk }), launchApp({ home: homes.laptop })]);
});
afterAll(async () => {
  figures.write();
  await Promise.all([desk.quit(), laptop.quit()]);
  for (const home of Object.values(homes)) removeHome(home);
});

test('the first machine makes a swarm and is its admin', async () => {
  await desk.page.getByTestId('first-run-create').click();
  await desk.page.getByTestId('composer').waitFor();
  await expect.poll(async () => (await desk.view()).membership.standing).toBe('admin');
});

test('a wrong code is said, and costs a try', async () => {
  await desk.page.getByTestId('add-device-open').click();
  await desk.page.getByTestId('code').waitFor();
  const address = (await desk.view()).membership.pairing?.addresses[0];
  expect(address).toBeDefined();
  await laptop.page.getByTestId('code-address').fill(address?.replace(/^[\d.]+:/, '127.0.0.1:') ?? '');
  await laptop.page.getByTestId('code-input').fill(otherThan((await desk.page.getByTestId('code').textContent()) ?? ''));
  await expect.poll(() => laptop.page.getByTestId('code-error').textContent(), { timeout: 15_000 }).toContain('The code is not right');
  await expect.poll(() => desk.page.getByTestId('tries').textContent()).toBe('2 tries left');
});

test('the right code, the same words on both screens and one Allow: it is in', async () => {
  const started = performance.now();
  await laptop.page.getByTestId('code-input').fill((await desk.page.getByTestId('code').textContent()) ?? '');
  await laptop.page.locator('[data-testid=joining][data-kind=words]').waitFor();
  const card = desk.page.getByTestId('add-device').getByTestId('let-in');
  await card.waitFor();
  expect(await card.getByTestId('words').textContent()).toBe(await laptop.page.getByTestId('words').textContent());
  await desk.picture('add-device-real');
  // the button takes clicks once it has been there for a moment
  await expect
    .poll(
      async () => {
        const allow = card.getByTestId('allow');
        if ((await allow.count()) > 0) await allow.click({ timeout: 1000 }).catch(() => undefined);
        return (await laptop.view()).membership.standing;
      },
      { timeout: 15_000 },
    )
    .toBe('member');
  await laptop.page.getByTestId('composer').waitFor();
  figures.row({ name: 'window: code typed to chat on screen', value: Math.round(performance.now() - started), unit: 'ms', limit: 5000 });
  await desk.page.getByTestId('arrived').waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.page.getByTestId('arrived').waitFor({ state: 'detached' });
  await expect.poll(async () => (await desk.view()).membership.pairing).toBeNull();
});

test('two clicks remove it; it says so itself within 5 s, and what it kept can be read', async () => {
  await laptop.page.getByTestId('composer').fill('half a question');
  await laptop.page.getByTestId('conversation-item').waitFor();
  const [mine] = (await laptop.view()).membership.members.filter(({ self }) => self);
  await openMachineCards(desk.page);
  await desk.page
    .getByRole('button', { name: `Details of ${mine?.name}` })
    .last()
    .click();
  await desk.page.getByTestId('member-out').click();
  const started = performance.now();
  await desk.page.getByTestId('member-out-confirm').click();
  await laptop.page.getByTestId('removed').waitFor({ timeout: 15_000 });
  figures.row({ name: 'window: Remove to the page that says so', value: Math.round(performance.now() - started), unit: 'ms', limit: 5000 });
  await expect.poll(async () => (await desk.view()).membership.members.length).toBe(1);
  await laptop.page.getByTestId('own-conversations').click();
  await laptop.page.getByTestId('own').waitFor();
  await expect.poll(() => laptop.page.getByTestId('composer').inputValue()).toBe('half a question');
  expect(await laptop.page.getByTestId('composer-blocked').textContent()).toContain('this machine was removed from the swarm');
  await laptop.page.getByTestId('back').click();
  await laptop.page.getByTestId('start-over').click();
  await laptop.page.getByTestId('first-run-create').waitFor();
  expect([...desk.faults, ...laptop.faults]).toEqual([]);
});

/** Another code of the same form. */
function otherThan(code: string): string {
  return `${code.startsWith('2') ? '3' : '2'}${code.slice(1)}`;
}
