// Native ciphers for @chainsafe/libp2p-noise. By itself it uses WebAssembly under Electron, whose BoringSSL has no
// chacha20-poly1305, and that is three times slower.
import { pureJsCrypto, type ICryptoInterface } from '@chainsafe/libp2p-noise';
import { createHash, randomBytes } from 'node:crypto';
import type { Sodium } from './sodium.ts';

const tagBytes = 16;
const keyBytes = 32;

/** One piece of memory out of what noise hands over. */
function flat(bytes: { subarray(): Uint8Array }): Uint8Array {
  return bytes instanceof Uint8Array ? bytes : bytes.subarray();
}

function orNone(bytes: Uint8Array): Uint8Array | null {
  return bytes.byteLength === 0 ? null : bytes;
}

/** Noise's ciphers on libsodium; its key derivation stays in JavaScript, it runs a few times per connection. */
export function sodiumNoiseCrypto(sodium: Sodium): ICryptoInterface {
  return {
    ...pureJsCrypto,
    hashSHA256(data) {
      const hash = createHash('sha256');
      for (const piece of data instanceof Uint8Array ? [data] : data) hash.update(piece);
      return hash.digest();
    },
    generateX25519KeyPair() {
      const privateKey = randomBytes(keyBytes);
      return { publicKey: publicKeyOf(sodium, privateKey), privateKey };
    },
    generateX25519KeyPairFromSeed: (seed) => ({ publicKey: publicKeyOf(sodium, seed), privateKey: seed }),
    generateX25519SharedKey(privateKey, publicKey) {
      const shared = Buffer.alloc(keyBytes);
      sodium.crypto_scalarmult(shared, flat(privateKey), flat(publicKey));
      return shared;
    },
    chaCha20Poly1305Encrypt(plaintext, nonce, ad, key) {
      const message = flat(plaintext);
      const output = Buffer.allocUnsafeSlow(message.byteLength + tagBytes);
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(output, message, orNone(ad), null, nonce, key);
      return output;
    },
    chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key) {
      const input = flat(ciphertext);
      const output = Buffer.allocUnsafeSlow(input.byteLength - tagBytes);
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(output, null, input, orNone(ad), nonce, key);
      return output;
    },
  };
}

function publicKeyOf(sodium: Sodium, privateKey: Uint8Array): Uint8Array {
  const publicKey = Buffer.alloc(keyBytes);
  sodium.crypto_scalarmult_base(publicKey, privateKey);
  return publicKey;
}
