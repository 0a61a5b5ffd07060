// The swarm's fence: XSalsa20 over the whole TCP connection, on the wire byte for byte what @libp2p/pnet, go-libp2p and
// rust-libp2p do (each side sends a 24-byte nonce, then everything it sends is xored with the stream of that nonce and the key).
// Our own, because @libp2p/pnet 3.0.27 grows one shared WebAssembly memory until the process dies.
import type { AbortOptions, ConnectionProtector, MultiaddrConnection } from '@libp2p/interface';
import { AbstractMultiaddrConnection, byteStream, type SendResult } from '@libp2p/utils';
import { randomBytes } from 'node:crypto';
import xsalsa20 from 'xsalsa20';
import type { EpochKey, Keyring } from '../membership/ports.ts';
import { loadSodium, type Ciphers } from './sodium.ts';
import { swarmKeyBytes } from './swarm-key.ts';

const nonceBytes = 24;
/** xsalsa20 keeps one WebAssembly memory for all its instances; pieces of this size never make it grow. */
const wasmPieceBytes = 16 * 1024;
/** When libp2p passes no signal: the nonces must have been exchanged in this time. */
const handshakeMs = 3000;

type ByteList = Parameters<AbstractMultiaddrConnection['sendData']>[0];

/** A position in one key stream. xor may write over its input. */
type KeyStream = { xor(output: Uint8Array, input: Uint8Array): void; end(): void };

function keyStream(nonce: Uint8Array, key: Uint8Array, ciphers: Ciphers): KeyStream {
  const sodium = ciphers === 'native' ? loadSodium() : null;
  if (sodium !== null) {
    const state = Buffer.alloc(sodium.crypto_stream_xor_STATEBYTES);
    sodium.crypto_stream_xor_init(state, nonce, key);
    return { xor: (output, input) => sodium.crypto_stream_xor_update(state, output, input), end: () => state.fill(0) };
  }
  const stream = xsalsa20(nonce, key);
  let ended = false;
  return {
    xor(output, input) {
      for (let at = 0; !ended && at < input.byteLength; at += wasmPieceBytes) {
        stream.update(input.subarray(at, at + wasmPieceBytes), output.subarray(at, at + wasmPieceBytes));
      }
    },
    end() {
      // finalize gives the instance's place back; without it memory grows with every connection
      if (!ended) stream.finalize();
      ended = true;
    },
  };
}

/** The protected connection: the same events and back-pressure as the one below, other bytes. */
class ProtectedConnection extends AbstractMultiaddrConnection {
  readonly #below: MultiaddrConnection;
  readonly #outbound: KeyStream;

  /** @param read what was taken off the connection already, in clear */
  constructor(below: MultiaddrConnection, inbound: KeyStream, outbound: KeyStream, read = new Uint8Array(0)) {
    super({ remoteAddr: below.remoteAddr, direction: below.direction, log: below.log.newScope('protector') });
    this.#below = below;
    this.#outbound = outbound;
    // a copy: readers may write over what they get
    this.push(new Uint8Array(read));
    below.addEventListener('message', ({ data }) => {
      // Written over the received bytes: the transport is TCP, and Node hands out fresh memory for every read.
      for (const piece of data instanceof Uint8Array ? [data] : data) {
        inbound.xor(piece, piece);
        this.onData(piece);
      }
    });
    below.addEventListener('drain', () => this.onMuxerDrain());
    below.addEventListener('close', (event) => {
      if (event.error === undefined) this.onTransportClosed();
      else if (event.local === true) this.abort(event.error);
      else this.onRemoteReset();
      inbound.end();
      outbound.end();
    });
  }

  override async sendClose(options?: AbortOptions): Promise<void> {
    await this.#below.close(options);
  }

  override sendData(data: ByteList): SendResult {
    // one buffer, so that one socket write carries what was several small pieces
    const output = Buffer.allocUnsafeSlow(data.byteLength);
    let at = 0;
    for (const piece of data) {
      this.#outbound.xor(output.subarray(at, at + piece.byteLength), piece);
      at += piece.byteLength;
    }
    return { sentBytes: at, canSendMore: this.#below.send(output) };
  }

  override sendReset(error: Error): void {
    this.#below.abort(error);
  }

  override sendPause(): void {
    this.#below.pause();
  }

  override sendResume(): void {
    this.#below.resume();
  }
}

/** How libp2p-node.ts recognises that this protector, and no other or none, guards a node. */
export const protectorTag = 'axon-protector';

/** Sent as a libp2p progress event when TCP accepted a dial and the protector begins. Whoever dials may answer by setting `key`. */
export const acceptedEvent = 'axon:tcp-accepted';
export type AcceptedEvent = { type: typeof acceptedEvent; key?: EpochKey };

export type Protector = ConnectionProtector & { readonly [Symbol.toStringTag]: typeof protectorTag };

/** Under which key a connection was made. retired: it was not the current one then, so the connection is good for a rekey only. */
export type ConnectionKey = { readonly epoch: number; readonly retired: boolean };

export type RingProtector = {
  readonly protector: () => Protector;
  /** @param transport the connection as TCP made it. Undefined before the key is known. */
  keyOf(transport: object): ConnectionKey | undefined;
};

/** What every dialling libp2p says first, under the key; 20 bytes are enough to tell its key from any other. */
const greeting = Buffer.from('\x13/multistream/1.0.0\n', 'latin1');
/** More old keys are not tried: one for each removal of the last 30 days. */
const maxRetired = 32;

/**
 * The protector of a keyring that may change at any time. Whoever dials in is recognised by the key that makes sense of its first words,
 * and thrown out when none does; a dial goes out under the current key, or under the one set on its AcceptedEvent. On the wire nothing
 * differs from a protector with that one key.
 */
export function ringProtector(keyring: () => Keyring, ciphers: Ciphers): RingProtector {
  const made = new WeakMap<object, ConnectionKey>();
  const note = (transport: object, { epoch, key }: EpochKey): void => {
    made.set(transport, { epoch, retired: key !== keyring().current.key });
  };
  const choose: Choose = {
    outbound(transport, asked) {
      const key = asked ?? keyring().current;
      note(transport, key);
      return bytesOf(key);
    },
    inbound(transport, nonce, first) {
      const { current, retired } = keyring();
      for (const candidate of [current, ...retired.slice(0, maxRetired)]) {
        const stream = keyStream(nonce, bytesOf(candidate), ciphers);
        const words = new Uint8Array(first.byteLength);
        stream.xor(words, first);
        if (greeting.equals(words)) {
          note(transport, candidate);
          return { stream, key: bytesOf(candidate) };
        }
        stream.end();
      }
      throw new Error('no key of ours makes sense of it');
    },
  };
  return { protector: () => protectorOf(choose, ciphers), keyOf: (transport) => made.get(transport) };
}

/** The protector of one key. @param key 32 bytes, as parseSwarmKey returns them. Throws when they are not. */
export function protector(key: Uint8Array, ciphers: Ciphers): () => Protector {
  if (key.byteLength !== swarmKeyBytes) throw new Error('the swarm key must have 32 bytes');
  const ownKey = new Uint8Array(key);
  return () => protectorOf({ outbound: () => ownKey, inbound: null }, ciphers);
}

type Choose = {
  outbound(transport: object, asked: EpochKey | undefined): Uint8Array;
  /** null: what comes in has the key of what goes out */
  inbound: ((transport: object, nonce: Uint8Array, first: Uint8Array) => { stream: KeyStream; key: Uint8Array }) | null;
};

function protectorOf(choose: Choose, ciphers: Ciphers): Protector {
  return {
    [Symbol.toStringTag]: protectorTag,
    async protect(connection, options) {
      const progress = options as { onProgress?: (event: AcceptedEvent) => void } | undefined;
      const accepted: AcceptedEvent = { type: acceptedEvent };
      progress?.onProgress?.(accepted);
      const limits = options?.signal === undefined ? { signal: AbortSignal.timeout(handshakeMs) } : { signal: options.signal };
      const localNonce = new Uint8Array(randomBytes(nonceBytes));
      // the upgrader only ever protects what a transport made
      const transport = connection as MultiaddrConnection;
      const bytes = byteStream(transport);
      const [remote] = await Promise.all([bytes.read({ bytes: nonceBytes, ...limits }), bytes.write(localNonce, limits)]);
      const remoteNonce = new Uint8Array(remote.subarray());
      if (choose.inbound === null || transport.direction === 'outbound') {
        const key = choose.outbound(transport, accepted.key);
        return new ProtectedConnection(bytes.unwrap(), keyStream(remoteNonce, key, ciphers), keyStream(localNonce, key, ciphers));
      }
      const first = await bytes.read({ bytes: greeting.byteLength, ...limits });
      const { stream, key } = choose.inbound(transport, remoteNonce, new Uint8Array(first.subarray()));
      return new ProtectedConnection(bytes.unwrap(), stream, keyStream(localNonce, key, ciphers), greeting);
    },
  };
}

function bytesOf({ key }: EpochKey): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(key, 'hex'));
  if (bytes.byteLength !== swarmKeyBytes) throw new Error('the swarm key must have 32 bytes');
  return bytes;
}
