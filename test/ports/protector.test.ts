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
import type { Keyring } from '../../src-main/membership/ports.ts';
import { protector, ringProtector } from '../../src-main/network/protector.ts';
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

describe('a keyring', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const [older, old, current] = [newSwarmKey(), newSwarmKey(), newSwarmKey()] as const;
  const ring = (): Keyring => ({
    current: { epoch: 3, key: hex(current) },
    retired: [
      { epoch: 2, key: hex(old), until: 0 },
      { epoch: 1, key: hex(older), until: 0 },
    ],
  });
  const hello = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n');

  /** A socket each way; what the listener sees of one who says that. */
  async function met(dialler: ConnectionProtector, words: Buffer, ciphers: 'native' | 'wasm' = 'native', keyring: () => Keyring = ring) {
    const { protector: make, keyOf } = ringProtector(keyring, ciphers);
    const accepted = Promise.withResolvers<Socket>();
    const socket = dialling(await cutter(await listening(accepted.resolve)));
    await new Promise((resolve) => socket.once('connect', resolve));
    const far = new SocketConnection(await accepted.promise, 'inbound');
    const listener = make().protect(far, { signal: AbortSignal.timeout(2000) });
    // it is asked for further down
    listener.catch(() => undefined);
    const near = (await dialler.protect(new SocketConnection(socket, 'outbound'))) as MultiaddrConnection;
    near.send(words);
    return { near, key: () => keyOf(far), listener: listener as Promise<MultiaddrConnection> };
  }
  const heard = (connection: MultiaddrConnection, bytes: number): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      connection.addEventListener('message', ({ data }) => {
        text += Buffer.from(data.subarray()).toString('latin1');
        if (text.length >= bytes) resolve(text);
      });
    });

  const keys: [string, Uint8Array, number, boolean][] = [
    ['the current key', current, 3, false],
    ['the one before', old, 2, true],
    ['an older one', older, 1, true],
  ];
  for (const stock of ['stock', 'ours in WASM']) {
    test.each(keys)(`knows %s by what ${stock} says first, and speaks it back`, async (_name, bytes, epoch, retired) => {
      for (const ciphers of ['native', 'wasm'] as const) {
        const { near, listener, key: made } = await met(kinds[stock]!(bytes), hello, ciphers);
        const far = await listener;
        expect(made()).toEqual({ epoch, retired });
        expect(await heard(far, hello.byteLength)).toBe(hello.toString('latin1'));
        const back = heard(near, 6);
        far.send(Buffer.from('answer'));
        expect(await back).toBe('answer');
        await Promise.all([transfer(near, far, 300_000), transfer(far, near, 300_000)]);
      }
    });
  }

  test('throws out whoever has none of its keys, or says something else first', async () => {
    await expect((await met(kinds['stock']!(newSwarmKey()), hello)).listener).rejects.toThrow(/no key of ours/);
    await expect((await met(kinds['stock']!(current), Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n'))).listener).rejects.toThrow(
      /no key of ours/,
    );
    await expect((await met(kinds['stock']!(current), Buffer.from('\x13/multi'))).listener).rejects.toThrow();
  });

  test('may change while it runs', async () => {
    let now: Keyring = { current: { epoch: 1, key: hex(older) }, retired: [] };
    const before = await met(kinds['stock']!(older), hello, 'native', () => now);
    expect([await before.listener, before.key()]).toEqual([expect.anything(), { epoch: 1, retired: false }]);
    now = ring();
    // what was made stays what it was
    expect(before.key()).toEqual({ epoch: 1, retired: false });
    const after = await met(kinds['stock']!(older), hello, 'native', () => now);
    expect([await after.listener, after.key()]).toEqual([expect.anything(), { epoch: 1, retired: true }]);
  });

  test('dials with the current key, or with the one that whoever dials asks for', async () => {
    for (const [asked, bytes, retired] of [
      [undefined, current, false],
      [{ epoch: 2, key: hex(old) }, old, true],
    ] as const) {
      const { protector: make, keyOf } = ringProtector(ring, 'native');
      const accepted = Promise.withResolvers<Socket>();
      const socket = dialling(await listening(accepted.resolve));
      await new Promise((resolve) => socket.once('connect', resolve));
      const transport = new SocketConnection(socket, 'outbound');
      const onProgress = (event: { type: string }): void => void (asked !== undefined && Object.assign(event, { key: asked }));
      const options = { signal: AbortSignal.timeout(2000), onProgress };
      const [near, far] = await Promise.all([
        make().protect(transport, options) as Promise<MultiaddrConnection>,
        kinds['stock']!(bytes).protect(new SocketConnection(await accepted.promise, 'inbound')) as Promise<MultiaddrConnection>,
      ]);
      const all = heard(far, hello.byteLength);
      near.send(hello);
      expect(await all).toBe(hello.toString('latin1'));
      expect(keyOf(transport)).toEqual({ epoch: retired ? 2 : 3, retired });
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
