import { expect, test } from 'vitest';
import { bringsKey } from './brought.ts';

const key = `/key/swarm/psk/1.0.0/\n/base16/\n${'0123456789abcdef'.repeat(4)}\n`;
const file = (name: string, text: string): File => new File([text], name);

test.each<[string, File[]]>([
  ['by its first line', [file('notes.txt', key)]],
  ['with the mark of a Windows editor, or a slip of the shell before it', [file('a', `\uFEFF-e ${key}`)]],
  ['by its name, whatever is in it', [file('Swarm.KEY', 'damaged')]],
  ['without its header', [file('a', '0123456789abcdef'.repeat(4))]],
  ['an invite', [file('a.txt', ' axon-invite:abc')]],
  ['among others', [file('a.md', 'words'), file('b', key)]],
])('a key or an invite is told: %s', async (_how, files) => {
  expect(await bringsKey(files)).toBe(true);
});

test('anything else is none, and neither is what cannot be read', async () => {
  const folder = { name: 'folder', slice: () => ({ text: () => Promise.reject(new Error('a folder')) }) };
  const words = 'an axon-invite: is a text, and 0123456789abcdef is a number';
  expect(await bringsKey([file('notes.md', words), file('empty', ''), folder])).toBe(false);
});
