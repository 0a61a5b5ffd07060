// Signatures for tests of membership/: whoever knows the peer id can make them, which is all that is false about them; and quick.
import { createHash } from 'node:crypto';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Crypto, Sign } from '../../src-main/membership/ports.ts';

export const fakeCrypto: Crypto = {
  hash: (text) => createHash('sha256').update(text).digest('hex'),
  verify: (by, text, signature) => signature === fakeSigner(by)(text),
};

export function fakeSigner(by: PeerId): Sign {
  return (text) => createHash('sha512').update(`${by}\n${text}`).digest('base64');
}

/** A peer id that is told by one letter: 'A' to 'Z', without I and O. */
export function fakePeer(letter: string): PeerId {
  return `12D3KooW${letter.repeat(44)}`;
}
