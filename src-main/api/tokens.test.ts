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

test('a sign-in holds for thirty days, an address for an hour', () => {
  expect([sessionMs / 3_600_000, oneTimeMs / 3_600_000]).toEqual([720, 1]);
});

test('nobody makes room while there is some', () => {
  const tokens = createTokens(() => 0);
  const several = Array.from({ length: 16 }, () => tokens.oneTime());
  const sessions = several.map((oneTime) => tokens.open(oneTime));
  expect(new Set(sessions).size).toBe(16);
  for (const session of sessions) expect(tokens.isSession(session ?? '')).toBe(true);
  const more = Array.from({ length: 48 }, () => tokens.open(tokens.oneTime()));
  for (const session of [...sessions, ...more]) expect(tokens.isSession(session ?? '')).toBe(true);
  // the sixty-fifth
  tokens.open(tokens.oneTime());
  expect([sessions[0], sessions[1]].map((session) => tokens.isSession(session ?? ''))).toEqual([false, true]);
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
