// Signatures of devices: what membership/ needs of cryptography, on Node's own.
import { peerIdFromString } from '@libp2p/peer-id';
import { createHash, createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes, type KeyObject } from 'node:crypto';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Crypto, Sign } from '../membership/ports.ts';
import { pkcs8Of, privateKeyOf, spkiOf } from './identity.ts';

/** Keys of devices that were met in signatures; a roster has few, whoever lies may have many. */
const keptKeys = 512;
const signatureBytes = 64;

const keys = new Map<PeerId, KeyObject | null>();

/** null: that peer id holds no Ed25519 key */
function publicKeyOf(peerId: PeerId): KeyObject | null {
  const known = keys.get(peerId);
  if (known !== undefined) return known;
  const [oldest] = keys.keys();
  if (keys.size >= keptKeys && oldest !== undefined) keys.delete(oldest);
  const key = readKey(peerId);
  keys.set(peerId, key);
  return key;
}

function readKey(peerId: PeerId): KeyObject | null {
  try {
    const id = peerIdFromString(peerId);
    if (id.type !== 'Ed25519') return null;
    return createPublicKey({ key: Buffer.from(spkiOf(id.publicKey.raw)), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/** SHA-256 and Ed25519. A statement of 500 bytes is verified in a tenth of a millisecond. */
export const crypto: Crypto = {
  hash: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
  verify(by, text, signature) {
    const bytes = Buffer.from(signature, 'base64');
    // one spelling only, or the same statement could be told in two ways
    if (bytes.byteLength !== signatureBytes || bytes.toString('base64') !== signature) return false;
    const key = publicKeyOf(by);
    if (key === null) return false;
    try {
      return verifyBytes(null, Buffer.from(text, 'utf8'), key, bytes);
    } catch {
      return false;
    }
  },
};

/** @param privateKey as newIdentity makes it. Throws on anything but Ed25519. */
export function signer(privateKey: Uint8Array): Sign {
  const seed = privateKeyOf(privateKey).raw.subarray(0, 32);
  const key = createPrivateKey({ key: Buffer.from(pkcs8Of(seed)), format: 'der', type: 'pkcs8' });
  return (text) => signBytes(null, Buffer.from(text, 'utf8'), key).toString('base64');
}
