// Reading and writing frames on a libp2p stream with back-pressure both ways.
// libp2p's own ways do not do: `for await` on a stream never pauses the sender, and onDrain() resolves at once from its second use on.
import type { Stream } from '@libp2p/interface';
import { frameDecoder } from './frames.ts';
import type { Clock } from '../jobs/ports.ts';

/** Frames that wait for the reader before the sender is told to stop. */
const highWaterBytes = 256 * 1024;

export type FrameReader = {
  /** The next frame; null at the sender's orderly end. Throws FrameTooLarge, or the reason why the stream broke. */
  next(): Promise<Uint8Array | null>;
  /** The sender is held back because this reader is slow. */
  readonly held: boolean;
  /** Clock time when bytes last came in, or when reading began. */
  readonly heardAt: number;
  /** Bytes of body received so far. */
  readonly received: number;
};

/**
 * Listens from now on: make the reader before the first await of a handler.
 * @param options limit: bytes of the largest frame; heard: called whenever bytes come in
 */
export function frameReader(stream: Stream, clock: Clock, options: { limit: () => number; heard?: () => void }): FrameReader {
  const decoder = frameDecoder(options.limit);
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let received = 0;
  let heardAt = clock.now();
  let held = false;
  // nothing is told twice: a stream may have ended before anyone listened
  let ended = stream.status !== 'open' || stream.readableEnded;
  let broken: { error: unknown } | undefined;
  let wake: () => void = () => undefined;

  const fail = (error: unknown): void => {
    broken ??= { error };
    wake();
  };
  stream.addEventListener('message', ({ data }) => {
    if (broken !== undefined) return;
    heardAt = clock.now();
    received += data.byteLength;
    // an exception in here would end the process
    try {
      for (const body of decoder.push(data.subarray())) {
        waiting.push(body);
        waitingBytes += body.byteLength + 64;
      }
      if (!held && waitingBytes > highWaterBytes && stream.readStatus === 'readable') {
        held = true;
        stream.pause();
      }
    } catch (error) {
      fail(error);
    }
    wake();
    options.heard?.();
  });
  stream.addEventListener('end', () => {
    ended = true;
    wake();
  });
  stream.addEventListener('close', (event) => {
    ended = true;
    if (event.error !== undefined) fail(event.error);
    wake();
  });

  const release = (): void => {
    if (!held || waitingBytes > highWaterBytes / 2) return;
    held = false;
    heardAt = clock.now();
    // gives what had piled up to the listener at once
    if (stream.readStatus === 'paused') stream.resume();
  };

  return {
    async next() {
      for (;;) {
        const body = waiting.shift();
        if (body !== undefined) {
          waitingBytes -= body.byteLength + 64;
          release();
          return body;
        }
        if (broken !== undefined) throw broken.error;
        if (ended) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    get held() {
      return held;
    },
    get heardAt() {
      return heardAt;
    },
    get received() {
      return received;
    },
  };
}

/** The other side took nothing for too long. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
}

/**
 * Sends bytes and waits until the stream takes more.
 * @param stallMs gives up with Stalled when the stream stays full that long. Throws the stream's error when it closes meanwhile.
 */
export async function send(stream: Stream, bytes: Uint8Array, clock: Clock, stallMs: number): Promise<void> {
  if (!stream.send(bytes)) await drained(stream, clock, stallMs);
}

/** Resolves when the stream takes bytes again; see send. */
export function drained(stream: Stream, clock: Clock, stallMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (finish: () => void): void => {
      stream.removeEventListener('drain', check);
      stream.removeEventListener('close', closed);
      cancel();
      finish();
    };
    // libp2p clears the flag in its own drain listener and sends what is left in a microtask queued before this one;
    // a pipe that is full again has raised the flag by then
    const check = (): void => {
      queueMicrotask(() => {
        if (!stream.writableNeedsDrain) done(resolve);
      });
    };
    const closed = (event: { error?: Error }): void => done(() => reject(event.error ?? new Error('the stream closed')));
    const cancel = clock.after(stallMs, () => done(() => reject(new Stalled(`nothing was taken for ${stallMs} ms`))));
    stream.addEventListener('drain', check);
    stream.addEventListener('close', closed);
    if (stream.status !== 'open') closed({});
    else check();
  });
}
