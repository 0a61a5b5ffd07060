import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { describe, expect, test } from 'vitest';
import { newIdentity, peerIdOf } from './identity.ts';
import { crypto, signer, verifier } from './signing.ts';
import { loadSodium } from './sodium.ts';

/** On the sound ground of both libraries; the rest of this file goes for each. */
const both = [
  ['libsodium', verifier(loadSodium())],
  ['Node', verifier(null)],
] as const;

test('libsodium is there, or the comparison with it says nothing', () => {
  expect(loadSodium()).not.toBeNull();
});

describe.each(both)('signatures, verified by %s', (_, verify) => {
  const key = newIdentity();
  const by = peerIdOf(key);

  test('one is good for its device and its text only', () => {
    const signature = signer(key)('axon-roster/1\n{}');
    expect(verify(by, 'axon-roster/1\n{}', signature)).toBe(true);
    expect(verify(by, 'axon-roster/1\n{} ', signature)).toBe(false);
    expect(verify(peerIdOf(newIdentity()), 'axon-roster/1\n{}', signature)).toBe(false);
  });

  test('nonsense is refused and never throws', () => {
    const signature = signer(key)('x');
    for (const bad of ['', 'AAAA', `${signature}=`, ` ${signature}`, `${signature}\n`, signature.slice(1), 'ü'.repeat(88)])
      expect(verify(by, 'x', bad)).toBe(false);
    for (const nobody of ['', 'nobody', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'])
      expect(verify(nobody, 'x', signature)).toBe(false);
  });

  test('has one spelling', () => {
    const signature = signer(key)('x');
    const last = signature.charAt(85);
    const other = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(Buffer.from(signature.slice(0, 85) + other + '==', 'base64')).toEqual(Buffer.from(signature, 'base64'));
    expect(verify(by, 'x', signature.slice(0, 85) + other + '==')).toBe(false);
  });

  // made by hand over "hello": libraries, and versions of them, differ about some of these
  test.each([
    [
      true,
      'an honest one',
      'JKmUcFUU4YcBL86jyExPGef8AUPCs+U090nZqIpWizQ=',
      'IFHi3M8VkU+l0er/+9LGLQEKaG+emVVGLGSSoGGViWT+eoaJ5BUuve4JJQ2BicAWackGXpifbfIixVfcFCfoCg==',
    ],
    [
      false,
      'the same with the order of the group added',
      'JKmUcFUU4YcBL86jyExPGef8AUPCs+U090nZqIpWizQ=',
      'IFHi3M8VkU+l0er/+9LGLQEKaG+emVVGLGSSoGGViWTrTnzm/nhAFcWmHLBfg58rackGXpifbfIixVfcFCfoGg==',
    ],
    [
      false,
      'a first half with something of order eight in it',
      'q4BcBkBUq3mvQpoKI+gklpkVJtyJ7+DPCB3+67rDahY=',
      'VUUNQRjR3ytPKHC8lZKZcm8MIwuQPIyBXk6y76DfnYido1mBovxbwVAT8n84EaGcIIbLChouTSzhWnprmgpaBg==',
    ],
    [
      true,
      'such a key, where it cancels out',
      'l7Xq9lefjT5YdVMN+Gceva7JX+PwyXxBOQQRRREBtlY=',
      'H78YGnBDpqwrrfj1Z9MRCBogHT5iMQFZ+RDmkJW2p1ug73j5SuaL3iauzPwsklMu5lWA8uxNMGf6mbLMtUr5Bw==',
    ],
    [
      false,
      'such a key, where it does not',
      '6YUPZnMElTEBcIRgHDyI2Ig0IWdNzKbX97Z8wrP9cBM=',
      'g6RbLrnGvXNk5OxFVIbkkflcQdFJiccRfp2W4tQxS49duv4Gav+oFRfhD45y2jlRiMKxnsRSG4YizKLJWjJxDA==',
    ],
    [
      false,
      'a key that is the neutral element',
      'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      '8tvfCrARaN7vXiQvMfaJfeKp8ygFn7kTcaU/uraByelJtZ2ueQY2eJ9ihDRznZw1p9cL+xGbajxTBiqEKLt7CQ==',
    ],
    [
      false,
      'a key of order eight',
      'xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA3o=',
      '3xRnRKZFbq5Daa9i2AccgaW8qLw4MtWaeoCIpOm9J0u2Ixn50C6mcqCZD1qYrPHGSPI48GL2KFJNS6u7MlEjAQ==',
    ],
    [
      false,
      'a first half that is the neutral element',
      'nf8RQNrDqz7q90D90f3j5fofKW8h5g+oY9HN40WGPLg=',
      'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADq4jtN07o20T082uF43wYB46Beje/XQPEpWsGxMQskAA==',
    ],
    [
      false,
      'a key in a second spelling',
      '7v///////////////////////////////////////38=',
      'QMtfI7KbCfYJmPxwyWrDwfaCowFx8MvQxFXAXYlczFNX95lbwoJyyKjiKJ+zCQH7MytA8scVOJY7/65A5LF6BQ==',
    ],
  ])('%s: %s', (holds, _name, keyText, signature) => {
    const peerId = peerIdFromPublicKey(publicKeyFromRaw(new Uint8Array(Buffer.from(keyText, 'base64')))).toString();
    expect(verify(peerId, 'hello', signature)).toBe(holds);
  });
});

test('points about which libraries differ never reach one: Electron takes them, Node does not', () => {
  const sodium = loadSodium();
  if (sodium === null) throw new Error('no libsodium');
  const credulous = verifier({ ...sodium, crypto_sign_verify_detached: () => true });
  const peerOf = (hex: string): string => peerIdFromPublicKey(publicKeyFromRaw(new Uint8Array(Buffer.from(hex, 'hex')))).toString();
  const honest = '24a994705514e187012fcea3c84c4f19e7fc0143c2b3e534f749d9a88a568b34';
  const [zeros, ones] = ['00'.repeat(30), 'ff'.repeat(30)];
  const unsound = [
    `01${zeros}00`,
    `01${zeros}80`,
    `00${zeros}00`,
    `00${zeros}80`,
    `ec${ones}7f`,
    `ec${ones}ff`,
    `ed${ones}7f`,
    `ee${ones}7f`,
    `ff${ones}ff`,
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  ];
  const signed = (hex: string): string => Buffer.from(`${hex}${zeros}0000`, 'hex').toString('base64');
  expect(credulous(peerOf(honest), 'hello', signed(honest))).toBe(true);
  for (const point of unsound) {
    expect(credulous(peerOf(point), 'hello', signed(honest)), `key ${point}`).toBe(false);
    expect(credulous(peerOf(honest), 'hello', signed(point)), `half of a signature ${point}`).toBe(false);
  }
});

test('hashes are SHA-256 of UTF-8', () => {
  expect(crypto.hash('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});
