import { expect, test } from 'vitest';
import { offer } from './peer.ts';
import { memberName, plainName, plainText, spokenName } from './name.ts';
import { settings } from './settings.ts';

/** Reads as "exe.gpj" turned around, moves a cursor, breaks the line, hides a letter. */
const tricks = ['\u202ejpg.exe', '\u001b[2Jx', 'a\nb', 'a\u2028b', 'a\u200bb', '\u2066x\u2069', '\u0085x', 'x\u061c', '\ufeffx', '\ud83dx'];

test('a name has nothing that shows as something else', () => {
  for (const trick of tricks) {
    const plain = plainText(trick);
    expect(plain, JSON.stringify(trick)).toMatch(/^[\w.[]+$/);
    expect(memberName.parse(` ${trick} `)).toBe(plain);
    expect(plainName(trick)).toBe(plain);
  }
  // what languages and pictures need stays
  for (const good of ['Büro-Rechner', 'مكتب', '書斎 2', '👩‍💻 laptop', 'क्षेत्र'] as const) expect(memberName.parse(good)).toBe(good);
});

test('of what is nothing but tricks no name is left', () => {
  for (const nothing of ['', '   ', '\u202e', ' \u200b\u202e ']) {
    expect(memberName.safeParse(nothing).success, JSON.stringify(nothing)).toBe(false);
    expect(plainName(nothing)).toBe('');
  }
});

test('a long name is refused where it is chosen, and cut where it comes from others, never within a character', () => {
  expect(memberName.safeParse('x'.repeat(64)).success).toBe(false);
  expect(memberName.parse(`${'x'.repeat(63)}\u202e`)).toHaveLength(63);
  expect(plainName('x'.repeat(64))).toBe('x'.repeat(63));
  expect(plainName(`${'x'.repeat(62)}🦦`)).toBe('x'.repeat(62));
});

test('statements of before may have them: they are signed', () => {
  expect(spokenName.parse('\u202ejpg.exe')).toBe('\u202ejpg.exe');
});

test('settings and offers take plain names only', () => {
  expect(settings.shape.name.parse('DESK\u202e')).toBe('DESK');
  expect(offer.shape.name.parse('DESK\u202e\u0007')).toBe('DESK');
  expect(offer.shape.name.parse('\u202e')).toBe('?');
});
