// The first screen in Chromium on a played node: what this machine is, who adds a device nearby, and that all of it fits.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { EngineFacts } from '../../src-shared/engine.ts';
import type { GpuFacts, HardwareFacts } from '../../src-shared/hardware.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, expectAccessible, picture } from './browser.ts';
import { desktopId, miniId } from './fake-node-server.ts';
import { alone, called, firstRun, focused, playedWindows } from './played-window.ts';

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
