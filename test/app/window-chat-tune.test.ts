// What a chat is asked with, how full it is, and its keys.
import { expect, test } from 'vitest';
import type { OfferedModel } from '../../src-shared/peer.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { expectAccessible, openColumn, picture } from './browser.ts';
import { answer, ask, called, focused, playedWindows } from './played-window.ts';
import { done, gpuDesktop, laptopView, placed } from './played-household.ts';

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

test.each([
  ['en-US', '0.7', 0.7, '0.05', 0.05],
  ['de-DE', '1,05', 1.05, '0.05', 0.05],
  ['fr-FR', '1.0', 1, '0,95', 0.95],
])('a number is taken as it is typed, key by key, with a point and with a comma; %s', async (locale, temperature, hot, topP, likely) => {
  const { page, node, faults } = await open(laptopView(), { locale });
  await page.getByTestId('tune').click();
  const typed = async (field: string, keys: string): Promise<void> => {
    await page.getByTestId(field).click();
    await page.keyboard.press('ControlOrMeta+A');
    for (const key of keys) await page.keyboard.press(key);
  };
  await typed('tune-temperature', temperature);
  await typed('tune-topP', topP);
  await typed('tune-maxTokens', '200');
  await typed('tune-seed', '4294967296');
  // one too large is told, and nothing is made of it
  await page
    .getByTestId('tune-fields')
    .getByText('4.294.967.295'.replaceAll('.', locale === 'en-US' ? ',' : locale === 'de-DE' ? '.' : '\u202f'))
    .waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('tune-fields').waitFor({ state: 'detached' });
  await ask(page, 'Hello');
  await answer(page, 'done').waitFor();
  expect([...node.conversations.values()][0]?.parameters).toEqual({ temperature: hot, topP: likely, maxTokens: 200 });
  await page.getByTestId('tune').click();
  await typed('tune-temperature', '3');
  expect(await page.getByTestId('tune-temperature').getAttribute('aria-invalid')).toBe('true');
  await page.keyboard.press('Backspace');
  await expect.poll(() => [...node.conversations.values()][0]?.parameters).toEqual({ topP: likely, maxTokens: 200 });
  expect(faults).toEqual([]);
});

/** The view with GPU-DESKTOP's models changed. */
function withModels(change: Partial<OfferedModel>): SwarmView {
  const peer = gpuDesktop();
  const { offer } = peer;
  if (offer?.leads == null) throw new Error('GPU-DESKTOP leads');
  const models = offer.leads.models.map((model) => ({ ...model, ...change }));
  return laptopView({ peers: [{ ...peer, offer: { ...offer, leads: { ...offer.leads, models } } }] });
}

test('sampling, stop texts, context and thinking are set by hand, and used for new chats', async () => {
  const { page, node, faults } = await open(withModels({ capabilities: ['thinking'], efforts: ['off'], contextLength: 8192 }));
  const pick = async (field: string, option: string): Promise<void> => {
    await page.getByTestId(field).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  await page.getByTestId('tune').click();
  await page.getByTestId('tune-temperature').fill('0.3');
  await page.getByTestId('tune-topP').fill('0.8');
  await page.getByTestId('tune-maxTokens').fill('200');
  await page.getByTestId('tune-stop').fill('END');
  await page.keyboard.press('Enter');
  await pick('tune-contextTokens', '16,384 tokens');
  await page.getByText('No machine reads more than 8,192 tokens').waitFor();
  await page.getByTestId('tune-think').click();
  expect(await page.getByRole('option').allTextContents()).toEqual(['As the model', 'Off']);
  await page.getByRole('option', { name: 'Off', exact: true }).click();
  const parameters = { temperature: 0.3, topP: 0.8, maxTokens: 200, stop: ['END'], think: 'off', contextTokens: 16_384 };
  await page.getByTestId('tune-usual').click();
  await expect.poll(() => node.view().settings.tuning).toEqual({ system: '', parameters });
  await expectAccessible(page, 'tune with thinking');
  await picture(page, 'tune');
  await page.keyboard.press('Escape');
  await ask(page, 'One');
  await answer(page, 'done').waitFor();
  await page.keyboard.press('Alt+n');
  await ask(page, 'Two');
  await expect.poll(() => [...node.conversations.values()].map((one) => one.parameters)).toEqual([parameters, parameters]);
  // the same button takes it back
  await page.getByTestId('tune').click();
  await page.getByTestId('tune-usual').click();
  await expect.poll(() => node.view().settings.tuning).toBeUndefined();
  expect(faults).toEqual([]);
});

test('says where a machine cannot change how much a model thinks, and nothing of a model that does not', async () => {
  const { page, node } = await open(withModels({ capabilities: ['thinking'], efforts: [] }));
  await page.getByTestId('tune').click();
  await page.getByText('Its machine cannot change how much this model thinks.').waitFor();
  expect(await page.getByTestId('tune-think').isDisabled()).toBe(true);
  node.change((view) => ({ ...view, peers: withModels({ capabilities: [] }).peers }));
  await page.getByTestId('tune-think').waitFor({ state: 'detached' });
});

/** An answer after which the engine says that it read so many tokens. */
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

test('says how full the chat is, warns from 80 %, and says when it is full', async () => {
  const view = withModels({ contextLength: 1000 });
  const { page, node } = await open(view);
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
  await page.getByTestId('context-notice').getByRole('button', { name: 'New chat' }).click();
  await page.getByTestId('chat-empty').waitFor();
});

test('a full chat goes on in a new one with a summary, which leads back to it', async () => {
  const { page, node, faults } = await open(withModels({ contextLength: 1000 }));
  node.script(filled(900));
  await ask(page, 'One');
  await page.getByTestId('context-notice').waitFor();
  await page.getByTestId('composer').fill('and then?');
  const written = Promise.withResolvers<void>();
  node.script(() => [{ until: written.promise }, { kind: 'text', text: 'In short: one.' }]);
  await page.getByTestId('summarise').click();
  await page.getByTestId('summarise-stop').click();
  await page.getByTestId('summarise').click();
  written.resolve();
  await page.getByTestId('goes-on-from').waitFor();
  expect(await page.getByTestId('composer').inputValue()).toBe('and then?');
  expect(called(node, 'conversations.summarise')).toHaveLength(2);
  const [old, made] = [...node.conversations.values()];
  expect(made).toMatchObject({ system: 'In short: one.', continues: old?.id });
  await expectAccessible(page, 'goes on from');
  await picture(page, 'goes-on-from');
  await page.getByTestId('goes-on-open').click();
  await answer(page, 'done').waitFor();
  expect(faults).toEqual([]);
});

test('a full chat leaves out its oldest part, says so in the log, and takes it back', async () => {
  const { page, node, faults } = await open(withModels({ contextLength: 1000 }));
  node.script(filled(100));
  await ask(page, `One ${'long '.repeat(300)}`);
  await answer(page, 'done').waitFor();
  node.script(filled(850));
  await ask(page, 'Two');
  await expect.poll(() => page.getByTestId('context-meter').textContent()).toBe('95%');
  await picture(page, 'context-near');
  await page.getByTestId('leave-out').click();
  await page.getByTestId('left-out').waitFor();
  await page.getByTestId('context-notice').waitFor({ state: 'detached' });
  const [kept] = node.conversations.values();
  const mark = page.locator('[data-message]').filter({ has: page.getByTestId('left-out') });
  expect(await mark.getAttribute('data-message')).toBe(kept?.messages[2]?.id);
  await expect.poll(() => kept?.leftOut?.before).toBe(kept?.messages[2]?.id);
  await expectAccessible(page, 'left out');
  await picture(page, 'left-out');
  await page.getByTestId('left-out-undo').click();
  await page.getByTestId('left-out').waitFor({ state: 'detached' });
  await expect.poll(() => kept?.leftOut?.before).toBeNull();
  expect(faults).toEqual([]);
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

test('the keys work on every page, and where the column is out of sight', async () => {
  for (const width of [1280, 420]) {
    const { page, faults } = await open(laptopView(), { width });
    const elsewhere = async (): Promise<void> => {
      await openColumn(page);
      await page.getByTestId('machines-open').click();
      await page.getByTestId('ledger-open').waitFor();
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      // a column that slides out takes keys for a moment
      await expect.poll(() => page.locator('[role=dialog]:visible').count()).toBe(0);
    };
    await elsewhere();
    await page.keyboard.press('?');
    await page.getByTestId('shortcut-sheet').waitFor();
    if (width === 1280) await picture(page, 'shortcuts');
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcut-sheet').waitFor({ state: 'detached' });
    await page.keyboard.press('ControlOrMeta+k');
    await expect.poll(() => focused(page)).toBe('search');
    await page.keyboard.press('Escape');
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await expect.poll(() => page.locator('[role=dialog]:visible').count()).toBe(0);
    await page.keyboard.press('/');
    await expect.poll(() => focused(page)).toBe('composer');
    await elsewhere();
    await page.keyboard.press('ControlOrMeta+l');
    await page.getByRole('option', { name: /^Auto/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('option', { name: /^Auto/ }).waitFor({ state: 'detached' });
    await elsewhere();
    await page.keyboard.press('Alt+n');
    await page.getByTestId('chat-empty').waitFor();
    await page.keyboard.press('ControlOrMeta+,');
    await page.getByTestId('settings-search').waitFor();
    expect(faults).toEqual([]);
  }
});

test('what the model is told is kept however the drawer is closed, and is not written again when nothing was typed', async () => {
  const { page, node, faults } = await open();
  const tell = page.getByTestId('tune-system');
  const kept = () => called(node, 'settings.update').length + called(node, 'conversations.update').length;
  await page.getByTestId('tune').click();
  await tell.fill('Answer in verse.');
  await tell.press('Escape');
  await tell.waitFor({ state: 'detached' });
  const before = kept();
  await page.getByTestId('tune').click();
  await expect.poll(() => tell.inputValue()).toBe('Answer in verse.');
  await tell.press('Escape');
  await tell.waitFor({ state: 'detached' });
  expect(kept()).toBe(before);
  // the chat that begins with it has it too
  node.script(() => [placed(), { kind: 'text', text: 'So.' }, done()]);
  await ask(page, 'Hello');
  await answer(page, 'done').waitFor();
  await expect.poll(() => [...node.conversations.values()].at(-1)?.system).toBe('Answer in verse.');
  await page.getByTestId('tune').click();
  await tell.fill('Answer in prose.');
  await tell.press('Escape');
  await expect.poll(() => [...node.conversations.values()].at(-1)?.system).toBe('Answer in prose.');
  expect(faults).toEqual([]);
});
