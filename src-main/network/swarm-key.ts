// The key file of a swarm: the grammar of go-libp2p and rust-libp2p, read leniently and written exactly.
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Failure } from '../../src-shared/failure.ts';

/** Bytes of the XSalsa20 key inside. */
export const swarmKeyBytes = 32;
/** A real file is under 120 bytes; beyond this nothing is looked into. */
export const maxSwarmKeyFileBytes = 4096;

const header = '/key/swarm/psk/1.0.0/';
const hint = 'Copy the swarm.key of a machine that is already in the swarm, or make a new one with "axon key new".';

/** 32 random bytes. */
export function newSwarmKey(): Uint8Array {
  return new Uint8Array(randomBytes(swarmKeyBytes));
}

/** The text of swarm.key: three lines, base16, as `openssl rand -hex 32` recipes, go-libp2p and rust-libp2p have it. */
export function swarmKeyText(key: Uint8Array): string {
  return `${header}\n/base16/\n${Buffer.from(key).toString('hex')}\n`;
}

/** "4f-a2-09-1c": the first 4 bytes of SHA-256(key). Enough for two people to compare, nothing for an attacker. */
export function fingerprint(key: Uint8Array): string {
  return [...createHash('sha256').update(key).digest().subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('-');
}

/** 4 bytes of HKDF-SHA256(key), announced by mDNS in clear text so that nodes of another swarm are recognised and left alone. */
export function discoveryTag(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), 'axon mdns swarm tag', 4));
}

/** discoveryTag as 8 hex digits. */
export function discoveryTagText(key: Uint8Array): string {
  return Buffer.from(discoveryTag(key)).toString('hex');
}

/**
 * Reads a swarm.key file. CRLF, BOM, blanks at line ends, blank lines, and the "-e " that `echo -e` leaves under dash are forgiven.
 * @param content the file's bytes (or its first maxSwarmKeyFileBytes)
 * @param file `size` of the whole file when content is only its beginning; `folder` when the path is no file
 * @returns the 32 bytes. Fails with one key-* code for each kind of bad file; no message ever holds a part of the file.
 */
export function parseSwarmKey(content: Uint8Array, file: { size?: number; folder?: boolean } = {}): Uint8Array {
  if (file.folder === true) throw new Failure('key-folder', 'This is a folder, not a swarm.key file.', { hint });
  if ((file.size ?? content.byteLength) > maxSwarmKeyFileBytes) {
    throw new Failure('key-too-large', `The file is larger than ${maxSwarmKeyFileBytes} bytes; a swarm.key has about 95.`, { hint });
  }
  const { second, rest } = sections(content);
  switch (second) {
    case '/base16/':
      return decodeBase16(digitLine(textLines(rest)));
    case '/base64/':
      return decodeBase64(digitLine(textLines(rest)));
    case '/bin/':
      return binaryKey(rest);
    default:
      if (isBinary(content)) throw binary();
      if (second === '') throw new Failure('key-wrong-length', 'The file ends after its first line; the key itself is missing.', { hint });
      throw new Failure('key-unknown-encoding', 'The second line must be /base16/, /base64/ or /bin/.', { hint });
  }
}

/** Splits off the first two lines that are not blank; the rest stays bytes, since /bin/ is not text. */
function sections(content: Uint8Array): { second: string; rest: Uint8Array } {
  let offset = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
  const next = (): string => {
    while (offset < content.byteLength) {
      const newline = content.indexOf(0x0a, offset);
      const end = newline < 0 ? content.byteLength : newline;
      const line = Buffer.from(content.subarray(offset, end)).toString('latin1').trim();
      offset = newline < 0 ? end : newline + 1;
      if (line !== '') return line;
    }
    return '';
  };
  const first = next().replace(/^-e\s+/, '');
  if (first === '') throw new Failure('key-empty', 'The file is empty.', { hint });
  if (first !== header) {
    if (isBinary(content)) throw binary();
    throw new Failure('key-wrong-header', `The first line must be ${header}`, { hint });
  }
  const second = next();
  return { second, rest: content.subarray(offset) };
}

function binary(): Failure {
  return new Failure('key-binary', 'This is a binary file (a picture or a program?), not a swarm.key.', { hint });
}

/** Control characters other than tab, line feed, carriage return and form feed; or bytes that are no UTF-8. */
function isBinary(content: Uint8Array): boolean {
  if (content.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d)) return true;
  return Buffer.from(content).toString('utf8').includes('\ufffd');
}

function textLines(rest: Uint8Array): string[] {
  if (isBinary(rest)) throw binary();
  const lines = Buffer.from(rest)
    .toString('utf8')
    .split(/\r\n|\r|\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** The one line with the key. Whatever follows it means two keys or a damaged file. */
function digitLine(lines: string[]): string {
  const [digits, ...more] = lines;
  if (digits === undefined) throw new Failure('key-wrong-length', 'The key itself is missing after the second line.', { hint });
  if (
    more.some((line) => line.replace(/^-e\s+/, '') === header) ||
    more.some((line) => /^[0-9a-f]{64}$/i.test(line) || /^[A-Za-z0-9+/_-]{43}=?$/.test(line))
  ) {
    throw new Failure('key-two-keys', 'The file holds more than one key; keep one.', { hint });
  }
  if (more.length > 0) throw new Failure('key-wrong-length', 'There is something after the key; a swarm.key has three lines.', { hint });
  return digits;
}

function decodeBase16(digits: string): Uint8Array {
  if (!/^[0-9a-f]*$/i.test(digits))
    throw new Failure('key-bad-digits', 'The key has characters that are no hex digits (0-9, a-f).', { hint });
  if (digits.length !== swarmKeyBytes * 2)
    throw new Failure('key-wrong-length', `The key has ${digits.length} hex digits; it needs 64.`, { hint });
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** Standard and URL-safe alphabet, padded or not. */
function decodeBase64(digits: string): Uint8Array {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(digits))
    throw new Failure('key-bad-digits', 'The key has characters that are no base64 digits.', { hint });
  const bytes = Buffer.from(digits, 'base64');
  if (bytes.byteLength !== swarmKeyBytes)
    throw new Failure('key-wrong-length', `The key has ${bytes.byteLength} bytes; it needs 32.`, { hint });
  return new Uint8Array(bytes);
}

/** 32 raw bytes; one line end after them (an editor's) is forgiven. */
function binaryKey(rest: Uint8Array): Uint8Array {
  const tail = Buffer.from(rest.subarray(swarmKeyBytes)).toString('latin1');
  if (tail.includes(header)) throw new Failure('key-two-keys', 'The file holds more than one key; keep one.', { hint });
  if (rest.byteLength < swarmKeyBytes || !/^\r?\n?$/.test(tail)) {
    throw new Failure('key-wrong-length', `The key has ${rest.byteLength} bytes; it needs 32.`, { hint });
  }
  return new Uint8Array(rest.subarray(0, swarmKeyBytes));
}
