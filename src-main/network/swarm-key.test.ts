import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure, type FailureCode } from '../../src-shared/failure.ts';
import { discoveryTagText, fingerprint, newSwarmKey, parseSwarmKey, swarmKeyText } from './swarm-key.ts';

const hex = '00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef';
const key = new Uint8Array(Buffer.from(hex, 'hex'));
const base64 = Buffer.from(key).toString('base64');
const head = '/key/swarm/psk/1.0.0/';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function codeOf(run: () => unknown): FailureCode | 'no failure' {
  try {
    run();
    return 'no failure';
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

describe('what other programs write', () => {
  const files: Record<string, Uint8Array> = {
    'go-libp2p and ipfs-swarm-key-gen': bytes(`${head}\n/base16/\n${hex}`),
    'the openssl recipe': bytes(`${head}\n/base16/\n${hex}\n`),
    'upper case digits': bytes(`${head}\n/base16/\n${hex.toUpperCase()}\n`),
    'CRLF of a Windows editor': bytes(`${head}\r\n/base16/\r\n${hex}\r\n`),
    'byte order mark': bytes(`\ufeff${head}\n/base16/\n${hex}\n`),
    'blanks at the line ends': bytes(`${head} \t\n/base16/  \n${hex}   \n\n`),
    'echo -e under dash': bytes(`-e ${head}\n/base16/\n${hex}\n`),
    'base64, padded': bytes(`${head}\n/base64/\n${base64}\n`),
    'base64, unpadded': bytes(`${head}\n/base64/\n${base64.replace(/=+$/, '')}\n`),
    'base64url of rust-libp2p': bytes(`${head}\n/base64/\n${Buffer.from(key).toString('base64url')}\n`),
    bin: Buffer.concat([bytes(`${head}\n/bin/\n`), key]),
    'bin and a line end': Buffer.concat([bytes(`${head}\n/bin/\n`), key, bytes('\n')]),
  };
  test.each(Object.entries(files))('%s', (_name, file) => {
    expect(parseSwarmKey(file)).toEqual(key);
  });
});

describe('each kind of bad file has its own code', () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82]);
  const files: [string, Uint8Array, { size?: number; folder?: boolean }, FailureCode][] = [
    ['another header', bytes(`/key/swarm/psk/2.0.0/\n/base16/\n${hex}\n`), {}, 'key-wrong-header'],
    ['only the digits', bytes(`${hex}\n`), {}, 'key-wrong-header'],
    ['63 digits', bytes(`${head}\n/base16/\n${hex.slice(1)}\n`), {}, 'key-wrong-length'],
    ['65 digits', bytes(`${head}\n/base16/\n${hex}0\n`), {}, 'key-wrong-length'],
    ['no digits', bytes(`${head}\n/base16/\n`), {}, 'key-wrong-length'],
    ['header only', bytes(`${head}\n`), {}, 'key-wrong-length'],
    ['a letter that is no digit', bytes(`${head}\n/base16/\n${hex.slice(1)}g\n`), {}, 'key-bad-digits'],
    ['bad base64', bytes(`${head}\n/base64/\n${base64.slice(1)}!\n`), {}, 'key-bad-digits'],
    ['31 bytes of base64', bytes(`${head}\n/base64/\n${Buffer.from(key.subarray(1)).toString('base64')}\n`), {}, 'key-wrong-length'],
    ['33 bytes of bin', Buffer.concat([bytes(`${head}\n/bin/\n`), key, new Uint8Array([7])]), {}, 'key-wrong-length'],
    ['unknown encoding', bytes(`${head}\n/base58/\n${hex}\n`), {}, 'key-unknown-encoding'],
    ['empty', bytes(''), {}, 'key-empty'],
    ['blank lines', bytes(' \r\n\n'), {}, 'key-empty'],
    ['a folder', bytes(''), { folder: true }, 'key-folder'],
    ['1 MB', bytes(`${head}\n`), { size: 1_000_000 }, 'key-too-large'],
    ['4097 bytes', new Uint8Array(4097), {}, 'key-too-large'],
    ['a PNG', png, {}, 'key-binary'],
    ['zeros', new Uint8Array(95), {}, 'key-binary'],
    ['two keys with headers', bytes(`${swarmKeyText(key)}${swarmKeyText(key)}`), {}, 'key-two-keys'],
    ['two lines of digits', bytes(`${swarmKeyText(key)}${hex}\n`), {}, 'key-two-keys'],
  ];
  test.each(files)('%s', (_name, file, facts, code) => {
    expect(codeOf(() => parseSwarmKey(file, facts))).toBe(code);
  });

  test('no message holds a part of the key', () => {
    for (const [, file, facts] of files) {
      try {
        parseSwarmKey(file, facts);
      } catch (error) {
        expect(JSON.stringify((error as Failure).toShape())).not.toContain(hex.slice(2, 12));
      }
    }
  });
});

test('anything at all is a key or a Failure', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ maxLength: 200 }).map((tail) => bytes(`${head}\n/base16/\n${tail}`)),
      ),
      (file) => {
        try {
          expect(parseSwarmKey(file)).toHaveLength(32);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      },
    ),
  );
});

test('what is written is read back, and is the documented grammar', () => {
  const fresh = newSwarmKey();
  expect(swarmKeyText(fresh)).toMatch(/^\/key\/swarm\/psk\/1\.0\.0\/\n\/base16\/\n[0-9a-f]{64}\n$/);
  expect(parseSwarmKey(bytes(swarmKeyText(fresh)))).toEqual(fresh);
});

test('fingerprint and discovery tag are short, stable and not the key', () => {
  expect(fingerprint(key)).toMatch(/^[0-9a-f]{2}(-[0-9a-f]{2}){3}$/);
  expect(fingerprint(key)).toBe(fingerprint(new Uint8Array(key)));
  expect(discoveryTagText(key)).toMatch(/^[0-9a-f]{8}$/);
  expect(discoveryTagText(key)).not.toBe(discoveryTagText(newSwarmKey()));
  expect(hex).not.toContain(discoveryTagText(key));
});
