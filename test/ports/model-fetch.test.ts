// Model files for the built-in engine from a loopback server that misbehaves as real ones do; nothing that came is asked for twice.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedEngine } from '../../src-main/engine/embedded/engine.ts';
import { fetchFile, type FetchOptions } from '../../src-main/engine/fetch-file.ts';
import type { Engine, Pulled } from '../../src-main/jobs/ports.ts';
import { ggufEntry, ggufHeader, ggufText } from '../fakes/gguf-bytes.ts';
import { hurriedClock } from '../fakes/hurried-clock.ts';
import { report } from '../report.ts';
import { silentLog, systemClock } from './engine-suite.ts';

const head = Buffer.concat([ggufHeader(1), ggufEntry('general.architecture', 8, ggufText('llama'))]);
const model = Buffer.concat([head, randomBytes(2_000_000 - head.length)]);
const sha256 = createHash('sha256').update(model).digest('hex');
const etag = '"first"';
const childEntry = fileURLToPath(new URL('fetching-child.ts', import.meta.url));

type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void;

let folder = '';
let server: Server;
let answer: Answer;
/** What was asked for: where each began, and on which condition. */
let asked: { from: number; condition: string | undefined }[] = [];
let url = '';

/** As servers of files do; with `to` nothing comes after that byte, and the line stays open. */
const ranged =
  (to = model.length, tag = etag, body = model): Answer =>
  (request, response, from) => {
    const { 'if-range': condition } = request.headers;
    const begin = condition === undefined || condition === tag ? from : 0;
    const range = { 'content-range': `bytes ${begin}-${body.length - 1}/${body.length}` };
    response.writeHead(begin === 0 ? 200 : 206, { etag: tag, 'content-length': body.length - begin, ...(begin === 0 ? {} : range) });
    response.write(body.subarray(begin, to));
    if (to >= body.length) response.end();
  };

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-fetch-'));
  asked = [];
  answer = ranged();
  server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push({ from, condition: request.headers['if-range'] as string | undefined });
    answer(request, response, from);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/Tiny-1B-Q4_K_M.gguf`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** Everywhere, and tries follow each other at once; a minute of silence is one of ours. */
const open = { reach: { url: () => true, ip: () => true }, clock: hurriedClock(1000), patienceMs: 60_000_000 };
const never = new AbortController().signal;
const file = (): string => path.join(folder, 'Tiny-1B-Q4_K_M.gguf');
const partSize = (): number => statSync(`${file()}.part`, { throwIfNoEntry: false })?.size ?? 0;

/** The engine whose fetching this is; its child is never started. */
const builtIn = (fetching: Partial<FetchOptions> = {}): Engine =>
  embeddedEngine({
    ...{ modelDirs: [folder], ownModels: folder, clock: systemClock, log: silentLog, fetching },
    childEntry: path.join(folder, 'never-started.js'),
  });

async function fetched(more: Partial<FetchOptions> & { sha256?: string; signal?: AbortSignal; from?: string } = {}): Promise<Pulled[]> {
  const { sha256: digest, signal = never, from = url, ...options } = more;
  const source = { engine: 'embedded' as const, url: from, ...(digest === undefined ? {} : { sha256: digest }) };
  const steps: Pulled[] = [];
  for await (const step of fetchFile(source, { folder, ...open, ...options }, signal)) steps.push(step);
  return steps;
}
/** Until so many bytes lie here, then the plug. */
async function part(bytes: number): Promise<void> {
  answer = ranged(bytes);
  const stop = new AbortController();
  const running = fetched({ signal: stop.signal }).catch((error: unknown) => error);
  await expect.poll(partSize, { timeout: 60_000 }).toBe(bytes);
  stop.abort();
  expect(await running).toMatchObject({ name: 'AbortError' });
  answer = ranged();
  asked = [];
}

test('it lies there under its own name, whole, and nothing else does', async () => {
  const steps = await fetched({ sha256 });
  expect(steps[0]).toMatchObject({ receivedBytes: 0, totalBytes: model.length });
  expect(steps.at(-1)).toMatchObject({ receivedBytes: model.length, totalBytes: model.length, checking: true });
  expect(readFileSync(file()).equals(model)).toBe(true);
  expect(readdirSync(folder).toSorted()).toEqual(['Tiny-1B-Q4_K_M.gguf', 'Tiny-1B-Q4_K_M.gguf.verified']);
  await expect(fetched()).rejects.toMatchObject({ code: 'model-exists' });
  expect(asked).toHaveLength(1);
});

test('killed at 40 %, it goes on at that very byte', async () => {
  const share = 0.4 * model.length;
  answer = ranged(share);
  const child = spawn(process.execPath, [childEntry, url, folder], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await expect.poll(partSize, { timeout: 100_000 }).toBe(share);
  child.kill('SIGKILL');
  await ended;
  answer = ranged();
  const steps = await fetched({ sha256 });
  expect(asked).toEqual([
    { from: 0, condition: undefined },
    { from: share, condition: etag },
  ]);
  expect(steps[0]).toMatchObject({ receivedBytes: share, again: false });
  expect(readFileSync(file()).equals(model)).toBe(true);
  const kept = (100 * (asked[1]?.from ?? 0)) / model.length;
  const figures = report('downloads');
  figures.row({ name: 'kept of a download killed at 40 %', value: kept, unit: '%', limit: 39, direction: 'min', note: 'ux.md E14' });
  figures.write();
});

test('a line that breaks is taken up where it broke, as often as something comes', async () => {
  let cuts = 0;
  answer = (request, response, from) => {
    if ((cuts += 1) > 8) return ranged()(request, response, from);
    ranged(from + 100_000)(request, response, from);
    // what was not read yet would be lost with the connection
    const look = setInterval(() => {
      if (partSize() !== from + 100_000) return;
      clearInterval(look);
      response.destroy();
    }, 5);
  };
  await fetched({ sha256 });
  expect(asked.map(({ from }) => from)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((cut) => cut * 100_000));
});

test('a server that is gone is said to be gone, and what came stays', async () => {
  await part(300_000);
  answer = (_request, response) => response.destroy();
  await expect(fetched()).rejects.toMatchObject({ code: 'server-gone' });
  expect(partSize()).toBe(300_000);
  expect(asked.length).toBeGreaterThan(3);
});

test('a server that falls silent is given up and asked again', async () => {
  answer = (request, response, from) => (asked.length === 1 ? ranged(500_000)(request, response, from) : ranged()(request, response, from));
  await fetched({ sha256, clock: systemClock, patienceMs: 10_000 });
  expect(asked.map(({ from }) => from)).toEqual([0, 500_000]);
});

describe('where going on is of no use it begins anew, and says so', () => {
  test('the server knows no ranges', async () => {
    await part(300_000);
    answer = (request, response) => ranged()(request, response, 0);
    const steps = await fetched({ sha256 });
    expect(asked.map(({ from }) => from)).toEqual([300_000]);
    expect(steps[0]).toMatchObject({ receivedBytes: 0, again: true });
    expect(steps.at(-1)).toMatchObject({ again: true });
  });

  test('nothing says whether the file is still the same', async () => {
    const unmarked: Answer = (request, response, from) => {
      const { writeHead } = response;
      response.writeHead = ((status: number, { etag: _, ...headers }: Record<string, string>) =>
        writeHead.call(response, status, headers)) as typeof writeHead;
      ranged(asked.length === 1 ? 300_000 : model.length)(request, response, from);
    };
    answer = unmarked;
    await fetched({ sha256, clock: systemClock, patienceMs: 10_000 });
    expect(asked).toEqual([
      { from: 0, condition: undefined },
      { from: 0, condition: undefined },
    ]);
  });

  test('the file is another one by now', async () => {
    await part(300_000);
    const other = Buffer.concat([head, randomBytes(1_500_000)]);
    answer = ranged(other.length, '"second"', other);
    const steps = await fetched();
    expect(steps[0]).toMatchObject({ receivedBytes: 0, totalBytes: other.length, again: true });
    expect(readFileSync(file()).equals(other)).toBe(true);
  });

  test('the file is shorter by now, and the server looks at no condition', async () => {
    await part(300_000);
    answer = (_request, response, from) => {
      if (from > 0) return response.writeHead(416, { 'content-range': 'bytes */200' }).end();
      ranged()(_request, response, 0);
    };
    expect((await fetched({ sha256 })).at(-1)).toMatchObject({ again: true });
    expect(asked.map(({ from }) => from)).toEqual([300_000, 0]);
  });

  test('what lies here came from another address', async () => {
    await part(300_000);
    const elsewhere = url.replace('/Tiny', '/other/Tiny');
    await fetched({ sha256, from: elsewhere });
    expect(asked.map(({ from }) => from)).toEqual([0]);
  });
});

test('all of it is here, but was not looked at: nothing is sent again', async () => {
  await part(300_000);
  writeFileSync(`${file()}.part`, model);
  answer = (_request, response) => response.destroy();
  await fetched({ sha256 });
  expect(asked).toEqual([]);
  expect(readFileSync(file()).equals(model)).toBe(true);
});

test('more than was said is not written', async () => {
  await part(300_000);
  answer = (_request, response, from) => {
    response.writeHead(206, { etag, 'content-range': `bytes ${from}-${model.length - 1}/${model.length}` });
    response.end(Buffer.concat([model, model]));
  };
  await expect(fetched()).rejects.toMatchObject({ code: 'download-failed' });
  expect(asked).toHaveLength(1);
  expect(partSize()).toBe(0);
});

describe('between the last byte and its own name', () => {
  /** What somebody else does to the folder while it is looked at. */
  async function meanwhile(done: () => void): Promise<void> {
    for await (const { checking } of fetchFile({ engine: 'embedded', url }, { folder, ...open }, never)) if (checking === true) done();
  }

  test('a model of that name is not written over', async () => {
    await expect(meanwhile(() => writeFileSync(file(), 'theirs'))).rejects.toMatchObject({ code: 'model-exists' });
    expect(readFileSync(file(), 'utf8')).toBe('theirs');
    expect(partSize()).toBe(model.length);
  });

  test('what cannot be read just now is no broken model, and stays', async () => {
    const unreadable = (): void => {
      rmSync(`${file()}.part`);
      mkdirSync(`${file()}.part`);
    };
    await expect(meanwhile(unreadable)).rejects.toMatchObject({ code: 'download-failed' });
    expect(readdirSync(folder)).toContain('Tiny-1B-Q4_K_M.gguf.part');
  });
});

test('another checksum: deleted, and nothing of it is listed', async () => {
  await expect(fetched({ sha256: 'f'.repeat(64) })).rejects.toMatchObject({ code: 'checksum-wrong' });
  expect(readdirSync(folder).filter((name) => !name.endsWith('.json'))).toEqual([]);
});

test('a page instead of a model', async () => {
  answer = (_request, response) => response.writeHead(200, { 'content-length': 40 }).end('<html>Please sign in to go on, thank you');
  await expect(fetched()).rejects.toMatchObject({ code: 'model-broken' });
  expect(partSize()).toBe(0);
});

test('a full disk is told before a byte is written', async () => {
  await expect(fetched({ freeBytes: async () => model.length })).rejects.toMatchObject({ code: 'disk-full' });
  expect(readdirSync(folder)).toEqual([]);
});

test('a disk that others fill meanwhile keeps what is left for them', async () => {
  let asks = 0;
  const freeBytes = async (): Promise<number> => ((asks += 1) === 1 ? 1024 ** 4 : 1024);
  // so fast that every piece is a report
  const hasty = { clock: hurriedClock(1_000_000), patienceMs: 60_000_000_000 };
  await expect(fetched({ ...hasty, freeBytes })).rejects.toMatchObject({ code: 'disk-full' });
  expect(asks).toBe(2);
  expect(partSize()).toBeGreaterThan(0);
});

test('what this disk refuses is said at once, and the server is not blamed', async () => {
  mkdirSync(`${file()}.part`);
  await expect(fetched()).rejects.toMatchObject({ code: 'download-failed', message: expect.stringContaining('EISDIR') });
  expect(asked).toHaveLength(1);
});

test.each([
  [404, 'download-not-found'],
  [401, 'download-not-found'],
  [400, 'download-failed'],
])('%i: %s, without another try', async (status, code) => {
  answer = (_request, response) => response.writeHead(status).end();
  await expect(fetched()).rejects.toMatchObject({ code });
  expect(asked).toHaveLength(1);
});

test('a server that does not say how much it will send is not believed', async () => {
  answer = (_request, response) => response.writeHead(200).end(model);
  await expect(fetched()).rejects.toMatchObject({ code: 'download-failed' });
});

describe('where it may come from', () => {
  const product = { reach: undefined } as unknown as Partial<FetchOptions>;

  test.each([
    'http://example.org/a.gguf',
    'https://127.0.0.1/a.gguf',
    'https://[::1]/a.gguf',
    'https://[::ffff:10.0.0.1]/a.gguf',
    'https://192.168.1.1/a.gguf',
    'https://169.254.169.254/a.gguf',
    'https://2130706433/a.gguf',
    'https://localhost/a.gguf',
    'https://nas.local/a.gguf',
    'https://no.such.invalid/a.gguf',
    'https://user:secret@example.org/a.gguf',
    'https://example.org/a.html',
    'https://example.org/..%2fa.gguf',
    'https://example.org/a-00001-of-00003.gguf',
    'file:///etc/a.gguf',
  ])('not %s', async (from) => {
    await expect(fetched({ ...product, from })).rejects.toMatchObject({ code: 'bad-model-address' });
    expect(readdirSync(folder)).toEqual([]);
    // told before it is asked, so that no such download is ever begun
    expect(builtIn().fetcher?.nameOf(from)).toBeNull();
  });

  test('a redirect is followed, but not to where one may not go', async () => {
    const direct = answer;
    answer = (request, response, from) =>
      request.url?.startsWith('/moved') === true
        ? response.writeHead(302, { location: '/Tiny-1B-Q4_K_M.gguf' }).end()
        : direct(request, response, from);
    const moved = url.replace('/Tiny', '/moved/Tiny');
    await expect(fetched({ from: moved, reach: { url: (to) => to.href === moved, ip: () => true } })).rejects.toMatchObject({
      code: 'bad-model-address',
    });
    expect(asked).toHaveLength(1);
    await fetched({ sha256, from: moved });
    expect(readFileSync(file()).equals(model)).toBe(true);
  });

  test('a redirect to a name that means an address of this machine', async () => {
    const { port } = server.address() as AddressInfo;
    answer = (_request, response) => response.writeHead(307, { location: `http://localhost:${port}/secret.gguf` }).end();
    const reach = { url: () => true, ip: (address: string) => address === '127.0.0.1' && asked.length === 0 };
    await expect(fetched({ reach })).rejects.toMatchObject({ code: 'bad-model-address' });
    expect(asked).toHaveLength(1);
  });

  test('round and round', async () => {
    answer = (_request, response) => response.writeHead(302, { location: url }).end();
    await expect(fetched()).rejects.toMatchObject({ code: 'download-failed' });
    expect(asked).toHaveLength(6);
  });
});

test('the built-in engine lists it as soon as it is here', async () => {
  const engine = builtIn(open);
  expect(engine.fetcher?.nameOf(url)).toBe('tiny-1b');
  for await (const _ of engine.fetcher?.fetch({ engine: 'embedded', url, sha256 }, never) ?? []);
  expect(await engine.models()).toMatchObject([{ name: 'tiny-1b', sizeBytes: model.length, digest: sha256 }]);
  await engine.stop();
});
