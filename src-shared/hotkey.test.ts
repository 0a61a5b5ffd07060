import { expect, test } from 'vitest';
import { accelerator, acceleratorOf, type PressedKeys } from './hotkey.ts';

const press = (code: string, held: Partial<PressedKeys> = {}): PressedKeys => ({
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  metaKey: false,
  code,
  ...held,
});

test.each([
  [press('KeyA', { ctrlKey: true, altKey: true }), 'Control+Alt+A'],
  [press('Space', { metaKey: true }), 'Super+Space'],
  [press('Digit1', { altKey: true, shiftKey: true }), 'Alt+Shift+1'],
  [press('F12', { ctrlKey: true }), 'Control+F12'],
  [press('ArrowUp', { ctrlKey: true }), 'Control+Up'],
])('%o is %s', (pressed, keys) => {
  expect(acceleratorOf(pressed)).toBe(keys);
});

test.each([
  ['a key that texts are typed with', press('KeyA')],
  ['one with Shift alone', press('KeyA', { shiftKey: true })],
  ['only a key that is held', press('ControlLeft', { ctrlKey: true })],
  ['a key without a name', press('', { ctrlKey: true })],
  ['a function key alone', press('F12')],
])('%s is none', (_what, pressed) => {
  expect(acceleratorOf(pressed)).toBeNull();
});

test('what comes over the door is checked: a page cannot take a plain key', () => {
  expect(accelerator.safeParse('Control+Alt+A').success).toBe(true);
  for (const bad of ['A', 'Shift+A', 'Control+', 'Control+Control+A', 'Control+MediaPlayPause', 'Alt+F25', ''])
    expect(accelerator.safeParse(bad).success, bad).toBe(false);
});
