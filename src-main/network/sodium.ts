// libsodium through sodium-native, where its prebuilt library loads. Optional: everything works without it, slower.
import { createRequire } from 'node:module';

/** The calls of sodium-native used here; plain buffers only, since Electron's memory cage breaks its secure memory. */
export type Sodium = {
  readonly crypto_stream_xor_STATEBYTES: number;
  crypto_stream_xor_init(state: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  /** output and input may be the same memory */
  crypto_stream_xor_update(state: Uint8Array, output: Uint8Array, input: Uint8Array): void;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    c: Uint8Array,
    m: Uint8Array,
    ad: Uint8Array | null,
    nsec: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): void;
  /** Throws when the tag is wrong. */
  crypto_aead_chacha20poly1305_ietf_decrypt(
    m: Uint8Array,
    nsec: null,
    c: Uint8Array,
    ad: Uint8Array | null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): void;
  crypto_scalarmult_base(publicKey: Uint8Array, privateKey: Uint8Array): void;
  crypto_scalarmult(shared: Uint8Array, privateKey: Uint8Array, publicKey: Uint8Array): void;
  /** Throws when a length is wrong. */
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
};

/** Which code runs the link's ciphers. */
export type Ciphers = 'native' | 'wasm';

let loaded: { sodium: Sodium | null } | undefined;

/** null when the library is missing or does not load on this system. Looked up once. */
export function loadSodium(): Sodium | null {
  if (loaded === undefined) {
    try {
      loaded = { sodium: createRequire(import.meta.url)('sodium-native') as Sodium };
    } catch {
      loaded = { sodium: null };
    }
  }
  return loaded.sodium;
}
