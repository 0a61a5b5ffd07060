// Keys, invites and words that look like real ones and protect nothing.
import type { SecretRequest } from '../../src-shared/control.ts';
import type { FailureCode } from '../../src-shared/failure.ts';

/** Digits of a key that protects nothing. */
export const fakeKey = `/key/swarm/psk/1.0.0/\n/base16/\n${'0123456789abcdef'.repeat(4)}`;

/** An invite that lets nobody in, and the words of a recovery code that recovers nothing. */
export const fakeInvite = `axon-invite:${'Q0FOQVJZ'.repeat(20)}`;
export const recoveryWords = 'abandon ability able about above absent';

/** What the played node would hand over in a download. */
export const secrets: Record<SecretRequest['kind'], string> = {
  key: `${fakeKey}\n`,
  invite: `${fakeInvite}\n`,
  'invite-picture': picture(),
  recovery: `${recoveryWords}\n`,
  ledger: 'number,at\r\n1,2026-11-21T09:30:00.000Z\r\n',
};

/** Looks like a QR code, and is none. */
function picture(): string {
  const size = 33;
  const corner = (x: number, y: number): boolean => x < 7 && y < 7 && (x % 6 === 0 || y % 6 === 0 || (x > 1 && x < 5 && y > 1 && y < 5));
  const dark = (x: number, y: number): boolean => {
    const [ax, ay] = [Math.min(x, size - 1 - x), Math.min(y, size - 1 - y)];
    if (ax < 8 && ay < 8 && !(x > size / 2 && y > size / 2)) return corner(ax, ay);
    return (x * 7 + y * 13 + x * y * 3) % 5 < 2;
  };
  let path = '';
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (dark(x, y)) path += `M${x + 2} ${y + 2}h1v1h-1z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size + 4} ${size + 4}"><path fill="#fff" d="M0 0h${size + 4}v${size + 4}H0z"/><path d="${path}"/></svg>`;
}

/** As the node judges a file; null: it is a key. */
export function badKey(text: string, size: number): FailureCode | null {
  if (size === 0) return 'key-empty';
  if (size > 4096) return 'key-too-large';
  if (text.includes('PNG\r\n')) return 'key-binary';
  if (!text.startsWith('/key/swarm/psk/1.0.0/')) return 'key-wrong-header';
  return (text.trim().split('\n').at(-1)?.length ?? 0) === 64 ? null : 'key-wrong-length';
}
