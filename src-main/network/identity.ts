// Who this machine is: an Ed25519 key in libp2p's raw form (32 bytes of seed, then 32 of public key).
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { PeerId } from '../../src-shared/peer.ts';

const seedBytes = 32;
/** DER of a PKCS#8 Ed25519 key up to the seed (RFC 8410). */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');
/** DER of an Ed25519 public key up to the key. */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');

/** The DER that node:crypto takes for a private key. @param seed 32 bytes */
export function pkcs8Of(seed: Uint8Array): Uint8Array {
  return Buffer.concat([pkcs8Head, seed]);
}

/** The DER that node:crypto takes for a public key. @param key 32 bytes */
export function spkiOf(key: Uint8Array): Uint8Array {
  return Buffer.concat([spkiHead, key]);
}

/** A new device identity: 64 bytes. Keep them secret. */
export function newIdentity(): Uint8Array {
  const { privateKey } = generateKeyPairSync('ed25519');
  return withPublicKey(privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(pkcs8Head.byteLength));
}

/** @param privateKey 64 bytes as newIdentity makes them, or the 32-byte seed alone. Throws on anything but Ed25519. */
export function privateKeyOf(privateKey: Uint8Array): Ed25519PrivateKey {
  const key = privateKeyFromRaw(privateKey.byteLength === seedBytes ? withPublicKey(privateKey) : privateKey);
  if (key.type !== 'Ed25519') throw new Error('the identity must be an Ed25519 key');
  return key;
}

/** The peer id that others know this key by. */
export function peerIdOf(privateKey: Uint8Array): PeerId {
  return peerIdFromPrivateKey(privateKeyOf(privateKey)).toString();
}

function withPublicKey(seed: Uint8Array): Uint8Array {
  const secret = createPrivateKey({ key: Buffer.from(pkcs8Of(seed)), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return new Uint8Array(Buffer.concat([seed, spki.subarray(spki.byteLength - seedBytes)]));
}
