import { expect, test } from 'vitest';
import { wholeTable } from './begun-table.ts';

test.each([
  ['a head that is written', '| Way | Comp', '| Way | Comp\n| --- | --- |'],
  ['a head of one cell so far', '| Way |', '| Way |\n| --- |'],
  ['a whole head', '| Way | Cost |', '| Way | Cost |\n| --- | --- |'],
  ['and its line break', '| Way | Cost |\n', '| Way | Cost |\n| --- | --- |'],
  ['a second line that is begun', '| Way | Cost |\n| ---', '| Way | Cost |\n| --- | --- |'],
  ['a bar that stands for itself', '| a \\| b | c', '| a \\| b | c\n| --- | --- |'],
  ['below a text', 'So:\n| a | b', 'So:\n| a | b\n| --- | --- |'],
])('%s gets what it needs', (_name, text, whole) => {
  expect(wholeTable(text)).toBe(whole);
});

test.each([
  '',
  'no table',
  '| one bar',
  'a | b | c',
  '| a | b |\n| --- | ---: |',
  '| a | b |\n|:--|--:|',
  '| a | b |\n| --- | --- |\n',
  '| a | b |\n| --- | --- |\n| 1 |',
  '| a | b |\n| --- | --- |\n| 1 | 2 |\n|',
  'It is\n\n---',
])('stays as it is: %j', (text) => {
  expect(wholeTable(text)).toBe(text);
});
