// Reads the rows of a damaged database page by page, without SQLite, which gives up a whole table for one bad page.
// File format: sqlite.org/fileformat2.html. Only what tables of ours need of it.
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

export type Value = string | number | Uint8Array | null;
/** cut: its text goes on in pages that are damaged, so the last values are missing or end early */
export type FoundRow = { rowid: number; values: Value[]; cut: boolean };

type Pages = { size: number; usable: number; count: number; page(n: number): Buffer | undefined };

/** Where the first page does not say it: SQLite's default, with which our files are made. */
const defaultPageSize = 4096;
const tableLeaf = 0x0d;

/** Every row of every table, in no order, from the file and its write-ahead log. Pages that are free, or no table's, are passed over. */
export function* rowsInPages(path: string): Generator<FoundRow> {
  const file = openSync(path, 'r');
  try {
    const pages = pagesOf(file, existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0));
    const free = freePages(pages);
    for (let n = 1; n <= pages.count; n += 1) {
      const page = free.has(n) ? undefined : pages.page(n);
      const start = n === 1 ? 100 : 0;
      if (page === undefined || page[start] !== tableLeaf) continue;
      const cells = Math.min(page.readUInt16BE(start + 3), (pages.usable - start - 8) >> 1);
      for (let cell = 0; cell < cells; cell += 1) {
        const row = cellAt(pages, page, page.readUInt16BE(start + 8 + cell * 2));
        if (row !== undefined) yield row;
      }
    }
  } finally {
    closeSync(file);
  }
}

function pagesOf(file: number, wal: Buffer): Pages {
  const header = Buffer.alloc(100);
  readSync(file, header, 0, 100, 0);
  const log = framesOf(wal);
  const first = log.frames.get(1) ?? header;
  const told = first.subarray(0, 15).toString('latin1') === 'SQLite format 3' ? first.readUInt16BE(16) : 0;
  const fromFile = told === 1 ? 65_536 : told;
  const size = isPageSize(fromFile) ? fromFile : isPageSize(log.size) ? log.size : defaultPageSize;
  const reserved = isPageSize(fromFile) ? (first[20] ?? 0) : 0;
  const inFile = Math.ceil(fstatSync(file).size / size);
  return {
    size,
    usable: size - reserved,
    count: Math.max(inFile, ...log.frames.keys()),
    page(n) {
      const newer = log.frames.get(n);
      if (newer !== undefined || n < 1 || n > inFile) return newer;
      const page = Buffer.alloc(size);
      readSync(file, page, 0, size, (n - 1) * size);
      return page;
    },
  };
}

const isPageSize = (size: number): boolean => size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;

/** The newest committed version of each page in the log. What follows a frame whose checksum is wrong was never finished. */
function framesOf(wal: Buffer): { size: number; frames: Map<number, Buffer> } {
  const frames = new Map<number, Buffer>();
  const magic = wal.length >= 32 ? wal.readUInt32BE(0) : 0;
  const size = wal.length >= 32 ? wal.readUInt32BE(8) : 0;
  if ((magic & 0xffff_fffe) >>> 0 !== 0x377f_0682 || !isPageSize(size)) return { size: 0, frames };
  const read = (magic & 1) === 1 ? (at: number) => wal.readUInt32BE(at) : (at: number) => wal.readUInt32LE(at);
  let sum: [number, number] = [0, 0];
  const add = (from: number, to: number): void => {
    let [one, two] = sum;
    for (let at = from; at < to; at += 8) {
      one = (one + read(at) + two) >>> 0;
      two = (two + read(at + 4) + one) >>> 0;
    }
    sum = [one, two];
  };
  add(0, 24);
  if (sum[0] !== wal.readUInt32BE(24) || sum[1] !== wal.readUInt32BE(28)) return { size, frames };
  const salt = wal.subarray(16, 24);
  let pending = new Map<number, Buffer>();
  for (let at = 32; at + 24 + size <= wal.length; at += 24 + size) {
    if (!wal.subarray(at + 8, at + 16).equals(salt)) break;
    add(at, at + 8);
    add(at + 24, at + 24 + size);
    if (sum[0] !== wal.readUInt32BE(at + 16) || sum[1] !== wal.readUInt32BE(at + 20)) break;
    pending.set(wal.readUInt32BE(at), wal.subarray(at + 24, at + 24 + size));
    if (wal.readUInt32BE(at + 4) === 0) continue;
    for (const [page, content] of pending) frames.set(page, content);
    pending = new Map();
  }
  return { size, frames };
}

/** Pages on the free list: what stands in them was deleted. */
function freePages(pages: Pages): Set<number> {
  const free = new Set<number>();
  const first = pages.page(1);
  if (first?.subarray(0, 15).toString('latin1') !== 'SQLite format 3') return free;
  for (let trunk = first.readUInt32BE(32); trunk !== 0 && !free.has(trunk);) {
    const page = pages.page(trunk);
    if (page === undefined) break;
    free.add(trunk);
    const leaves = page.readUInt32BE(4);
    if (leaves > pages.usable / 4 - 2) break;
    for (let leaf = 0; leaf < leaves; leaf += 1) free.add(page.readUInt32BE(8 + leaf * 4));
    trunk = page.readUInt32BE(0);
  }
  return free;
}

function cellAt(pages: Pages, page: Buffer, at: number): FoundRow | undefined {
  const size = varint(page, at);
  const rowid = varint(page, at + size.length);
  const start = at + size.length + rowid.length;
  const local = localSize(size.value, pages.usable);
  if (at < 8 || size.value < 2 || start + local > page.length) return undefined;
  const payload = local === size.value ? page.subarray(start, start + local) : gathered(pages, page, { start, local, size: size.value });
  const values = valuesIn(payload);
  return values === undefined ? undefined : { rowid: rowid.value, values, cut: payload.length < size.value };
}

/** Bytes of a payload that stand in the leaf itself. */
function localSize(size: number, usable: number): number {
  if (size <= usable - 35) return size;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const most = least + ((size - least) % (usable - 4));
  return most <= usable - 35 ? most : least;
}

/** A payload with what stands in its overflow pages, as far as their chain is whole. */
function gathered(pages: Pages, page: Buffer, { start, local, size }: { start: number; local: number; size: number }): Buffer {
  const pieces = [page.subarray(start, start + local)];
  let left = size - local;
  const seen = new Set<number>();
  for (let next = start + local + 4 <= page.length ? page.readUInt32BE(start + local) : 0; left > 0;) {
    const more = seen.has(next) ? undefined : pages.page(next);
    seen.add(next);
    if (more === undefined) break;
    const piece = more.subarray(4, 4 + Math.min(left, pages.usable - 4));
    const following = more.readUInt32BE(0);
    // the last page of a chain says 0 and no other does: one that says otherwise is not what was written there
    if ((following === 0) !== (piece.length === left) || following > pages.count) break;
    pieces.push(piece);
    left -= piece.length;
    next = following;
  }
  return Buffer.concat(pieces);
}

/** undefined: this is no record. Values beyond a cut are missing; a text in it ends there. */
function valuesIn(payload: Buffer): Value[] | undefined {
  const header = varint(payload, 0);
  if (header.value < 2 || header.value > payload.length) return undefined;
  const values: Value[] = [];
  let body = header.value;
  for (let at = header.length; at < header.value;) {
    const type = varint(payload, at);
    at += type.length;
    if (at > header.value || type.value === 10 || type.value === 11) return undefined;
    const length = type.value >= 12 ? (type.value - (type.value % 2 === 0 ? 12 : 13)) / 2 : (plainLengths[type.value] ?? 0);
    if (body >= payload.length && length > 0) break;
    values.push(valueAt(payload, body, type.value, length));
    body += length;
  }
  return values;
}

/** Bytes of a value by its serial type. */
const plainLengths = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function valueAt(payload: Buffer, at: number, type: number, length: number): Value {
  if (type === 0) return null;
  if (type >= 8 && type <= 9) return type - 8;
  const bytes = payload.subarray(at, at + length);
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString('utf8');
  if (bytes.length < length) return null;
  if (type === 7) return bytes.readDoubleBE(0);
  return length === 8 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, length);
}

/** SQLite's integer of one to nine bytes, most significant first. */
function varint(bytes: Buffer, at: number): { value: number; length: number } {
  let value = 0;
  for (let length = 1; length <= 9; length += 1) {
    const byte = bytes[at + length - 1] ?? 0;
    if (length === 9) return { value: value * 256 + byte, length };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, length };
  }
  return { value, length: 9 };
}
