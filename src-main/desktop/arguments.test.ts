import { expect, test } from 'vitest';
import { appArguments, toggleCommand } from './arguments.ts';
import { minimumElectron, runtimeGate } from './runtime-gate.ts';

test('the app takes its own words and leaves Chromium its own', () => {
  expect(appArguments([])).toEqual({ home: undefined, hidden: false, mdns: true, toggle: false });
  expect(appArguments(['--no-sandbox', '/app', '--home', '/a b', '--hidden', '--no-mdns'])).toEqual({
    home: '/a b',
    hidden: true,
    mdns: false,
    toggle: false,
  });
  expect(appArguments(['--toggle'])).toMatchObject({ toggle: true });
  expect(appArguments(['--home=/c'])).toMatchObject({ home: '/c' });
  expect(appArguments(['--home'])).toMatchObject({ home: undefined });
  expect(appArguments(['--home='])).toMatchObject({ home: undefined });
});

test('the command that a key of the desktop runs can be copied into a shell as it is', () => {
  expect(toggleCommand(null, null)).toBe('axon toggle');
  expect(toggleCommand('/opt/Axon/axon', null)).toBe('/opt/Axon/axon --toggle');
  expect(toggleCommand(null, "/home/ada/it's mine")).toBe(String.raw`axon toggle --home '/home/ada/it'\''s mine'`);
});

test('an old runtime is named in a clone and refused in a release, our own packaging test excepted', () => {
  expect(runtimeGate(`${minimumElectron}.0.0`, true, false)).toBe('fine');
  expect(runtimeGate('33.2.1', false, false)).toBe('warn');
  expect(runtimeGate('33.2.1', true, false)).toBe('refuse');
  expect(runtimeGate('33.2.1', true, true)).toBe('warn');
  // "100" is newer than "45", though it sorts before it
  expect(runtimeGate('100.0.0', true, false)).toBe('fine');
});
