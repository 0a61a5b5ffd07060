// The pictures that travel with a question: PNG or JPEG, small enough, and really what they say they are. Bytes come from strangers.

/** Of one picture: one of 1536 by 1536 pixels takes a third of that as JPEG. */
const maxBytes = 512 * 1024;

export const imageLimits = {
  /** Of one question, those of the messages before it included; with all its text they stay within chatLimits.textBytes. */
  count: 10,
  bytes: maxBytes,
  /** The same in base64. */
  characters: Math.ceil(maxBytes / 3) * 4,
  /** Pixels along one side; the models of today look at no more. */
  side: 1536,
} as const;

export type ImageFacts = { type: 'image/png' | 'image/jpeg'; width: number; height: number };

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = new Int8Array(128).fill(-1);
for (let at = 0; at < alphabet.length; at += 1) values[alphabet.codePointAt(at) ?? 0] = at;

/** The bytes of padded base64; null: it is none. */
export function bytesOfBase64(text: string): Uint8Array | null {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) return null;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let held = 0;
  for (let at = 0, to = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) ?? 0;
    const value = at >= text.length - padding ? 0 : (values[code] ?? -1);
    if (value < 0) return null;
    held = (held << 6) | value;
    if (at % 4 !== 3) continue;
    for (const shift of [16, 8, 0]) if (to < bytes.length) bytes[to++] = (held >> shift) & 0xff;
    held = 0;
  }
  return bytes;
}

/** null: it is no PNG or JPEG in base64 within the limits of a question (imageLimits) */
export function imageFacts(base64: string): ImageFacts | null {
  if (base64.length > imageLimits.characters || !isBase64(base64)) return null;
  const facts = pngFacts(base64) ?? jpegFacts(base64);
  return facts !== null && isWithin(facts.width) && isWithin(facts.height) ? facts : null;
}

function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.slice(0, text.length - padding));
}

const isWithin = (side: number): boolean => side >= 1 && side <= imageLimits.side;

/** One byte of base64, -1 behind its end: a head is looked at where it lies, since strangers send twelve mebibytes of pictures at once. */
function byteAt(base64: string, at: number): number {
  const from = Math.floor(at / 3) * 4;
  const [one, two] = [valueAt(base64, from + (at % 3)), valueAt(base64, from + (at % 3) + 1)];
  if (one < 0 || two < 0) return -1;
  return ((one << ((at % 3) * 2 + 2)) | (two >> (4 - (at % 3) * 2))) & 0xff;
}

const valueAt = (base64: string, at: number): number => values[base64.codePointAt(at) ?? 0] ?? -1;
/** Not a number where there are fewer bytes. */
function uint16At(base64: string, at: number): number {
  const [high, low] = [byteAt(base64, at), byteAt(base64, at + 1)];
  return high < 0 || low < 0 ? Number.NaN : high * 256 + low;
}
const uint32At = (base64: string, at: number): number => uint16At(base64, at) * 65_536 + uint16At(base64, at + 2);

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];

function pngFacts(base64: string): ImageFacts | null {
  // its sum ends the header
  if (byteAt(base64, 32) < 0 || pngStart.some((byte, at) => byteAt(base64, at) !== byte)) return null;
  return { type: 'image/png', width: uint32At(base64, 16), height: uint32At(base64, 20) };
}

/** Segments, and bytes of padding between them, before a JPEG's size: a large ICC profile takes some dozens. Strangers would send ever more. */
const maxSteps = 500;

/** Walks the segments up to the frame header, which is the one that tells the size. */
function jpegFacts(base64: string): ImageFacts | null {
  if (byteAt(base64, 0) !== 0xff || byteAt(base64, 1) !== 0xd8) return null;
  for (let at = 2, step = 0; step < maxSteps && byteAt(base64, at + 8) >= 0; step += 1) {
    const marker = byteAt(base64, at + 1);
    if (byteAt(base64, at) !== 0xff) return null;
    // fill bytes may stand before a marker
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { type: 'image/jpeg', height: uint16At(base64, at + 5), width: uint16At(base64, at + 7) };
    // the picture itself begins without a frame header before it
    if (marker === 0xda || marker === 0xd9) return null;
    const length = uint16At(base64, at + 2);
    if (length < 2) return null;
    at += 2 + length;
  }
  return null;
}
