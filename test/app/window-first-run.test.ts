// The first screen in Chromium on a played node: what this machine is, who adds a device nearby, and that all of it fits.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { DoctorCheck } from '../../src-shared/doctor.ts';
import type { EngineFacts } from '../../src-shared/engine.ts';
import type { GpuFacts, HardwareFacts } from '../../src-shared/hardware.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, dropFile, dropFiles, expectAccessible, picture } from './browser.ts';
import { desktopId, laptopView, miniId } from './played-household.ts';
import { fakeKey } from './played-secrets.ts';
import { alone, called, clipboard, firstRun, focused, playedWindows } from './played-window.ts';

const open = playedWindows();

const card: GpuFacts = { name: 'NVIDIA GeForce RTX 4090', vramMb: 24_564, vramFreeMb: 20_000, unified: false };
const ollamaFacts: EngineFacts = {
  kind: 'ollama',
  state: { kind: 'ready' },
  device: { kind: 'unknown', name: '', why: '' },
  slots: { total: 1, free: 1 },
};
const withHardware = (view: SwarmView, hardware: Partial<HardwareFacts>): SwarmView => ({
  ...view,
  self: { ...view.self, hardware: { ...view.self.hardware, ...hardware } },
});

const desk = { peerId: desktopId, name: 'GPU-DESKTOP', host: '192.168.1.20', address: '/ip4/192.168.1.20/tcp/40123/p2p/desk' };
const attic = { peerId: miniId, name: '', host: '192.168.1.30', address: '/ip4/192.168.1.30/tcp/40124/p2p/attic' };

describe('what this machine is', () => {
  const line = async (hardware: Partial<HardwareFacts>, ollama = false): Promise<string> => {
    const { page, context } = await open(withHardware(firstRun(), hardware), {
      before: (node) => node.ollama(ollama ? { facts: ollamaFacts, models: [] } : null),
    });
    const shown = page.getByTestId('this-computer');
    await expect.poll(() => shown.textContent()).not.toContain('Looking');
    const text = ((await shown.textContent()) ?? '').replaceAll('\u00a0', ' ');
    await context.close();
    return text;
  };

  test('stands in one line: card, memory, engines', async () => {
    expect(await line({ gpus: [card], unknown: [], ram: { totalMb: 65_536, freeMb: null } }, true)).toBe(
      'NVIDIA GeForce RTX 4090, 24 GB · 64 GB of memory · Ollama found',
    );
  });

  test('every program that is found is named', async () => {
    const { page } = await open(withHardware(firstRun(), { gpus: [], unknown: [] }), {
      before: (node) => {
        node.ollama({ facts: ollamaFacts, models: [] });
        node.servers([
          { program: 'lm-studio', address: 'http://127.0.0.1:1234', state: 'there', models: [] },
          { program: 'llama-server', address: 'http://127.0.0.1:8080', state: 'loading', models: [] },
        ]);
      },
    });
    await expect.poll(() => page.getByTestId('this-computer').textContent()).toContain('Ollama, LM Studio, llama-server found');
  });

  test('what nobody could look at is unknown, and never none or 0', async () => {
    expect(await line({ gpus: [], unknown: ['gpus'], ram: { totalMb: null, freeMb: null } })).toBe(
      'GPU unknown · memory unknown · built-in engine',
    );
    expect(await line({ gpus: [{ ...card, vramMb: null }], unknown: [] })).toContain('RTX 4090, memory unknown');
    expect(await line({ gpus: [], unknown: [] })).toContain('no GPU');
  });

  test('"Let this computer answer" says what it has, and one click makes it a leader', async () => {
    const { membership } = alone();
    const view = alone({ membership: { ...membership, members: membership.members.filter(({ self }) => self) } });
    const { page, node } = await open(withHardware(view, { gpus: [card], unknown: [] }));
    expect((await page.getByTestId('answer-here-facts').textContent())?.replaceAll('\u00a0', ' ')).toContain('RTX 4090, 24 GB');
    await page.getByTestId('answer-here').click();
    await expect.poll(() => node.view().self.role.wanted).toBe('leader');
    await page.getByTestId('answer-here').waitFor({ state: 'detached' });
    // alone, and it answers: the next step is the next machine
    await page.getByTestId('add-device-open').waitFor();
  });
});

describe('machines nearby', () => {
  test('are listed as they come and go; a click says whose code is typed, and it is asked there', async () => {
    const { page, node, faults } = await open(firstRun());
    await page.getByTestId('code-input').waitFor();
    expect(await page.getByTestId('nearby-door').count()).toBe(0);
    node.nearby([desk, attic]);
    await expect.poll(() => page.getByTestId('nearby-door').allTextContents()).toEqual(['GPU-DESKTOP192.168.1.20', '192.168.1.30']);
    await page.getByTestId('nearby-door').first().click();
    expect(await focused(page)).toBe('code-input');
    expect(await page.getByTestId('code-input').getAttribute('aria-label')).toContain('GPU-DESKTOP');
    await expectAccessible(page, 'first run with machines nearby');
    await page.keyboard.type('aaaabbbb');
    await expect.poll(() => page.getByTestId('code-error').textContent()).toContain('The code is not right');
    // chosen once is enough
    await page.keyboard.type('k7qm4xwp');
    await page.locator('[data-testid=joining][data-kind=words]').waitFor();
    expect(called(node, 'pairing.join')).toEqual(['AAAABBBB', 'K7QM4XWP'].map((code) => ({ code, address: desk.address })));
    expect(faults).toEqual([]);
  });

  test('a typed address goes before what was chosen; who is gone is not listed', async () => {
    const { page, node } = await open(firstRun());
    node.nearby([desk]);
    await page.getByTestId('nearby-door').click();
    node.nearby([]);
    await page.getByTestId('nearby-door').waitFor({ state: 'detached' });
    await page.getByTestId('code-address').fill('attic:4102');
    await page.getByTestId('code-input').fill('K7QM4XWP');
    await page.locator('[data-testid=joining][data-kind=words]').waitFor();
    expect(called(node, 'pairing.join')).toEqual([{ code: 'K7QM4XWP', address: 'attic:4102' }]);
  });

  test('a hostile name is shown as text in one line and moves nothing', async () => {
    const { page, node, dialogs } = await open(firstRun());
    node.nearby([{ ...desk, name: '<img src=x onerror=alert(1)>'.padEnd(63, 'x') }]);
    const door = page.getByTestId('nearby-door');
    expect(await door.textContent()).toContain('<img src=x');
    expect(dialogs).toEqual([]);
    expect(await amiss(page)).toEqual([]);
  });
});

describe('swarm.key', () => {
  const paste = async (page: Page, text: string): Promise<void> => {
    await page.evaluate((words) => navigator.clipboard.writeText(words), text);
    await page.keyboard.press('ControlOrMeta+v');
  };

  test('pasted as text it is taken like the file, in the box and on the bare page; the screen says which key it is, and not the key', async () => {
    const { page, node } = await open(firstRun());
    await page.getByTestId('invite-paste').click();
    await page.getByTestId('invite-text').waitFor();
    await paste(page, `Here it is:\n${fakeKey}a`);
    await page.locator('[data-testid=key-failure][data-code=key-wrong-length]').waitFor();
    expect(node.view().key).toBeNull();
    await page.keyboard.press('Escape');
    await page.getByTestId('key-failure').waitFor({ state: 'detached' });
    await page.getByTestId('first-run-join').focus();
    await paste(page, fakeKey);
    await page.getByTestId('waiting').waitFor();
    expect(await page.getByTestId('waiting-key').textContent()).toContain('7b-10-ee-52');
    expect(await page.content()).not.toContain('0123456789abcdef');
  });

  test('before it replaces another one its fingerprint is said; until a yes nothing changes', async () => {
    const { page, node } = await open();
    await page.getByTestId('new-chat').focus();
    await paste(page, fakeKey);
    const asked = page.getByTestId('key-replace-text');
    await asked.waitFor();
    for (const fingerprint of ['4f-a2-09-1c', '7b-10-ee-52']) expect(await asked.textContent()).toContain(fingerprint);
    expect(node.view().key?.fingerprint).toBe('4f-a2-09-1c');
    await page.getByTestId('key-replace').click();
    await expect.poll(() => node.view().key?.fingerprint).toBe('7b-10-ee-52');
  });

  test('leaves this machine after one question, and the clipboard after a minute', async () => {
    const { page } = await open();
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.clock.install();
    await page.getByTestId('settings-open').click();
    await page.getByTestId('key-card').getByTestId('key-copy').click();
    await page.getByTestId('key-export-confirm').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('key-export-confirm').waitFor({ state: 'detached' });
    expect(await clipboard(page)).toBe('');
    await page.getByTestId('key-card').getByTestId('key-copy').click();
    await page.getByTestId('key-export-confirm').click();
    await expect.poll(() => clipboard(page)).toContain('/key/swarm/psk/');
    await page.clock.fastForward(61_000);
    await expect.poll(() => clipboard(page)).toBe('');
    expect(await page.content()).not.toContain('0123456789abcdef');
  });

  test('Esc that comes before the question has taken the focus closes the question alone', async () => {
    const { page } = await open();
    await page.getByTestId('settings-open').click();
    await page.getByTestId('key-card').getByTestId('key-copy').focus();
    // it takes the focus by a timer, which does not come now
    await page.clock.install();
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 3000);
    await page.keyboard.press('Enter');
    await page.getByTestId('key-export-confirm').waitFor();
    expect(await focused(page)).toBe('key-copy');
    await page.keyboard.press('Escape');
    await page.getByTestId('key-export-confirm').waitFor({ state: 'detached' });
    await page.clock.resume();
    await page.getByTestId('key-card').getByTestId('key-copy').click();
    await page.getByTestId('key-export-confirm').waitFor();
    // and once it has it, it is the question's as well
    await expect.poll(() => focused(page)).not.toBe('key-copy');
    await page.keyboard.press('Escape');
    await page.getByTestId('key-export-confirm').waitFor({ state: 'detached' });
    await page.getByTestId('key-card').waitFor();
  });

  test('65 digits and a dropped folder each have their own words, and change nothing', async () => {
    const { page, node } = await open(firstRun());
    await page.getByTestId('first-run-join').waitFor();
    await dropFiles(page, [{ name: 'swarm.key', text: `${fakeKey}a` }]);
    await page.locator('[data-testid=key-failure][data-code=key-wrong-length]').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('key-failure').waitFor({ state: 'detached' });
    const folder = mkdtempSync(path.join(tmpdir(), 'axon-folder-'));
    await dropFile(page, folder);
    await page.locator('[data-testid=key-failure][data-code=key-folder]').waitFor();
    rmdirSync(folder);
    expect(node.view().key).toBeNull();
    expect(called(node, 'key.import')).toEqual([]);
  });
});

describe('"Check this computer"', () => {
  const checks: DoctorCheck[] = [
    { name: 'key', code: 'key-there', values: { fingerprint: '4f-a2-09-1c' }, outcome: 'ok', found: 'played' },
    { name: 'port', code: 'port-taken', failure: 'port-in-use', outcome: 'warning', found: 'played' },
    { name: 'clock', code: 'clock-ahead', values: { names: 'attic', minutes: 20 }, outcome: 'warning', found: 'played' },
    { name: 'ollama', code: 'ollama-open', values: { addresses: '192.168.1.31:11434' }, outcome: 'fault', found: 'played' },
    { name: 'servers', code: 'servers-there', values: { names: 'LM Studio (127.0.0.1:1234)' }, outcome: 'ok', found: 'played' },
  ];

  test.each([
    ['en', ['4f-a2-09-1c', '20 minutes', '192.168.1.31:11434', 'OLLAMA_HOST=127.0.0.1', 'LM Studio (127.0.0.1:1234). Choose one']],
    ['de', ['Fingerabdruck', '20 Minuten', 'jedem im Netz', 'OLLAMA_HOST=127.0.0.1']],
  ])('in %s: each row in words, each fault with what to do', async (language, words) => {
    const view = laptopView();
    const { page, faults } = await open({ ...view, settings: { ...view.settings, language } }, { before: (node) => node.doctor(checks) });
    await page.getByTestId('settings-open').click();
    await page.getByTestId('check-computer').click();
    await page.getByTestId('check-row').first().waitFor();
    expect(await page.getByTestId('check-row').count()).toBe(checks.length);
    const said = (await page.getByTestId('check-row').allTextContents()).join('\n').replaceAll('\u00a0', ' ');
    for (const word of words) expect(said).toContain(word);
    expect(said).not.toContain('played');
    expect(await page.getByTestId('check-summary').textContent()).toContain('3');
    await page.getByTestId('check-summary').scrollIntoViewIfNeeded();
    expect(await amiss(page)).toEqual([]);
    await picture(page, `check-computer-${language}`);
    expect(faults).toEqual([]);
  });
});

const sizes = [
  { name: '1280', width: 1280, height: 800 },
  // 200 % on the same screen
  { name: '200', width: 640, height: 400, scale: 2 },
] as const;

describe.each(sizes)('the first screens at $name', ({ name: size, ...shape }) => {
  test.each(['light', 'dark'] as const)('%s: nothing clipped, nothing that axe objects to', async (scheme) => {
    const look = async (page: Page, name: string): Promise<void> => {
      expect(await amiss(page), name).toEqual([]);
      await expectAccessible(page, `${name} ${size} ${scheme}`);
      await picture(page, `first-${name}-${size}-${scheme}`);
    };
    const first = await open(withHardware(firstRun(), { gpus: [card], unknown: [] }), { ...shape, scheme });
    first.node.nearby([desk, { ...attic, name: 'attic' }]);
    await first.page.getByTestId('nearby-door').first().click();
    await look(first.page, 'run');
    await first.page.keyboard.type('k7qm4xwp');
    await first.page.locator('[data-testid=joining][data-kind=words]').waitFor();
    await look(first.page, 'words');
    const lone = await open(withHardware(alone(), { gpus: [card], unknown: [] }), { ...shape, scheme });
    await lone.page.getByTestId('answer-here').waitFor();
    await look(lone.page, 'answer-here');
  });
});
