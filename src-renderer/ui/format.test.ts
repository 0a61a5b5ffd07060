import { describe, expect, test } from 'vitest';
import * as format from './format.ts';

describe('format', () => {
  test.each([
    [0.2, '1\u00a0ms'],
    [42, '42\u00a0ms'],
    [640, '0.6\u00a0s'],
    [9949, '9.9\u00a0s'],
    [12_300, '12\u00a0s'],
  ])('%d ms is "%s"', (value, words) => {
    expect(format.milliseconds(value, 'en')).toBe(words);
  });

  test.each([
    [0.2, '1\u00a0ms'],
    [142.4, '142\u00a0ms'],
    [1240, '1.2\u00a0s'],
  ])('the way there and back, %f ms: %s', (value, words) => {
    expect(format.latency(value, 'en')).toBe(words);
  });

  test.each([
    [0, '1\u00a0s'],
    [4400, '4\u00a0s'],
    [17_300, '15\u00a0s'],
    [57_400, '55\u00a0s'],
    [58_000, '1\u00a0min'],
    [95_000, '2\u00a0min'],
    [3_600_000, '1\u00a0h'],
    [5_040_000, '1.4\u00a0h'],
    [86_400_000, '24\u00a0h'],
  ])('a wait of %d ms is about "%s"', (value, words) => {
    expect(format.wait(value, 'en')).toBe(words);
  });

  test.each([
    [0, '1 minute'],
    [59 * 60_000, '59 minutes'],
    [3_600_000, '1 hour'],
    [47.9 * 3_600_000, '47 hours'],
    [72 * 3_600_000, '3 days'],
  ])('what lasted %d ms lasted "%s"', (value, words) => {
    expect(format.span(value, 'en')).toBe(words);
  });

  test('a moment of today is a time, another one has its day', () => {
    const noon = new Date(2026, 10, 21, 12, 0).getTime();
    expect(format.clock(new Date(2026, 10, 21, 15, 40).getTime(), noon, 'en-GB')).toBe('15:40');
    expect(format.clock(new Date(2026, 10, 22, 15, 40).getTime(), noon, 'en-GB')).toContain('22 Nov');
  });

  test('files are counted in thousands, memory in 1024s', () => {
    expect(format.bytes(5_200_000_000, 'en')).toBe('5.2 GB');
    expect(format.bytes(98_000_000, 'en')).toBe('98 MB');
    expect(format.bytes(999, 'en')).toBe('999 bytes');
    expect(format.bytes(1, 'en')).toBe('1 byte');
    expect(format.bytes(38, 'fr')).toMatch(/^38\soctets$/);
    expect(format.mebibytes(24_564, 'en')).toBe('24 GB');
    expect(format.mebibytes(7800, 'en')).toBe('7.6 GB');
  });

  test('rates lose their decimals when they are large', () => {
    expect(format.rate(41.8, 'en')).toBe('42');
    expect(format.rate(6.24, 'en')).toBe('6.2');
    expect(format.percent(0.404, 'en')).toBe('40%');
  });

  test('ago', () => {
    expect(format.ago(0, 26 * 60_000, 'en')).toBe('26 minutes ago');
    expect(format.ago(5000, 0, 'en')).toBe('now');
  });
});
