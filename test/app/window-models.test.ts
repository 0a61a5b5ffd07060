// Getting models in the built window: what is recommended, what is said before and while it comes, and the lists about it; the node is played.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { ModelDownload } from '../../src-shared/download.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { expectAccessible, openColumn, openMachineCards, picture } from './browser.ts';
import type { FakeNode } from './played-stage.ts';
import { desktopId, laptopView } from './played-household.ts';
import { playedDownload } from './played-downloads.ts';
import { alone, called, playedWindows } from './played-window.ts';

const open = playedWindows();
const GB = 1_000_000_000;

/** A machine with such memory, MiB; one with a card says so. */
function machine(ramMb: number, vramMb: number | null, view = laptopView()): SwarmView {
  const gpus: HardwareFacts['gpus'] = vramMb === null ? [] : [{ name: 'RTX 4090', vramMb, vramFreeMb: null, unified: false }];
  const device = vramMb === null ? view.self.engine?.device : { kind: 'gpu' as const, name: 'RTX 4090', why: '' };
  const { engine } = view.self;
  if (engine === null || device === undefined) throw new Error('the played machine has no engine');
  return {
    ...view,
    self: { ...view.self, hardware: { ...view.self.hardware, ram: { totalMb: ramMb, freeMb: null }, gpus }, engine: { ...engine, device } },
  };
}

async function openModels(page: Page): Promise<void> {
  await openColumn(page);
  await page.getByTestId('settings-open').click();
  await page.getByTestId('suggestion').first().waitFor();
}
const downloadOf = (page: Page) => page.getByTestId('download');
const changeDownload = (node: FakeNode, change: Partial<ModelDownload>): void =>
  node.change((view) => ({ ...view, downloads: view.downloads?.map((one) => ({ ...one, ...change })) ?? [] }));
const source = { engine: 'ollama', name: 'qwen3:8b' } as const;

describe('before anything is fetched', () => {
  test('one is recommended, with its size and how it fits; the others on demand, those that are too big not to be had', async () => {
    const { page } = await open(machine(32_000, 24_564));
    await openModels(page);
    const best = page.getByTestId('suggestion');
    expect(await best.count()).toBe(1);
    expect(await best.textContent()).toMatch(/Qwen3 30B-A3B.*19\sGB.*Fits fully in 24\sGB of graphics memory/);
    await page.getByTestId('suggestions-more').click();
    expect(await page.getByTestId('suggestion').count()).toBe(6);
  });

  test('on a small machine', async () => {
    const { page } = await open(machine(12_288, null));
    await openModels(page);
    expect(await page.getByTestId('suggestion').textContent()).toMatch(/Qwen3 1.7B.*1.8\sGB.*Fits in 12\sGB of memory/);
    await page.getByTestId('suggestions-more').click();
    const large = page.getByTestId('suggestion').filter({ hasText: 'Qwen3 30B' });
    expect(await large.textContent()).toContain('Too big for this computer');
    expect(await large.getByTestId('suggestion-get').isDisabled()).toBe(true);
    const tight = page.getByTestId('suggestion').filter({ hasText: 'Qwen3 14B' });
    expect(await tight.textContent()).toContain('Tight');
  });

  test('a card that is too small for all of it', async () => {
    const { page } = await open(machine(32_000, 6144));
    await openModels(page);
    await page.getByTestId('suggestions-more').click();
    const partly = page.getByTestId('suggestion').filter({ hasText: 'Qwen3 14B' });
    expect(await partly.textContent()).toContain('Partly in RAM');
  });
});

test('bytes, speed and the time that is left; pause, go on, and cancel not by one slip', async () => {
  const { page, node } = await open(machine(7800, null));
  await openModels(page);
  await page.getByTestId('suggestion-get').click();
  await downloadOf(page).getByText('Asking the server').waitFor();
  expect(await page.getByTestId('suggestion-get').isDisabled()).toBe(true);
  changeDownload(node, { receivedBytes: 0.7 * GB, totalBytes: 1.8 * GB, bytesPerSecond: 10_000_000 });
  await downloadOf(page)
    .getByText(/700\sMB of 1.8\sGB · 10\sMB\/s · about 2\smin left/)
    .waitFor();
  expect(await downloadOf(page).getByRole('progressbar').getAttribute('value')).toMatch(/^0.38/);
  await picture(page, 'models-downloading');
  await page.getByTestId('download-pause').click();
  await downloadOf(page)
    .getByText(/Paused · 700\sMB of 1.8\sGB/)
    .waitFor();
  await page.getByTestId('download-resume').click();
  changeDownload(node, { again: true, bytesPerSecond: 0 });
  await downloadOf(page).getByText('nothing comes').waitFor();
  await downloadOf(page).getByText('all of it comes once more').waitFor();
  await page.getByTestId('download-cancel').click();
  expect(called(node, 'downloads.cancel')).toEqual([]);
  await page.getByTestId('download-cancel-yes').click();
  await expect.poll(() => downloadOf(page).count()).toBe(0);
});

test('why it failed is said in words, and it can be tried again', async () => {
  const view = machine(7800, null);
  const failure = { code: 'disk-full' as const, message: '' };
  const { page, node } = await open({
    ...view,
    downloads: [playedDownload(source, { state: 'failed', failure, receivedBytes: GB, totalBytes: 5 * GB })],
  });
  await openModels(page);
  await downloadOf(page).getByText('There is not enough room on the disk').waitFor();
  await expectAccessible(page, 'a failed download');
  await page.getByTestId('download-resume').click();
  await expect.poll(() => called(node, 'downloads.resume').length).toBe(1);
});

test.each(['light', 'dark'] as const)('one that can never come is failed, not paused, and is not tried again, %s', async (scheme) => {
  const url = 'https://example.org/x.gguf';
  const failed = (code: 'bad-model-address' | 'server-gone', name: string): ModelDownload =>
    playedDownload({ engine: 'embedded', url }, { name, state: 'failed', failure: { code, message: '' } });
  const view = machine(7800, null);
  const { page } = await open({ ...view, downloads: [failed('bad-model-address', 'x'), failed('server-gone', 'y')] }, { scheme });
  await openModels(page);
  const [never, later] = ['x', 'y'].map((name) => downloadOf(page).filter({ has: page.getByText(name, { exact: true }) }));
  await never?.getByText('Failed', { exact: true }).waitFor();
  await later?.getByText('Failed', { exact: true }).waitFor();
  expect(await page.getByTestId('get-models').getByText('Paused').count()).toBe(0);
  expect([await never?.getByTestId('download-resume').count(), await later?.getByTestId('download-resume').count()]).toEqual([0, 1]);
  await page.getByTestId('get-models').scrollIntoViewIfNeeded();
  await expectAccessible(page, `failed downloads ${scheme}`);
  await picture(page, `models-failed-${scheme}`);
});

test('any model by its address; what is none is not sent', async () => {
  const { page, node } = await open(machine(7800, null));
  await openModels(page);
  await page.getByTestId('suggestions-more').click();
  const address = page.getByTestId('download-by-hand');
  for (const bad of ['http://example.org/a.gguf', 'https://example.org/page', 'qwen3:8b']) {
    await address.fill(bad);
    expect(await page.getByTestId('download-by-hand-get').isDisabled()).toBe(true);
  }
  await address.fill('https://example.org/Tiny-Q4_K_M.gguf');
  await address.press('Enter');
  await downloadOf(page).waitFor();
  expect(called(node, 'downloads.start')).toEqual([{ engine: 'embedded', url: 'https://example.org/Tiny-Q4_K_M.gguf' }]);
});

test('the first step of a machine that answers with nothing but the sample: one click, and chatting goes on', async () => {
  const { membership } = laptopView();
  const view = machine(32_000, 24_564, alone({ membership: { ...membership, members: membership.members.filter(({ self }) => self) } }));
  const { page, node } = await open(view);
  expect(await page.getByTestId('first-model').count()).toBe(0);
  await page.getByTestId('answer-here').click();
  const card = page.getByTestId('first-model');
  await card.waitFor();
  expect(await card.textContent()).toContain('Fits fully in 24');
  await expectAccessible(page, 'first model');
  await picture(page, 'models-first');
  await card.getByTestId('suggestion-get').click();
  await expect.poll(() => node.view().downloads?.length).toBe(1);
  changeDownload(node, { receivedBytes: 4 * GB, totalBytes: 18.6 * GB, bytesPerSecond: 50_000_000 });
  await card.getByText(/4\sGB of 19\sGB/).waitFor();
  expect(await page.getByTestId('composer').isEditable()).toBe(true);
  await picture(page, 'models-first-downloading');
});

test('others see what is on its way to a machine', async () => {
  const { page, node } = await open(laptopView());
  node.change((view) => ({
    ...view,
    downloads: [playedDownload(source, { receivedBytes: 2.6 * GB, totalBytes: 5 * GB })],
    peers: view.peers.map((peer) =>
      peer.peerId === desktopId && peer.offer !== null
        ? { ...peer, offer: { ...peer.offer, downloading: { name: 'gpt-oss:20b', progress: 0.4 } } }
        : peer,
    ),
  }));
  await openMachineCards(page);
  await page
    .getByTestId('machine-card')
    .filter({ hasText: 'GPU-DESKTOP' })
    .getByText(/downloading .gpt-oss:20b., 40%/)
    .waitFor();
  await page
    .getByTestId('machine-card')
    .filter({ hasText: 'thinkpad' })
    .getByText(/downloading .qwen3:8b., 50%/)
    .waitFor();
});

test('which models may be downloaded when asked for', async () => {
  const { page, node } = await open(laptopView());
  await openModels(page);
  await page.getByTestId('on-request-name').fill('qwen3:8b');
  await page.getByTestId('on-request-add').click();
  await page
    .getByTestId('on-request-model')
    .getByText(/qwen3:8b · 5.2\sGB/)
    .waitFor();
  await page.getByTestId('on-request-name').fill('evil.example/model:1');
  expect(await page.getByTestId('on-request-add').isDisabled()).toBe(true);
  await page.getByTestId('on-request-name').fill('mistral');
  await page.getByTestId('on-request-name').press('Enter');
  await expect.poll(() => node.view().settings.downloads?.map(({ name }) => name)).toEqual(['qwen3:8b', 'mistral:latest']);
  await page.getByTestId('on-request').scrollIntoViewIfNeeded();
  await picture(page, 'models-on-request');
  await page.getByTestId('on-request-remove').first().click();
  await expect.poll(() => node.view().settings.downloads?.map(({ name }) => name)).toEqual(['mistral:latest']);
});

test.each(['light', 'dark'] as const)('pictures and axe, %s', async (scheme) => {
  const { page } = await open(
    {
      ...machine(32_000, 12_282),
      downloads: [
        playedDownload(source, { receivedBytes: 2.1 * GB, totalBytes: 5.2 * GB, bytesPerSecond: 31_000_000 }),
        playedDownload({ engine: 'ollama', name: 'qwen3:14b' }, { state: 'paused', receivedBytes: 1.2 * GB, totalBytes: 9.3 * GB }),
      ],
    },
    { scheme },
  );
  await openModels(page);
  await page.getByTestId('suggestions-more').click();
  await page.getByTestId('get-models').scrollIntoViewIfNeeded();
  await expectAccessible(page, `models ${scheme}`);
  await picture(page, `models-${scheme}`);
});
