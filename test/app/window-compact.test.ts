// The smallest window on days when something is missing: nobody else, nobody who answers, no model. S5 of the pictures that are looked at.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { noMembership } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, expectAccessible, openColumn, picture } from './browser.ts';
import { done, founded, laptopView, placed } from './played-household.ts';
import { alone, answer, ask, called, firstRun, playedWindows } from './played-window.ts';

const open = playedWindows();
const compact = { width: 360, height: 560 };

/** A machine that has just made its swarm. */
const lone = (): SwarmView => alone({ membership: founded('thinkpad') });

/** One that answers, and has nothing to answer with. */
function withoutModels(view = lone()): SwarmView {
  return {
    ...view,
    self: { ...view.self, models: [], role: { wanted: 'leader', actual: { kind: 'leader', models: 0, running: 0, waiting: 0 } } },
  };
}

/** Its own household is away. */
const deserted = (): SwarmView => {
  const view = laptopView();
  return { ...alone(), peers: view.peers.map((peer) => ({ ...peer, state: 'away' as const, latencyMs: null })) };
};

const states: { name: string; view: () => SwarmView; go: (page: Page) => Promise<void> }[] = [
  { name: 'first-run', view: firstRun, go: (page) => page.getByTestId('first-run-create').waitFor() },
  {
    name: 'waiting',
    view: () => alone({ membership: { ...noMembership, standing: 'pending' } }),
    go: (page) => page.getByTestId('waiting').waitFor(),
  },
  { name: 'no-leader', view: deserted, go: (page) => page.getByTestId('answer-here').waitFor() },
  { name: 'no-peers', view: lone, go: (page) => page.getByTestId('add-device-open').waitFor() },
  {
    name: 'no-peers-column',
    view: lone,
    go: async (page) => {
      await openColumn(page);
      await page.getByTestId('machine-add').waitFor();
    },
  },
  {
    name: 'no-peers-machines',
    view: lone,
    go: async (page) => {
      await openColumn(page);
      await page.getByTestId('machines-open').click();
      await page.getByTestId('nobody-found').waitFor();
    },
  },
  { name: 'no-models', view: withoutModels, go: (page) => page.getByTestId('first-model').waitFor() },
  {
    name: 'no-models-picker',
    view: withoutModels,
    go: async (page) => {
      await page.getByTestId('model-picker').click();
      await page.getByTestId('model-search').waitFor();
    },
  },
  {
    name: 'no-models-settings',
    view: withoutModels,
    go: async (page) => {
      await openColumn(page);
      await page.getByTestId('settings-open').click();
      await page.getByTestId('settings-search').fill('models');
      await page.getByText('Recommended for this computer').scrollIntoViewIfNeeded();
    },
  },
];

describe.each(['light', 'dark'] as const)('pictures, axe and what is cut off (S5), %s', (scheme) => {
  test.each(states)('$name', async ({ name, view, go }) => {
    const { page, faults } = await open(view(), { ...compact, scheme });
    await go(page);
    await picture(page, `s5-${name}-${scheme}`);
    // the kit's field of a list reaches over what holds it, to the edges of the list
    expect((await amiss(page)).filter((one) => !one.includes('mantine-Combobox-wrapper'))).toEqual([]);
    await expectAccessible(page, `${name} ${scheme}`);
    expect(faults).toEqual([]);
  });
});

test.each(['light', 'dark'] as const)('the card of an answer is no wider than the window, %s', async (scheme) => {
  const { page, node, faults } = await open(laptopView(), { ...compact, scheme });
  node.script(() => [placed(), { kind: 'text', text: 'So.' }, done()]);
  await ask(page, 'Why there?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('answer-line').click();
  await page.getByTestId('answer-why').waitFor();
  await picture(page, `s5-answer-why-${scheme}`);
  expect(await amiss(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test('without a model it says so, keeps what is written, and gets one by a click', async () => {
  const { page, node } = await open(withoutModels(), compact);
  expect(await page.getByTestId('role-state').textContent()).toContain('no model yet');
  await page.getByTestId('first-model').getByText('A model for this computer').waitFor();
  await page.getByRole('heading', { name: 'No model yet' }).waitFor();
  await page.getByTestId('composer').fill('my first question');
  await page.getByTestId('composer').press('Enter');
  await page.getByText('Not sent: this computer has no model').waitFor();
  expect(await page.getByTestId('composer').inputValue()).toBe('my first question');
  expect(called(node, 'conversations.send')).toEqual([]);
  await page.getByTestId('first-model').getByTestId('suggestion-get').click();
  await expect.poll(() => called(node, 'downloads.start')).toHaveLength(1);
  node.change((view) => ({
    ...lone(),
    settings: view.settings,
    self: { ...view.self, role: { wanted: 'leader', actual: { kind: 'leader', models: 1, running: 0, waiting: 0 } } },
  }));
  await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor();
  await page.getByTestId('composer').press('Enter');
  await page.getByTestId('question').waitFor();
});

test('what may be downloaded when it is asked for is a model to ask for', async () => {
  const view = withoutModels();
  const { page } = await open({ ...view, settings: { ...view.settings, downloads: [{ name: 'qwen3:8b' }] } }, compact);
  await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor();
});
