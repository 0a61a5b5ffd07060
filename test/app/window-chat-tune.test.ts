// What a chat is asked with, how full it is, and its keys.
import { expect, test } from 'vitest';
import { expectAccessible } from './browser.ts';
import { answer, ask, focused, playedWindows } from './played-window.ts';
import { done, gpuDesktop, laptopView, placed } from './fake-node-server.ts';

const open = playedWindows();

test.each(['light', 'dark'] as const)('a prompt and parameters are kept with the chat, and by a name for others; %s', async (scheme) => {
  const { page, node, faults } = await open(laptopView(), { scheme });
  await page.getByTestId('tune').click();
  await page.getByTestId('tune-system').fill('Answer in verse.');
  await page.getByTestId('tune-temperature').fill('0.3');
  await page.getByTestId('tune-seed').fill('7');
  await page.getByTestId('preset-name').fill('Poet');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => node.view().settings.presets)
    .toEqual([{ name: 'Poet', system: 'Answer in verse.', parameters: { temperature: 0.3, seed: 7 } }]);
  await expectAccessible(page, `tune ${scheme}`);
  await page.keyboard.press('Escape');
  await ask(page, 'Hello');
  await answer(page, 'done').waitFor();
  const [kept] = node.conversations.values();
  expect(kept).toMatchObject({ system: 'Answer in verse.', parameters: { temperature: 0.3, seed: 7 } });
  await page.getByTestId('tune').click();
  await page.getByTestId('tune-reset').click();
  await expect.poll(() => kept?.parameters).toEqual({});
  await page.getByTestId('presets').click();
  await page.getByRole('menuitem', { name: 'Poet', exact: true }).click();
  await expect.poll(() => kept?.system).toBe('Answer in verse.');
  expect(faults).toEqual([]);
});

test('says how full the chat is, warns from 80 %, and says when it is full', async () => {
  const peer = gpuDesktop();
  const leads = peer.offer?.leads;
  const models = leads?.models.map((model) => ({ ...model, contextLength: 1000 }));
  const view = laptopView({ peers: [{ ...peer, offer: { ...peer.offer, leads: { ...leads, models } } as typeof peer.offer }] });
  const { page, node } = await open(view);
  const filled = (promptTokens: number) => () => [
    placed(),
    { kind: 'text' as const, text: 'So.' },
    {
      kind: 'done' as const,
      reason: 'stop' as const,
      model: 'smollm2-135m-instruct',
      figures: { tokens: 100, promptTokens, tokensPerSecond: 9, timeToFirstTokenMs: 9 },
    },
  ];
  const meter = page.getByTestId('context-meter');
  node.script(filled(300));
  await ask(page, 'One');
  await expect.poll(() => meter.textContent()).toBe('40%');
  expect(await page.getByTestId('context-notice').count()).toBe(0);
  node.script(filled(750));
  await ask(page, 'Two');
  await expect.poll(() => meter.textContent()).toBe('85%');
  expect(await page.getByTestId('context-notice').textContent()).toContain('nearly full');
  await expectAccessible(page, 'nearly full');
  node.script(filled(950));
  await ask(page, 'Three');
  await expect.poll(() => page.getByTestId('context-notice').textContent()).toContain('longer than the model can read');
  await page.getByTestId('context-notice').getByRole('button').click();
  await page.getByTestId('chat-empty').waitFor();
});

test('keys: search, model, a new chat, the last question, the list of keys', async () => {
  const { page, node } = await open();
  node.script(() => [placed(), { kind: 'text', text: 'So.' }, done()]);
  await ask(page, 'First');
  await answer(page, 'done').waitFor();
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => page.getByTestId('edit-box').inputValue()).toBe('First');
  await page.keyboard.press('Escape');
  await page.keyboard.press('ControlOrMeta+k');
  await expect.poll(() => focused(page)).toBe('search');
  await page.getByTestId('log').focus();
  await page.keyboard.press('/');
  await expect.poll(() => focused(page)).toBe('composer');
  expect(await page.getByTestId('composer').inputValue()).toBe('');
  await page.keyboard.press('ControlOrMeta+l');
  await page.getByRole('option', { name: /^Auto/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('log').focus();
  await page.keyboard.press('?');
  await page.getByTestId('shortcut-sheet').waitFor();
  await expectAccessible(page, 'keys');
  await page.keyboard.press('Escape');
  await page.getByTestId('shortcut-sheet').waitFor({ state: 'detached' });
  await page.keyboard.press('Alt+n');
  await page.getByTestId('chat-empty').waitFor();
});
