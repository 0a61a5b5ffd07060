import { expect, test } from 'vitest';
import { zipOf } from './zip.ts';

// the check value that every CRC-32 is known by, and the archive that Info-ZIP's `unzip -t` finds no fault in
test('the archive has the head, the checksum and the end that the format asks for', () => {
  const bytes = zipOf([{ name: 'check.txt', text: '123456789' }]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expect(view.getUint32(0, true)).toBe(0x04_03_4b_50);
  expect(view.getUint32(14, true)).toBe(0xcb_f4_39_26);
  expect([view.getUint32(18, true), view.getUint32(22, true)]).toEqual([9, 9]);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06_05_4b_50);
  expect(view.getUint16(end + 10, true)).toBe(1);
  const directory = view.getUint32(end + 16, true);
  expect(view.getUint32(directory, true)).toBe(0x02_01_4b_50);
  expect(directory + view.getUint32(end + 12, true)).toBe(end);
});
