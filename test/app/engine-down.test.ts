// What the window says where the engine of this computer, or of another one, does not run; the node is played.
import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, expectAccessible, openMachineCards, picture } from './browser.ts';
import { gpuDesktop, laptopView } from './played-household.ts';
import { alone, ask, playedWindows } from './played-window.ts';

const open = playedWindows();

type Engine = NonNullable<SwarmView['self']['engine']>;

/** This machine is to answer, and its engine fails; nobody else is there. */
function failing(code: FailureCode, engine: Partial<Engine>, retryAt?: number): SwarmView {
  const view = alone();
  const failure = { code, message: 'x' };
  const known = view.self.engine;
  if (known === null) throw new Error('the played machine has no engine');
  return {
    ...view,
    self: {
      ...view.self,
      role: { wanted: 'leader', actual: { kind: 'troubled', failure } },
      engine: { ...known, ...engine, state: { kind: 'failed', failure, ...(retryAt === undefined ? {} : { retryAt }) } },
      models: [],
    },
    settings: {
      ...view.settings,
      engine: engine.kind === 'ollama' || engine.kind === 'openai' ? engine.kind : 'embedded',
      ...(engine.kind === 'openai' && engine.address !== undefined ? { openaiUrl: engine.address } : {}),
    },
  };
}

const ollama = {
  kind: 'ollama',
  address: 'http://127.0.0.1:11434',
  device: { kind: 'unknown', name: 'Ollama', why: 'No model.', cause: { code: 'ollama-idle' } },
} as const;

describe('an engine that does not run', () => {
  test.each<[string, FailureCode, Partial<Engine>, string[]]>([
    ['ollama', 'engine-missing', ollama, ['Ollama does not answer', 'http://127.0.0.1:11434', 'Start Ollama']],
    ['server', 'engine-missing', { kind: 'openai', address: 'http://box.lan:1234' }, ['server is not there', 'http://box.lan:1234']],
    ['nowhere', 'engine-missing', { kind: 'openai' }, ['LM Studio', 'llama-server', 'Start one of them']],
    [
      'locked',
      'engine-locked',
      { kind: 'openai', address: 'http://box.lan:1234' },
      ['wants a key', 'http://box.lan:1234', 'under Answering'],
    ],
    ['given-up', 'engine-crashed', { kind: 'embedded' }, ['The engine']],
  ])('%s: banner, empty chat, settings and machines say so', async (name, code, engine, parts) => {
    const { page, faults } = await open(failing(code, engine), { level: 'simple' });
    const banner = page.getByTestId('engine-down');
    const words = await banner.textContent();
    // the line at the switch calls it as the banner does
    const title = await banner.locator('strong').textContent();
    expect(await page.getByTestId('role-state').textContent()).toContain(title);
    for (const part of parts) expect(words).toContain(part);
    const empty = await page.getByTestId('chat-empty').textContent();
    expect(empty).toContain('This computer answers as soon as its engine runs.');
    expect(empty).not.toContain('Let this computer answer');
    await picture(page, `engine-down-${name}`);
    expect(await amiss(page)).toEqual([]);
    await page.getByTestId('composer').fill('kept for later');
    await page.getByTestId('send-later').waitFor();
    await page.getByTestId('engine-down-settings').click();
    const down = page.getByTestId('engine-choice-down');
    // the button leads to what it is about
    await expect.poll(() => down.evaluate((line) => line.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
    const said = await down.textContent();
    for (const part of parts) expect(said).toContain(part);
    await picture(page, `engine-down-settings-${name}`);
    if (name === 'ollama') await expectAccessible(page, name);
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').waitFor({ state: 'hidden' });
    expect(await page.getByTestId('self-row').textContent()).toContain('its engine does not run');
    await openMachineCards(page);
    const card = await page.getByTestId('machine-card').first().textContent();
    expect(card).toContain('its engine does not run');
    expect(card).not.toContain('asks others');
    expect(faults).toEqual([]);
  });

  test('it stands also where another machine answers, and goes when the engine is there', async () => {
    const { page, node } = await open({ ...failing('engine-missing', ollama), peers: [gpuDesktop()] }, { scheme: 'dark' });
    await page.getByTestId('chat-empty').getByText('GPU-DESKTOP answers').waitFor();
    await page.getByTestId('engine-down').waitFor();
    await picture(page, 'engine-down-other-dark');
    node.change((view) => ({
      ...view,
      self: {
        ...view.self,
        role: { wanted: 'leader', actual: { kind: 'leader', models: 1, running: 0, waiting: 0 } },
        engine: view.self.engine === null ? null : { ...view.self.engine, state: { kind: 'ready' } },
      },
    }));
    await page.getByTestId('engine-down').waitFor({ state: 'detached' });
  });

  test('a built-in engine that is being started again moves no page', async () => {
    const { page } = await open(failing('engine-crashed', { kind: 'embedded' }, Date.now() + 1000));
    await page.getByTestId('chat-empty').getByText('as soon as its engine runs').waitFor();
    expect(await page.getByTestId('engine-down').count()).toBe(0);
  });

  test('another machine whose engine failed is told as such, and not as one that asks', async () => {
    const desk = gpuDesktop();
    if (desk.offer === null) throw new Error('an offer');
    const { page } = await open({ ...alone(), peers: [{ ...desk, offer: { ...desk.offer, leads: null, engineDown: true } }] });
    await openMachineCards(page);
    const card = page.getByTestId('machine-card').filter({ hasText: 'GPU-DESKTOP' });
    expect(await card.textContent()).toContain('its engine does not run');
  });

  test('one that has an engine and no model says that', async () => {
    const view = laptopView({ peers: [] });
    const failure = { code: 'model-missing', message: 'x' } as const;
    const self = { ...view.self, models: [], role: { wanted: 'leader', actual: { kind: 'troubled', failure } } } as const;
    const { page } = await open({ ...view, self: { ...self, models: [] } });
    await page.getByTestId('chat-empty').getByText('No model yet').waitFor();
    expect(await page.getByTestId('role-state').textContent()).toContain('no model yet');
    await ask(page, 'anyone?');
    await page.getByTestId('composer-blocked').getByText('has no model').waitFor();
  });
});
