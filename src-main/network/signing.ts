// Signatures of devices: what membership/ needs of cryptography, on libsodium or Node's own.
import { peerIdFromString } from '@libp2p/peer-id';
import { createHash, createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Crypto, Sign } from '../membership/ports.ts';
import { pkcs8Of, privateKeyOf, spkiOf } from './identity.ts';
import { loadSodium, type Sodium } from './sodium.ts';

/** Keys of devices that were met in signatures; a roster has few, whoever lies may have many. */
const keptKeys = 512;
/** 64 bytes in one spelling only, or the same statement could be told in two ways: the four bits left over are zero. */
const signatureText = /^[A-Za-z0-9+/]{85}[AQgw]==$/;
/** y of the points of small order, most significant byte first: 0, 1, -1, and two of order eight. */
const smallOrders = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000001',
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
]);
/** 2^255 - 19: no y is as large. */
const prime = '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed';

/** Whether `signature` (64 bytes) over that text is by one key. May throw. */
type Check = (text: Uint8Array, signature: Uint8Array) => boolean;
const never: Check = () => false;

/** libsodium: 0.06 ms for a statement on the machine where Node takes twice that. */
const bySodium =
  (sodium: Sodium) =>
  (key: Uint8Array): Check =>
  (text, signature) =>
    sodium.crypto_sign_verify_detached(signature, text, key);

const byNode = (key: Uint8Array): Check => {
  const known = createPublicKey({ key: Buffer.from(spkiOf(key)), format: 'der', type: 'spki' });
  return (text, signature) => verifyBytes(null, text, known, signature);
};

/** Verifies with libsodium; null: with what Node has. Both say the same of every signature, or devices would not agree on a roster. */
export function verifier(sodium: Sodium | null): Crypto['verify'] {
  const checkWith = sodium === null ? byNode : bySodium(sodium);
  const checks = new Map<PeerId, Check>();
  const checkOf = (peerId: PeerId): Check => {
    const known = checks.get(peerId);
    if (known !== undefined) return known;
    const [oldest] = checks.keys();
    if (checks.size >= keptKeys && oldest !== undefined) checks.delete(oldest);
    const key = publicKeyOf(peerId);
    const check = key === null ? never : checkWith(key);
    checks.set(peerId, check);
    return check;
  };
  return (by, text, signature) => {
    if (!signatureText.test(signature)) return false;
    const bytes = Buffer.from(signature, 'base64');
    try {
      return isSound(bytes.subarray(0, 32)) && checkOf(by)(Buffer.from(text, 'utf8'), bytes);
    } catch {
      return false;
    }
  };
}

/** null: that peer id holds no Ed25519 key. */
function publicKeyOf(peerId: PeerId): Uint8Array | null {
  try {
    const id = peerIdFromString(peerId);
    return id.type === 'Ed25519' && isSound(id.publicKey.raw) ? Buffer.from(id.publicKey.raw) : null;
  } catch {
    return null;
  }
}

/** Not one of the few points about which libraries differ: those of small order, and any that is written in a second way. */
function isSound(point: Uint8Array): boolean {
  const y = Buffer.from(point).reverse();
  y.writeUInt8(y.readUInt8(0) & 0x7f, 0);
  const hex = y.toString('hex');
  return hex < prime && !smallOrders.has(hex);
}

let verify: Crypto['verify'] | undefined;

/** SHA-256 and Ed25519. */
export const crypto: Crypto = {
  hash: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
  verify(by, text, signature) {
    verify ??= verifier(loadSodium());
    return verify(by, text, signature);
  },
};

/** @param privateKey as newIdentity makes it. Throws on anything but Ed25519. */
export function signer(privateKey: Uint8Array): Sign {
  const seed = privateKeyOf(privateKey).raw.subarray(0, 32);
  const key = createPrivateKey({ key: Buffer.from(pkcs8Of(seed)), format: 'der', type: 'pkcs8' });
  return (text) => signBytes(null, Buffer.from(text, 'utf8'), key).toString('base64');
}
