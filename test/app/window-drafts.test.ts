// What a person began is there again: after the window came anew, and after a look elsewhere.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { expectAccessible, picture } from './browser.ts';
import { desktopId } from './played-household.ts';
import { answer, ask, called, focused, playedWindows } from './played-window.ts';

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
