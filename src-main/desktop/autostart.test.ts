import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { autostart, autostartEntry, type AutostartOptions } from './autostart.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-autostart-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nothing: AutostartOptions['items'] = { getLoginItemSettings: () => ({ openAtLogin: false }), setLoginItemSettings: () => undefined };
const linux = (): AutostartOptions => ({
  platform: 'linux',
  env: { XDG_CONFIG_HOME: folder },
  homeFolder: '/nowhere',
  program: '/opt/Axon/axon-desktop',
  args: [],
  items: nothing,
});

test('Linux: a file that starts it hidden, and none when it is off', () => {
  const file = path.join(folder, 'autostart', 'axon.desktop');
  const start = autostart(linux());
  expect(start.on()).toBe(false);
  start.set(true);
  expect(start.on()).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain('Exec="/opt/Axon/axon-desktop" "--hidden"\n');
  start.set(false);
  expect([start.on(), existsSync(file)]).toEqual([false, false]);
  start.set(false);
});

test('a desktop that switched it off itself is believed', () => {
  const start = autostart(linux());
  start.set(true);
  const file = path.join(folder, 'autostart', 'axon.desktop');
  writeFileSync(file, readFileSync(file, 'utf8').replace('enabled=true', 'enabled=false'));
  expect(start.on()).toBe(false);
});

test('a path with blanks, quotes, dollars, percents and backslashes stays one word and starts nothing else', () => {
  const entry = autostartEntry('/home/a b/$(touch x)/"q"/50%/back\\slash', ['--home', '/x\ny'.replace('\n', ' ')]);
  expect(entry.split('\n').find((line) => line.startsWith('Exec='))).toBe(
    String.raw`Exec="/home/a b/\\$(touch x)/\\"q\\"/50%%/back\\\\slash" "--home" "/x y"`,
  );
});

test('elsewhere the system keeps the list, with the same words each time', () => {
  const asked: unknown[] = [];
  const items: AutostartOptions['items'] = {
    getLoginItemSettings: (options) => ({ openAtLogin: asked.push(options) > 0 }),
    setLoginItemSettings: (settings) => void asked.push(settings),
  };
  const start = autostart({ ...linux(), platform: 'win32', args: ['--home', 'C:\\a'], items });
  start.set(true);
  expect(start.on()).toBe(true);
  expect(asked).toEqual([{ openAtLogin: true, args: ['--home', 'C:\\a', '--hidden'] }, { args: ['--home', 'C:\\a', '--hidden'] }]);
});
