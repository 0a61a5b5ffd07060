// What engines compute with, and why, in the language of the window: of this computer in the settings and the self-test, of every machine on
// its card, those included that told English alone. The node is played.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { DoctorCheck } from '../../src-shared/doctor.ts';
import type { EngineDevice } from '../../src-shared/engine.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, openColumn, openMachineCards, picture } from './browser.ts';
import { gpuDesktop, laptopView, macMini } from './played-household.ts';
import { playedWindows } from './played-window.ts';

const open = playedWindows();

type Peer = SwarmView['peers'][number];

/** That machine, here and answering with that device. */
function answering(peer: Peer, device: EngineDevice): Peer {
  const { offer } = gpuDesktop();
  if (peer.offer === null || offer?.leads == null) throw new Error('the played machine offers nothing');
  return { ...peer, state: 'connected', offer: { ...peer.offer, leads: { ...offer.leads, engine: { kind: 'embedded', device } } } };
}

/** As the built-in engine says it on a laptop: words for the command line, and codes. */
const own: EngineDevice = {
  kind: 'cpu',
  name: 'CPU (AVX-512, 1 thread)',
  why: 'No GPU was found (looked for CUDA, Vulkan and Metal).',
  label: { code: 'cpu', simd: 'AVX-512', threads: 1 },
  cause: { code: 'no-gpu' },
};
const partly: EngineDevice = {
  kind: 'gpu',
  name: 'NVIDIA GeForce RTX 4090 (CUDA)',
  why: 'Only 12 of 33 layers fit in graphics memory (6.0 of 24.0 GiB free); the CPU does the rest.',
  cause: { code: 'gpu-part', layers: 12, all: 33, freeMb: 6144, totalMb: 24_576 },
};
/** Of an Axon that tells no codes yet. */
const older: EngineDevice = { kind: 'gpu', name: 'Apple M2 (Metal)', why: 'The whole model fits in graphics memory.' };

function household(language: string): SwarmView {
  const view = laptopView();
  const { engine } = view.self;
  if (engine === null) throw new Error('the played machine has no engine');
  return {
    ...view,
    self: {
      ...view.self,
      role: { wanted: 'leader', actual: { kind: 'leader', models: 1, running: 0, waiting: 0 } },
      hardware: { ...view.self.hardware, gpus: [{ name: 'unknown', vramMb: null, vramFreeMb: null, unified: false }] },
      engine: { ...engine, device: own },
    },
    peers: [answering(gpuDesktop(), partly), answering(macMini(), older)],
    settings: { ...view.settings, language },
  };
}

const checks: DoctorCheck[] = [
  { name: 'engine', code: 'engine-well', device: own, outcome: 'ok', found: `embedded, ready; ${own.name}: ${own.why}` },
];

/** English as the main process writes it of a device. */
const englishOfDevices = /\bthreads?\b|No GPU|was found|looked for|layers|graphics memory|the rest|It works|\bunknown\b/;

const spoken = {
  de: { name: 'CPU (AVX-512, 1 Thread)', why: 'Keine GPU gefunden', part: /Nur 12 von 33 Schichten.*6\sGB von 24\sGB/ },
  es: { name: 'CPU (AVX-512, 1 hilo)', why: 'No se encontró ninguna GPU', part: /Solo 12 de 33 capas.*6\sGB libres de 24\sGB/ },
  fr: { name: 'CPU (AVX-512, 1 thread)', why: 'Aucun GPU trouvé', part: /Seules 12 couches sur 33.*6\sGo libres sur 24\sGo/ },
} as const;

test.each(Object.keys(spoken) as (keyof typeof spoken)[])(
  '%s: no English of a device, in the settings, the self-test and on cards',
  async (language) => {
    const said = spoken[language];
    const english = (text: string): string[] => (language === 'fr' ? text.replaceAll('1 thread', '') : text).match(englishOfDevices) ?? [];
    const { page, faults } = await open(household(language), { before: (node) => node.doctor(checks) });
    await openColumn(page);
    await page.getByTestId('settings-open').click();
    const settings = page.getByTestId('settings');
    await page.getByTestId('engine-embedded').waitFor();
    for (const place of ['engine-choice-device', 'engine-embedded']) {
      const text = await textOf(page, place);
      expect(text).toContain(`${said.name}. ${said.why}`);
      expect(english(text)).toEqual([]);
    }
    await page.getByTestId('check-computer').click();
    await expect.poll(() => page.getByTestId('check-row').count()).toBe(1);
    expect(await textOf(page, 'check-row')).toContain(said.name);
    expect(english((await settings.textContent()) ?? '')).toEqual([]);
    await page.getByTestId('engine-embedded').scrollIntoViewIfNeeded();
    await picture(page, `device-words-${language}-settings`);
    await page.keyboard.press('Escape');
    await page.getByTestId('settings-name').waitFor({ state: 'detached' });

    await openMachineCards(page);
    const cards = page.getByTestId('machine-card');
    const card = async (name: string): Promise<string> => (await cards.filter({ hasText: name }).first().textContent()) ?? '';
    expect(await card('thinkpad')).toContain(`${said.name}${said.why}`);
    expect(english(await card('thinkpad'))).toEqual([]);
    expect(await card('GPU-DESKTOP')).toMatch(said.part);
    expect(english(await card('GPU-DESKTOP'))).toEqual([]);
    // what the older one told is all that is known, and better than nothing
    expect(await card('mac-mini')).toContain(`${older.name}${older.why}`);
    await picture(page, `device-words-${language}-cards`);
    expect(await amiss(page)).toEqual([]);
    expect(faults).toEqual([]);
  },
);

async function textOf(page: Page, testId: string): Promise<string> {
  return (await page.getByTestId(testId).textContent()) ?? '';
}
