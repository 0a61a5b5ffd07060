// Words instead of digits, for people: three that two screens show, twelve that are kept on paper. All from the 2048 English words of
// BIP-39, of which no two begin with the same four letters.
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { peerIdOf } from './identity.ts';

const nonceBytes = 32;
const comparedWords = 3;
const bitsPerWord = 11;
/** 12 words */
const recoveryBytes = 16;

/** 32 random bytes, 64 hex digits. */
export function newNonce(): string {
  return randomBytes(nonceBytes).toString('hex');
}

/** What is told before the other side's nonce is known, so that one's own cannot be chosen to fit it. */
export function commitmentTo(nonce: string): string {
  return createHash('sha256').update(`axon-join/1 commitment\n${nonce}`).digest('hex');
}

/** Whether that is the nonce that was committed to. */
export function keepsTo(commitment: string, nonce: string): boolean {
  return timingSafeEqual(digestOf(commitment), digestOf(commitmentTo(nonce)));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What both sides of a joining know. Whoever sits in between speaks with two different peers, so it can make no two of these alike. */
export type Encounter = {
  /** The host's swarm, as it says: id of its first statement, or none. */
  readonly swarm: string | null;
  readonly joiner: PeerId;
  readonly host: PeerId;
  /** 64 hex digits each */
  readonly joinerNonce: string;
  readonly hostNonce: string;
};

/** "otter-lemon-river": 33 bits, of which a forger gets one guess, since the nonces are committed to. */
export function wordsOf({ swarm, joiner, host, joinerNonce, hostNonce }: Encounter): string {
  const hash = createHash('sha256').update(JSON.stringify(['axon-join/1 words', swarm, joiner, host, joinerNonce, hostNonce])).digest();
  const bits = hash.readBigUInt64BE(0);
  return Array.from({ length: comparedWords }, (_, index) => {
    const at = Number((bits >> BigInt(64 - bitsPerWord * (index + 1))) & BigInt((1 << bitsPerWord) - 1));
    return wordlist[at] ?? '';
  }).join('-');
}

export type RecoveryIdentity = { readonly privateKey: Uint8Array; readonly peerId: PeerId };

/** Twelve new words (128 bits) with their check word. */
export function newRecoveryWords(): string {
  return entropyToMnemonic(new Uint8Array(randomBytes(recoveryBytes)), wordlist);
}

/** The identity that these words stand for. Blanks, hyphens and capitals are forgiven. Fails with recovery-wrong. */
export function recoveryIdentity(words: string): RecoveryIdentity {
  const text = words.toLowerCase().split(/[\s,.-]+/).filter((word) => word !== '').join(' ');
  let entropy: Uint8Array;
  try {
    entropy = mnemonicToEntropy(text, wordlist);
  } catch {
    throw new Failure('recovery-wrong', 'These are not the twelve words of a recovery code.');
  }
  if (entropy.byteLength !== recoveryBytes) throw new Failure('recovery-wrong', 'A recovery code has twelve words.');
  const seed = new Uint8Array(hkdfSync('sha256', entropy, new Uint8Array(0), 'axon recovery identity', 32));
  return { privateKey: seed, peerId: peerIdOf(seed) };
}
