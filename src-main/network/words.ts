// Words instead of digits, for people: three that two screens show, twelve that are kept on paper. All from the 2048 English words of
// BIP-39, of which no two begin with the same four letters.
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { commitOf, wordNumbers, type WordFacts } from '../membership/words.ts';
import { peerIdOf } from './identity.ts';
import { crypto } from './signing.ts';

const nonceBytes = 32;
/** 12 words */
const recoveryBytes = 16;

/** 32 random bytes, 64 hex digits. */
export function newNonce(): string {
  return randomBytes(nonceBytes).toString('hex');
}

/** What is told before the other side's nonce is known, so that one's own cannot be chosen to fit it. */
export function commitmentTo(nonce: string): string {
  return commitOf(crypto, nonce);
}

/** Whether that is the nonce that was committed to. */
export function keepsTo(commitment: string, nonce: string): boolean {
  return equalTexts(commitment, commitmentTo(nonce));
}

/** In the same time whatever differs, and whatever length. */
export function equalTexts(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** "otter-lemon-river": 33 bits, of which whoever sits in between gets one guess. */
export function wordsOf(facts: WordFacts): string {
  return wordNumbers(crypto, facts)
    .map((number) => wordlist[number])
    .join('-');
}

export type RecoveryIdentity = { readonly privateKey: Uint8Array; readonly peerId: PeerId };

/** Twelve new words (128 bits) with their check word. */
export function newRecoveryWords(): string {
  return entropyToMnemonic(new Uint8Array(randomBytes(recoveryBytes)), wordlist);
}

/** The identity that these words stand for. Blanks, hyphens and capitals are forgiven. Fails with recovery-wrong. */
export function recoveryIdentity(words: string): RecoveryIdentity {
  const text = words
    .toLowerCase()
    .split(/[\s,.-]+/)
    .filter((word) => word !== '')
    .join(' ');
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
