// The words that two screens show. Each side is bound to its nonce before it sees the other's: a man in the middle has one guess in 2^33.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Crypto } from './ports.ts';

export type WordFacts = {
  /** What joins what: id of the found statement. */
  readonly swarm: string;
  /** As the Noise channel proved them. */
  readonly joiner: PeerId;
  readonly host: PeerId;
  /** 16 random bytes or more, hex digits. */
  readonly joinerNonce: string;
  readonly hostNonce: string;
};

/** What the joiner sends first. The nonce follows once the host has shown its own. */
export function commitOf(crypto: Pick<Crypto, 'hash'>, nonce: string): string {
  return crypto.hash(`axon-words-commit/1\n${nonce}`);
}

/** Places in a list of 2048 words: the first 33 bits of the hash over everything that must be the same on both sides. */
export function wordNumbers(crypto: Pick<Crypto, 'hash'>, facts: WordFacts): [number, number, number] {
  const { swarm, joiner, host, joinerNonce, hostNonce } = facts;
  // as JSON: no field can reach into the next one
  const digits = crypto.hash(`axon-words/1\n${JSON.stringify([swarm, joiner, host, joinerNonce, hostNonce])}`);
  const bits = BigInt(`0x${digits.slice(0, 9)}`) >> 3n;
  return [Number(bits >> 22n), Number((bits >> 11n) & 2047n), Number(bits & 2047n)];
}
