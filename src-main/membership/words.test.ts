import { describe, expect, test } from 'vitest';
import { fakeCrypto as crypto, fakePeer } from '../../test/fakes/fake-signing.ts';
import { commitOf, wordNumbers, type WordFacts } from './words.ts';

const facts: WordFacts = { swarm: 's', joiner: fakePeer('A'), host: fakePeer('B'), joinerNonce: 'aa', hostNonce: 'bb' };

describe('the words', () => {
  test('are the first three times eleven bits of the hash', () => {
    const ofHash = (hash: string) => wordNumbers({ hash: () => hash }, facts);
    expect(ofHash(`ffe00000${'0'.repeat(56)}`)).toEqual([2047, 0, 0]);
    expect(ofHash(`001ffc00${'0'.repeat(56)}`)).toEqual([0, 2047, 0]);
    expect(ofHash(`000003ff8${'f'.repeat(55)}`)).toEqual([0, 0, 2047]);
    expect(ofHash(`000000007${'f'.repeat(55)}`)).toEqual([0, 0, 0]);
    expect(ofHash(`0020040080${'0'.repeat(54)}`)).toEqual([1, 1, 1]);
  });

  test('change with each thing that must be the same on both sides', () => {
    const all = [
      facts,
      { ...facts, swarm: 't' },
      { ...facts, joiner: facts.host },
      { ...facts, host: facts.joiner },
      { ...facts, joiner: facts.host, host: facts.joiner },
      { ...facts, joinerNonce: 'ab' },
      { ...facts, hostNonce: 'ba' },
      { ...facts, joinerNonce: 'bb', hostNonce: 'aa' },
      { ...facts, joinerNonce: 'aab', hostNonce: 'b' },
    ].map((each) => wordNumbers(crypto, each).join());
    expect(new Set(all).size).toBe(all.length);
    expect(wordNumbers(crypto, { ...facts })).toEqual(wordNumbers(crypto, facts));
  });

  test('follow from nothing else than their facts, under a name of their own', () => {
    const asked: string[] = [];
    const hash = (text: string): string => (asked.push(text), crypto.hash(text));
    wordNumbers({ hash }, facts);
    commitOf({ hash }, 'aa');
    expect(asked).toEqual([`axon-words/1\n["s","${facts.joiner}","${facts.host}","aa","bb"]`, 'axon-words-commit/1\naa']);
    expect(commitOf(crypto, 'aa')).toBe(crypto.hash('axon-words-commit/1\naa'));
  });
});
