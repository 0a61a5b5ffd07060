import { expect, test } from 'vitest';
import { createTokens, doorProof, newToken, oneTimeMs, sameToken, sessionMs } from './tokens.ts';

test('a token has 256 bits and no two are equal', () => {
  expect(Buffer.from(newToken(), 'base64url')).toHaveLength(32);
  expect(newToken()).not.toBe(newToken());
});

test('a one-time token is spent by its first use, and ends with its time', () => {
  let now = 0;
  const tokens = createTokens(() => now);
  const first = tokens.oneTime();
  const session = tokens.open(first);
  expect(session).not.toBeNull();
  expect(tokens.open(first)).toBeNull();
  expect(tokens.isSession(session ?? '')).toBe(true);
  expect(tokens.isSession(first)).toBe(false);
  const second = tokens.oneTime();
  now = oneTimeMs;
  expect(tokens.open(second)).toBeNull();
  now = sessionMs;
  expect(tokens.isSession(session ?? '')).toBe(false);
});

test('the oldest of many makes room', () => {
  const tokens = createTokens(() => 0);
  const first = tokens.oneTime();
  const more = Array.from({ length: 16 }, () => tokens.oneTime());
  expect(tokens.open(first)).toBeNull();
  expect(tokens.open(more[15] ?? '')).not.toBeNull();
});

test('a proof holds for one token, one question and one port', () => {
  const proof = doorProof('token', 'nonce', 4180);
  expect(doorProof('token', 'nonce', 4180)).toBe(proof);
  expect(
    new Set([proof, doorProof('other', 'nonce', 4180), doorProof('token', 'other', 4180), doorProof('token', 'nonce', 4181)]).size,
  ).toBe(4);
  expect(sameToken(proof, proof)).toBe(true);
  expect(sameToken(proof, proof.slice(1))).toBe(false);
});
