import { expect, test } from 'vitest';
import { jpegOf, redPng } from '../test/fakes/pictures.ts';
import { bytesOfBase64, imageFacts, imageLimits } from './image.ts';

test('a PNG and a JPEG are told, with their size', () => {
  expect(imageFacts(redPng)).toEqual({ type: 'image/png', width: 1, height: 1 });
  expect(imageFacts(jpegOf(1536, 20))).toEqual({ type: 'image/jpeg', width: 1536, height: 20 });
});

const bytes = (...all: number[]): string => Buffer.from(all).toString('base64');
const png = Buffer.from(redPng, 'base64');
const withWidth = (width: number): string => {
  const copy = Buffer.from(png);
  copy.writeUInt32BE(width, 16);
  return copy.toString('base64');
};

/** A JPEG of 4 by 4 pixels with so many segments, and so many bytes of padding, before its size. */
const late = (segments: number, padding = 0): string => {
  const before = [...Array.from({ length: segments }, () => [0xff, 0xe0, 0, 2]).flat(), ...Array.from({ length: padding }, () => 0xff)];
  return bytes(0xff, 0xd8, ...before, 0xff, 0xc0, 0, 11, 8, 0, 4, 0, 4, 1, 1, 0x11, 0);
};

test('a JPEG may have hundreds of segments before its size', () => {
  expect(imageFacts(late(400, 20))).toEqual({ type: 'image/jpeg', width: 4, height: 4 });
});

test.each([
  ['nothing', ''],
  ['a text', Buffer.from('just words, long enough to be looked at as a picture').toString('base64')],
  ['no base64', redPng.replace('A', '-')],
  ['base64 that is cut', redPng.slice(0, -3)],
  ['padding in the middle', `${redPng.slice(0, 8)}=${redPng.slice(9)}`],
  ['a GIF', bytes(...Buffer.from('GIF89a'), 1, 0, 1, 0, 0, 0, 0, ...Buffer.alloc(40))],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>').toString('base64')],
  ['a PNG that ends before its size', png.subarray(0, 20).toString('base64')],
  ['a PNG wider than any of ours', withWidth(imageLimits.side + 1)],
  ['a PNG that says it is as wide as can be said', withWidth(0xffff_ffff)],
  ['a PNG without width', withWidth(0)],
  ['a JPEG wider than any of ours', jpegOf(imageLimits.side + 1, 4)],
  ['a JPEG whose segments never come to a size', bytes(0xff, 0xd8, ...Array.from({ length: 300 }, () => [0xff, 0xe0, 0, 2]).flat())],
  ['a JPEG with a segment that has no length', bytes(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0)],
  ['a JPEG of padding alone', bytes(0xff, 0xd8, ...Array.from({ length: 5000 }, () => 0xff))],
  ['a JPEG with more before its size than any program writes', late(5000)],
  ['a JPEG with more padding before its size than any program writes', late(0, 5000)],
  ['a JPEG whose picture comes before its size', bytes(0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1)],
])('%s is no picture', (_what, data) => {
  expect(imageFacts(data)).toBeNull();
});

test('more bytes than a picture may have are none, however it begins', () => {
  const large = Buffer.concat([png, Buffer.alloc(imageLimits.bytes)]).toString('base64');
  expect(imageFacts(large)).toBeNull();
  const most = Buffer.concat([png, Buffer.alloc(imageLimits.bytes - png.length)]).toString('base64');
  expect(imageFacts(most)).not.toBeNull();
});

test('base64 of every length comes back as its bytes', () => {
  for (let length = 0; length < 70; length += 1) {
    const some = Buffer.from(Array.from({ length }, (_, at) => (at * 83 + length) % 256));
    expect(Buffer.from(bytesOfBase64(some.toString('base64')) ?? [])).toEqual(some);
  }
});

test('a head is read as its bytes are, wherever it lies', () => {
  // each length of the notes before the size puts it at another place within the four letters that hold three bytes
  for (let notes = 0; notes < 9; notes += 1) {
    const note = [0xff, 0xe0, 0, 2 + notes, ...Array.from({ length: notes }, (_, at) => at * 31)];
    const frame = [0xff, 0xc0, 0, 11, 8, 0x02, 0x9b, 0x05, 0xe7, 1, 1, 0x11, 0];
    expect(imageFacts(bytes(0xff, 0xd8, ...note, ...frame))).toEqual({ type: 'image/jpeg', width: 0x5e7, height: 0x29b });
  }
});
