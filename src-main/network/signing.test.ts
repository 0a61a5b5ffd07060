import { describe, expect, test } from 'vitest';
import { newIdentity, peerIdOf } from './identity.ts';
import { crypto, signer } from './signing.ts';

describe('signatures', () => {
  const key = newIdentity();
  const by = peerIdOf(key);

  test('one is good for its device and its text only', () => {
    const signature = signer(key)('axon-roster/1\n{}');
    expect(crypto.verify(by, 'axon-roster/1\n{}', signature)).toBe(true);
    expect(crypto.verify(by, 'axon-roster/1\n{} ', signature)).toBe(false);
    expect(crypto.verify(peerIdOf(newIdentity()), 'axon-roster/1\n{}', signature)).toBe(false);
  });

  test('nonsense is refused and never throws', () => {
    const signature = signer(key)('x');
    for (const bad of ['', 'AAAA', `${signature}=`, ` ${signature}`, signature.slice(1), 'ü'.repeat(88)])
      expect(crypto.verify(by, 'x', bad)).toBe(false);
    for (const nobody of ['', 'nobody', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'])
      expect(crypto.verify(nobody, 'x', signature)).toBe(false);
  });

  test('hashes are SHA-256 of UTF-8', () => {
    expect(crypto.hash('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
  });
});
