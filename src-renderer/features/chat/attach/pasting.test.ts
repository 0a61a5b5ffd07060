import { expect, test } from 'vitest';
import { asFile, fromPaste, isForFile } from './pasting.ts';

const picture = new File(['png'], 'image.png', { type: 'image/png' });
const pasted = (text: string, ...files: File[]) => ({ files: files as never, getData: () => text });

test('a picture is a file, and one that a word processor brings beside its words is not', () => {
  expect(fromPaste(pasted('', picture), 9000)).toEqual({ files: [picture] });
  expect(fromPaste(pasted('words', picture), 9000)).toBeNull();
  expect(fromPaste(pasted(''), 0)).toBeNull();
});

test('a long text becomes a file, a short one does not', async () => {
  expect(fromPaste(pasted('x'.repeat(5999)), 9000)).toBeNull();
  const long = 'x'.repeat(6000);
  expect(fromPaste(pasted(long), 9000)).toEqual({ text: long });
  const file = asFile(long, 'Pasted.txt');
  expect([file.name, await file.text()]).toEqual(['Pasted.txt', long]);
});

test('so does a short one that the box has no room for', () => {
  expect([isForFile('abc', 3), isForFile('abcd', 3)]).toEqual([false, true]);
  // of a box that holds more than it may, nothing fits
  expect(isForFile('a', -7)).toBe(true);
});
