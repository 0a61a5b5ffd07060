// Having another machine download a model, in the built window: who may, what is proposed for that machine, and how far it is. The node is played.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, expectAccessible, openColumn, openMachineCards, picture } from './browser.ts';
import { desktopId, household, laptopView } from './played-household.ts';
import { called, playedWindows } from './played-window.ts';

const open = playedWindows();

/** This machine with a role, and with or without the permission. */
function allowed(models: boolean, role: 'admin' | 'member' = 'member'): SwarmView {
  const view = laptopView();
  const members = household().map((one) => (one.self ? { ...one, role, permissions: { ...one.permissions, models } } : one));
  return { ...view, membership: { ...view.membership, standing: role, members } };
}
async function openThere(page: Page): Promise<void> {
  await openMachineCards(page);
  await page.getByTestId('models-there-open').click();
}

test.each(['light', 'dark'] as const)(
  'one is proposed for that machine, a click begins it there, and how far it is is seen, %s',
  async (scheme) => {
    const { page, node } = await open(allowed(true), { scheme });
    await openThere(page);
    // of those that lead and are there; not of this machine
    expect(await page.getByTestId('models-there').count()).toBe(1);
    const best = page.getByTestId('models-there').getByTestId('suggestion');
    await best.waitFor();
    expect(await best.textContent()).toMatch(/Qwen3 30B-A3B.*19\sGB.*Fits on that machine/);
    await best.getByTestId('suggestion-get').click();
    const line = page.getByTestId('download-there');
    await line.waitFor();
    expect(called(node, 'downloads.elsewhere')).toEqual([{ engine: 'ollama', name: 'qwen3:30b' }]);
    expect(await best.getByTestId('suggestion-get').isDisabled()).toBe(true);
    node.change((view) => ({
      ...view,
      peers: view.peers.map((peer) =>
        peer.peerId === desktopId && peer.offer !== null
          ? { ...peer, offer: { ...peer.offer, downloading: { name: 'qwen3:30b', progress: 0.4 } } }
          : peer,
      ),
    }));
    await line.getByText(/4\sGB of 10\sGB · 50\sMB\/s/).waitFor();
    // it is that machine's to pause and to cancel
    expect(await line.getByRole('button').count()).toBe(0);
    await page.getByTestId('suggestions-more').click();
    await page.getByTestId('models-there').getByTestId('download-by-hand').fill('mistral');
    await page.getByTestId('models-there').getByTestId('download-by-hand-get').click();
    await expect.poll(() => called(node, 'downloads.elsewhere').at(-1)).toEqual({ engine: 'ollama', name: 'mistral:latest' });
    await expectAccessible(page, `models there ${scheme}`);
    await page.getByTestId('models-there').scrollIntoViewIfNeeded();
    await picture(page, `models-there-${scheme}`);
  },
);

test('without the permission it is said what is missing; an admin gives it to this device by a click', async () => {
  const member = await open(allowed(false));
  await openThere(member.page);
  await member.page.getByTestId('models-there-denied').getByText('An admin has to allow this device').waitFor();
  expect(await member.page.getByTestId('models-there-allow').count()).toBe(0);
  const admin = await open(allowed(false, 'admin'));
  await openThere(admin.page);
  await expectAccessible(admin.page, 'models there, not allowed');
  await admin.page.getByTestId('models-there-allow').click();
  await admin.page.getByTestId('models-there').getByTestId('suggestion').waitFor();
  expect(called(admin.node, 'downloads.elsewhere')).toEqual([]);
});

test.each([
  ['qps-Ploc', 1280],
  ['qps-plocm', 1280],
  ['de', 1100],
  ['qps-Ploc', 360],
  ['qps-plocm', 360],
] as const)('nothing is cut off in %s at %i', async (language, width) => {
  const view = allowed(true);
  const { page } = await open({ ...view, settings: { ...view.settings, language } }, { width });
  await openColumn(page);
  await openThere(page);
  await page.getByTestId('suggestions-more').click();
  expect(await amiss(page)).toEqual([]);
});
