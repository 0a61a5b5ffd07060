// Two ends of a libp2p stream without a network: bytes arrive in pieces of any size, and the link may be cut after any byte.
import type { Stream } from '@libp2p/interface';

export type StreamPair = {
  near: Stream;
  far: Stream;
  /** Both ends break; what is on the way is lost. */
  cut(): void;
  readonly isCut: boolean;
};

type Listener = (event: never) => void;

class End {
  status: 'open' | 'closed' | 'aborted' | 'reset' = 'open';
  readStatus: 'readable' | 'paused' | 'closed' = 'readable';
  writeStatus: 'writable' | 'closed' = 'writable';
  readableEnded = false;
  readonly writableNeedsDrain = false;
  readonly protocol = '';
  #listeners = new Map<string, Set<Listener>>();
  #held: Uint8Array[] = [];
  /** Hands bytes to the other end. */
  carry: (bytes: Uint8Array) => void = () => undefined;
  other: End | undefined;

  addEventListener(type: string, listener: Listener): void {
    const all = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, all.add(listener));
  }
  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }
  emit(type: string, event: object): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event as never);
  }
  send(bytes: Uint8Array): boolean {
    if (this.status !== 'open' || this.writeStatus !== 'writable') throw new Error('the stream does not take bytes any more');
    this.carry(bytes);
    return true;
  }
  receive(bytes: Uint8Array): void {
    if (this.status !== 'open') return;
    if (this.readStatus === 'paused') this.#held.push(bytes);
    else this.emit('message', { data: { byteLength: bytes.byteLength, subarray: () => bytes } });
  }
  ended(): void {
    if (this.status !== 'open' || this.readableEnded) return;
    this.readableEnded = true;
    this.emit('end', {});
    this.settle();
  }
  pause(): void {
    this.readStatus = 'paused';
  }
  resume(): void {
    this.readStatus = 'readable';
    for (const bytes of this.#held.splice(0)) this.receive(bytes);
  }
  async close(): Promise<void> {
    if (this.writeStatus === 'closed') return;
    this.writeStatus = 'closed';
    this.carry(new Uint8Array());
    this.settle();
  }
  settle(): void {
    if (this.status !== 'open' || !this.readableEnded || this.writeStatus !== 'closed') return;
    this.status = 'closed';
    this.emit('close', {});
  }
  abort(error: Error): void {
    this.break('aborted', error);
    queueMicrotask(() => this.other?.break('reset', new Error('stream reset')));
  }
  break(status: 'aborted' | 'reset', error: Error): void {
    if (this.status !== 'open') return;
    this.status = status;
    this.writeStatus = 'closed';
    this.emit('close', { error });
  }
}

/**
 * @param piece how large the next piece that arrives may be, at least 1
 * @param budget after that many bytes, both ways together, the link is cut by itself
 */
export function streamPair(piece: () => number, budget: number): StreamPair {
  const [near, far] = [new End(), new End()];
  near.other = far;
  far.other = near;
  let left = budget;
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    for (const end of [near, far]) end.break('reset', new Error('the connection broke'));
  };
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    const way: Uint8Array[] = [];
    let moving = false;
    const move = (): void => {
      const bytes = way.shift();
      if (bytes === undefined || isCut) {
        moving = false;
        return;
      }
      if (bytes.byteLength === 0) to.ended();
      else {
        const size = Math.min(piece(), bytes.byteLength, left);
        to.receive(bytes.slice(0, size));
        left -= size;
        if (size < bytes.byteLength) way.unshift(bytes.subarray(size));
        if (left <= 0) return cut();
      }
      queueMicrotask(move);
    };
    from.carry = (bytes) => {
      way.push(bytes);
      if (moving) return;
      moving = true;
      queueMicrotask(move);
    };
  }
  const asStream = (end: End): Stream => end as unknown as Stream;
  return {
    near: asStream(near),
    far: asStream(far),
    cut,
    get isCut() {
      return isCut;
    },
  };
}
