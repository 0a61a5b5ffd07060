// What the desktop tells while its window is hidden, with its words, in a real Electron; the notifications themselves are recorded.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeEngine } from '../fakes/fake-engine.ts';
import { launchApp, removeHome, type App } from './electron.ts';
import { homeOnFreePort, otherMachine, type OtherMachine } from './guest.ts';

/** For what comes by itself, on a slow machine. */
const soon = { timeout: 60_000 };
type World = { told?: string[] };

let app: App;
const home = homeOnFreePort();
const others: OtherMachine[] = [];
beforeAll(async () => {
  app = await launchApp({ home });
  await app.page.getByTestId('first-run-create').waitFor();
  await app.electron.evaluate(({ Notification }) => {
    const world = globalThis as World;
    world.told = [];
    Notification.isSupported = () => true;
    Notification.prototype.show = function record() {
      world.told?.push(`${this.title}: ${this.body}`);
    };
  });
});
afterAll(async () => {
  for (const other of others.splice(0)) await other.stop().catch(() => undefined);
  await app.quit();
  removeHome(home);
});

const told = (): Promise<string[]> => app.electron.evaluate(() => (globalThis as World).told ?? []);
const visible = (): Promise<boolean> =>
  app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true);
async function close(): Promise<void> {
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expect.poll(visible, soon).toBe(false);
}
const show = (): Promise<void> => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.show());
async function machine(...given: Parameters<typeof otherMachine>): Promise<OtherMachine> {
  const made = await otherMachine(...given);
  others.push(made);
  return made;
}

test('that it goes on in the tray is told when the window is closed for the first time, and never again', async () => {
  await app.page.getByTestId('first-run-create').click();
  await app.page.getByTestId('composer').waitFor();
  await close();
  const note = 'Axon goes on in the tray: Closing the window keeps this machine in the swarm. Quit from the tray icon.';
  await expect.poll(told, soon).toEqual([note]);
  await show();
  await close();
  expect(await told()).toEqual([note]);
});

test('a device that knocks is told; one that knocks while that is switched off is not', async () => {
  await machine(app, 'KNOCKER', null);
  const knock = 'KNOCKER wants to join: Compare the words on both screens before you allow it.';
  await expect.poll(async () => (await told()).slice(1), soon).toEqual([knock]);
  const link = await app.control();
  await link.client.settings.update({ notifications: { joins: false, leaders: true, answers: true } });
  link.close();
  await machine(app, 'SILENT', null);
  await expect.poll(async () => (await app.view()).membership.applicants.length, soon).toBe(2);
  expect((await told()).slice(1)).toEqual([knock]);
});

test('the machine that answers goes away and comes back while the window is hidden and nothing waits: each is told once', async () => {
  const link = await app.control();
  await link.client.role.set({ role: 'subordinate' });
  await link.client.settings.update({ open: true });
  link.close();
  const leader = async (): Promise<string | null> => {
    const { actual } = (await app.view()).self.role;
    return actual.kind === 'subordinate' ? (actual.leader?.name ?? null) : actual.kind;
  };
  const before = await told();
  const desk = await machine(app, 'DESK', fakeEngine());
  await expect.poll(leader, soon).toBe('DESK');
  await desk.stop();
  await expect.poll(leader, soon).toBeNull();
  const lost = 'No machine can answer now: DESK went away. What you ask is kept until a machine is back.';
  await expect.poll(async () => (await told()).slice(before.length), soon).toEqual([lost]);
  await machine(app, 'MINI', fakeEngine());
  await expect.poll(leader, soon).toBe('MINI');
  await expect.poll(async () => (await told()).slice(before.length), soon).toEqual([lost, 'MINI can answer again: Go on where you were.']);
});

test('an answer that ends while the window is hidden is told', async () => {
  const engine = fakeEngine();
  await others.pop()?.stop();
  engine.hang();
  await machine(app, 'SLOW', engine);
  await expect.poll(async () => JSON.stringify((await app.view()).self.role.actual), soon).toContain('SLOW');
  await show();
  await app.page.getByTestId('composer').fill('What is a swarm?');
  await app.page.getByTestId('composer').press('Enter');
  await expect.poll(() => engine.asked.length, soon).toBe(1);
  await close();
  const before = await told();
  engine.resume();
  await expect.poll(async () => (await told()).slice(before.length), soon).toEqual(['Your answer is there: Open Axon to read it.']);
});
