import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { frame, frameDecoder, FrameTooLarge, jsonFrame, jsonLimits, jsonOf } from './frames.ts';

/** Cuts bytes at the given fractions, as a network would. */
function cut(bytes: Uint8Array, at: number[]): Uint8Array[] {
  const edges = [0, ...at.map((part) => Math.floor(part * bytes.byteLength)).sort((a, b) => a - b), bytes.byteLength];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

describe('frameDecoder', () => {
  test('gives back every frame whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (bodies, at) => {
          const decoder = frameDecoder(() => 300);
          const got = cut(Buffer.concat(bodies.map(frame)), at).flatMap((piece) => decoder.push(piece));
          expect(got.map((body) => Buffer.from(body).toString('hex'))).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')));
          expect(decoder.pending).toBe(0);
        },
      ),
    );
  });

  test('gives back every frame byte by byte', () => {
    const bodies = [new Uint8Array(0), new Uint8Array([1]), new Uint8Array(70).fill(7), new Uint8Array(0)];
    const decoder = frameDecoder(() => 100);
    const got = [...Buffer.concat(bodies.map(frame))].flatMap((byte) => decoder.push(new Uint8Array([byte])));
    expect(got.map((body) => body.byteLength)).toEqual([0, 1, 70, 0]);
  });

  test('refuses a length over the limit before any of the body is kept', () => {
    const decoder = frameDecoder(() => 1000);
    expect(() => decoder.push(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]))).toThrow(FrameTooLarge);
    expect(decoder.pending).toBe(0);
  });

  test('never holds more than the limit and one piece', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 40 }), (pieces) => {
        const decoder = frameDecoder(() => 256);
        try {
          for (const piece of pieces) {
            decoder.push(piece);
            expect(decoder.pending).toBeLessThanOrEqual(256);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(FrameTooLarge);
        }
      }),
    );
  });
});

test('json survives a frame', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const [body] = frameDecoder(() => 1 << 20).push(jsonFrame(value));
      expect(jsonOf(body ?? new Uint8Array())).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what is nested or divided without end is refused before it is parsed', () => {
  const { depth, items, plainBytes } = jsonLimits;
  const nested = (levels: number): Buffer => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
  const list = (commas: number): Buffer => Buffer.from(`[${'0,'.repeat(commas)}0]`);
  for (const body of [nested(depth), list(items - 1), Buffer.from('1'.padStart(plainBytes))]) expect(() => jsonOf(body)).not.toThrow();
  const endless = [
    Buffer.from('1'.padStart(plainBytes + 1)),
    Buffer.from('9'.repeat(plainBytes + 1)),
    nested(depth + 1),
    list(items),
    Buffer.from('{"a":'.repeat(depth + 1)),
    Buffer.from(`[${'{},'.repeat(items)}0]`),
    nested(1e6),
  ];
  for (const body of endless) expect(() => jsonOf(body)).toThrow(/^A message has more parts than any of ours\.$/);
  // in a text they are letters, however it is quoted
  for (const text of ['['.repeat(1000), ','.repeat(items + 1), '"['.repeat(1000), '\\"{'.repeat(1000), '\\\\', '"'])
    expect(jsonOf(Buffer.from(JSON.stringify({ text })))).toEqual({ text });
  // a part of a larger buffer
  expect(jsonOf(Buffer.from('[[[{"a":1}').subarray(3))).toEqual({ a: 1 });
});

test('what is no JSON or no UTF-8 is a bad request that repeats nothing', () => {
  for (const body of [Buffer.from('{"secret": '), Buffer.from([0xff, 0xfe]), new Uint8Array(0)]) {
    expect(() => jsonOf(body)).toThrow(Failure);
    expect(() => jsonOf(body)).toThrow(/^A message was no JSON\.$/);
  }
});
