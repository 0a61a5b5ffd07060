// The settings in the built window, second part: models and engines of this machine, what flags decide, reset, start at login; and the page
// that tells why no other machine is found. The node is played.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { DiscoveryReport } from '../../src-shared/discovery.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { expectAccessible, openColumn, picture } from './browser.ts';
import { laptopView } from './played-household.ts';
import type { PlayedOllama } from './played-engines.ts';
import { alone, called, focused, playedWindows } from './played-window.ts';

const open = playedWindows();

const gib = 2 ** 30;
/** A small model that fits, one that is tight, one that is too big, and one of which nothing is known. */
function withModels(view = laptopView()): SwarmView {
  const { self } = view;
  const model = (name: string, sizeBytes: number | undefined, loaded = false) => ({
    name,
    loaded,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  });
  return {
    ...view,
    self: {
      ...self,
      models: [
        model('smollm2-135m-instruct', 98_000_000, true),
        model('qwen3-4b', 2.5 * gib),
        model('mistral-7b', 5.5 * gib),
        model('llama-3.3-70b', 40 * gib),
        model('mystery', undefined),
      ],
    },
  };
}

/** An old Ollama with a hole, on this machine. */
const oldOllama: PlayedOllama = {
  facts: {
    kind: 'ollama',
    version: '0.1.20',
    address: 'http://127.0.0.1:11434',
    state: { kind: 'stopped' },
    device: {
      kind: 'gpu',
      name: 'NVIDIA GeForce RTX 4090',
      why: 'The whole model fits in graphics memory.',
      cause: { code: 'all-in-gpu' },
    },
    slots: { total: 1, free: 1 },
    vulnerable: { component: 'Ollama', version: '0.1.20', minimum: '0.17.1', cves: ['CVE-2026-0001'] },
  },
  models: [{ name: 'llama3.2:3b', sizeBytes: 2e9, loaded: false, fit: 'fits', needMb: 2300, removable: true }],
};

/** That Ollama is there before the window opens. */
const playing = (ollama: PlayedOllama): Parameters<typeof open>[1] => ({ before: (node) => node.ollama(ollama) });

async function openSettings(...given: Parameters<typeof open>): ReturnType<typeof open> {
  const opened = await open(...given);
  await openColumn(opened.page);
  await opened.page.getByTestId('settings-open').click();
  await opened.page.getByTestId('settings-models').waitFor();
  return opened;
}

describe('models on this machine', () => {
  test('each with its size and whether it suits this computer; what nobody knows is called unknown', async () => {
    const { page } = await openSettings(withModels());
    const rows = await page.getByTestId('local-model').allTextContents();
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatch(/smollm2.*98\sMB.*Built in.*loaded.*Fits this computer/);
    expect(rows[1]).toMatch(/qwen3-4b.*Fits this computer/);
    expect(rows[2]).toMatch(/mistral-7b.*Tight/);
    expect(rows[3]).toMatch(/llama-3.3-70b.*Too big/);
    expect(rows[4]).toMatch(/mystery.*size unknown.*unknown/);
  });

  test('one is deleted only after a yes that says there is no way back; then it is gone and says what became free', async () => {
    const { page, node } = await openSettings(withModels());
    const removals = () => called(node, 'engines.removeModel');
    await page.getByRole('button', { name: 'Delete qwen3-4b' }).click();
    await page.getByText('This cannot be undone').waitFor();
    await expectAccessible(page, 'delete a model');
    await picture(page, 'settings-delete-model');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('This cannot be undone').waitFor({ state: 'detached' });
    expect(removals()).toEqual([]);
    await page.getByRole('button', { name: 'Delete qwen3-4b' }).click();
    await page.getByTestId('model-delete-yes').click();
    await page.getByText(/qwen3-4b is deleted\. 2\.7\sGB of the disk are free again/).waitFor();
    expect(removals()).toEqual([{ engine: 'embedded', model: 'qwen3-4b' }]);
    await expect.poll(() => page.getByTestId('local-model').count()).toBe(4);
  });

  test('one that is being used stays, and it says why', async () => {
    const { page } = await openSettings(withModels());
    await page.getByRole('button', { name: 'Delete smollm2-135m-instruct' }).click();
    await page.getByTestId('model-delete-yes').click();
    await page.getByText('That model is being used').waitFor();
    expect(await page.getByTestId('local-model').count()).toBe(5);
  });

  test('those of Ollama stand beside them, and of what it frees only a bound is known', async () => {
    const { page, node } = await openSettings(withModels(), playing(oldOllama));
    await page.getByRole('button', { name: 'Delete llama3.2:3b' }).click();
    node.ollama({ ...oldOllama, models: [] });
    await page.getByTestId('model-delete-yes').click();
    await page.getByText(/llama3\.2:3b is deleted/).waitFor();
    expect(called(node, 'engines.removeModel').at(-1)).toEqual({ engine: 'ollama', model: 'llama3.2:3b' });
    await expect.poll(() => page.getByRole('button', { name: 'Delete llama3.2:3b' }).count()).toBe(0);
  });

  test('one that is not Axon’s to delete has no button', async () => {
    const { page } = await openSettings(
      withModels(),
      playing({ ...oldOllama, models: oldOllama.models.map((model) => ({ ...model, removable: false })) }),
    );
    await page.getByText('llama3.2:3b').waitFor();
    expect(await page.getByRole('button', { name: 'Delete llama3.2:3b' }).count()).toBe(0);
  });
});

test('both engines are told with version, address, device and what is known against them; one that is missing says what to do', async () => {
  const { page, node } = await openSettings(withModels());
  expect(await page.getByTestId('engine-embedded').textContent()).toMatch(/Built in.*3\.22\.1.*chosen.*ready.*AVX2.*No GPU/);
  expect(await page.getByTestId('engine-ollama').textContent()).toMatch(
    /Ollama.*not found.*http:\/\/127\.0\.0\.1:11434.*Install or start it/,
  );
  node.ollama(oldOllama);
  await page.getByTestId('settings').getByRole('button', { name: 'Close' }).click();
  await page.getByTestId('settings-open').click();
  await expect
    .poll(() => page.getByTestId('engine-ollama').textContent())
    .toMatch(/0\.1\.20.*known hole.*RTX 4090.*CVE-2026-0001.*0\.17\.1 or later/);
});

test('other servers are told as they are found, and what is not here with the way to it', async () => {
  const { page, node, faults } = await openSettings(withModels(), {
    before: (played) =>
      played.servers([{ program: 'lm-studio', address: 'http://127.0.0.1:1234', state: 'there', models: ['qwen3-4b', 'gemma-3-12b'] }]),
  });
  const row = (program: string) => page.getByTestId(`engine-${program}`);
  expect(await row('lm-studio').textContent()).toMatch(/LM Studio.*with 2 models.*http:\/\/127\.0\.0\.1:1234.*Use LM Studio/);
  expect(await row('lm-studio').getByTestId('engine-get').count()).toBe(0);
  expect(await row('llama-server').textContent()).toMatch(/llama-server.*not found.*http:\/\/127\.0\.0\.1:8080.*Install or start it/);
  await row('llama-server').scrollIntoViewIfNeeded();
  await expectAccessible(page, 'engines found');
  await picture(page, 'settings-engines-found');
  // the makers' page, played
  await page.context().route('https://ollama.com/**', (route) => route.fulfill({ contentType: 'text/html', body: 'Download' }));
  const opened = page.context().waitForEvent('page');
  await row('ollama').getByTestId('engine-get').click();
  await expect.poll(async () => (await opened).url()).toBe('https://ollama.com/download');
  node.servers([
    { program: 'lm-studio', address: 'http://127.0.0.1:1234', state: 'locked', models: [] },
    { program: 'llama-server', address: 'http://127.0.0.1:8080', state: 'loading', models: [] },
  ]);
  await page.getByTestId('settings').getByRole('button', { name: 'Close' }).click();
  await page.getByTestId('settings-open').click();
  await expect.poll(() => row('lm-studio').textContent()).toContain('wants a key: use it, then enter the key under Answering');
  expect(await row('llama-server').textContent()).toContain('loading its model');
  expect(faults).toEqual([]);
});

test('a server that was found is used with one click; its models stand with the others, and its address can be changed', async () => {
  const { page, node, faults } = await openSettings(withModels(), {
    before: (played) =>
      played.servers([{ program: 'lm-studio', address: 'http://127.0.0.1:1234', state: 'there', models: ['qwen3-4b', 'gemma-3-12b'] }]),
  });
  const settings = page.getByTestId('settings');
  expect(await page.getByTestId('engine-openai').count()).toBe(0);
  await page.getByTestId('engine-use').click();
  await expect.poll(() => node.view().settings).toMatchObject({ engine: 'openai', openaiUrl: 'http://127.0.0.1:1234' });
  const row = page.getByTestId('engine-openai');
  await expect.poll(() => row.textContent()).toMatch(/LM Studio.*chosen.*there.*http:\/\/127\.0\.0\.1:1234/);
  // it stands there once
  await expect.poll(() => page.getByTestId('engine-lm-studio').count()).toBe(0);
  await expect.poll(async () => (await page.getByTestId('local-model').allTextContents()).join('\n')).toMatch(/gemma-3-12b.*Other server/);
  expect(await page.getByTestId('get-models').textContent()).toContain('in its own way');
  const address = settings.getByLabel('Server address');
  await page.locator('#axon-engine').scrollIntoViewIfNeeded();
  await expectAccessible(page, 'another server');
  await picture(page, 'settings-other-server');
  // its own example, and not Ollama's port
  for (const typed of ['box', 'localhost:1234']) {
    await address.fill(typed);
    await settings.getByText('An address such as http://192.168.1.20:1234.').waitFor();
  }
  expect(await settings.getByText('11434.').count()).toBe(0);
  await address.fill('http://192.168.1.5:8080/v1');
  await address.press('Enter');
  await expect.poll(() => node.view().settings.openaiUrl).toBe('http://192.168.1.5:8080/v1');
  await address.fill('');
  await address.press('Enter');
  await expect.poll(() => node.view().settings.openaiUrl).toBeUndefined();
  expect(faults).toEqual([]);
});

test('the key that a server wants is given by keyboard, never shown again, and forgotten by a click', async () => {
  const { page, node, faults } = await openSettings(withModels());
  const settings = page.getByTestId('settings');
  await settings.getByText('Other server', { exact: true }).click();
  await settings.getByLabel('Server address').waitFor();
  // without an address there is nobody whose key it could be
  expect(await page.getByTestId('server-key').count()).toBe(0);
  await settings.getByLabel('Server address').fill('http://box.lan:1234');
  await settings.getByLabel('Server address').press('Enter');
  const field = page.getByTestId('server-key-text');
  await field.fill('two words');
  expect(await page.getByTestId('server-key').textContent()).toContain('without spaces');
  expect(await page.getByTestId('server-key-keep').isDisabled()).toBe(true);
  await field.press('Enter');
  expect(called(node, 'engines.setKey')).toEqual([]);
  await field.fill(' sk-secret ');
  expect(await field.getAttribute('type')).toBe('password');
  await field.press('Enter');
  await expect.poll(() => page.getByTestId('server-key').textContent()).toContain('kept for http://box.lan:1234');
  expect(called(node, 'engines.setKey')).toEqual([{ key: 'sk-secret' }]);
  await expect.poll(() => field.inputValue()).toBe('');
  expect(await page.content()).not.toContain('sk-secret');
  await expect.poll(() => focused(page)).toBe('server-key-text');
  await page.getByTestId('server-key').scrollIntoViewIfNeeded();
  await expectAccessible(page, 'a key is kept');
  await picture(page, 'settings-server-key');
  await page.getByTestId('server-key-forget').click();
  await expect.poll(() => page.getByTestId('server-key').textContent()).toContain('Only if that server wants one');
  expect(called(node, 'engines.setKey').at(-1)).toEqual({ key: null });
  node.change((view) => ({ ...view, self: { ...view.self, serverKey: 'environment' } }));
  await expect.poll(() => field.isDisabled()).toBe(true);
  expect(faults).toEqual([]);
});

test('a flag that decides the engine greys the way to another one, with the reason', async () => {
  const view = withModels();
  const { page } = await openSettings(
    { ...view, overrides: [{ setting: 'engine', by: '--engine', firm: true }] },
    {
      before: (node) =>
        node.servers([{ program: 'llama-server', address: 'http://127.0.0.1:8080', state: 'there', models: ['smollm2-135m-instruct'] }]),
    },
  );
  const row = page.getByTestId('engine-llama-server');
  expect(await row.getByTestId('engine-use').isDisabled()).toBe(true);
  expect(await row.textContent()).toContain('Set by --engine for this run.');
});

test('what a flag decides is greyed with the reason; what the environment says can still be overridden', async () => {
  const view = withModels();
  const { page, node } = await openSettings({
    ...view,
    settings: { ...view.settings, engine: 'ollama' },
    overrides: [
      { setting: 'model', by: '--model', firm: true },
      { setting: 'webPort', by: '--port', firm: true },
      { setting: 'ollamaUrl', by: 'OLLAMA_HOST', firm: false },
    ],
  });
  const settings = page.getByTestId('settings');
  await settings.getByText('Set by --model for this run.').waitFor();
  await settings.getByText('Set by --port for this run.').waitFor();
  await settings.getByText('OLLAMA_HOST sets it, while this is empty.').waitFor();
  expect(await settings.getByLabel('Window port').isDisabled()).toBe(true);
  expect(await settings.getByLabel('Swarm port').isDisabled()).toBe(false);
  const address = settings.getByLabel('Ollama address');
  expect(await address.isDisabled()).toBe(false);
  await address.fill('http://127.0.0.1:9999');
  await address.press('Enter');
  await expect.poll(() => node.view().settings.ollamaUrl).toBe('http://127.0.0.1:9999');
});

test('reset says what stays, and does nothing before the yes', async () => {
  const view = withModels();
  const { page, node } = await openSettings({ ...view, settings: { ...view.settings, titles: false } });
  await page.getByTestId('settings-reset').click();
  await page.getByText('The name of this computer, its role').waitFor();
  expect(node.calls.some(({ name }) => name === 'settings.reset')).toBe(false);
  await page.getByTestId('settings-reset-yes').click();
  await expect.poll(() => node.view().settings.titles).toBe(true);
  expect(node.view().settings.name).toBe(view.settings.name);
});

test('a browser takes no keys and says so', async () => {
  const { page } = await openSettings(withModels());
  await page.getByTestId('settings-hotkey').getByText('Set in the app').waitFor();
});

const isolated: DiscoveryReport = {
  settled: true,
  findings: [
    { cause: 'firewall', certainty: 'possible' },
    { cause: 'vpn', certainty: 'possible' },
    { cause: 'isolation', certainty: 'possible' },
  ],
};

async function openMachines(page: Page): Promise<void> {
  await openColumn(page);
  await page.getByTestId('machines-open').click();
}

describe('no other machine is found', () => {
  test('the causes stand there with what helps, the way by address always; all of it goes when a machine comes', async () => {
    const view = laptopView();
    const { page, node } = await open({ ...view, peers: [] });
    node.discovery(isolated);
    await openMachines(page);
    const card = page.getByTestId('nobody-found');
    await card.getByText('The network may keep its devices apart').waitFor();
    expect(await card.getByTestId(/^cause-/).count()).toBe(3);
    await card.getByText('Allow local network access in the VPN').waitFor();
    await page.getByTestId('address-input').waitFor();
    // the cable is pulled: it is seen without anybody pressing anything
    node.discovery({ settled: false, findings: [{ cause: 'no-network', certainty: 'seen' }] });
    await card.getByText('This computer is on no network').waitFor({ timeout: 30_000 });
    node.change((old) => ({ ...old, peers: view.peers }));
    await card.waitFor({ state: 'detached' });
  });

  test('with nothing to see it says so, and the empty chat leads here when somebody is missed', async () => {
    const { page } = await open(alone());
    await page.getByTestId('nobody-found-open').click();
    await page.getByText('Nothing stands out here.').waitFor();
    await page.getByTestId('address-input').waitFor();
  });
});

describe.each(['light', 'dark'] as const)('axe and pictures, %s', (scheme) => {
  test.each([
    ['wide', { width: 1280, height: 800 }],
    ['small', { width: 360, height: 560 }],
  ])('%s', async (name, size) => {
    const { page } = await openSettings(withModels(), { ...size, scheme, ...playing(oldOllama) });
    await page.getByTestId('engines-found').scrollIntoViewIfNeeded();
    await expectAccessible(page, `engines ${name} ${scheme}`);
    await picture(page, `settings-engines-${name}-${scheme}`);
    await page.getByTestId('settings-models').scrollIntoViewIfNeeded();
    await picture(page, `settings-models-${name}-${scheme}`);
  });

  test.each([
    ['wide', { width: 1280, height: 800 }],
    ['small', { width: 360, height: 560 }],
  ])('nobody found, %s', async (name, size) => {
    const { page, node } = await open({ ...laptopView(), peers: [] }, { ...size, scheme });
    node.discovery(isolated);
    await openMachines(page);
    await page.getByTestId('cause-isolation').waitFor();
    await page.getByTestId('nobody-found').scrollIntoViewIfNeeded();
    await expectAccessible(page, `nobody found ${name} ${scheme}`);
    await picture(page, `nobody-found-${name}-${scheme}`);
  });
});

test('of a computer that only asks it is not said that its engine does not run', async () => {
  const view = laptopView();
  const { page } = await openSettings({ ...view, self: { ...view.self, engine: null } });
  await expect.poll(() => page.getByTestId('engine-choice-device').textContent()).toBe('Not needed now: this computer only asks.');
});
