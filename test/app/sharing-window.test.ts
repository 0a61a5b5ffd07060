// The window's say in who answers: a preferred machine, the role, pauses and bounds; the node is played.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { expectAccessible, openMachineCards, picture, stands } from './browser.ts';
import { desktopId, gpuDesktop, laptopView, macMini, miniId } from './played-household.ts';
import { alone, playedWindows } from './played-window.ts';

const open = playedWindows();

type Leads = NonNullable<NonNullable<SwarmView['peers'][number]['offer']>['leads']>;

/** Two machines that answer; `mini` says more of the second one. */
function household(mini: Partial<Leads> = {}): SwarmView {
  const desktop = gpuDesktop();
  const second = macMini();
  const leads = desktop.offer?.leads;
  const { offer } = second;
  if (leads == null || offer === null) throw new Error('the played machines lead nobody');
  const models = leads.models.slice(0, 1);
  return laptopView({
    peers: [desktop, { ...second, state: 'connected', latencyMs: 5.1, offer: { ...offer, leads: { ...leads, models, ...mini } } }],
  });
}
const leading = (view: SwarmView): SwarmView => ({
  ...view,
  self: { ...view.self, role: { wanted: 'leader', actual: { kind: 'leader', models: 1, running: 0, waiting: 0 } } },
});

const picker = (page: Page) => page.getByTestId('model-picker');

describe('which machine', () => {
  test('one is preferred for all questions, and no more', async () => {
    const { page, node } = await open(household());
    await openMachineCards(page);
    const prefer = page.getByTestId('machine-card').filter({ hasText: 'mac-mini' }).getByTestId('prefer');
    await prefer.click();
    await expect.poll(() => node.view().settings.preferred).toBe(miniId);
    await expect.poll(() => prefer.getAttribute('aria-pressed')).toBe('true');
    await page.getByTestId('back').click();
    await picker(page).click();
    expect(await page.getByRole('option', { name: /^Auto \(/ }).textContent()).toContain('mac-mini when it can');
    await page.keyboard.press('Escape');
    await openMachineCards(page);
    await prefer.click();
    await expect.poll(() => node.view().settings.preferred).toBeNull();
  });

  test('what a machine says of its line, its memory and its pause is on its card', async () => {
    const { page } = await open(household({ waiting: 3, waitMs: 42_000, reservedMb: 6144, paused: { why: 'battery' } }));
    await openMachineCards(page);
    const card = page.getByTestId('machine-card').filter({ hasText: 'mac-mini' });
    const words = await card.textContent();
    for (const part of ['3 waiting', 'about 40\u00a0s to wait', '6 GB held for models', 'paused, on battery'])
      expect(words).toContain(part);
    expect(await page.getByTestId('swarm-state').textContent()).toContain('1 of them answers');
  });
});

describe('the role', () => {
  test('a machine alone that answers is not one of many', async () => {
    const { page } = await open(leading(alone()));
    await expect.poll(() => page.getByTestId('swarm-state').textContent()).toBe('1 machineit answers');
  });

  test('automatic by menu; one click decides by hand again', async () => {
    const { page, node } = await open(household());
    await page.getByTestId('role-menu').click();
    await page.getByTestId('role-auto').click();
    await expect.poll(() => node.view().settings.role).toBe('auto');
    await expect.poll(() => page.getByTestId('role-state').textContent()).toContain('automatic: ');
    expect(await page.getByTestId('role-toggle').isChecked()).toBe(false);
    node.change((view) => ({ ...view, self: { ...view.self, role: { ...leading(view).self.role, wanted: 'auto' } } }));
    await expect.poll(() => page.getByTestId('role-toggle').isChecked()).toBe(true);
    await page.getByTestId('role-toggle').focus();
    await page.keyboard.press('Space');
    await expect.poll(() => node.view().settings.role).toBe('subordinate');
  });

  test('paused for an hour and answering again; its own reasons to pause need no banner', async () => {
    const { page, node } = await open(leading(household()));
    await page.getByTestId('role-menu').click();
    await page.getByTestId('pause-hour').click();
    await page.getByTestId('paused-bar').waitFor();
    expect(await page.getByTestId('paused-bar').textContent()).toMatch(/^Paused for others until .*\d/);
    expect(await page.getByTestId('role-state').textContent()).toContain('paused until');
    await page.getByTestId('resume-others').click();
    await page.getByTestId('paused-bar').waitFor({ state: 'detached' });
    expect(node.calls.filter(({ name }) => name === 'pause').map(({ input }) => input)).toMatchObject([{ minutes: 60 }, { minutes: null }]);
    node.change((view) => ({ ...view, self: { ...view.self, paused: { why: 'battery' } } }));
    await expect.poll(() => page.getByTestId('role-state').textContent()).toContain('paused, on battery');
    expect(await page.getByTestId('paused-bar').count()).toBe(0);
  });
});

describe('bounds', () => {
  test('when others may use this computer is set and kept', async () => {
    const { page, node } = await open(household());
    await page.getByTestId('settings-open').click();
    await page.getByTestId('yield-busy').click();
    await page.getByRole('option', { name: 'Others wait' }).click();
    await expect.poll(() => node.view().settings.yielding.busy).toBe('pause');
    await page.getByTestId('limit-tokensPerDay').fill('50000');
    await page.keyboard.press('Enter');
    await expect.poll(() => node.view().settings.limits.tokensPerDay).toBe(50_000);
    await page.getByTestId('limit-questionsPerMinute').fill('');
    await page.keyboard.press('Tab');
    await expect.poll(() => node.view().settings.limits.questionsPerMinute).toBeNull();
    await page.getByTestId('limit-tokensPerDay').fill('some');
    await page.getByText('A whole number, or nothing.').waitFor();
    await page.getByTestId('pause-hours-add').click();
    const saturday = page.getByRole('button', { name: 'Sat', exact: true });
    await saturday.click();
    await expect.poll(() => saturday.getAttribute('aria-pressed')).toBe('true');
    await page.getByLabel('From', { exact: true }).fill('07:15');
    await page.keyboard.press('Enter');
    await expect.poll(() => node.view().settings.yielding.hours).toEqual([{ days: [1, 2, 3, 4, 5, 6], from: 7 * 60 + 15, to: 22 * 60 }]);
    expect(node.view().settings.yielding.busy).toBe('pause');
    await page.getByRole('button', { name: 'Remove these hours' }).click();
    await expect.poll(() => node.view().settings.yielding.hours).toEqual([]);
  });

  test('one member has its own, none, or that of everyone', async () => {
    const view = household();
    const bounded = { ...view, settings: { ...view.settings, limits: { tokensPerDay: 50_000, questionsPerMinute: null } } };
    const { page, node } = await open(bounded);
    await openMachineCards(page);
    await page.getByRole('button', { name: 'Details of mac-mini' }).click();
    const bound = page.getByTestId('member-bound');
    expect(await bound.getAttribute('placeholder')).toBe('as everyone: 50,000');
    await bound.fill('800');
    await page.keyboard.press('Enter');
    await expect.poll(() => node.view().settings.memberTokensPerDay).toEqual({ [miniId]: 800 });
    await page.getByTestId('member-unbound').click();
    await expect.poll(() => node.view().settings.memberTokensPerDay).toEqual({ [miniId]: null });
    await expect.poll(() => page.getByTestId('member-unbound').isChecked()).toBe(true);
    await page.getByTestId('member-unbound').click();
    await expect.poll(() => node.view().settings.memberTokensPerDay).toEqual({});
  });
});

describe.each(['light', 'dark'] as const)('axe, fit and pictures, %s', (scheme) => {
  test.each([{ width: 1000 }, { width: 420 }])('$width wide', { timeout: 120_000 }, async ({ width }) => {
    const narrow = width < 760;
    const view = household({ waiting: 3, waitMs: 42_000, reservedMb: 6144, paused: { why: 'busy' } });
    const { page, node } = await open(leading({ ...view, settings: { ...view.settings, preferred: desktopId } }), {
      width,
      height: 820,
      scheme,
    });
    const look = async (name: string): Promise<void> => {
      await stands(page);
      await picture(page, `sharing-${name}-${scheme}${narrow ? '-420' : ''}`);
      await expectAccessible(page, `${name} ${scheme} ${width}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), name).toBe(true);
    };
    const column = async (): Promise<void> => {
      if (narrow) await page.getByTestId('column-open').click();
    };
    await picker(page).click();
    await page.getByRole('option', { name: 'Auto on GPU-DESKTOP' }).hover();
    await look('picker');
    await page.keyboard.press('Escape');
    await page.getByTestId('role-menu').click();
    await page.getByTestId('role-auto').waitFor();
    await look('role-menu');
    await page.getByTestId('pause-hour').click();
    await page.getByTestId('paused-bar').waitFor();
    await look('paused');
    await column();
    await openMachineCards(page);
    await page.getByTestId('machine-card').nth(1).waitFor();
    await look('machines');
    await page.getByTestId('machine-card').nth(2).scrollIntoViewIfNeeded();
    await look('machines-end');
    await page.getByRole('button', { name: 'Details of mac-mini' }).click();
    await page.getByTestId('member-bound').scrollIntoViewIfNeeded();
    await look('member');
    await page.keyboard.press('Escape');
    node.change((old) => ({
      ...old,
      settings: { ...old.settings, yielding: { ...old.settings.yielding, hours: [{ days: [1, 2, 3, 4, 5], from: 1200, to: 420 }] } },
    }));
    await column();
    await page.getByTestId('settings-open').click();
    await page.getByTestId('pause-hours-add').scrollIntoViewIfNeeded();
    await page.getByTestId('limit-tokensPerDay').scrollIntoViewIfNeeded();
    await look('settings');
  });
});

test('on a metered network: what is known of it is said once it matters, and unknown is said to be unknown', async () => {
  const { page, node } = await open(laptopView());
  await page.getByTestId('settings-open').click();
  const field = page.getByTestId('yield-metered');
  await field.waitFor();
  expect(await page.getByText('counts as not metered').count()).toBe(0);
  await field.click();
  await page.getByRole('option', { name: 'Others wait' }).click();
  await expect.poll(() => node.view().settings.yielding.metered).toBe('pause');
  await page.getByText('Whether this network is metered is unknown; it counts as not metered.').waitFor();
  node.change((view) => ({ ...view, self: { ...view.self, metered: true } }));
  await page.getByText('This network is metered.').waitFor();
  await expectAccessible(page, 'metered');
});
