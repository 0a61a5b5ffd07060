import { expect, test } from 'vitest';
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';
import { kindOf, pixelsIn, refusedBySize, textIn, tooLarge } from './file-kind.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (letter) => letter.codePointAt(0) ?? 0) : part)));
const png = bytes([0x89], 'PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 0, 1, 0, 0, 0, 1], [8, 2, 0, 0, 0]);
/** 4000 by 3000 */
const jpeg = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 11, 8, 0x0b, 0xb8, 0x0f, 0xa0, 1, 1, 0x11, 0]);
const webp = (chunk: string, rest: number[]): Uint8Array =>
  bytes(
    'RIFF',
    [0, 0, 0, 0],
    'WEBP',
    chunk,
    [0, 0, 0, 0],
    rest,
    Array.from({ length: 20 }, () => 0),
  );

test('the kind is told by what a file begins with', () => {
  expect([png, jpeg].map(kindOf)).toEqual(['png', 'jpeg']);
  expect(kindOf(bytes('GIF89a'))).toBe('gif');
  expect(kindOf(webp('VP8 ', []))).toBe('webp');
  expect(kindOf(bytes('%PDF-1.7'))).toBe('pdf');
  expect(kindOf(bytes('a line of a mailer before it\n%PDF-1.7'))).toBe('pdf');
  for (const other of ['II*\0....', 'MM\0*....', '\0\0\0\x18ftypheic', '\0\0\0\x18ftypavif', 'BM....\0\0..']) {
    expect([other, kindOf(bytes(other))]).toEqual([other, 'picture']);
  }
  for (const text of ['', 'x', 'GIF is a word', 'BMW', 'RIFF raff', '<svg xmlns="http://www.w3.org/2000/svg"/>']) {
    expect([text, kindOf(bytes(text))]).toEqual([text, 'text']);
  }
});

test('a file is refused by its size before it is read', () => {
  const { text, pdf, image } = attachmentLimits.fileBytes;
  expect([refusedBySize('text', 0), refusedBySize('png', 0), refusedBySize('picture', 5)]).toEqual(['empty', 'empty', 'image-kind']);
  expect([refusedBySize('text', text), refusedBySize('pdf', pdf), refusedBySize('webp', image)]).toEqual([null, null, null]);
  expect([refusedBySize('text', text + 1), refusedBySize('pdf', pdf + 1), refusedBySize('jpeg', image + 1)]).toEqual([
    'text-too-large',
    'pdf-too-large',
    'image-too-large',
  ]);
});

test('of a file that is too large for a text, what it is comes first; half a character at the cut is one', () => {
  expect(tooLarge(bytes('\x7fELF\x02\x01'))).toBe('binary');
  expect(tooLarge(bytes('PK\x03\x04'))).toBe('binary');
  expect(tooLarge(bytes('caf', [0xe9], ' au lait'))).toBe('binary');
  expect(tooLarge(new TextEncoder().encode('grün').subarray(0, 3))).toBe('text-too-large');
  expect(tooLarge(bytes([0xff, 0xfe], 'a\0b\0'))).toBe('text-too-large');
});

test('the size of a picture is known before it is decoded', () => {
  expect(pixelsIn('png', png)).toBe(1);
  expect(pixelsIn('jpeg', jpeg)).toBe(12_000_000);
  expect(pixelsIn('gif', bytes('GIF89a', [0x10, 0x27, 0xe8, 0x03]))).toBe(10_000 * 1000);
  // ten by ten, says its screen; its frame begins at (5, 6) behind a note and is 4000 by 3000
  const frame = [0x2c, 5, 0, 6, 0, 0xa0, 0x0f, 0xb8, 0x0b, 0];
  expect(pixelsIn('gif', bytes('GIF89a', [10, 0, 10, 0, 0, 0, 0], [0x21, 0xfe, 2, 1, 1, 0], frame))).toBe(4005 * 3006);
  expect(pixelsIn('gif', bytes('GIF89a', [10, 0, 10, 0, 0x80, 0, 0], [1, 2, 3, 4, 5, 6], frame))).toBe(4005 * 3006);
  expect(pixelsIn('webp', webp('VP8X', [0, 0, 0, 0, 0xff, 0xff, 0x00, 0x0f, 0x27, 0x00]))).toBe(65_536 * 10_000);
  expect(pixelsIn('webp', webp('VP8 ', [0, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01]))).toBe(640 * 480);
  expect(pixelsIn('webp', webp('VP8L', [0x2f, 0x0f, 0xc0, 0x01, 0x00]))).toBe(16 * 8);
});

test('whatever comes, no head of a picture is more than looked at', () => {
  for (const kind of ['png', 'jpeg', 'gif', 'webp'] as const) {
    for (let length = 0; length < 64; length += 1) {
      const noise = new Uint8Array(Array.from({ length }, (_, at) => (at * 89 + length * 7) % 256));
      noise.set([0xff, 0xd8, 0xff].slice(0, length));
      const pixels = pixelsIn(kind, noise);
      expect(pixels === null || pixels >= 0).toBe(true);
    }
  }
  expect(
    pixelsIn(
      'jpeg',
      bytes(
        [0xff, 0xd8],
        Array.from({ length: 9000 }, () => 0xff),
      ),
    ),
  ).toBeNull();
  expect(
    pixelsIn(
      'jpeg',
      bytes(
        [0xff, 0xd8, 0xff, 0xe1, 0, 0],
        Array.from({ length: 90 }, () => 0xff),
      ),
    ),
  ).toBeNull();
});

test('a text is UTF-8, or UTF-16 that says so; anything else is none', () => {
  const said = (data: Uint8Array): string => {
    const read = textIn(data);
    return 'text' in read ? read.text : `! ${read.refused}`;
  };
  expect(said(new TextEncoder().encode('\uFEFFgrün\tund\r\n\x1b[31mrot'))).toBe('grün\tund\r\n\x1b[31mrot');
  expect(said(bytes([0xff, 0xfe], 'a\0b\0'))).toBe('ab');
  expect(said(bytes([0xfe, 0xff], '\0a\0b'))).toBe('ab');
  expect(said(bytes('caf', [0xe9]))).toBe('! binary');
  expect(said(bytes('a\0b'))).toBe('! binary');
  expect(said(bytes('\x7fELF\x02\x01'))).toBe('! binary');
  expect(said(bytes(' \n\t '))).toBe('! empty');
  expect(said(new TextEncoder().encode('ü'.repeat(attachmentLimits.textBytes / 2 + 1)))).toBe('! text-too-large');
  expect(said(bytes('/key/swarm/psk/1.0.0/\n/base16/\n00'))).toBe('! key');
  expect(said(bytes(`about /key/swarm/psk/ ${'in a long text '.repeat(400)}`)).startsWith('about')).toBe(true);
});
