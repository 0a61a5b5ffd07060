// Files to attach, made where they are needed: each as small as its format allows.
import { constants, crc32, deflateRawSync, deflateSync } from 'node:zlib';

/** A PNG of that size with broad stripes. */
export function pngFile(width: number, height: number): Buffer {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      rows.set((x * 6) / width < 3 === (y * 4) / height < 2 ? [28, 107, 80] : [240, 196, 90], at);
    }
  }
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A PNG that says it has that size, and ends there. */
export function hugePng(width: number, height: number): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', size)]);
}

/** A GIF of ten by ten pixels whose only frame is larger than that. */
export function overflowingGif(side: number): Buffer {
  const [screen, frame] = [Buffer.alloc(7), Buffer.alloc(10)];
  screen.writeUInt16LE(10, 0);
  screen.writeUInt16LE(10, 2);
  frame[0] = 0x2c;
  frame.writeUInt16LE(side, 5);
  frame.writeUInt16LE(side, 7);
  const note = Buffer.concat([Buffer.from([0x21, 0xfe, 4]), Buffer.from('note'), Buffer.from([0])]);
  return Buffer.concat([Buffer.from('GIF89a'), screen, note, frame, Buffer.from([2, 2, 0x4c, 1, 0, 0x3b])]);
}

/** A JPEG that says how large it is only behind so many bytes of notes. */
export function lateJpeg(side: number, notes: number): Buffer {
  const note = Buffer.alloc(2 + 60_000);
  note.writeUInt16BE(0xffe1, 0);
  note.writeUInt16BE(60_000, 2);
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, side >> 8, side & 0xff, side >> 8, side & 0xff, 1, 1, 0x11, 0, 0xff, 0xd9]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...Array.from({ length: Math.ceil(notes / note.length) }, () => note), frame]);
}

function chunk(name: string, data: Buffer): Buffer {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(name), data]);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The content of a page that shows these lines. */
export const showing = (...lines: string[]): Buffer =>
  Buffer.from(`BT /F1 12 Tf 72 720 Td ${lines.map((line) => `(${line}) Tj 0 -16 Td`).join(' ')} ET`);

/** Blanks as a PDF packs them, a thousandth of so many mebibytes. */
export function packedBlanks(mebibytes: number): Buffer {
  const length = 1024 * 1024;
  const one = deflateRawSync(Buffer.alloc(length, ' '), { finishFlush: constants.Z_FULL_FLUSH });
  const blank = 32n;
  const all = BigInt(mebibytes * length);
  // the sum that stands at its end (RFC 1950)
  const low = (1n + all * blank) % 65_521n;
  const high = (all + (blank * all * (all + 1n)) / 2n) % 65_521n;
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(Number(high) * 65_536 + Number(low));
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...Array.from({ length: mebibytes }, () => one), Buffer.from([3, 0]), sum]);
}

/** What stands in a PDF besides its pages; `kids`: in place of them. */
type PdfParts = { trailer?: string; font?: string; catalog?: string; kids?: string };

/** A PDF whose pages have that content, which is deflated where it is not packed already. */
export function pdfFile(
  contents: readonly (Buffer | { packed: Buffer })[],
  { trailer = '', font = '/F1 3 0 R', catalog = '', kids }: PdfParts = {},
): Buffer {
  const pages = kids ?? contents.map((_, at) => `${4 + at * 2} 0 R`).join(' ');
  const objects: Buffer[] = [
    Buffer.from(`<< /Type /Catalog /Pages 2 0 R ${catalog} >>`),
    Buffer.from(`<< /Type /Pages /Count ${contents.length} /Kids [${pages}] >>`),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
  ];
  for (const [at, content] of contents.entries()) {
    const packed = 'packed' in content ? content.packed : deflateSync(content);
    const page = `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << ${font} >> >> /Contents ${5 + at * 2} 0 R >>`;
    objects.push(
      Buffer.from(page),
      Buffer.concat([Buffer.from(`<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n`), packed, Buffer.from('\nendstream')]),
    );
  }
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const places: number[] = [];
  let length = parts[0]?.length ?? 0;
  for (const [at, object] of objects.entries()) {
    const whole = Buffer.concat([Buffer.from(`${at + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    places.push(length);
    parts.push(whole);
    length += whole.length;
  }
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  parts.push(
    Buffer.from(
      `xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R ${trailer} >>\nstartxref\n${length}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** A PDF of one page whose text is in GBK and whose font is not in the file, as older Chinese ones are. @param lines of hexadecimal digits */
export function chinesePdf(lines: readonly string[]): Buffer {
  const shown = `BT /F1 12 Tf 72 720 Td ${lines.map((line) => `<${line}> Tj 0 -16 Td`).join(' ')} ET`;
  const font =
    '/F1 << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /GBK-EUC-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 ' +
    '/BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor << /Type /FontDescriptor ' +
    '/FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >>';
  return pdfFile([Buffer.from(shown)], { font });
}

/** As a trailer: it opens with a password that nobody has. */
export const locked = `/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >>`;
