// A ZIP archive of texts, stored and not packed: a report of some hundred KB, made alike by the desktop and by a browser's page.
// Format: PKWARE APPNOTE 6.3.10, local headers, central directory, end record; no ZIP64, since reports are bounded.

const utf8Names = 0x08_00;
/** 1980-01-01: a report says its own time; the archive's stays the same for the same texts. */
const dosDate = 0x21;

/** @param files names without folders; @returns the bytes of the archive */
export function zipOf(files: readonly { name: string; text: string }[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, text } of files) {
    const label = encoder.encode(name);
    const content = encoder.encode(text);
    const facts = [[20, 2], [utf8Names, 2], [0, 2], [0, 2], [dosDate, 2], [crc32(content), 4], [content.length, 4], [content.length, 4], [label.length, 2], [0, 2]] as const; // prettier-ignore
    const local = record(0x04_03_4b_50, facts);
    directory.push(record(0x02_01_4b_50, [[20, 2], ...facts, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), label);
    parts.push(local, label, content);
    offset += local.length + label.length + content.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = record(0x06_05_4b_50, [[0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]]); // prettier-ignore
  return joined([...parts, ...directory, end]);
}

/** Little-endian numbers, each with how many bytes it takes, after a signature. */
function record(signature: number, fields: readonly (readonly [value: number, bytes: 2 | 4])[]): Uint8Array {
  const made = new DataView(new ArrayBuffer(4 + fields.reduce((sum, [, bytes]) => sum + bytes, 0)));
  made.setUint32(0, signature, true);
  let at = 4;
  for (const [value, bytes] of fields) {
    if (bytes === 2) made.setUint16(at, value, true);
    else made.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(made.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** CRC-32 of ISO 3309, reflected, polynomial 0xEDB88320. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xed_b8_83_20 : 0);
  }
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}
