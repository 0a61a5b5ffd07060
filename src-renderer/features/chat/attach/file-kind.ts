// What a file is, by its first bytes and not by its name, and whether its text is one. Pure.
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';

/** Why a file cannot be attached. */
export const refusals = [
  'empty',
  'key',
  'binary',
  'unreadable',
  'text-too-large',
  'pdf-too-large',
  'pdf-pages',
  'pdf-locked',
  'pdf-scanned',
  'pdf-broken',
  'pdf-unpacked',
  'image-too-large',
  'image-pixels',
  'image-broken',
  'image-kind',
  'slow',
  'too-many',
  'too-many-images',
] as const;
export type FileRefusal = (typeof refusals)[number];

/** other: a picture of a kind that no browser draws everywhere, or that can hold more than a picture */
type FileKind = 'png' | 'jpeg' | 'gif' | 'webp' | 'pdf' | 'picture' | 'text';

/** So many bytes tell the kind. */
export const headBytes = 1024;

const ascii = (bytes: Uint8Array, from: number, to: number): string => String.fromCodePoint(...bytes.subarray(from, to));

/** @param head the first bytes of the file, headBytes at most */
export function kindOf(head: Uint8Array): FileKind {
  if (head[0] === 0x89 && ascii(head, 1, 4) === 'PNG') return 'png';
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'jpeg';
  if (/^GIF8[79]a$/.test(ascii(head, 0, 6))) return 'gif';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp';
  // readers of PDF look for its mark within the first kilobyte
  if (ascii(head, 0, 1024).includes('%PDF-')) return 'pdf';
  const isBitmap = ascii(head, 0, 2) === 'BM' && head[6] === 0 && head[7] === 0;
  const isTiff = ['II*\0', 'MM\0*'].includes(ascii(head, 0, 4));
  // HEIC, AVIF and their kin
  const isBoxed = ascii(head, 4, 8) === 'ftyp' && /^(heic|heix|mif1|avif|hevc)$/.test(ascii(head, 8, 12));
  return isBitmap || isTiff || isBoxed ? 'picture' : 'text';
}

/** Why a file of that kind and size is not even read; null: it is. */
export function refusedBySize(kind: FileKind, bytes: number): FileRefusal | null {
  const { text, pdf, image } = attachmentLimits.fileBytes;
  if (bytes === 0) return 'empty';
  if (kind === 'picture') return 'image-kind';
  if (kind === 'text') return bytes > text ? 'text-too-large' : null;
  if (kind === 'pdf') return bytes > pdf ? 'pdf-too-large' : null;
  return bytes > image ? 'image-too-large' : null;
}

/** Pixels of a picture as it says itself, before anything decodes it; null: it does not say, as no whole one does. */
export function pixelsIn(kind: FileKind, bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'png' && bytes.length >= 24) return view.getUint32(16) * view.getUint32(20);
  if (kind === 'gif' && bytes.length >= 10) return gifPixels(bytes, view);
  if (kind === 'webp' && bytes.length >= 30) return webpPixels(bytes, view);
  if (kind === 'jpeg') return jpegPixels(bytes, view);
  return null;
}

/** Of its screen, or of its first frame where that reaches beyond: browsers make the screen larger then. */
function gifPixels(bytes: Uint8Array, view: DataView): number {
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  const flags = bytes[10] ?? 0;
  let at = 13 + ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  while (bytes[at] === 0x21) {
    at += 2;
    while ((bytes[at] ?? 0) > 0) at += 1 + (bytes[at] ?? 0);
    at += 1;
  }
  if (bytes[at] !== 0x2c || at + 9 > bytes.length) return width * height;
  const edge = (from: number): number => view.getUint16(from, true) + view.getUint16(from + 4, true);
  return Math.max(width, edge(at + 1)) * Math.max(height, edge(at + 3));
}

function webpPixels(head: Uint8Array, view: DataView): number | null {
  const chunk = ascii(head, 12, 16);
  const three = (at: number): number => view.getUint16(at, true) + (head[at + 2] ?? 0) * 65_536;
  if (chunk === 'VP8X') return (three(24) + 1) * (three(27) + 1);
  if (chunk === 'VP8 ') return (view.getUint16(26, true) & 0x3fff) * (view.getUint16(28, true) & 0x3fff);
  if (chunk !== 'VP8L') return null;
  const bits = view.getUint32(21, true);
  return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
}

function jpegPixels(head: Uint8Array, view: DataView): number | null {
  for (let at = 2; at + 9 <= head.length && head[at] === 0xff;) {
    const marker = head[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return view.getUint16(at + 5) * view.getUint16(at + 7);
    const length = view.getUint16(at + 2);
    if (length < 2) return null;
    at += 2 + length;
  }
  return null;
}

/** Controls that stand in no text; tab, line feed, form feed and carriage return do, and so does the escape of coloured logs. */
// oxlint-disable-next-line no-control-regex -- those are what it looks for
const controls = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;

/** UTF-8, or UTF-16 with its mark, as some programs of Windows write it; null: no text. cut: more bytes follow, and the last character may be half. */
function decoded(bytes: Uint8Array, cut: boolean): string | null {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  try {
    const text = new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes, { stream: cut });
    return controls.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** So much of a file that is too large for a text is read, to say whether it is one. */
export const beginningBytes = 65_536;

/** Of a text that is too large: what it is comes before how large it is. @param beginning its first bytes */
export const tooLarge = (beginning: Uint8Array): FileRefusal => (decoded(beginning, true) === null ? 'binary' : 'text-too-large');

/** The text of a file, or why it is not taken. */
export function textIn(bytes: Uint8Array): { text: string } | { refused: FileRefusal } {
  const text = decoded(bytes, false);
  if (text === null) return { refused: 'binary' };
  if (text.trim() === '') return { refused: 'empty' };
  // a secret that no model is to read
  if (text.length < 4096 && text.includes('/key/swarm/psk/')) return { refused: 'key' };
  return new TextEncoder().encode(text).length > attachmentLimits.textBytes ? { refused: 'text-too-large' } : { text };
}
