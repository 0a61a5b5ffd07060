// The card "Updates" in the settings of the real app. A clone does not update itself and says so; what an installed one says is played at the
// page's ports, where the main process's answer passes by.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UpdatesState } from '../../src-shared/updates.ts';
import { explainFailures, launchApp, removeHome, type App } from './electron.ts';

let app: App;
explainFailures(() => [app]);

/** Puts itself between the page and its ports: the updater's state and this machine's role become what the test plays. */
function between(): void {
  const page = window as unknown as { played: { updates?: unknown; answering?: boolean; asked: string[] } };
  page.played = { asked: [] };
  const changed = (data: unknown): unknown => {
    if (typeof data !== 'string') return data;
    const { updates, answering } = page.played;
    const told = updates === undefined ? data : data.replace(/\{"unsupported":"clone".*?"checkedAt":null\}/, () => JSON.stringify(updates));
    const busy = '"actual":{"kind":"leader","models":1,"running":1,"waiting":0}';
    return answering === true ? told.replace(/"actual":\{"kind":"[^{}]*(?:\{[^{}]*\})?[^{}]*\}/, busy) : told;
  };
  const through = (port: MessagePort): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    port.addEventListener('message', ({ data }) => port1.postMessage(changed(data)));
    port1.addEventListener('message', ({ data }) => {
      page.played.asked.push(String(data));
      port.postMessage(data);
    });
    port.start();
    port1.start();
    return port2;
  };
  window.addEventListener('message', (event) => {
    const [node, desktop] = event.ports;
    const { data } = event as { data: { axon?: string; played?: boolean } };
    if (node === undefined || desktop === undefined || data.played === true) return;
    event.stopImmediatePropagation();
    window.postMessage({ ...data, played: true }, location.origin, [through(node), through(desktop)]);
  });
}

const play = (updates: UpdatesState): Promise<void> =>
  app.page.evaluate((state) => {
    (window as unknown as { played: { updates: unknown } }).played.updates = state;
  }, updates);
const card = () => app.page.getByTestId('settings-updates');
const openSettings = () => app.page.getByTestId('settings-open').click();

beforeAll(async () => {
  app = await launchApp();
  await app.page.getByTestId('first-run-create').click();
  await app.page.getByTestId('composer').waitFor();
});
afterAll(async () => {
  await app.quit();
  removeHome(app.home);
});

test('a clone says that it is updated where its source is', async () => {
  await openSettings();
  await card().getByText('This copy runs from its source').waitFor();
  expect(await card().getByTestId('updates-on').count()).toBe(0);
});

test('one that updates itself shows how far it is, and restarts only while nobody is answered', async () => {
  await app.page.addInitScript(between);
  await app.page.reload();
  await app.page.getByTestId('composer').waitFor();
  await play({ unsupported: null, phase: { kind: 'idle' }, checkedAt: null });
  await openSettings();
  await card().getByText('Not looked yet since the start.').waitFor();
  await card().getByTestId('updates-look').focus();
  await app.page.keyboard.press('Enter');
  const asked = (path: string) =>
    app.page.evaluate(
      (sought) => (window as unknown as { played: { asked: string[] } }).played.asked.some((one) => one.includes(sought)),
      path,
    );
  await expect.poll(() => asked('checkUpdates')).toBe(true);
  await play({ unsupported: null, phase: { kind: 'downloading', version: '0.2.0', share: 0.428 }, checkedAt: 0 });
  const phase = card().getByTestId('updates-phase');
  await expect.poll(() => phase.textContent()).toBe('Fetching version 0.2.0: 43%');
  // the button that was pressed is gone
  await expect.poll(() => app.page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)).toBe('updates-on');
  // what is read out has no figure that runs
  expect(await phase.getByRole('status').textContent()).toBe('Fetching version 0.2.0:');
  await play({ unsupported: null, phase: { kind: 'failed', fault: 'refused' }, checkedAt: 0 });
  await card().getByText('not what was announced').waitFor();
  const notes = 'Calmer when a machine goes away.\n- The map keeps its places\n- Answers by 12 machines';
  await play({ unsupported: null, phase: { kind: 'ready', version: '0.2.0', notes }, checkedAt: 0 });
  await card().getByText('The map keeps its places').waitFor();
  await card().scrollIntoViewIfNeeded();
  await app.picture('settings-updates');
  await card().getByTestId('updates-restart').click();
  await expect.poll(() => asked('restartToUpdate')).toBe(true);
  // the next view says that an answer is being written
  await app.page.evaluate(() => {
    (window as unknown as { played: { answering: boolean } }).played.answering = true;
  });
  await card().getByText('Beta too').click();
  await card().getByText('First the answers that are being written').waitFor();
  expect(await card().getByTestId('updates-restart').isDisabled()).toBe(true);
  expect((await app.view()).settings.updates).toEqual({ on: true, channel: 'beta' });
});

test('switched off it shows nothing but the switch; what the one who manages the machine says is greyed', async () => {
  await card().getByTestId('updates-on').click();
  await expect.poll(async () => (await app.view()).settings.updates?.on).toBe(false);
  await expect.poll(() => card().getByTestId('updates-phase').count()).toBe(0);
  await app.quit();
  app = await launchApp({ home: app.home, env: { AXON_UPDATES: 'beta' } });
  await app.page.addInitScript(between);
  await app.page.reload();
  await app.page.getByTestId('composer').waitFor();
  await play({ unsupported: null, phase: { kind: 'idle' }, checkedAt: null });
  await openSettings();
  await card().getByText('Set by AXON_UPDATES for this run.').waitFor();
  expect(await card().getByTestId('updates-on').isDisabled()).toBe(true);
  expect(await card().getByTestId('updates-on').isChecked()).toBe(true);
});
