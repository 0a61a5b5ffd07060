// A file that is longer by itself than the model reads: said of the file, with ways out that lead somewhere.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { expectAccessible, picture } from './browser.ts';
import { done, gpuDesktop, laptopView, placed } from './played-household.ts';
import { answer, ask, called, eventually, playedWindows } from './played-window.ts';

const open = playedWindows();

const small = 'smollm2-135m-instruct';
/** GPU-DESKTOP with a model that reads 4,096 tokens, and one that reads that many. */
function household(most: number): SwarmView {
  const peer = gpuDesktop();
  const { offer } = peer;
  if (offer?.leads == null) throw new Error('GPU-DESKTOP leads');
  const models = [
    { name: small, loaded: true, servedContext: 4096 },
    { name: 'reader:8b', loaded: false, servedContext: most },
  ];
  return laptopView({ peers: [{ ...peer, offer: { ...offer, leads: { ...offer.leads, models } } }] });
}

const long = 'All work and no play makes Jack a dull boy. '.repeat(800);
const attach = (page: Page) =>
  page.getByTestId('attach-input').setInputFiles([{ name: 'long.txt', buffer: Buffer.from(long), mimeType: 'text/plain' }]);
const pick = async (page: Page): Promise<void> => {
  await page.getByTestId('model-picker').click();
  await page
    .getByRole('option', { name: new RegExp(small) })
    .first()
    .click();
};
const plain = (text: string | null): string => (text ?? '').replaceAll(/[\u2068\u2069]/g, '');

test('in a new chat it is said which file it is, and each way out ends it', async () => {
  const { page, node, faults } = await open(household(32_000));
  await pick(page);
  await attach(page);
  const notice = page.getByTestId('context-alone');
  await eventually(() => notice.count()).toBe(1);
  expect(plain(await notice.textContent())).toContain('long.txt alone is longer than the model can read');
  expect(plain(await notice.textContent())).toContain(`${small} reads 4,096 tokens at once.`);
  // nothing that would carry the file along, or sum up nothing
  expect(await page.getByTestId('context-notice').count()).toBe(0);
  expect(await notice.getByRole('button').allTextContents()).toEqual(['Take it off', 'Ask reader:8b']);
  await expectAccessible(page, 'a file that is too long');
  await picture(page, 'file-too-long');
  await page.getByTestId('alone-detach').click();
  await eventually(() => notice.count()).toBe(0);
  expect(await page.getByTestId('draft-files').count()).toBe(0);
  await attach(page);
  await notice.waitFor();
  await page.getByTestId('alone-reader').click();
  await eventually(() => notice.count()).toBe(0);
  await ask(page, 'What does he do?');
  await answer(page, 'done').waitFor();
  expect(called(node, 'conversations.send')).toMatchObject([{ model: 'reader:8b' }]);
  expect(faults).toEqual([]);
});

test('once it was refused, nobody offers the same in a new chat; who reads all of it is one click away', async () => {
  const { page, node, faults } = await open(household(32_000));
  await ask(page, 'Hello?');
  await answer(page, 'done').waitFor();
  await pick(page);
  await attach(page);
  await page.getByTestId('context-alone').waitFor();
  node.script(() => [placed(), { fail: 'prompt-too-long' }]);
  await ask(page, 'What does he do?');
  const failed = page.getByTestId('answer-failure');
  await failed.waitFor();
  expect(await failed.textContent()).toContain('would be in a new chat as well');
  expect(await failed.getByTestId('ask-anew').textContent()).toBe('Shorten it in a new chat');
  // above the composer too: nothing that leaves the file in, or sums it up
  const stuck = page.getByTestId('refused-before');
  expect(plain(await stuck.textContent())).toContain('long.txt alone is longer than the model can read');
  expect(await stuck.getByRole('button').allTextContents()).toEqual(['Go on without that question', 'Ask reader:8b']);
  expect(await page.getByTestId('context-notice').count()).toBe(0);
  await expectAccessible(page, 'a file that was refused');
  await picture(page, 'file-refused');
  // in another chat that has what came before, and what was begun since
  await page.getByTestId('composer').fill('And you?');
  await stuck.getByTestId('go-on-without').click();
  await answer(page, 'failed').waitFor({ state: 'detached' });
  await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('And you?');
  await expect.poll(() => page.getByTestId('question').allTextContents()).toEqual(['Hello?']);
  await expect.poll(() => page.getByTestId('context-meter').textContent()).toMatch(/^\d%$/);
  expect([...node.conversations.values()].map(({ draft }) => draft).toSorted()).toEqual(['', 'And you?']);
  await page.getByTestId('composer').fill('');
  await page.getByTestId('conversation-item').last().click();
  await failed.waitFor();
  // who reads all of it has room for the next one
  await stuck.getByTestId('go-on-reader').click();
  await stuck.waitFor({ state: 'detached' });
  expect(await page.getByTestId('model-picker').textContent()).toBe('reader:8b');
  node.script(() => [placed(), { kind: 'text', text: 'He works.' }, done()]);
  await failed.getByTestId('ask-reader').click();
  await answer(page, 'done').getByText('He works.').waitFor();
  expect(called(node, 'conversations.send').at(-1)).toMatchObject({ model: 'reader:8b' });
  expect(faults).toEqual([]);
});

test('where no model reads more, the question goes back into a box in which it can be shortened', async () => {
  const { page, node } = await open(household(4096));
  await pick(page);
  await attach(page);
  const notice = page.getByTestId('context-alone');
  await notice.waitFor();
  expect(await notice.getByRole('button').allTextContents()).toEqual(['Take it off']);
  node.script(() => [placed(), { fail: 'prompt-too-long' }]);
  await ask(page, 'What does he do?');
  // nothing came before it, and nobody reads more: what is left is a chat without it, by the same model
  await page.getByTestId('composer').fill('Who?');
  const stuck = page.getByTestId('refused-before');
  await stuck.waitFor();
  expect(await stuck.getByRole('button').allTextContents()).toEqual(['Go on without that question']);
  await stuck.getByTestId('go-on-without').click();
  await page.getByTestId('chat-empty').waitFor();
  await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('Who?');
  expect(await page.getByTestId('model-picker').textContent()).toContain(small);
  expect(await page.getByTestId('draft-files').count()).toBe(0);
  await page.getByTestId('conversation-item').last().click();
  await page.getByTestId('ask-anew').click();
  await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('What does he do?');
  await page.getByTestId('alone-detach').click();
  await eventually(() => notice.count()).toBe(0);
  node.script(() => [placed(), { kind: 'text', text: 'Who?' }, done()]);
  await page.getByTestId('composer').press('Enter');
  await answer(page, 'done').getByText('Who?').waitFor();
});

test('what is typed or pasted in a new chat is measured as files are, and nobody is told to attach less', async () => {
  const { page, node, faults } = await open(household(32_000));
  await pick(page);
  const composer = page.getByTestId('composer');
  await composer.fill('word '.repeat(2400));
  await eventually(() => page.getByTestId('context-meter').textContent()).toBe('84%');
  const near = page.getByTestId('context-notice');
  expect(await near.textContent()).toContain('nearly full');
  expect(await near.textContent()).toContain('Shorten the question, or choose a model that reads more.');
  await expectAccessible(page, 'a long text in a new chat');
  await picture(page, 'typed-nearly-full');
  await composer.fill('word '.repeat(4000));
  const alone = page.getByTestId('context-alone');
  await eventually(() => alone.count()).toBe(1);
  expect(await page.getByTestId('context-meter').textContent()).toBe('140%');
  expect(await alone.textContent()).toContain('Shorten the question, or ask the model that reads all of it.');
  await picture(page, 'typed-too-long');
  node.script(() => [placed(), { fail: 'prompt-too-long' }]);
  await composer.press('Enter');
  const failed = page.getByTestId('answer-failure');
  await failed.waitFor();
  expect(await failed.textContent()).toContain('Shorten it, or ask a model that reads more.');
  expect(await failed.textContent()).not.toMatch(/attach/i);
  await page.getByTestId('new-chat').click();
  await composer.fill('word');
  await eventually(() => page.getByTestId('context-meter').count()).toBe(0);
  expect(faults).toEqual([]);
});
