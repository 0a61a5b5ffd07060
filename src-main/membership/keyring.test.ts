import { beforeEach, describe, expect, test } from 'vitest';
import { fakeCrypto as crypto } from '../../test/fakes/fake-signing.ts';
import { keepKey, keysFor, newKeyring, prune, retiredDays, takeKeys } from './keyring.ts';
import type { Keyring } from './ports.ts';

const day = 86_400_000;
const monthMs = 30 * day;
const keys = ['k0', 'k1', 'k2', 'k3'] as const;
const epochOf = (key: string, number: number) => ({ number, keyHash: crypto.hash(key), id: key });
/** A roster that has named the keys up to that number. */
const state = (number: number, key = `k${number}`) => ({
  epoch: epochOf(key, number),
  keyHashes: new Map(keys.slice(1, number + 1).map((one, index) => [crypto.hash(one), index + 1])),
});
let first: Keyring;
beforeEach(() => {
  first = newKeyring({ epoch: 1, key: 'k1' });
});

describe('the keyring', () => {
  test('begins with the key that a device came with', () => {
    expect(first).toEqual({ current: { epoch: 1, key: 'k1' }, retired: [] });
    expect(retiredDays).toBe(30);
  });

  test('goes to the key of the roster, and keeps the old one for 30 days', () => {
    const next = takeKeys(first, state(2), [{ epoch: 2, key: 'k2' }], crypto, 1000);
    expect(next).toEqual({ current: { epoch: 2, key: 'k2' }, retired: [{ epoch: 1, key: 'k1', until: 1000 + monthMs }] });
    const third = takeKeys(next, state(3), [{ epoch: 3, key: 'k3' }], crypto, 2000);
    expect(third.current.key).toBe('k3');
    expect(third.retired).toEqual([
      { epoch: 2, key: 'k2', until: 2000 + monthMs },
      { epoch: 1, key: 'k1', until: 1000 + monthMs },
    ]);
  });

  test('goes nowhere without the key, or without the statement', () => {
    expect(takeKeys(first, state(2), [], crypto, 0)).toBe(first);
    expect(takeKeys(first, state(1), [{ epoch: 2, key: 'k2' }], crypto, 0)).toBe(first);
    expect(takeKeys(first, { epoch: null, keyHashes: new Map() }, [{ epoch: 2, key: 'k2' }], crypto, 0)).toBe(first);
    const stranger = { epoch: epochOf('k9', 2), keyHashes: state(1).keyHashes };
    expect(takeKeys(first, stranger, [{ epoch: 2, key: 'k2' }], crypto, 0)).toBe(first);
  });

  test('takes the number from the roster, not from who offers', () => {
    expect(takeKeys(newKeyring({ epoch: 0, key: 'k1' }), state(1), [], crypto, 0)).toEqual(first);
    expect(takeKeys(first, state(3), [{ epoch: 77, key: 'k2' }], crypto, 0).retired).toEqual([{ epoch: 2, key: 'k2', until: monthMs }]);
    expect(takeKeys(first, state(2), [{ epoch: 77, key: 'k2' }], crypto, 0).current).toEqual({ epoch: 2, key: 'k2' });
  });

  test('does not take a key back that is older than the one in use', () => {
    const now = newKeyring({ epoch: 2, key: 'k2' });
    expect(takeKeys(now, state(2), [{ epoch: 1, key: 'k1' }], crypto, 0)).toBe(now);
    // a key that the roster does not name may be older than all
    const unnamed = newKeyring({ epoch: 5, key: 'k9' });
    expect(takeKeys(unnamed, state(2), [{ epoch: 1, key: 'k1' }], crypto, 0).retired).toEqual([{ epoch: 1, key: 'k1', until: monthMs }]);
  });

  test('takes the other one of two keys with the same number', () => {
    const twins = { epoch: epochOf('ka', 2), keyHashes: new Map(['ka', 'kb'].map((key) => [crypto.hash(key), 2])) };
    expect(takeKeys(newKeyring({ epoch: 2, key: 'kb' }), twins, [{ epoch: 2, key: 'ka' }], crypto, 0).current.key).toBe('ka');
  });

  test('goes back when the statement of its key became void', () => {
    const ahead = takeKeys(first, state(2), [{ epoch: 2, key: 'k2' }], crypto, 0);
    const back = takeKeys(ahead, state(1), [], crypto, 5);
    expect(back).toEqual({ current: { epoch: 1, key: 'k1' }, retired: [{ epoch: 2, key: 'k2', until: 5 + monthMs }] });
  });

  test('knows a key before the statement that names it is written', () => {
    const kept = keepKey(first, { epoch: 2, key: 'k2' }, 7);
    expect(kept).toEqual({ current: { epoch: 1, key: 'k1' }, retired: [{ epoch: 2, key: 'k2', until: 7 + monthMs }] });
    expect(keepKey(kept, { epoch: 9, key: 'k2' }, 8)).toBe(kept);
    expect(keepKey(kept, { epoch: 9, key: 'k1' }, 8)).toBe(kept);
    const switched = takeKeys(kept, state(2), [], crypto, 9);
    expect(switched).toEqual({ current: { epoch: 2, key: 'k2' }, retired: [{ epoch: 1, key: 'k1', until: 9 + monthMs }] });
    expect(takeKeys(switched, state(2), [{ epoch: 2, key: 'k2' }], crypto, 10)).toBe(switched);
  });

  test('forgets keys whose time is over', () => {
    const next = takeKeys(
      takeKeys(first, state(2), [{ epoch: 2, key: 'k2' }], crypto, 0),
      state(3),
      [{ epoch: 3, key: 'k3' }],
      crypto,
      day,
    );
    expect(prune(next, monthMs - 1)).toBe(next);
    expect(prune(next, monthMs)).toEqual({ current: { epoch: 3, key: 'k3' }, retired: [{ epoch: 2, key: 'k2', until: monthMs + day }] });
    expect(prune(next, monthMs + day).retired).toEqual([]);
  });

  test('is bounded: newest first, the oldest go', () => {
    let ring = first;
    for (let epoch = 2; epoch <= 200; epoch += 1) ring = keepKey(ring, { epoch, key: `x${epoch}` }, 0);
    expect(ring.retired).toHaveLength(128);
    expect([ring.retired[0]?.epoch, ring.retired[127]?.epoch]).toEqual([200, 73]);
    const twins = keepKey(keepKey(first, { epoch: 2, key: 'older' }, 0), { epoch: 2, key: 'newer' }, 1);
    expect(twins.retired.map(({ key }) => key)).toEqual(['newer', 'older']);
  });

  test('gives a key on only with the statements that made it', () => {
    const ahead = takeKeys(first, state(2), [{ epoch: 2, key: 'k2' }], crypto, 0);
    expect(keysFor(ahead, state(2), crypto)).toEqual([{ epoch: 2, key: 'k2' }]);
    expect(keysFor(ahead, state(1), crypto)).toEqual([]);
    expect(keysFor(first, state(2), crypto)).toEqual([]);
    expect(keysFor(first, { epoch: null }, crypto)).toEqual([]);
  });
});
