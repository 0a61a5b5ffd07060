// Choosing who answers: models by machine, searched, with what they can and whether they fit; by keyboard.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { OfferedModel } from '../../src-shared/peer.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { expectAccessible, picture } from './browser.ts';
import { desktopId, done, gpuDesktop, laptopView, macMini, miniId, placed } from './played-household.ts';
import type { FakeNode } from './played-stage.ts';
import { answer, ask, called, focused, playedWindows } from './played-window.ts';

const open = playedWindows();

const small: OfferedModel = {
  name: 'smollm2-135m-instruct',
  sizeBytes: 98_000_000,
  loaded: true,
  parameters: '135M',
  quantization: 'Q4_1',
};
const seeing: OfferedModel = {
  name: 'gemma3:12b',
  sizeBytes: 8_100_000_000,
  loaded: false,
  parameters: '12.2B',
  quantization: 'Q4_K_M',
  contextLength: 131_072,
  servedContext: 8192,
  capabilities: ['tools', 'vision', 'thinking'],
};
const huge: OfferedModel = { name: 'llama3.1:405b', sizeBytes: 243_000_000_000, loaded: false, needMb: 240_000 };

/** GPU-DESKTOP with three models, mac-mini with the small one. */
function household(): SwarmView {
  const [desktop, mini] = [gpuDesktop(), macMini()];
  const leads = desktop.offer?.leads;
  if (leads == null || desktop.offer === null || mini.offer === null) throw new Error('the played machines lead nobody');
  return laptopView({
    peers: [
      { ...desktop, offer: { ...desktop.offer, leads: { ...leads, models: [huge, seeing, small] } } },
      { ...mini, state: 'connected', latencyMs: 5, offer: { ...mini.offer, leads: { ...leads, models: [{ ...small, loaded: false }] } } },
    ],
  });
}

const picker = (page: Page) => page.getByTestId('model-picker');
const group = (page: Page, name: string) => page.getByRole('group', { name });
const sent = (node: FakeNode) => called(node, 'conversations.send');

test.each(['light', 'dark'] as const)(
  'models stand by machine, Auto first, each with what it can and whether it fits; %s',
  async (scheme) => {
    const { page, faults } = await open(household(), { scheme });
    await picker(page).click();
    const options = page.getByRole('listbox').getByRole('option');
    await expect.poll(() => options.first().textContent()).toContain('Auto (best machine)');
    expect(await group(page, 'On any of several machines').getByRole('option').allTextContents()).toEqual([
      'smollm2-135m-instructloadedGPU-DESKTOP, mac-mini',
    ]);
    const desktop = group(page, 'GPU-DESKTOP').getByRole('option');
    expect(await desktop.count()).toBe(4);
    expect(await desktop.nth(1).textContent()).toMatch(/^smollm2-135m-instructloaded.*135M · Q4_1/);
    expect(await desktop.nth(2).textContent()).toMatch(
      /^gemma3:12bloads firsttoolssees imagesthinks12\.2B · Q4_K_M · 8\.1 GB · reads 8,192 tokens$/,
    );
    expect(await desktop.nth(3).textContent()).toMatch(/^llama3\.1:405btoo big.*needs 234 GB, the machine has 88 GB$/);
    expect(await group(page, 'mac-mini').getByTestId('model-choice').textContent()).toContain('loads first');
    await expectAccessible(page, `picker ${scheme}`);
    await picture(page, `picker-${scheme}`);
    expect(faults).toEqual([]);
  },
);

test('by keyboard: opened, searched, picked, and the question goes to that machine with that model', async () => {
  const { page, node } = await open(household());
  node.script(() => [placed(), { kind: 'text', text: 'So.' }, done()]);
  await page.keyboard.press('ControlOrMeta+l');
  await expect.poll(() => focused(page)).toBe('model-search');
  await page.keyboard.type('desk gem');
  const search = page.getByTestId('model-search');
  await expect.poll(() => page.getByRole('option').allTextContents()).toHaveLength(1);
  // a screen reader is told which one Enter takes
  const told = (): Promise<string | undefined> =>
    search.evaluate((box) => document.getElementById(box.getAttribute('aria-activedescendant') ?? '')?.textContent ?? undefined);
  await expect.poll(told).toContain('gemma3:12b');
  await page.keyboard.press('Enter');
  await expect.poll(() => picker(page).textContent()).toBe('gemma3:12b on GPU-DESKTOP');
  await expect.poll(() => focused(page)).toBe('composer');
  await page.keyboard.type('What is on it?');
  await page.keyboard.press('Enter');
  await answer(page, 'done').waitFor();
  expect(sent(node)).toMatchObject([{ model: 'gemma3:12b', peer: desktopId }]);
  // it stays picked in this chat, and in no other
  expect(await picker(page).textContent()).toBe('gemma3:12b on GPU-DESKTOP');
  await page.getByTestId('new-chat').click();
  await expect.poll(() => picker(page).textContent()).toBe('Auto');
});

test('arrows go through the list from what is picked; Esc closes it, brings the focus back and stops no answer', async () => {
  const { page, node } = await open(household());
  node.script(() => [placed(), { kind: 'text', text: 'On and on' }, { hold: true }]);
  await ask(page, 'Long');
  await answer(page, 'streaming').getByText('On and on').waitFor();
  await page.keyboard.press('ControlOrMeta+l');
  await expect.poll(() => focused(page)).toBe('model-search');
  await expect.poll(() => page.locator('[role=option][data-combobox-selected]').textContent()).toContain('Auto (best machine)');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => page.locator('[role=option][data-combobox-selected]').textContent()).toContain('GPU-DESKTOP, mac-mini');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => page.locator('[role=option][data-combobox-selected]').textContent()).toContain('smollm2');
  await page.keyboard.press('Escape');
  await page.getByRole('listbox').waitFor({ state: 'hidden' });
  await expect.poll(() => focused(page)).toBe('model-picker');
  expect(await answer(page, 'streaming').count()).toBe(1);
  expect(node.aborted()).toBe(0);
  await page.keyboard.press('Escape');
  await answer(page, 'stopped').waitFor();
});

test('a machine alone, a model on any machine, and what is gone meanwhile', async () => {
  const { page, node } = await open(household());
  const choose = async (name: string | RegExp): Promise<void> => {
    await picker(page).click();
    await page.getByRole('option', { name }).click();
  };
  await choose('Auto on mac-mini');
  expect(await picker(page).textContent()).toBe('Auto on mac-mini');
  await ask(page, 'Only there');
  await answer(page, 'done').waitFor();
  await picker(page).click();
  await page.getByTestId('shared-choice').click();
  expect(await picker(page).textContent()).toBe('smollm2-135m-instruct');
  await ask(page, 'Wherever it is');
  await expect.poll(() => sent(node).length).toBe(2);
  expect(sent(node)[0]).toMatchObject({ peer: miniId });
  expect(sent(node)[0]).not.toHaveProperty('model');
  expect(sent(node)[1]).toMatchObject({ model: 'smollm2-135m-instruct' });
  expect(sent(node)[1]).not.toHaveProperty('peer');
  await picker(page).click();
  await group(page, 'GPU-DESKTOP').getByText('gemma3:12b').click();
  node.change((view) => ({ ...view, peers: view.peers.filter(({ peerId }) => peerId === miniId) }));
  await expect.poll(() => picker(page).textContent()).toBe('gemma3:12b on GPU-DESKTOP');
  await page.getByTestId('picked-gone').waitFor();
  await picker(page).click();
  await page
    .getByRole('option', { name: /^gemma3:12b/ })
    .getByText('No machine offers it now')
    .waitFor();
  await page.getByTestId('model-search').fill('gemma');
  await page.getByText('No model or machine is called that.').waitFor();
  await expectAccessible(page, 'nothing found');
});

test('a conversation that is too long for the model says so, and its question goes on in a new chat', async () => {
  const { page, node } = await open(household());
  node.script(() => [placed(), { fail: 'prompt-too-long' }]);
  await ask(page, 'A very long story');
  const failed = page.getByTestId('answer-failure');
  await expect.poll(() => failed.textContent()).toContain('too long for the model');
  await expectAccessible(page, 'too long');
  await failed.getByTestId('ask-anew').click();
  await page.getByTestId('chat-empty').waitFor();
  await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('A very long story');
  expect(sent(node)).toHaveLength(1);
  await page.getByTestId('composer').press('Enter');
  await expect.poll(() => sent(node).length).toBe(2);
  expect(node.conversations.size).toBe(2);
});
