// A machine that was removed, or waits to be let in, and what it kept: found, read, copied and exported, and nothing is sent.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { noMembership } from '../../src-shared/member.ts';
import type { Standing } from '../../src-shared/member.ts';
import { amiss, expectAccessible, openColumn, picture } from './browser.ts';
import { done, household, laptopView, placed } from './played-household.ts';
import { answer, ask, called, clipboard, focused, playedWindows } from './played-window.ts';
import type { FakeNode } from './played-stage.ts';

const open = playedWindows();

const stand = (node: FakeNode, standing: Standing): void =>
  node.change((view) => ({
    ...view,
    self: { ...view.self, role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: null } } },
    membership: { ...noMembership, standing, ...(standing === 'member' ? { members: household() } : {}) },
    peers: standing === 'member' ? view.peers : [],
  }));

/** Two answered questions, an interrupted one, and half of another; then it is out. */
async function shutOut(standing: 'revoked' | 'pending', options: Parameters<typeof open>[1] = {}): ReturnType<typeof open> {
  const opened = await open(laptopView(), options);
  const { page, node } = opened;
  node.script((question) => [placed(), { kind: 'text', text: `About ${question}: the lamp is lit at dusk.` }, done()]);
  await ask(page, 'lighthouses');
  await answer(page, 'done').waitFor();
  await openColumn(page);
  await page.getByTestId('new-chat').click();
  await ask(page, 'sourdough');
  await answer(page, 'done').getByText('About sourdough').waitFor();
  await page.getByTestId('composer').fill('and how long does it');
  stand(node, standing);
  return opened;
}

const look = async (page: Page): Promise<void> => {
  await page.getByTestId('own-conversations').click();
  await page.getByTestId('own').waitFor();
};

describe.each([
  { why: 'removed', standing: 'revoked', says: 'Nothing can be sent: this machine was removed from the swarm.' },
  { why: 'waiting', standing: 'pending', says: 'Nothing can be sent yet: this machine waits to be let in.' },
] as const)('$why', ({ why, standing, says }) => {
  test('its conversations are read, searched, copied and exported; nothing is sent, and the composer says why', async () => {
    const { page, node, faults } = await shutOut(standing);
    await page.getByTestId(why).waitFor();
    await look(page);
    // where the person was, with what was half typed
    await page.getByText('About sourdough').waitFor();
    expect(await page.getByTestId('composer').inputValue()).toBe('and how long does it');
    expect(await page.getByTestId('composer-blocked').textContent()).toContain(says);
    expect(await page.getByTestId('composer-blocked').isVisible()).toBe(true);
    expect(await page.getByTestId('send').isDisabled()).toBe(true);
    const asked = called(node, 'conversations.send').length;
    await page.getByTestId('composer').press('Enter');
    // nothing here asks, or leads to where one does
    for (const way of [
      'again',
      'edit-question',
      'edit-answer',
      'fork',
      'new-chat',
      'send-later',
      'attach',
      'tune',
      'settings-open',
      'machines-open',
    ])
      expect([way, await page.getByTestId(way).count()]).toEqual([way, 0]);
    await answer(page, 'done').hover();
    await page.getByTestId('copy-answer').click();
    await expect.poll(() => clipboard(page)).toBe('About sourdough: the lamp is lit at dusk.');
    await page.getByTestId('search').fill('lighthouses');
    await page.getByTestId('search-hit').first().click();
    await page.getByTestId('answer').getByText('About lighthouses').waitFor();
    await page.getByTestId('search').fill('');
    await page.getByTestId('conversation-item').first().hover();
    await page
      .getByRole('button', { name: /^More about/ })
      .first()
      .click();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /Markdown/ }).click();
    expect(readFileSync(await (await saved).path(), 'utf8')).toContain('About');
    expect(called(node, 'conversations.send').length).toBe(asked);
    await page.getByTestId('back').click();
    await page.getByTestId(why).waitFor();
    expect(await focused(page)).toBe('own-conversations');
    expect(faults).toEqual([]);
  });

  test.each([{ width: 1100 }, { width: 400 }])('$width wide: fits, and axe objects to nothing', async ({ width }) => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await shutOut(standing, { width, height: 760, scheme });
      const seen = async (name: string): Promise<void> => {
        expect(await amiss(page), name).toEqual([]);
        await expectAccessible(page, `${name} ${scheme} ${width}`);
        await picture(page, `own-${name}-${width}-${scheme}`);
      };
      await page.getByTestId('own-conversations').waitFor();
      await seen(`${why}-page`);
      await look(page);
      await page.getByText('About sourdough').waitFor();
      await seen(why);
    }
  });
});

test('whoever reads meanwhile sees at once that the machine is in, or is out', async () => {
  const { page, node } = await shutOut('pending');
  await look(page);
  stand(node, 'revoked');
  await page.getByTestId('removed').waitFor();
  await look(page);
  stand(node, 'member');
  await page.getByTestId('settings-open').waitFor();
  await page.getByText('About sourdough').waitFor();
  expect(await page.getByTestId('composer').inputValue()).toBe('and how long does it');
  expect(await page.getByTestId('own').count()).toBe(0);
});
