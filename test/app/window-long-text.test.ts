// A text that is too long for the box where questions are written: it goes along as a file, whichever way it came, and nothing is lost.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { expectAccessible, picture, stands, withoutTime } from './browser.ts';
import { done, laptopView, placed } from './played-household.ts';
import { answer, ask, called, eventually, playedWindows } from './played-window.ts';

const open = playedWindows();
const long = 'All of it, again and again. '.repeat(300);
/** What the box holds at most (box-bound.ts). */
const most = 200_000;

const chips = (page: Page) => page.getByTestId('draft-files').getByTestId('attachment');
const ready = (page: Page) => page.getByTestId('draft-files').locator('[data-testid=attachment][data-kind=text]');
const box = (page: Page) => page.getByTestId('composer');
const written = (page: Page) => eventually(() => box(page).inputValue());
const said = (page: Page) => page.getByText('The long text goes with the question as a file.');
const full = (page: Page) => page.getByText('A message holds up to 200,000 characters');

async function paste(page: Page, words: string, into = 'composer'): Promise<void> {
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), words);
  await page.getByTestId(into).focus();
  await page.keyboard.press('ControlOrMeta+v');
}

/** Drags what is selected to a place of the box. */
async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let step = 1; step <= 8; step++) await page.mouse.move(from.x + ((to.x - from.x) * step) / 8, from.y + ((to.y - from.y) * step) / 8);
  await page.mouse.up();
}

async function placeOf(page: Page, testId: string): Promise<{ x: number; y: number; width: number; height: number }> {
  const at = await page.getByTestId(testId).boundingBox();
  if (at === null) throw new Error(`${testId} is not to be seen`);
  return at;
}

test('a log that is pasted leaves the box as it was, and it is said where it went', async () => {
  const { page, node, faults } = await open();
  await withoutTime(page);
  await box(page).fill('What went wrong? ');
  const log = 'Nov 22 17:48:31 host systemd[1]: Started session 4711 of user anna.\n'.repeat(4500);
  await paste(page, log);
  await ready(page).waitFor();
  await said(page).waitFor();
  // more than the box holds is not offered to it
  expect(await page.getByTestId('long-text-into').count()).toBe(0);
  await page.keyboard.type('And why?');
  await written(page).toBe('What went wrong? And why?');
  await box(page).press('Enter');
  await answer(page, 'done').waitFor();
  const [sent] = [...node.conversations.values()][0]?.messages ?? [];
  expect(sent).toMatchObject({ content: 'What went wrong? And why?', attachments: [{ kind: 'text', characters: log.length }] });
  // what was said of it went with it
  await eventually(() => said(page).count()).toBe(0);
  expect(faults).toEqual([]);
});

test('what was pasted is put into the message with one click, or taken back by the keys before anything else is', async () => {
  const { page, node } = await open();
  await box(page).pressSequentially('before ');
  await paste(page, long);
  await ready(page).waitFor();
  await page.keyboard.press('ControlOrMeta+z');
  await eventually(() => chips(page).count()).toBe(0);
  expect(await box(page).inputValue()).toBe('before ');
  await eventually(() => called(node, 'conversations.detach').length).toBe(1);
  // what was written after it goes first
  await paste(page, long);
  await ready(page).waitFor();
  await page.keyboard.type('x');
  await written(page).toBe('before x');
  await page.keyboard.press('ControlOrMeta+z');
  await eventually(() => box(page).inputValue()).not.toContain('x');
  expect(await chips(page).count()).toBe(1);
  await box(page).fill('before');
  await page.getByTestId('long-text-into').click();
  await written(page).toBe(`before\n\n${long}`);
  await eventually(() => chips(page).count()).toBe(0);
  await eventually(() => page.getByTestId('long-text-into').count()).toBe(0);
  // one writes on there, and the keys bring nothing back that is not meant
  await page.keyboard.press('ControlOrMeta+z');
  await page.keyboard.type('.');
  await written(page).toBe(`before\n\n${long}.`);
});

test('a long text that is dragged from an answer becomes a file, and one that is moved within the box stays there', async () => {
  const { page, node } = await open();
  node.script(() => [placed(), { kind: 'text', text: long }, done(2000)]);
  await ask(page, 'Much');
  await answer(page, 'done').waitFor();
  await page
    .getByTestId('answer-text')
    .first()
    .evaluate((element) => document.getSelection()?.selectAllChildren(element));
  const at = await placeOf(page, 'composer');
  await drag(page, { x: at.x + at.width / 2, y: at.y - 200 }, { x: at.x + at.width / 2, y: at.y + at.height / 2 });
  await ready(page).waitFor();
  expect(await box(page).inputValue()).toBe('');
  await page.getByTestId('long-text-into').click();
  await written(page).toContain('All of it');
  const before = await box(page).inputValue();
  await box(page).evaluate((element: HTMLTextAreaElement) => {
    element.setSelectionRange(300, 7000);
    element.scrollTop = 0;
  });
  await eventually(() => box(page).evaluate((element) => element.clientHeight)).toBeGreaterThan(200);
  const grown = await placeOf(page, 'composer');
  await drag(page, { x: grown.x + 200, y: grown.y + grown.height - 60 }, { x: grown.x + 16, y: grown.y + 22 });
  await written(page).not.toBe(before);
  expect((await box(page).inputValue()).length).toBe(before.length);
  expect(await chips(page).count()).toBe(0);
});

test('a box that is full takes no more, and says so: nothing that stands there is lost, and a paste is a file then', async () => {
  const { page, faults } = await open();
  const almost = 'word '.repeat(most / 5 - 1);
  await box(page).fill(almost);
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.insertText('12345');
  expect((await box(page).inputValue()).length).toBe(most);
  await page.keyboard.type('6');
  await full(page).waitFor();
  expect(await box(page).inputValue()).toBe(`${almost}12345`);
  await expectAccessible(page, 'a full box');
  await picture(page, 'long-text-full');
  // what takes the place of something else is taken
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.type('6');
  await written(page).toBe(`${almost}12346`);
  await paste(page, 'a short one');
  await ready(page).waitFor();
  await page.getByTestId('long-text-into').click();
  await eventually(() => full(page).count()).toBeGreaterThan(0);
  expect(await chips(page).count()).toBe(1);
  expect(await box(page).inputValue()).toBe(`${almost}12346`);
  expect(faults).toEqual([]);
});

test('a question that is put in other words has the same bound', async () => {
  const { page } = await open();
  await ask(page, 'Short');
  await answer(page, 'done').waitFor();
  await page.getByTestId('question-frame').hover();
  await page.getByTestId('edit-question').click();
  const edit = page.getByTestId('edit-box');
  await eventually(() => edit.inputValue()).toBe('Short');
  await paste(page, ` ${long}`, 'edit-box');
  await eventually(() => edit.inputValue()).toBe(`Short ${long}`);
  await paste(page, 'y'.repeat(most), 'edit-box');
  await full(page).waitFor();
  expect(await edit.inputValue()).toBe(`Short ${long}`);
  await page.keyboard.press('ControlOrMeta+z');
  await eventually(() => edit.inputValue()).toBe('Short');
});

test('more files than a question takes: the text is refused with the reason, and none is spoken of', async () => {
  const { page } = await open();
  await withoutTime(page);
  for (let count = 1; count <= 10; count++) {
    await paste(page, `${count} ${long}`);
    await ready(page)
      .nth(count - 1)
      .waitFor();
  }
  await said(page).waitFor();
  await paste(page, long);
  await eventually(() => page.getByTestId('attach-refused').textContent()).toContain('up to 10 files');
  await eventually(() => said(page).count()).toBe(0);
  expect(await box(page).inputValue()).toBe('');
});

test.each(['light', 'dark'] as const)('what is said of it fits a small window, in German too; %s', async (scheme) => {
  for (const [name, size] of [
    ['wide', {}],
    ['small', { width: 360, height: 640 }],
  ] as const) {
    const { page } = await open(laptopView(), { scheme, locale: 'de', ...size });
    await withoutTime(page);
    await paste(page, long);
    await ready(page).waitFor();
    await page.getByTestId('long-text-into').waitFor();
    await stands(page);
    await expectAccessible(page, `a long text, ${scheme}, ${name}`);
    await picture(page, `long-text-${name}-${scheme}`);
    const note = page.getByRole('alert').filter({ has: page.getByTestId('long-text-into') });
    const words = await note.getByText('Der lange Text').boundingBox();
    expect(words?.width).toBeGreaterThan(150);
    const [at, dock] = [await note.boundingBox(), await placeOf(page, 'draft-files')];
    if (at === null) throw new Error('nothing is said');
    expect(at.y + at.height).toBeLessThanOrEqual(dock.y);
    expect([at.x >= 0, at.x + at.width <= (page.viewportSize()?.width ?? 0)]).toEqual([true, true]);
  }
});
