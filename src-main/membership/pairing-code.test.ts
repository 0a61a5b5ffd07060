import { describe, expect, test } from 'vitest';
import { codeMs, isOpen, maxTries, normaliseCode, openTries, pairingCode, tryCode } from './pairing-code.ts';

describe('a pairing code', () => {
  test('is forty bits in eight characters that nobody mistakes', () => {
    expect(pairingCode(new Uint8Array(5))).toBe('2222-2222');
    expect(pairingCode(new Uint8Array(5).fill(255))).toBe('ZZZZ-ZZZZ');
    expect(pairingCode(Uint8Array.of(0x00, 0x44, 0x32, 0x14, 0xc7))).toBe('2345-6789');
    expect(pairingCode(Uint8Array.of(0x42, 0x54, 0xb6, 0x35, 0xcf))).toBe('ABCD-EFGH');
    expect(pairingCode(Uint8Array.of(0x84, 0x65, 0x3a, 0x56, 0xd7))).toBe('JKLM-NPQR');
    expect(pairingCode(Uint8Array.of(0xc6, 0x75, 0xbe, 0x77, 0xdf))).toBe('STUV-WXYZ');
    // what is more than five bytes is not used
    expect(pairingCode(Uint8Array.of(0xc6, 0x75, 0xbe, 0x77, 0xdf, 1))).toBe('STUV-WXYZ');
  });

  test.each([
    ['K7QM-4XWP', 'K7QM-4XWP'],
    ['k7qm4xwp', 'K7QM-4XWP'],
    ['  k7 qm-4x\twp ', 'K7QM-4XWP'],
    ['oOiI-lL01', 'QQLL-LLQL'],
    ['2345-6789', '2345-6789'],
    ['ABCD-EFGH', 'ABCD-EFGH'],
    ['JKLM-NPQR', 'JKLM-NPQR'],
    ['STUV-WXYZ', 'STUV-WXYZ'],
    ['K7QM-4XW', null],
    ['K7QM-4XWPP', null],
    ['K7QM-4XW!', null],
    ['', null],
    [`K7QM${' '.repeat(61)}4XWP`, null],
    [`K7QM-4XWP${' '.repeat(61)}4`, 'K7QM-4XWP'],
  ])('typed as %j is %j', (typed, code) => {
    expect(normaliseCode(typed)).toBe(code);
  });

  test('closes the door after three wrong ones', () => {
    let tries = openTries(1000);
    expect(tries).toEqual({ left: maxTries, until: 1000 + codeMs });
    expect([maxTries, codeMs]).toEqual([3, 120_000]);
    for (const left of [2, 1, 0]) {
      expect(isOpen(tries, 1000)).toBe(true);
      const tried = tryCode(tries, 'K7QM-4XWP', left === 1 ? 'no code' : '0000-0000', 1001);
      expect(tried).toEqual({ kind: 'wrong', tries: { ...tries, left } });
      ({ tries } = tried);
    }
    expect(isOpen(tries, 1001)).toBe(false);
    expect(tryCode(tries, 'K7QM-4XWP', 'K7QM-4XWP', 1001)).toEqual({ kind: 'closed', tries });
  });

  test('closes the door when its time is over', () => {
    const tries = openTries(0);
    expect(tryCode(tries, 'K7QM-4XWP', ' k7qm 4xwp', codeMs - 1)).toEqual({ kind: 'right', tries });
    expect(tryCode(tries, 'K7QM-4XWP', 'K7QM-4XWP', codeMs)).toEqual({ kind: 'closed', tries });
    expect(isOpen(tries, codeMs - 1)).toBe(true);
    expect(isOpen(tries, codeMs)).toBe(false);
  });

  test('that is none opens to nobody who types none', () => {
    expect(tryCode(openTries(0), 'no code', 'no code', 1).kind).toBe('wrong');
  });
});
