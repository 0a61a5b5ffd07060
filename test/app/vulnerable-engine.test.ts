// An engine with a known hole, as the window shows it.
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { builtWindow, expectAccessible, launchChromium, watchedPage } from './browser.ts';
import { startFakeNode } from './fake-node-server.ts';
import { laptopView } from './played-household.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

function withHole(cves: string[]): SwarmView {
  const view = laptopView();
  const engine = {
    kind: 'ollama' as const,
    version: '0.34.2',
    state: { kind: 'ready' as const },
    device: { kind: 'cpu' as const, name: 'CPU', why: '' },
    slots: { total: 1, free: 1 },
    vulnerable: { component: 'Ollama', version: '0.34.2', minimum: '0.35.0', cves },
  };
  return {
    ...view,
    self: { ...view.self, engine, role: { wanted: 'leader', actual: { kind: 'leader', models: 1, running: 0, waiting: 0 } } },
  };
}

test('the hole is red and named, the machine is not said to answer for others, and the owner may insist', async () => {
  const node = await startFakeNode({ root: builtWindow, view: withHole(['CVE-2026-103663', 'CVE-2026-5530']) });
  const { page, context, faults, outside } = await watchedPage(browser, node.origin, {});
  await page.goto(node.address);
  await page.getByTestId('role-state').waitFor();
  await expect.poll(() => page.getByTestId('role-state').textContent()).toContain('known hole');
  await page.getByTestId('machines-open').click();
  const hole = page.getByTestId('vulnerable-engine');
  await hole.waitFor();
  const text = (await hole.textContent()) ?? '';
  for (const words of [
    'Ollama 0.34.2 has a known hole',
    'CVE-2026-103663',
    'CVE-2026-5530',
    'Update it to 0.35.0',
    'answers only this machine',
  ])
    expect(text).toContain(words);
  expect(await hole.getAttribute('data-tone')).toBe('bad');
  expect(await page.getByTestId('machine-row').first().textContent()).not.toContain('answers for others');
  await expectAccessible(page, 'a hole in the engine');
  await page.getByTestId('allow-vulnerable-engine').click({ force: true });
  await expect.poll(() => hole.textContent()).toContain('Others may use it all the same');
  expect(node.calls).toContainEqual({ name: 'settings.update', input: { allowVulnerableEngine: true } });
  expect({ faults, outside }).toEqual({ faults: [], outside: [] });
  await context.close();
  await node.stop();
});

test('a version that cannot be told is said to be unknown', async () => {
  const node = await startFakeNode({ root: builtWindow, view: withHole([]) });
  const { page, context } = await watchedPage(browser, node.origin, {});
  await page.goto(node.address);
  await page.getByTestId('machines-open').click();
  await expect.poll(() => page.getByTestId('vulnerable-engine').textContent()).toContain('Nobody can tell whether it is safe');
  await context.close();
  await node.stop();
});
