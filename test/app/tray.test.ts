// The tray as a desktop sees it: a StatusNotifier host on a session bus of this test's own.
import { spawn, type ChildProcess } from 'node:child_process';
import dbus from 'dbus-next';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inDialog } from './browser.ts';
import { launchApp, newHome, removeHome, type App } from './electron.ts';

type Item = { name: string; path: string };
type Entry = { id: number; label: string; type: string; toggled: boolean; enabled: boolean };

const home = newHome();
let bus: dbus.MessageBus;
let daemon: ChildProcess;
let app: App;
let item: Item;

const watcherName = 'org.kde.StatusNotifierWatcher';

/** What a panel offers to programs with tray icons (the freedesktop StatusNotifierWatcher). */
class Watcher extends dbus.interface.Interface {
  readonly items: string[] = [];
  registered: (service: string) => void = () => {};
  constructor() {
    super(watcherName);
  }
  RegisterStatusNotifierItem(service: string): void {
    this.items.push(service);
    this.registered(service);
  }
  RegisterStatusNotifierHost(): void {}
  get RegisteredStatusNotifierItems(): string[] {
    return this.items;
  }
  get IsStatusNotifierHostRegistered(): boolean {
    return true;
  }
  get ProtocolVersion(): number {
    return 0;
  }
}
Watcher.configureMembers({
  properties: {
    RegisteredStatusNotifierItems: { signature: 'as', access: 'read' },
    IsStatusNotifierHostRegistered: { signature: 'b', access: 'read' },
    ProtocolVersion: { signature: 'i', access: 'read' },
  },
  methods: {
    RegisterStatusNotifierItem: { inSignature: 's', outSignature: '' },
    RegisterStatusNotifierHost: { inSignature: 's', outSignature: '' },
  },
});

async function startBus(): Promise<string> {
  daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    daemon.once('error', reject);
    daemon.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()));
  });
}

async function call(target: Item, path: string, inside: string, member: string, signature = '', body: unknown[] = []): Promise<unknown[]> {
  const reply = await bus.call(new dbus.Message({ destination: target.name, path, interface: inside, member, signature, body }));
  return reply?.body ?? [];
}

async function property(name: string): Promise<unknown> {
  const [variant] = await call(item, item.path, 'org.freedesktop.DBus.Properties', 'Get', 'ss', ['org.kde.StatusNotifierItem', name]);
  return (variant as dbus.Variant).value;
}

/** The menu's items without its lines. */
async function menu(): Promise<Entry[]> {
  const path = String(await property('Menu'));
  const [, layout] = await call(item, path, 'com.canonical.dbusmenu', 'GetLayout', 'iias', [0, -1, []]);
  const children = (layout as [number, object, dbus.Variant[]])[2];
  return children
    .map(({ value }) => value as [number, Record<string, dbus.Variant | undefined>])
    .map(([id, facts]) => ({
      id,
      label: String(facts['label']?.value ?? '').replaceAll('_', ''),
      type: String(facts['type']?.value ?? 'standard'),
      toggled: facts['toggle-state']?.value === 1,
      enabled: facts['enabled']?.value !== false,
    }))
    .filter(({ type }) => type !== 'separator');
}

async function click(label: string): Promise<void> {
  const entry = (await menu()).find((one) => one.label === label);
  if (entry === undefined) throw new Error(`no "${label}" in the menu`);
  await call(item, String(await property('Menu')), 'com.canonical.dbusmenu', 'Event', 'isvu', [
    entry.id,
    'clicked',
    new dbus.Variant('s', ''),
    0,
  ]);
}

beforeAll(async () => {
  const address = await startBus();
  bus = dbus.sessionBus({ busAddress: address });
  const watcher = new Watcher();
  const registered = new Promise<string>((resolve) => (watcher.registered = resolve));
  bus.export('/StatusNotifierWatcher', watcher);
  await bus.requestName(watcherName, 0);
  app = await launchApp({ home, env: { DBUS_SESSION_BUS_ADDRESS: address, XDG_CURRENT_DESKTOP: 'KDE' } });
  const service = await registered;
  const [name = '', path] = service.split(/(?=\/)/);
  item = { name, path: path === undefined ? '/StatusNotifierItem' : service.slice(name.length) };
});
afterAll(async () => {
  await app.quit();
  bus.disconnect();
  daemon.kill();
  removeHome(home);
});

test('says in its first line that there is no swarm yet, and cannot lead', async () => {
  await expect.poll(async () => (await menu())[0]?.label, { timeout: 10_000 }).toBe('Not in a swarm yet');
  expect((await menu()).map(({ label }) => label)).toEqual(['Not in a swarm yet', 'This computer serves others', 'Open Axon', 'Quit']);
  expect((await menu()).find(({ label }) => label === 'This computer serves others')?.enabled).toBe(false);
});

test('one click in the menu makes this machine a leader, and another one ends it', async () => {
  await app.page.getByTestId('first-run-create').click();
  await app.page.getByTestId('composer').waitFor();
  await expect
    .poll(async () => (await menu()).find(({ label }) => label === 'This computer serves others')?.enabled, { timeout: 10_000 })
    .toBe(true);
  await click('This computer serves others');
  await expect.poll(async () => (await menu())[0]?.label, { timeout: 60_000 }).toBe('Swarm: this machine · Answers for others');
  expect((await app.view()).self.role.wanted).toBe('leader');
  expect((await menu()).find(({ label }) => label === 'This computer serves others')?.toggled).toBe(true);
  await click('This computer serves others');
  await expect.poll(async () => (await app.view()).self.role.wanted).toBe('subordinate');
});

test('opens the window on a click, and by its menu', async () => {
  const visible = () => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expect.poll(visible).toBe(false);
  await call(item, item.path, 'org.kde.StatusNotifierItem', 'Activate', 'ii', [1, 1]);
  await expect.poll(visible).toBe(true);
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expect.poll(visible).toBe(false);
  await click('Open Axon');
  await expect.poll(visible).toBe(true);
});

test('leads to a new chat, to adding a device and to the settings, in the window', async () => {
  await click('Settings…');
  await app.page.getByTestId('settings-name').waitFor();
  await inDialog(app.page);
  await app.page.keyboard.press('Escape');
  await app.page.getByTestId('settings-name').waitFor({ state: 'detached' });
  await app.page.getByTestId('machines-open').first().click();
  await app.page.getByTestId('composer').waitFor({ state: 'detached' });
  await click('New chat');
  await app.page.getByTestId('composer').waitFor();
});

test('speaks the language of the window, at once', async () => {
  const link = await app.control();
  await link.client.settings.update({ language: 'de' });
  await expect.poll(async () => (await menu()).at(-1)?.label, { timeout: 10_000 }).toBe('Beenden');
  await link.client.settings.update({ language: null });
  await expect.poll(async () => (await menu()).at(-1)?.label, { timeout: 10_000 }).toBe('Quit');
  link.close();
});

test('quits by its menu', async () => {
  const child = app.electron.process();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  await click('Quit').catch(() => {});
  await gone;
  expect(child.exitCode).toBe(0);
});
