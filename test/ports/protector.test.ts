// Our protector against stock @libp2p/pnet over real TCP, both ways, through a relay that cuts the bytes at random.
// A moderate amount in the normal run; 1 GiB with AXON_LONG=1.
import { pureJsCrypto, type ICryptoInterface } from '@chainsafe/libp2p-noise';
import type { ConnectionProtector, Logger, MultiaddrConnection } from '@libp2p/interface';
import { preSharedKey } from '@libp2p/pnet';
import { AbstractMultiaddrConnection } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import fc from 'fast-check';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { sodiumNoiseCrypto } from '../../src-main/network/noise-crypto.ts';
import { protector } from '../../src-main/network/protector.ts';
import { loadSodium } from '../../src-main/network/sodium.ts';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';

const long = process.env['AXON_LONG'] === '1';
const moderateBytes = 24 * 1024 * 1024;
const longBytes = 1024 * 1024 * 1024;
const wholeBytes = long ? longBytes : moderateBytes;
const key = newSwarmKey();

type Make = (key: Uint8Array) => ConnectionProtector;
const kinds: Record<string, Make> = {
  ours: (bytes) => protector(bytes, 'native')(),
  'ours in WASM': (bytes) => protector(bytes, 'wasm')(),
  stock: (bytes) => preSharedKey({ psk: new TextEncoder().encode(swarmKeyText(bytes)) })(),
};

const quiet: Logger = Object.assign(() => undefined, {
  error: () => undefined,
  trace: () => undefined,
  enabled: false,
  newScope: () => quiet,
});

/** A socket as libp2p's TCP transport shows it: fresh memory for each read, back-pressure both ways. */
class SocketConnection extends AbstractMultiaddrConnection {
  readonly #socket: Socket;
  constructor(socket: Socket, direction: 'inbound' | 'outbound') {
    super({ remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/1'), direction, log: quiet });
    this.#socket = socket;
    socket.on('data', (bytes) => this.onData(bytes as Buffer));
    socket.on('drain', () => this.safeDispatchEvent('drain'));
    socket.on('error', (error) => this.abort(error));
    socket.on('close', () => this.onTransportClosed());
  }
  override sendData(data: Parameters<AbstractMultiaddrConnection['sendData']>[0]): { sentBytes: number; canSendMore: boolean } {
    let canSendMore = true;
    for (const piece of data) canSendMore = this.#socket.write(piece);
    return { sentBytes: data.byteLength, canSendMore };
  }
  override sendReset(): void {
    this.#socket.destroy();
  }
  override sendPause(): void {
    this.#socket.pause();
  }
  override sendResume(): void {
    this.#socket.resume();
  }
  override async sendClose(): Promise<void> {
    this.#socket.end();
  }
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    cleanups.push(() => socket.destroy());
    onSocket(socket);
  });
  cleanups.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function dialling(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  cleanups.push(() => socket.destroy());
  return socket;
}

/** Passes bytes on in pieces of random length, a whole read at once now and then. */
async function cutter(port: number): Promise<number> {
  return listening((near) => {
    const far = dialling(port);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        let full = false;
        for (let at = 0; at < bytes.length;) {
          const length = randomInt(4) === 0 ? bytes.length : randomInt(1, 5000);
          full = !to.write(bytes.slice(at, at + length)) || full;
          at += length;
        }
        if (full) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('close', () => to.destroy());
    }
  });
}

async function pair(dialler: ConnectionProtector, listener: ConnectionProtector): Promise<[MultiaddrConnection, MultiaddrConnection]> {
  const accepted = Promise.withResolvers<Socket>();
  const port = await cutter(await listening(accepted.resolve));
  const socket = dialling(port);
  await new Promise((resolve) => socket.once('connect', resolve));
  const [near, far] = [new SocketConnection(socket, 'outbound'), new SocketConnection(await accepted.promise, 'inbound')];
  const [a, b] = await Promise.all([dialler.protect(near), listener.protect(far)]);
  return [a as MultiaddrConnection, b as MultiaddrConnection];
}

/** Sends random bytes in messages of random length and compares what arrives. */
async function transfer(from: MultiaddrConnection, to: MultiaddrConnection, bytes: number): Promise<void> {
  const sent = createHash('sha256');
  const got = createHash('sha256');
  let received = 0;
  const all = new Promise<void>((resolve, reject) => {
    to.addEventListener('close', () => reject(new Error('closed early')));
    to.addEventListener('message', ({ data }) => {
      received += data.byteLength;
      got.update(data.subarray());
      if (received >= bytes) resolve();
    });
  });
  const source = randomBytes(512 * 1024);
  for (let left = bytes; left > 0;) {
    const length = Math.min(left, randomInt(8) === 0 ? randomInt(1, source.length) : randomInt(1, 70_000));
    const start = randomInt(source.length - length + 1);
    // a copy: nobody may count on a sender's memory staying as it was
    const message = Buffer.from(source.subarray(start, start + length));
    sent.update(message);
    left -= length;
    if (!from.send(message)) await new Promise<void>((resolve) => from.addEventListener('drain', () => resolve(), { once: true }));
  }
  await all;
  expect(received).toBe(bytes);
  expect(got.digest('hex')).toBe(sent.digest('hex'));
}

describe('the protector speaks with stock @libp2p/pnet', () => {
  const pairs: [string, string][] = [
    ['ours', 'stock'],
    ['stock', 'ours'],
    ['ours', 'ours in WASM'],
    ['ours in WASM', 'stock'],
  ];
  test.each(pairs)('%s dials %s, both ways at once', { timeout: long ? 600_000 : 60_000 }, async (dialler, listener) => {
    const [a, b] = await pair(kinds[dialler]!(key), kinds[listener]!(key));
    // stock keeps one WebAssembly memory that messages over 600 KiB make grow until it dies, so each message stays below
    const bytes = dialler === 'ours' || listener === 'ours' ? wholeBytes / 2 : moderateBytes / 2;
    await Promise.all([transfer(a, b, bytes), transfer(b, a, bytes)]);
  });

  test('another key gives noise, not the message', async () => {
    const [a, b] = await pair(kinds['ours']!(key), kinds['ours']!(newSwarmKey()));
    const got = new Promise<Uint8Array>((resolve) => b.addEventListener('message', ({ data }) => resolve(data.subarray())));
    a.send(Buffer.from('/multistream/1.0.0'));
    expect(Buffer.from(await got).toString('latin1')).not.toContain('multistream');
  });

  test('many connections in WASM give their memory back', async () => {
    for (let round = 0; round < 40; round += 1) {
      const [a, b] = await pair(kinds['ours in WASM']!(key), kinds['ours in WASM']!(key));
      await transfer(a, b, 20_000);
      a.abort(new Error('next'));
    }
  });
});

test('a key of another length is refused', () => {
  expect(() => protector(new Uint8Array(31), 'native')).toThrow(/32 bytes/);
});

describe('native noise ciphers are what noise has in JavaScript', () => {
  const sodium = loadSodium();
  const native = (): ICryptoInterface => {
    if (sodium === null) throw new Error('sodium-native did not load on this machine');
    return sodiumNoiseCrypto(sodium);
  };
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  test('sealing, opening and hashing agree', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), bytes(12), fc.uint8Array({ maxLength: 40 }), bytes(32), (text, nonce, ad, secret) => {
        const sealed = native().chaCha20Poly1305Encrypt(text, nonce, ad, secret).subarray();
        expect(Buffer.from(sealed)).toEqual(Buffer.from(pureJsCrypto.chaCha20Poly1305Encrypt(text, nonce, ad, secret).subarray()));
        expect(Buffer.from(native().chaCha20Poly1305Decrypt(sealed, nonce, ad, secret).subarray())).toEqual(Buffer.from(text));
        expect(Buffer.from(native().hashSHA256(text))).toEqual(Buffer.from(pureJsCrypto.hashSHA256(text)));
      }),
      { numRuns: 50 },
    );
  });

  test('a changed byte is refused', () => {
    const sealed = native().chaCha20Poly1305Encrypt(randomBytes(100), randomBytes(12), new Uint8Array(0), key).subarray();
    sealed[50]! ^= 1;
    expect(() => native().chaCha20Poly1305Decrypt(sealed, randomBytes(12), new Uint8Array(0), key)).toThrow();
  });

  test('key agreement agrees', () => {
    const ours = native().generateX25519KeyPair();
    const theirs = pureJsCrypto.generateX25519KeyPair();
    const shared = Buffer.from(native().generateX25519SharedKey(ours.privateKey, theirs.publicKey));
    expect(shared).toEqual(Buffer.from(pureJsCrypto.generateX25519SharedKey(theirs.privateKey, ours.publicKey)));
    const seed = randomBytes(32);
    expect(Buffer.from(native().generateX25519KeyPairFromSeed(seed).publicKey)).toEqual(
      Buffer.from(pureJsCrypto.generateX25519KeyPairFromSeed(seed).publicKey),
    );
  });
});
