// Versions of questions and answers, thinking, and what can be done with an answer.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { expectAccessible, picture } from './browser.ts';
import type { Message } from '../../src-shared/conversation.ts';
import { answer, ask, called, clipboard, focused, playedWindows } from './played-window.ts';
import { desktopId, done, gpuDesktop, laptopView, macMini, miniId, placed } from './played-household.ts';
import type { FakeNode } from './played-stage.ts';

const open = playedWindows();

/** Each answer is another one: "answer 1", "answer 2". */
function counting(node: FakeNode): void {
  let count = 0;
  node.script(() => [placed(), { kind: 'text', text: `answer ${++count}` }, done()]);
}
const shown = (page: Page): Promise<string[]> => page.locator('[data-testid=question], [data-testid=answer-text]').allTextContents();
const pagers = (page: Page): Promise<string[]> => page.getByTestId('pager').allTextContents();
const last = (page: Page) => page.getByTestId('answer').last();

test('asked again twice and edited once: 3/3 and 2/2, all of it there after a reload', async () => {
  const { page, node, faults } = await open();
  counting(node);
  await ask(page, 'First?');
  for (const text of ['answer 1', 'answer 2', 'answer 3']) {
    await answer(page, 'done').getByText(text).waitFor();
    if (text !== 'answer 3') await page.getByTestId('again').click();
  }
  expect(await pagers(page)).toEqual(['3/3']);
  await page.getByTestId('question-frame').hover();
  await page.getByTestId('edit-question').click();
  await page.getByTestId('edit-box').fill('Second?');
  await page.keyboard.press('Enter');
  await answer(page, 'done').getByText('answer 4').waitFor();
  expect(await shown(page)).toEqual(['Second?', 'answer 4']);
  expect(await pagers(page)).toEqual(['2/2']);

  await page.reload();
  await page.getByTestId('conversation-item').first().click();
  await expect.poll(() => shown(page)).toEqual(['Second?', 'answer 4']);
  await page.getByTestId('pager').getByRole('button', { name: 'Previous version' }).click();
  await expect.poll(() => shown(page)).toEqual(['First?', 'answer 3']);
  expect(await pagers(page)).toEqual(['1/2', '3/3']);
  // the question that is out of sight now is nothing that was typed
  expect(await page.getByTestId('composer').inputValue()).toBe('');
  await page.getByTestId('pager').last().getByRole('button', { name: 'Previous version' }).click();
  await expect.poll(() => shown(page)).toEqual(['First?', 'answer 2']);
  expect(faults).toEqual([]);
});

test('Esc leaves the editor and changes nothing', async () => {
  const { page, node } = await open();
  counting(node);
  await ask(page, 'First?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('edit-question').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('edit-box').fill('Other words');
  await page.keyboard.press('Escape');
  expect(await shown(page)).toEqual(['First?', 'answer 1']);
  expect(node.calls.filter(({ name }) => name === 'conversations.send')).toHaveLength(1);
});

test('an answer is written in other words beside the old one, by keyboard; the model goes on from just those', async () => {
  const { page, node, faults } = await open();
  node.script(() => [placed(), { kind: 'text', text: 'Paris is in Texas.' }, done()]);
  await ask(page, 'Where is Paris?');
  await answer(page, 'done').waitFor();
  const edit = async (): Promise<void> => {
    await page.getByTestId('edit-answer').focus();
    await page.keyboard.press('Enter');
  };
  await edit();
  expect(await page.getByTestId('edit-box').inputValue()).toBe('Paris is in Texas.');
  await expectAccessible(page, 'the editor of an answer');
  await picture(page, 'edit-answer');
  await page.getByTestId('edit-box').fill('Never');
  await page.keyboard.press('Escape');
  await answer(page, 'done').getByText('Paris is in Texas.').waitFor();
  await expect.poll(() => focused(page)).toBe('edit-answer');
  expect(called(node, 'conversations.revise')).toEqual([]);

  await edit();
  // a new line is part of it
  await page.getByTestId('edit-box').fill('');
  await page.keyboard.type('Paris is in');
  await page.keyboard.press('Enter');
  await page.keyboard.type(' France,');
  await page.getByTestId('edit-keep').click();
  await answer(page, 'stopped').waitFor();
  expect(await pagers(page)).toEqual(['2/2']);
  expect(await page.getByTestId('answer-line').textContent()).toBe('Edited by you');
  expect(await page.getByTestId('answer-unfinished').textContent()).toContain('your words');
  await expectAccessible(page, 'an edited answer');
  await picture(page, 'edited-answer');
  node.script(() => [placed(), { kind: 'text', text: ' and on the Seine.' }, done()]);
  // the one machine that has the model
  expect((await page.getByTestId('continue').textContent())?.replaceAll(/[\u2068\u2069]/g, '')).toBe('Continue on GPU-DESKTOP');
  await page.getByTestId('continue').click();
  await answer(page, 'done').getByText('on the Seine').waitFor();
  const kept = (): Message | undefined => [...node.conversations.values()][0]?.messages.at(-1);
  expect(kept()).toMatchObject({ content: 'Paris is in\n France, and on the Seine.', answer: { edited: 20 } });
  expect(await page.getByTestId('answer-line').textContent()).toContain('Edited by you · GPU-DESKTOP');
  await picture(page, 'edited-answer-continued');

  await page.getByTestId('pager').getByRole('button', { name: 'Previous version' }).click();
  await expect.poll(() => shown(page)).toEqual(['Where is Paris?', 'Paris is in Texas.']);
  // at once, by its key
  await edit();
  await page.getByTestId('edit-box').fill('Paris, ');
  await page.keyboard.press('ControlOrMeta+Enter');
  await answer(page, 'done').getByText('on the Seine').waitFor();
  expect(await pagers(page)).toEqual(['3/3']);
  expect(kept()?.content).toBe('Paris,  and on the Seine.');
  expect(faults).toEqual([]);
});

test('asks another machine, with another model, and goes on from there in a new chat', async () => {
  const mini = macMini();
  const leads = { ...gpuDesktop().offer?.leads, models: [{ name: 'gemma3:4b', loaded: true }] };
  const view = laptopView({ peers: [gpuDesktop(), { ...mini, state: 'connected', offer: { ...mini.offer, leads } as typeof mini.offer }] });
  const { page, node } = await open(view);
  counting(node);
  await ask(page, 'First?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('retry-with').click();
  const offered = await page.getByTestId('retry-choice').allTextContents();
  // everything but the pair that answered
  expect(offered).toEqual(['llama3.3:70b-instruct-q3_K_M', 'qwen3:8b', 'gemma3:4b']);
  await expectAccessible(page, 'retry menu');
  await page.getByRole('menuitem', { name: 'gemma3:4b' }).click();
  await answer(page, 'done').getByText('answer 2').waitFor();
  expect(node.calls.findLast(({ name }) => name === 'conversations.send')?.input).toMatchObject({ model: 'gemma3:4b', peer: miniId });
  expect(desktopId).not.toBe(miniId);
  await last(page).hover();
  await page.getByTestId('fork').click();
  await expect.poll(() => node.conversations.size).toBe(2);
  await expect.poll(() => pagers(page)).toEqual([]);
  await expect.poll(() => shown(page)).toEqual(['First?', 'answer 2']);
});

test('thinking is closed, counts while it lasts, opens by keyboard, and is not copied', async () => {
  const { page, node } = await open();
  let goOn: () => void = () => undefined;
  const later = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  node.script(() => [
    placed(),
    { kind: 'thinking', text: 'Let me ' },
    { until: later },
    { kind: 'thinking', text: 'see.' },
    { kind: 'text', text: 'It is **so**.' },
    done(),
  ]);
  await ask(page, 'Why?');
  const thinking = page.getByTestId('thinking');
  await expect.poll(() => thinking.textContent()).toMatch(/^Thinking… \d+\u00a0s$/);
  expect(await page.getByTestId('thinking-text').count()).toBe(0);
  goOn();
  await answer(page, 'done').waitFor();
  expect(await thinking.textContent()).toMatch(/^Thought for \d/);
  await thinking.getByRole('button').focus();
  await page.keyboard.press('Enter');
  expect(await page.getByTestId('thinking-text').textContent()).toBe('Let me see.');
  await page.getByTestId('copy-answer').click();
  await expect.poll(() => clipboard(page)).toBe('It is **so**.');
  await expectAccessible(page, 'thinking');
  // the seconds are kept with the answer
  const words = await thinking.textContent();
  await page.reload();
  await page.getByTestId('conversation-item').first().click();
  await expect.poll(() => thinking.textContent()).toMatch(/^Thought for \d/);
  expect(words).toMatch(/^Thought for \d/);
});

test('thinking that an engine left in the text is told apart', async () => {
  const { page, node } = await open();
  node.script(() => [placed(), { kind: 'text', text: '<think>\nhm, ' }, { kind: 'text', text: 'so\n</think>\n\nYes.' }, done()]);
  await ask(page, 'Why?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('thinking').getByRole('button').click();
  expect(await page.getByTestId('thinking-text').textContent()).toBe('hm, so');
  await page.getByTestId('copy-answer').click();
  await expect.poll(() => clipboard(page)).toBe('Yes.');
});
