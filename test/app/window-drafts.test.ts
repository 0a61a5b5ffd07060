// What a person began is there again: after the window came anew, and after a look elsewhere.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { expectAccessible, picture } from './browser.ts';
import { desktopId, gpuDesktop, miniId } from './played-household.ts';
import { answer, ask, called, eventually, focused, playedWindows } from './played-window.ts';

const open = playedWindows();

const listed = (page: Page): Promise<string[]> => page.getByTestId('conversation-item').allTextContents();
const written = (page: Page): Promise<string> => page.getByTestId('composer').inputValue();
const elsewhere = async (page: Page): Promise<void> => {
  await page.getByTestId('machines-open').click();
  await page.getByTestId('back').waitFor();
};

test('what was typed into a new chat is in the box again after each reload, and its row says what it is', async () => {
  const { page, node, faults } = await open();
  await page.getByTestId('composer').fill('The wombats of the north');
  await expect.poll(() => listed(page)).toEqual(['Draft: The wombats of the north']);
  for (const more of [', and', ' of the south']) {
    const [kept] = node.conversations.values();
    await expect.poll(() => kept?.draft).toBe(await written(page));
    const before = await written(page);
    await page.reload();
    await expect.poll(() => written(page)).toBe(before);
    await page.getByTestId('composer').press('End');
    await page.getByTestId('composer').pressSequentially(more);
  }
  expect(await written(page)).toBe('The wombats of the north, and of the south');
  await expect.poll(() => listed(page)).toEqual(['Draft: The wombats of the north, and of the south']);
  await expectAccessible(page, 'a row with a draft');
  await picture(page, 'draft-found-again');
  // asked, it is an ordinary conversation, and the next new chat another one
  await page.getByTestId('composer').press('Enter');
  await answer(page, 'done').waitFor();
  await expect.poll(() => written(page)).toBe('');
  await page.getByTestId('composer').fill('a second thought');
  await page.getByTestId('new-chat').click();
  await page.getByTestId('chat-empty').waitFor();
  await page.getByTestId('composer').fill('Something else');
  await expect.poll(() => listed(page)).toContain('Draft: Something else');
  expect(node.conversations.size).toBe(2);
  // a new chat that was left is where New chat leads to
  await page.getByTestId('conversation-item').filter({ hasNotText: 'Draft' }).click();
  await expect.poll(() => written(page)).toBe('a second thought');
  await page.getByTestId('new-chat').click();
  await expect.poll(() => written(page)).toBe('Something else');
  expect(node.conversations.size).toBe(2);
  expect(faults).toEqual([]);
});

test('an edit that was begun is there after a reload, and gone for good once it is given up', async () => {
  const { page, node, faults } = await open();
  await ask(page, 'First?');
  await answer(page, 'done').waitFor();
  const [kept] = node.conversations.values();
  const texts = (): string[] => Object.values(kept?.edits ?? {});
  const reopen = async (): Promise<void> => {
    await page.reload();
    await page.getByTestId('conversation-item').click();
    await answer(page, 'done').waitFor();
  };
  await page.getByTestId('question-frame').hover();
  await page.getByTestId('edit-question').click();
  await page.getByTestId('edit-box').fill('First, and why?');
  await expect.poll(texts).toEqual(['First, and why?']);
  await reopen();
  await expect.poll(() => page.getByTestId('edit-box').inputValue()).toBe('First, and why?');
  await expectAccessible(page, 'an edit after a reload');
  await page.getByTestId('edit-box').press('Escape');
  await answer(page, 'done').hover();
  await page.getByTestId('edit-answer').click();
  await page.getByTestId('edit-box').fill('In my words');
  // nobody waits half a second before a window is closed
  await page.getByTestId('edit-box').press('!');
  await reopen();
  await expect.poll(() => page.getByTestId('edit-box').inputValue()).toBe('In my words!');
  await page.getByTestId('edit-keep').click();
  await answer(page, 'stopped').getByText('In my words!').waitFor();
  await page.reload();
  await page.getByTestId('conversation-item').click();
  await answer(page, 'stopped').waitFor();
  expect(await page.getByTestId('edit-box').count()).toBe(0);
  expect(texts()).toEqual([]);
  expect(faults).toEqual([]);
});

test('a question and an answer that are being put in other words wait for the person, however often the page is left', async () => {
  const { page, node, faults } = await open();
  await ask(page, 'First?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('question-frame').hover();
  await page.getByTestId('edit-question').click();
  await page.getByTestId('edit-box').fill('First, and why?');
  await elsewhere(page);
  await page.getByTestId('back').click();
  await expect.poll(() => page.getByTestId('edit-box').inputValue()).toBe('First, and why?');
  // it takes the keys from nobody
  await expect.poll(() => focused(page)).toBe('composer');
  await picture(page, 'edit-found-again');
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => focused(page)).toBe('edit-box');
  await page.getByTestId('new-chat').click();
  await page.getByTestId('chat-empty').waitFor();
  await page.getByTestId('conversation-item').click();
  await expect.poll(() => page.getByTestId('edit-box').inputValue()).toBe('First, and why?');
  await page.getByTestId('edit-box').press('Escape');
  await page.getByTestId('edit-box').waitFor({ state: 'detached' });
  expect(await page.getByTestId('question').textContent()).toBe('First?');
  await expect.poll(() => focused(page)).toBe('edit-question');

  await answer(page, 'done').hover();
  await page.getByTestId('edit-answer').click();
  await page.getByTestId('edit-box').fill('In my words');
  await elsewhere(page);
  await page.getByTestId('back').click();
  await expect.poll(() => page.getByTestId('edit-box').inputValue()).toBe('In my words');
  await page.getByTestId('edit-keep').click();
  await answer(page, 'stopped').getByText('In my words').waitFor();
  expect(await page.getByTestId('edit-box').count()).toBe(0);
  expect(node.conversations.size).toBe(1);
  expect(faults).toEqual([]);
});

test('a machine that was picked is still picked after another conversation was looked at', async () => {
  const { page, node } = await open();
  await ask(page, 'First?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('model-picker').click();
  await page.getByRole('group', { name: 'GPU-DESKTOP' }).getByRole('option', { name: 'qwen3:8b' }).click();
  const picked = (await page.getByTestId('model-picker').textContent()) ?? '';
  expect(picked).toContain('GPU-DESKTOP');
  await page.getByTestId('new-chat').click();
  await expect.poll(() => page.getByTestId('model-picker').textContent()).not.toContain('GPU-DESKTOP');
  await page.getByTestId('conversation-item').click();
  await expect.poll(() => page.getByTestId('model-picker').textContent()).toBe(picked);
  await ask(page, 'And then?');
  await expect.poll(() => called(node, 'conversations.send').length).toBe(2);
  expect(called(node, 'conversations.send')[1]).toMatchObject({ model: 'qwen3:8b', peer: desktopId });
});

test('a machine that was picked is still picked after a reload; one that is gone by then is named, and replaced by a click alone', async () => {
  const { page, node, faults } = await open();
  const pickDesktop = async (): Promise<void> => {
    await page.getByTestId('model-picker').click();
    await page.getByRole('group', { name: 'GPU-DESKTOP' }).getByRole('option', { name: 'qwen3:8b' }).click();
  };
  const picked = () => page.getByTestId('model-picker').textContent();
  // in a new chat too, of which nothing is written yet
  await pickDesktop();
  await expect.poll(() => [...node.conversations.values()].map(({ machine }) => machine?.peerId)).toEqual([desktopId]);
  await page.reload();
  await expect.poll(picked).toBe('qwen3:8b on GPU-DESKTOP');
  await ask(page, 'First?');
  await answer(page, 'done').waitFor();
  expect(called(node, 'conversations.send')).toMatchObject([{ model: 'qwen3:8b', peer: desktopId }]);
  expect(await page.getByTestId('picked-gone').count()).toBe(0);
  // another one answers now
  const there = gpuDesktop();
  const other = { ...there, peerId: miniId, name: 'STUDIO', offer: there.offer === null ? null : { ...there.offer, name: 'STUDIO' } };
  node.change((view) => ({ ...view, peers: [other] }));
  await page.reload();
  await page.getByTestId('conversation-item').click();
  const notice = page.getByTestId('picked-gone');
  await eventually(() => notice.count()).toBe(1);
  expect((await notice.textContent())?.replaceAll(/[\u2068\u2069]/g, '')).toContain('GPU-DESKTOP cannot be asked now');
  expect(await picked()).toBe('qwen3:8b on GPU-DESKTOP');
  await expectAccessible(page, 'a picked machine that is gone');
  await picture(page, 'picked-gone');
  // it comes back by itself
  node.change((view) => ({ ...view, peers: [there, other] }));
  await notice.waitFor({ state: 'detached' });
  node.change((view) => ({
    ...view,
    peers: view.peers.map((peer) => (peer.peerId === desktopId ? { ...peer, state: 'away' as const } : peer)),
  }));
  await eventually(() => notice.count()).toBe(1);
  await page.getByTestId('ask-any').click();
  await notice.waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toBe('composer');
  expect(await picked()).not.toContain('GPU-DESKTOP');
  await ask(page, 'And then?');
  await expect.poll(() => called(node, 'conversations.send').length).toBe(2);
  expect(called(node, 'conversations.send')[1]).not.toHaveProperty('peer');
  expect(faults).toEqual([]);
});
