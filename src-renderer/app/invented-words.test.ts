import { expect, test } from 'vitest';
import { stretched, stretchText } from './invented-words.ts';

test('values and marks stay, letters change, and it is at least 40 percent longer', () => {
  const text = 'Does <name>{{name}}</name> show these words?';
  const longer = stretchText(text);
  expect(longer).toContain('<name>{{name}}</name>');
  expect(longer).toMatch(/^\[Döëš .*\]$/);
  expect(longer.length).toBeGreaterThan(text.replaceAll(/\{\{.*\}\}|<\/?name>/g, '').length * 1.4);
  expect(stretchText('OK')).toBe('[ØK ~~~]');
});

test('every word of the window has it', () => {
  const { window, failures } = stretched();
  expect(JSON.stringify(window?.['common'])).toContain('[Cáñçël');
  expect(JSON.stringify(failures?.['internal'])).toContain('~~~]');
});
