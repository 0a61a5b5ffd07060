import { expect, test } from 'vitest';
import { jpegOf, redPng } from '../test/fakes/pictures.ts';
import { attachmentLimits } from './attachment-limits.ts';
import { attachmentName, carriedAttachment, factsOf, imageTokens, withAttachedTexts } from './attachment.ts';
import type { CarriedAttachment } from './attachment.ts';

const id = '00000000-0000-4000-8000-000000000001';
const text = (data: string): CarriedAttachment => ({ kind: 'text', id, name: 'a.txt', bytes: data.length, data });

test('facts come from the content', () => {
  expect(factsOf({ kind: 'image', id, name: 'p.jpg', bytes: 9, data: jpegOf(30, 20) })).toEqual({
    kind: 'image',
    id,
    name: 'p.jpg',
    bytes: 9,
    width: 30,
    height: 20,
  });
  expect(factsOf(text('grün'))).toEqual({ kind: 'text', id, name: 'a.txt', bytes: 4, characters: 4 });
  expect(factsOf({ kind: 'pdf', id, name: 'a.pdf', bytes: 9, pages: 3, data: 'words' })).toMatchObject({ pages: 3, characters: 5 });
});

test('a name is plain, whoever wrote it', () => {
  expect(factsOf({ ...text('x'), name: 'a\u202egpj.exe' })?.name).toBe('agpj.exe');
});

test('a picture that is none has no facts, nor has a text that is longer in bytes than it may be', () => {
  expect(factsOf({ kind: 'image', id, name: 'p.png', bytes: 9, data: 'AAAA' })).toBeNull();
  expect(factsOf({ kind: 'image', id, name: 'p.png', bytes: 9, data: redPng })).not.toBeNull();
  expect(factsOf(text('ü'.repeat(attachmentLimits.textBytes / 2)))).not.toBeNull();
  expect(factsOf(text('ü'.repeat(attachmentLimits.textBytes / 2 + 1)))).toBeNull();
});

test('every field is bounded', () => {
  const good = text('x');
  expect(carriedAttachment.safeParse(good).success).toBe(true);
  const bad = [
    { ...good, name: '' },
    { ...good, name: 'n'.repeat(attachmentLimits.name + 1) },
    { ...good, bytes: -1 },
    { ...good, bytes: attachmentLimits.fileBytes.pdf + 1 },
    { ...good, data: '' },
    { ...good, data: 'x'.repeat(attachmentLimits.textBytes + 1) },
    { ...good, kind: 'video' },
    { ...good, kind: 'pdf', pages: attachmentLimits.pages + 1 },
    { ...good, id: 'one' },
  ];
  for (const one of bad) expect([one.name, carriedAttachment.safeParse(one).success]).toEqual([one.name, false]);
});

test('a long name keeps its end, and what turns the order of letters round is left out', () => {
  expect(attachmentName('short.txt')).toBe('short.txt');
  const long = attachmentName(`${'n'.repeat(300)}.tar.gz`);
  expect(long).toHaveLength(attachmentLimits.name);
  expect(long.endsWith('.tar.gz')).toBe(true);
  expect(attachmentName('a\u202egpj.exe\n')).toBe('agpj.exe');
  expect(attachmentName('\u0000')).toBe('?');
  expect(attachmentName('bill\u061c\u200b\u2028.exe\ufeff')).toBe('bill.exe');
  expect(attachmentName('\u{1F600}'.repeat(100)).isWellFormed()).toBe(true);
});

test('texts stand before the question, each with a name that cannot end its own mark', () => {
  expect(withAttachedTexts('why?', [])).toBe('why?');
  expect(withAttachedTexts('why?', [{ name: 'a">b<.md', text: 'because' }])).toBe(
    '<document name="a__b_.md">\nbecause\n</document>\n\nwhy?',
  );
});

test('a picture costs by its size', () => {
  expect(imageTokens({ width: 28, height: 28 })).toBe(1);
  expect(imageTokens({ width: 1536, height: 1536 })).toBe(3025);
});
