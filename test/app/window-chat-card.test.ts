// The card of an answer, what is copied of it, and a question that waits for somebody who answers.
import { expect, test } from 'vitest';
import { expectAccessible, picture } from './browser.ts';
import { done, laptopView, placed } from './played-household.ts';
import { alone, answer, ask, called, clipboard, focused, playedWindows } from './played-window.ts';

const open = playedWindows();

test('the card says how long it really waited, and of each machine its points, line, slots and memory', async () => {
  const { page, node, faults } = await open();
  node.script(() => [placed(), { kind: 'text', text: 'So.' }, { ...done(), queuedMs: 12_300, loadedMs: 3_400 }]);
  await ask(page, 'Why there?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('answer-line').click();
  const card = page.getByTestId('answer-why');
  await card.waitFor();
  const said = async (testId: string): Promise<string> => ((await page.getByTestId(testId).textContent()) ?? '').replaceAll('\u00a0', ' ');
  expect(await said('answer-waits')).toBe('It stood in line for 12 s. Loading the model took 3.4 s.');
  const rows = (await card.getByRole('listitem').allTextContents()).map((text) => text.replaceAll('\u00a0', ' '));
  expect(rows[0]).toContain('GPU-DESKTOP81 of 100');
  for (const fact of ['44 tok/s', 'loaded', '3 free slots', '21 GB free', '2 ms']) expect(rows[0]).toContain(fact);
  expect(rows[1]).toContain('mac-mini45 of 100');
  for (const fact of ['not loaded', '0 free slots', '1 waiting', 'waits 3 s', '6 GB free', '512 MB held for others'])
    expect(rows[1]).toContain(fact);
  // every part of the score, with what it gave
  const parts = await card.getByRole('listitem').first().locator('dl > div').allTextContents();
  expect(parts).toEqual([
    'Speed13',
    'Line18',
    'In memory14',
    'Memory6',
    'Graphics card6',
    'Spare power5',
    'Distance5',
    'Same network3',
    'Conversation7',
    'Owner away5',
  ]);
  await expectAccessible(page, 'card');
  await picture(page, 'route-card');
  expect(faults).toEqual([]);
});

test('by keyboard it is copied as it was written, and as plain text', async () => {
  const { page, node } = await open();
  const text = '## Two ways\n\n1. **fast**\n2. `slow`\n\n[more](https://a.example/)';
  node.script(() => [placed(), { kind: 'text', text }, done()]);
  await ask(page, 'How?');
  await answer(page, 'done').waitFor();
  // back from the composer over what can be done with the answer
  const reach = async (testId: string): Promise<void> => {
    for (let step = 0; step < 12 && (await focused(page)) !== testId; step++) await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe(testId);
    await page.keyboard.press('Enter');
  };
  await page.getByTestId('composer').focus();
  await reach('copy-plain');
  await expect.poll(() => clipboard(page)).toBe('Two ways\n\n1. fast\n2. slow\n\nmore (https://a.example/)');
  await reach('copy-answer');
  await expect.poll(() => clipboard(page)).toBe(text);
});

test('with nobody to answer, a question is sent for when somebody is back; until then nothing is lost', async () => {
  const { page, node, faults } = await open(alone());
  const back = Promise.withResolvers<void>();
  node.script(() => [{ kind: 'waiting', code: 'no-leader' }, { until: back.promise }, placed(), { kind: 'text', text: 'Here.' }, done()]);
  expect(await page.getByTestId('send-later').count()).toBe(0);
  await ask(page, 'Anybody?');
  expect(await page.getByTestId('composer').inputValue()).toBe('Anybody?');
  await expectAccessible(page, 'send later');
  await picture(page, 'send-later');
  await page.getByTestId('send-later').click();
  await page.locator('[data-phase=waiting]').waitFor();
  expect(called(node, 'conversations.send')).toMatchObject([{ content: 'Anybody?', wait: true }]);
  await picture(page, 'send-later-waits');
  // it is kept as a question, whatever becomes of this window
  await page.reload();
  await page.getByText('Anybody?').first().waitFor();
  expect(faults).toEqual([]);
  node.change(() => laptopView());
  back.resolve();
});

test('in a small window all of the card can be reached: it stays inside, and scrolls', async () => {
  const { page, node, faults } = await open(laptopView(), { width: 420, height: 640 });
  node.script(() => [placed(), { kind: 'text', text: 'So.' }, { ...done(), queuedMs: 12_300 }]);
  await ask(page, 'Why there?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('answer-line').click();
  const card = page.getByTestId('answer-why');
  await card.waitFor();
  const box = async (): Promise<{ top: number; bottom: number }> => {
    const found = await card.boundingBox();
    return { top: found?.y ?? Number.NEGATIVE_INFINITY, bottom: (found?.y ?? 0) + (found?.height ?? 0) };
  };
  await expect.poll(async () => (await box()).top).toBeGreaterThanOrEqual(0);
  await expect.poll(async () => (await box()).bottom).toBeLessThanOrEqual(640);
  await picture(page, 'route-card-small');
  // in words that are cut nowhere
  await page.getByTestId('answer-why').locator('strong').first().scrollIntoViewIfNeeded();
  expect(faults).toEqual([]);
});
