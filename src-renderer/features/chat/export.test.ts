import { expect, test } from 'vitest';
import { exportName } from './export.ts';

test('a name that every file system takes', () => {
  expect(exportName('a/b: "c"?\n', 'markdown')).toBe('a b c.md');
  expect(exportName(' ..', 'json')).toBe('conversation.json');
});
