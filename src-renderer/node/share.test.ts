import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { share } from './share.ts';

test('what did not change keeps its identity', () => {
  const before = { revision: 1, self: { name: 'a', models: [{ name: 'm' }] }, peers: [{ id: 1 }, { id: 2 }] };
  const after = share(before, { revision: 2, self: { name: 'a', models: [{ name: 'm' }] }, peers: [{ id: 1 }, { id: 3 }] });
  expect(after).not.toBe(before);
  expect(after.self).toBe(before.self);
  expect(after.peers).not.toBe(before.peers);
  expect(after.peers[0]).toBe(before.peers[0]);
  expect(share(before, structuredClone(before))).toBe(before);
});

test('a key that came or went is a change', () => {
  expect(share({ a: 1 }, { a: 1, b: undefined })).toEqual({ a: 1, b: undefined });
  const gone: Record<string, unknown> = share({ a: 1, b: 2 }, { a: 1 });
  expect(Object.keys(gone)).toEqual(['a']);
});

test('the result always equals the new value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      expect(share(before, after)).toEqual(after);
    }),
  );
});
