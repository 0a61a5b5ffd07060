// Frames on a stream: a u32 big-endian length, then that many bytes. What every protocol of this room speaks.
import { Failure } from '../../src-shared/failure.ts';

const prefixBytes = 4;

/** A frame that announces more than the reader takes. Carries only numbers. */
export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge';
  readonly bytes: number;

  constructor(bytes: number, limit: number) {
    super(`a frame of ${bytes} bytes is over the limit of ${limit}`);
    this.bytes = bytes;
  }
}

/** One frame holding the JSON of `value` in UTF-8. */
export function jsonFrame(value: unknown): Uint8Array {
  return frame(Buffer.from(JSON.stringify(value), 'utf8'));
}

/** The frame of these bytes, in one new buffer. */
export function frame(body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(prefixBytes + body.byteLength);
  bytes.writeUInt32BE(body.byteLength, 0);
  bytes.set(body, prefixBytes);
  return bytes;
}

/**
 * No message of ours comes near. JSON.parse of 12 MiB of brackets would hold the node up for two seconds and take half a gigabyte, and of
 * digits or blanks for a tenth of one. plainBytes: outside of texts; 90,000 token ids (chatLimits.tokens) take 630,000.
 */
export const jsonLimits = { depth: 32, items: 100_000, plainBytes: 1024 * 1024 } as const;

/** The JSON of a frame's body. Fails with bad-request when it is none, or nested, divided or long beyond jsonLimits; the text itself is never repeated. */
export function jsonOf(body: Uint8Array): unknown {
  if (!isWithinLimits(body)) throw new Failure('bad-request', 'A message has more parts than any of ours.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    throw new Failure('bad-request', 'A message was no JSON.');
  }
}

/** Looks at what is outside of strings; whether it is JSON at all is for the parser to say. */
function isWithinLimits(body: Uint8Array): boolean {
  let depth = 0;
  let items = 0;
  let plain = 0;
  for (let at = 0; at < body.byteLength; at += 1) {
    const byte = body[at];
    if (byte === 0x22) {
      at = endOfString(body, at);
      continue;
    }
    plain += 1;
    // "[" and "{", then "]" and "}", then ","
    if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      items += 1;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    else if (byte === 0x2c) items += 1;
    if (depth > jsonLimits.depth || items > jsonLimits.items || plain > jsonLimits.plainBytes) return false;
  }
  return true;
}

/** Place of the quote that ends the string whose first quote is at `start`, or of the last byte. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.byteLength; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) return at;
    // a backslash takes the next letter with it
    if (byte === 0x5c) at += 1;
  }
  return bytes.byteLength;
}

export type FrameDecoder = {
  /** The frames that these bytes complete. Throws FrameTooLarge at the length prefix, before anything of that size is kept. */
  push(bytes: Uint8Array): Uint8Array[];
  /** Bytes held of an unfinished frame: never more than the limit plus what the last push brought. */
  readonly pending: number;
};

/**
 * Decodes as bytes come in. Each byte is copied at most once, whatever the pieces it comes in.
 * @param limit bytes of the largest body taken; asked again at each prefix, so that it may depend on what was said before
 */
export function frameDecoder(limit: () => number): FrameDecoder {
  const prefix = Buffer.alloc(prefixBytes);
  let prefixFilled = 0;
  let body: Uint8Array[] = [];
  let held = 0;
  let wanted = -1;

  const take = (bytes: Uint8Array, at: number, frames: Uint8Array[]): number => {
    if (wanted < 0) {
      const count = Math.min(prefixBytes - prefixFilled, bytes.byteLength - at);
      prefix.set(bytes.subarray(at, at + count), prefixFilled);
      prefixFilled += count;
      if (prefixFilled < prefixBytes) return at + count;
      const length = prefix.readUInt32BE(0);
      if (length > limit()) throw new FrameTooLarge(length, limit());
      wanted = length;
      at += count;
    }
    const count = Math.min(wanted - held, bytes.byteLength - at);
    if (count > 0) body.push(bytes.subarray(at, at + count));
    held += count;
    if (held === wanted) {
      frames.push(body.length === 1 && body[0] !== undefined ? body[0] : Buffer.concat(body, held));
      body = [];
      held = 0;
      wanted = -1;
      prefixFilled = 0;
    }
    return at + count;
  };

  return {
    push(bytes) {
      const frames: Uint8Array[] = [];
      let at = 0;
      // a frame without a body is complete with its prefix alone, so the last step may consume nothing
      while (at < bytes.byteLength) at = take(bytes, at, frames);
      return frames;
    },
    get pending() {
      return held;
    },
  };
}
