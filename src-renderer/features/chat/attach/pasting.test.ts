import { expect, test } from 'vitest';
import { pastedFiles } from './pasting.ts';

const picture = new File(['png'], 'image.png', { type: 'image/png' });
const pasted = (text: string, ...files: File[]) => ({ files: files as never, getData: () => text });

test('a picture is a file, and one that a word processor brings beside its words is not', () => {
  expect(pastedFiles(pasted('', picture), 'x')).toEqual([picture]);
  expect(pastedFiles(pasted('words', picture), 'x')).toEqual([]);
});

test('a long text becomes a file, a short one does not', async () => {
  expect(pastedFiles(pasted('x'.repeat(5999)), 'Pasted.txt')).toEqual([]);
  const [file] = pastedFiles(pasted('x'.repeat(6000)), 'Pasted.txt');
  expect([file?.name, await file?.text()]).toEqual(['Pasted.txt', 'x'.repeat(6000)]);
});
