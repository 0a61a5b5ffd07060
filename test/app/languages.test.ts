// The window in its languages: chosen and switched while it runs; nothing clipped where words are longer, or run from right to left.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { noMembership } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, openColumn, picture, stands } from './browser.ts';
import { laptopView, placed, done } from './played-household.ts';
import type { FakeNode } from './played-stage.ts';
import { alone, answer, ask, firstRun, focused, playedWindows } from './played-window.ts';

const open = playedWindows();

const speaking = (language: string, view = laptopView()): SwarmView => ({ ...view, settings: { ...view.settings, language } });

describe('the language of the window', () => {
  test('is the browser’s at first, another one at a choice, and the browser’s again', async () => {
    const { page, node } = await open(laptopView(), { locale: 'fr-CA' });
    await page.getByPlaceholder('Demandez ce que vous voulez').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    await page.getByTestId('settings-open').click();
    await page.getByTestId('settings-language').click();
    await page.getByRole('option', { name: 'Deutsch' }).click();
    await page.getByText('Name des Rechners').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(node.view().settings.language).toBe('de');
    // the sections have other names now, and are the same ones
    expect(await focused(page)).toBe('settings-language');
    await page.getByTestId('settings-language').click();
    await page.getByRole('option', { name: 'Wie das System' }).click();
    await page.getByText('Nom de la machine').waitFor();
    expect(node.view().settings.language).toBeUndefined();
  });

  test('another window turns as well, and a language that does not exist is none', async () => {
    const { page, node } = await open(speaking('es'));
    await page.getByPlaceholder('Pregunta lo que quieras').waitFor();
    node.change((view) => ({ ...view, settings: { ...view.settings, language: 'tlh' } }));
    await page.getByPlaceholder('Ask anything').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });
});

const waiting = (): SwarmView => alone({ membership: { ...noMembership, standing: 'pending' } });
const removed = (): SwarmView => laptopView({ peers: [], membership: { ...noMembership, standing: 'revoked' } });

/** Every screen that a person meets, in an order in which one leads to the next. */
const places: { name: string; view?: () => SwarmView; go: (page: Page, node: FakeNode) => Promise<void> }[] = [
  { name: 'first run', view: firstRun, go: (page) => page.getByTestId('first-run-create').waitFor() },
  { name: 'waiting', view: waiting, go: (page) => page.getByTestId('waiting').waitFor() },
  { name: 'removed', view: removed, go: (page) => page.getByTestId('removed').waitFor() },
  { name: 'empty chat', view: () => laptopView(), go: (page) => page.getByTestId('composer').waitFor() },
  {
    name: 'chat',
    go: async (page, node) => {
      node.script(() => [placed(), { kind: 'text', text: 'A short answer.' }, done()]);
      await ask(page, 'What is a swarm?');
      await answer(page, 'done').waitFor();
    },
  },
  {
    name: 'the commands',
    go: async (page) => {
      await page.keyboard.press('ControlOrMeta+k');
      await page.getByTestId('command').nth(8).waitFor();
      await stands(page);
    },
  },
  {
    name: 'the card of an answer',
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByTestId('found').waitFor({ state: 'detached' });
      await stands(page);
      await page.getByTestId('answer-line').click();
      await page.getByTestId('answer-why').waitFor();
      // who cannot be chosen stands last
      await page.getByTestId('answer-why').getByRole('listitem').nth(2).waitFor();
    },
  },
  {
    name: 'settings',
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByTestId('answer-why').waitFor({ state: 'detached' });
      await reach(page, 'settings-open');
      await page.getByTestId('settings-name').waitFor();
    },
  },
  {
    name: 'add a device',
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByTestId('settings-name').waitFor({ state: 'detached' });
      await reach(page, 'machine-add');
      await page.getByText('K7QM').first().waitFor();
    },
  },
  {
    name: 'machines',
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByText('K7QM').first().waitFor({ state: 'detached' });
      await reach(page, 'machines-open');
      await page.getByTestId('ledger-open').waitFor();
    },
  },
  {
    name: 'a machine opened',
    go: async (page) => {
      // a narrow window has cards, which are open
      const row = page.getByTestId('machine-open').nth(1);
      if (!(await row.isVisible())) return;
      await row.click();
      await page.getByTestId('machine-details').waitFor();
    },
  },
];

/** Opens the column where the window is narrow, then presses. */
async function reach(page: Page, testId: string): Promise<void> {
  await openColumn(page);
  await page.getByTestId(testId).first().click();
}

/** first: what the app opens with. doubled: what is left of the wide window for a page that is shown at 200 %. */
const sizes = {
  wide: { width: 1280, height: 800 },
  first: { width: 1100, height: 760 },
  small: { width: 360, height: 560 },
  doubled: { width: 640, height: 400 },
};

describe.each(['qps-Ploc', 'qps-plocm', 'de', 'fr', 'es'])('%s: nothing is cut off, no key is seen', (language) => {
  test.each(Object.keys(sizes) as (keyof typeof sizes)[])('%s', async (size) => {
    const faults: Record<string, string[]> = {};
    const { page, node } = await open(speaking(language, firstRun()), sizes[size]);
    await page.locator(`html[lang=${language}][dir=${language === 'qps-plocm' ? 'rtl' : 'ltr'}]`).waitFor({ state: 'attached' });
    for (const { name, view, go } of places) {
      if (view !== undefined) node.change(({ settings }) => ({ ...view(), settings }));
      await go(page, node);
      const wrong = await amiss(page);
      if (wrong.length > 0) faults[name] = wrong;
      await picture(page, `language-${language}-${size}-${name.replaceAll(' ', '-')}`);
    }
    expect(faults).toEqual({});
  });
});
