import { expect, test } from 'vitest';
import { appArguments } from './arguments.ts';
import { minimumElectron, runtimeGate } from './runtime-gate.ts';

test('the app takes its own words and leaves Chromium its own', () => {
  expect(appArguments([])).toEqual({ home: undefined, hidden: false, mdns: true });
  expect(appArguments(['--no-sandbox', '/app', '--home', '/a b', '--hidden', '--no-mdns'])).toEqual({
    home: '/a b',
    hidden: true,
    mdns: false,
  });
  expect(appArguments(['--home=/c'])).toMatchObject({ home: '/c' });
  expect(appArguments(['--home'])).toMatchObject({ home: undefined });
  expect(appArguments(['--home='])).toMatchObject({ home: undefined });
});

test('an old runtime is named in a clone and refused in a release, our own packaging test excepted', () => {
  expect(runtimeGate(`${minimumElectron}.0.0`, true, false)).toBe('fine');
  expect(runtimeGate('33.2.1', false, false)).toBe('warn');
  expect(runtimeGate('33.2.1', true, false)).toBe('refuse');
  expect(runtimeGate('33.2.1', true, true)).toBe('warn');
  // "100" is newer than "45", though it sorts before it
  expect(runtimeGate('100.0.0', true, false)).toBe('fine');
});
