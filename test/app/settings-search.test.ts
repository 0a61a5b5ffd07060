// The search of the settings in the built window: whatever a section says finds it, and so do other words for it. The node is played.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { languages, resources } from '../../src-shared/i18n/index.ts';
import { expectAccessible, openColumn, picture } from './browser.ts';
import { laptopView } from './played-household.ts';
import { playedWindows } from './played-window.ts';

const open = playedWindows();

async function openSettings(language: string, level: 'simple' | 'advanced'): Promise<Page> {
  const view = laptopView();
  const { page } = await open({ ...view, settings: { ...view.settings, language } }, { level });
  await openColumn(page);
  await page.getByTestId('settings-open').click();
  await page.getByTestId('settings-storage').waitFor();
  await page.getByTestId('settings-models').waitFor();
  return page;
}

/** The names of the sections that are in sight. */
const inSight = (page: Page): Promise<string[]> =>
  page
    .locator('[data-section]')
    .evaluateAll((sections) => sections.filter((one) => one.checkVisibility()).map((one) => one.getAttribute('data-section') ?? ''));

const seek = (page: Page, words: string): Promise<void> => page.getByTestId('settings-search').fill(words);

/** What a person can read or hear in each section, line by line: headings, labels, hints, buttons, values, and what stands in empty boxes. */
const lines = (page: Page): Promise<[section: string, line: string][]> =>
  page.locator('[data-section]').evaluateAll((sections) =>
    sections.flatMap((section): [string, string][] => {
      const own = (element: Element): string =>
        [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? (node.textContent ?? '') : '')).join(' ');
      return [...section.querySelectorAll('*')]
        .filter((element) => element.checkVisibility())
        .flatMap((element) => [own(element), element.getAttribute('aria-label') ?? '', element.getAttribute('placeholder') ?? ''])
        .map((line) => line.replaceAll(/\s+/g, ' ').trim())
        .filter((line) => line !== '')
        .map((line) => [section.getAttribute('data-section') ?? '', line]);
    }),
  );

/** The values of the lists that open. */
async function listed(page: Page): Promise<[section: string, line: string][]> {
  const found: [string, string][] = [];
  for (const box of await page.locator('[data-section] input[aria-haspopup=listbox]').all()) {
    const section = (await box.evaluate((input) => input.closest('[data-section]')?.getAttribute('data-section'))) ?? '';
    await box.click();
    const options = page.getByRole('option');
    await options.first().waitFor();
    for (const line of await options.allTextContents()) found.push([section, line]);
    await page.keyboard.press('Escape');
    await options.first().waitFor({ state: 'hidden' });
  }
  return found;
}

/** Those that do not find that section. A search wants all of its words, so that all of them are tried at once first. */
async function lost(page: Page, section: string, all: readonly string[]): Promise<string[]> {
  const finds = async (words: string): Promise<boolean> => {
    await seek(page, words);
    return (await inSight(page)).includes(section);
  };
  if (await finds(all.join(' '))) return [];
  const missing: string[] = [];
  for (const words of all) if (!(await finds(words))) missing.push(words);
  return missing;
}

test.each(languages.map(({ code }) => code))('every label, hint and value finds its section, in %s', async (language) => {
  const page = await openSettings(language, 'advanced');
  const all = [...(await lines(page)), ...(await listed(page))];
  const sections = await inSight(page);
  for (const name of ['sharing', 'machine']) expect(all.filter(([section]) => section === name).length, name).toBeGreaterThan(6);
  expect(new Set(all.map(([section]) => section))).toEqual(new Set(sections));
  for (const section of sections) {
    const own = all.filter(([name]) => name === section).map(([, line]) => line);
    expect(await lost(page, section, own), section).toEqual([]);
  }
});

test.each(languages.map(({ code }) => code))('other words for what is in a section find it, in %s', async (language) => {
  const page = await openSettings(language, 'simple');
  for (const [section, words] of Object.entries(resources[language].window.settings.also)) {
    expect(await lost(page, section, words.toUpperCase().split(' ')), section).toEqual([]);
  }
});

describe('what people type', () => {
  const wanted: Record<string, Record<string, string>> = {
    en: {
      recovery: 'members',
      fingerprint: 'key',
      'save swarm.key': 'key',
      'copy key': 'key',
      'leave swarm': 'key',
      anyone: 'members',
      allow: 'members',
      firewall: 'network',
      'check computer': 'report',
      dark: 'machine',
      theme: 'machine',
      zoom: 'machine',
      tray: 'machine',
      game: 'sharing',
      'per day': 'sharing',
      limit: 'sharing',
      diagnostics: 'report',
      'lm studio': 'engine',
      gpu: 'engine',
      role: 'engine',
      export: 'key',
      download: 'modelsHere',
      'ollama address': 'engine',
      hotkey: 'machine',
    },
    de: {
      dunkelmodus: 'machine',
      firewall: 'network',
      wiederherstellung: 'members',
      spiele: 'sharing',
      schlüssel: 'key',
      grafikkarte: 'engine',
    },
    fr: {
      'mode sombre': 'machine',
      'pare-feu': 'network',
      récupération: 'members',
      jeux: 'sharing',
      clé: 'key',
      'carte graphique': 'engine',
    },
    es: {
      'modo oscuro': 'machine',
      cortafuegos: 'network',
      recuperacion: 'members',
      juegos: 'sharing',
      clave: 'key',
      'tarjeta grafica': 'engine',
    },
  };
  test.each(languages.map(({ code }) => code))('finds what it is about, at the simple level too, in %s', async (language) => {
    const page = await openSettings(language, 'simple');
    for (const [words, section] of Object.entries(wanted[language] ?? {})) expect(await lost(page, section, [words]), section).toEqual([]);
    expect(Object.keys(wanted[language] ?? {}).length).toBeGreaterThan(5);
  });
});

test('what does not fit is hidden, and what was opened or typed in it stays', async () => {
  const page = await openSettings('en', 'simple');
  await page.getByTestId('settings-name').fill('a new na');
  await seek(page, 'dark');
  expect(await inSight(page)).toEqual(['machine']);
  await expectAccessible(page, 'found');
  await picture(page, 'settings-found');
  // the swarm key can be exported, and that is something else
  await seek(page, 'swarm port');
  expect(await inSight(page)).toEqual(['network']);
  await seek(page, 'firewall');
  expect(await inSight(page)).toEqual(['network']);
  await seek(page, 'xyzzy');
  await page.getByText('No setting is called that.').waitFor();
  await picture(page, 'settings-nothing-found');
  await seek(page, '');
  expect(await inSight(page)).toContain('machine');
  expect(await inSight(page)).not.toContain('network');
});
