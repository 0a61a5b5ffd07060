// The swarm's fence: XSalsa20 over the whole TCP connection, on the wire byte for byte what @libp2p/pnet, go-libp2p and
// rust-libp2p do (each side sends a 24-byte nonce, then everything it sends is xored with the stream of that nonce and the key).
// Our own, because @libp2p/pnet 3.0.27 grows one shared WebAssembly memory until the process dies.
import type { AbortOptions, ConnectionProtector, MultiaddrConnection } from '@libp2p/interface';
import { AbstractMultiaddrConnection, byteStream, type SendResult } from '@libp2p/utils';
import { randomBytes } from 'node:crypto';
import xsalsa20 from 'xsalsa20';
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

  constructor(below: MultiaddrConnection, inbound: KeyStream, outbound: KeyStream) {
    super({ remoteAddr: below.remoteAddr, direction: below.direction, log: below.log.newScope('protector') });
    this.#below = below;
    this.#outbound = outbound;
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

/** Sent as a libp2p progress event when TCP accepted a dial and the protector begins. */
export const acceptedEvent = 'axon:tcp-accepted';

export type Protector = ConnectionProtector & { readonly [Symbol.toStringTag]: typeof protectorTag };

/** @param key 32 bytes, as parseSwarmKey returns them. Throws when they are not. */
export function protector(key: Uint8Array, ciphers: Ciphers): () => Protector {
  if (key.byteLength !== swarmKeyBytes) throw new Error('the swarm key must have 32 bytes');
  const ownKey = new Uint8Array(key);
  return () => ({
    [Symbol.toStringTag]: protectorTag,
    async protect(connection, options) {
      const progress = options as { onProgress?: (event: { type: string }) => void } | undefined;
      progress?.onProgress?.({ type: acceptedEvent });
      const limits = options?.signal === undefined ? { signal: AbortSignal.timeout(handshakeMs) } : { signal: options.signal };
      const localNonce = new Uint8Array(randomBytes(nonceBytes));
      // the upgrader only ever protects what a transport made
      const bytes = byteStream(connection as MultiaddrConnection);
      const [remote] = await Promise.all([bytes.read({ bytes: nonceBytes, ...limits }), bytes.write(localNonce, limits)]);
      const remoteNonce = new Uint8Array(remote.subarray());
      return new ProtectedConnection(bytes.unwrap(), keyStream(remoteNonce, ownKey, ciphers), keyStream(localNonce, ownKey, ciphers));
    },
  });
}
