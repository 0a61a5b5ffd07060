import { describe, expect, test } from 'vitest';
import { newIdentity, peerIdOf } from './identity.ts';
import { commitmentTo, keepsTo, newNonce, newRecoveryWords, recoveryIdentity, wordsOf } from './words.ts';

describe('words to compare', () => {
  const [joiner, host, middle] = [newIdentity(), newIdentity(), newIdentity()].map(peerIdOf) as [string, string, string];
  const encounter = () => ({ swarm: 'a'.repeat(64), joiner, host, joinerNonce: newNonce(), hostNonce: newNonce() });

  test('the same for the same encounter, three of the list', () => {
    const one = encounter();
    expect(wordsOf(one)).toBe(wordsOf({ ...one }));
    expect(wordsOf(one)).toMatch(/^[a-z]{3,8}-[a-z]{3,8}-[a-z]{3,8}$/);
  });

  test('somebody in between: of 10,000 tries no two screens show the same words', () => {
    let equal = 0;
    for (let run = 0; run < 10_000; run += 1) {
      // it passes every nonce and swarm on as it is; only its own peer id it cannot hide from Noise
      const told = encounter();
      if (wordsOf({ ...told, host: middle }) === wordsOf({ ...told, joiner: middle })) equal += 1;
    }
    expect(equal).toBe(0);
  });

  test('each part matters', () => {
    const one = encounter();
    const others = [
      { swarm: '' },
      { joiner: middle },
      { host: middle },
      { joinerNonce: newNonce() },
      { hostNonce: newNonce() },
      { joiner: host, host: joiner },
    ];
    for (const other of others) expect(wordsOf({ ...one, ...other })).not.toBe(wordsOf(one));
  });

  test('a nonce other than the one committed to is noticed', () => {
    const nonce = newNonce();
    expect(keepsTo(commitmentTo(nonce), nonce)).toBe(true);
    expect(keepsTo(commitmentTo(nonce), newNonce())).toBe(false);
    expect(keepsTo('', nonce)).toBe(false);
  });
});

describe('recovery words', () => {
  test('give the same identity again, however they are typed', () => {
    const words = newRecoveryWords();
    expect(words.split(' ')).toHaveLength(12);
    const { peerId } = recoveryIdentity(words);
    expect(recoveryIdentity(`  ${words.toUpperCase().replaceAll(' ', '\n- ')} `).peerId).toBe(peerId);
    expect(recoveryIdentity(newRecoveryWords()).peerId).not.toBe(peerId);
  });

  test('a known one stays what it is in later versions', () => {
    expect(recoveryIdentity('legal winner thank year wave sausage worth useful legal winner thank yellow').peerId).toBe(
      '12D3KooWP1R8WPuV2DMHtPR3eje3gA66dhn6Rvo4668gnDP2DREf',
    );
  });

  test('others are recovery-wrong, and are not repeated', () => {
    for (const words of [
      '',
      'otter',
      'legal winner thank year wave sausage worth useful legal winner thank thank',
      'abandon '.repeat(24),
    ]) {
      expect(() => recoveryIdentity(words)).toThrow(expect.objectContaining({ code: 'recovery-wrong' }));
      expect(() => recoveryIdentity(words)).not.toThrow(/otter|legal|abandon/);
    }
  });
});
