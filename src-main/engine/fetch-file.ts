// Fetches one model file over https so that nothing that came is asked for twice: after a pause, a broken line, the end of this process.
// ipull, which node-llama-cpp brings, was looked at: it follows redirects to any address, asks for whole pieces of 5 MB again, and puts a file
// that changed meanwhile together with its older half, since it sends no If-Range.
import { createHash } from 'node:crypto';
import { lookup, type LookupAddress } from 'node:dns';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, statfs, writeFile, type FileHandle } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { FileSource } from '../../src-shared/download.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock, Pulled } from '../jobs/ports.ts';
import { readGguf } from './gguf.ts';
import { stallGuard } from './server-life.ts';
import { isPublicAddress } from './public-address.ts';

/** The largest open models in one file have 400 GB; nobody means more than this. */
const maxBytes = 1024 ** 4;
/** Left free on the disk for everybody else. */
const spareBytes = 512 * 1024 * 1024;
/** Between two reports, ms. */
const reportMs = 250;
const maxRedirects = 5;
/** Before the next try, ms; a try that brought something begins them anew. */
const waitsMs = [1_000, 2_000, 4_000, 8_000, 16_000];

/** Where files may come from. */
export type Reach = {
  /** Whether this address may be asked, redirects included. */
  url: (url: URL) => boolean;
  /** Whether a name may mean this IP address. */
  ip: (address: string) => boolean;
};

/** Names that mean this machine (RFC 6761, 6.3), its network (RFC 6762, 3) or nothing at all (RFC 6761, 6.4), whoever is asked for them. */
const nowhere = /(^|\.)(localhost|local|invalid)\.?$/;

const internet: Reach = {
  url: ({ protocol, username, hostname }) => protocol === 'https:' && username === '' && !nowhere.test(hostname),
  ip: isPublicAddress,
};

export type FetchOptions = {
  /** Where the file is to lie; it exists. */
  folder: string;
  clock: Clock;
  /** Without a byte, ms. */
  patienceMs: number;
  reach?: Reach;
  /** Bytes that are free on the disk of that folder. */
  freeBytes?: (folder: string) => Promise<number>;
};

/** What is known of the file of which a part lies here. */
const partNote = z.object({
  url: z.string(),
  total: z.number(),
  /** A strong ETag, or the time of the last change: what If-Range takes. */
  validator: z.string().nullable(),
});
type PartNote = z.infer<typeof partNote>;

type Paths = { file: string; part: string; note: string };

/**
 * Yields how far it is, first before anything is written; ends when the file lies in the folder under its own name, whole, and is a model.
 * Fails with bad-model-address, model-exists, disk-full, server-gone, download-not-found, checksum-wrong, model-broken, download-failed, and
 * with the signal's reason. What was fetched before a failure or an abort stays, save where its digest is wrong, it is no model, or the server
 * sends more than it said.
 */
export async function* fetchFile(source: FileSource, options: FetchOptions, signal: AbortSignal): AsyncGenerator<Pulled, void> {
  const refused = refusedAt(new URL(source.url), options.reach ?? internet);
  if (refused !== null) throw refused;
  const paths = pathsOf(source.url, options.folder);
  if (await exists(paths.file)) throw hereAlready(paths.file);
  let received = (await keptPart(source.url, paths)).size;
  let again = false;
  for (let failures = 0; ;) {
    const before = await sizeOf(paths.part);
    try {
      for await (const step of fetchRest(source.url, paths, options, signal)) {
        again ||= step.receivedBytes < received;
        received = step.receivedBytes;
        yield { ...step, again };
      }
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Failure) throw error;
      failures = (await sizeOf(paths.part)) > before ? 1 : failures + 1;
      const wait = waitsMs[failures - 1];
      if (wait === undefined)
        throw new Failure('server-gone', `${new URL(source.url).host} does not answer: ${String(error)}`.slice(0, 2000), { cause: error });
      await pauseFor(wait, options.clock, signal);
    }
  }
  yield { receivedBytes: received, totalBytes: received, again, checking: true };
  await finish(source, paths, signal);
}

/** Deletes what was fetched of it. */
export async function discardFetched({ url }: FileSource, { folder }: Pick<FetchOptions, 'folder'>): Promise<void> {
  const { part, note } = pathsOf(url, folder);
  await Promise.all([rm(part, { force: true }), rm(note, { force: true })]);
}

/** "https://example.org/a/Qwen3-8B-Q4_K_M.gguf?download=true" -> "Qwen3-8B-Q4_K_M.gguf"; null: that is not the address of one model file */
function fileNameOf(url: string): string | null {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  // one of several parts is no model, nor is what a model sees with
  const fits = /^[a-z0-9][a-z0-9._-]{0,150}\.gguf$/i.test(last) && !/-\d{5}-of-\d{5}\.gguf$|^mmproj/i.test(last);
  return fits ? last : null;
}

/** What the file at this address is called; null: it is not the address of one model file, or not one that is ever asked */
export function askedFileName(url: string, reach: Reach = internet): string | null {
  const to = URL.parse(url);
  return to === null || refusedAt(to, reach) !== null ? null : fileNameOf(url);
}

/** Why this address is not asked, before what its name means is known; null: it may be */
function refusedAt(url: URL, reach: Reach): Failure | null {
  if (!reach.url(url)) return badAddress(`${url.protocol}//${url.host} is not asked for models.`);
  const literal = url.hostname.replaceAll(/^\[|\]$/g, '');
  return isIP(literal) !== 0 && !reach.ip(literal) ? inside(literal) : null;
}

function pathsOf(url: string, folder: string): Paths {
  const name = fileNameOf(url);
  if (name === null) throw badAddress(`${url.slice(0, 300)} is not the https address of one .gguf file.`);
  const file = path.join(folder, name);
  return { file, part: `${file}.part`, note: `${file}.part.json` };
}

async function* fetchRest(url: string, paths: Paths, options: FetchOptions, signal: AbortSignal): AsyncGenerator<Pulled, void> {
  const { clock, patienceMs } = options;
  const kept = await keptPart(url, paths);
  if (kept.size > 0 && kept.size === kept.total) return yield { receivedBytes: kept.size, totalBytes: kept.size };
  const over = new AbortController();
  const stall = stallGuard(clock, AbortSignal.any([signal, over.signal]), patienceMs);
  try {
    const response = await request(new URL(url), kept, options.reach ?? internet, stall.signal);
    const answer = answerOf(response, kept);
    if (answer.kind === 'stale') {
      // what lies here is of no use: the next try begins anew
      await rm(paths.part, { force: true });
      throw new Error('the server cannot go on from there');
    }
    const { from, total, validator } = answer;
    await needRoom(total - from, options);
    // Whoever reads may end it here, before anything is written.
    yield { receivedBytes: from, totalBytes: total };
    const file = await onDisk(openPart(paths, { url, total, validator }, from));
    try {
      for await (const received of written(response, { file, path: paths.part, from, total }, clock, () => stall.expect(patienceMs))) {
        // others write to this disk as well, and more than one file may be on its way
        if (received < total) await needRoom(0, options);
        yield { receivedBytes: received, totalBytes: total };
      }
    } finally {
      await file.close();
    }
    const size = await sizeOf(paths.part);
    if (size !== total) throw new Error(`${size} of ${total} bytes came`);
  } finally {
    over.abort();
    stall.end();
  }
}

/** @throws Failure disk-full */
async function needRoom(bytes: number, { folder, freeBytes = freeBytesOf }: FetchOptions): Promise<void> {
  const free = await freeBytes(folder);
  if (bytes + spareBytes > free)
    throw new Failure('disk-full', `${bytes} bytes and ${spareBytes} to spare are needed, and ${free} bytes of the disk are free.`);
}

async function openPart({ part, note }: Paths, about: PartNote, from: number): Promise<FileHandle> {
  // first: the note must never stand beside bytes of another file
  if (from === 0) await rm(part, { force: true });
  await writeFile(note, JSON.stringify(about), { mode: 0o600 });
  return open(part, 'a', 0o600);
}

/** What this disk refuses is said at once: the server has no part in it. */
async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw new Failure(full ? 'disk-full' : 'download-failed', `The file cannot be written: ${String(error)}`.slice(0, 2000), {
      cause: error,
    });
  }
}

/** Writes what comes, and yields now and then how much there is. */
async function* written(
  response: IncomingMessage,
  { file, path: part, from, total }: { file: FileHandle; path: string; from: number; total: number },
  clock: Clock,
  alive: () => void,
): AsyncGenerator<number, void> {
  let received = from;
  let toldAt = clock.now();
  for await (const bytes of response as AsyncIterable<Buffer>) {
    alive();
    received += bytes.length;
    if (received > total) {
      await rm(part, { force: true });
      throw new Failure('download-failed', `The server said ${total} bytes, and sends more.`);
    }
    await onDisk(file.appendFile(bytes));
    if (clock.now() - toldAt < reportMs) continue;
    toldAt = clock.now();
    yield received;
  }
  yield received;
}

type Answer = { kind: 'body'; from: number; total: number; validator: string | null } | { kind: 'stale' };

/** @throws Failure where asking again would change nothing */
function answerOf(response: IncomingMessage, kept: Kept): Answer {
  const { statusCode = 0, headers } = response;
  const etag = headers.etag?.startsWith('"') === true ? headers.etag : undefined;
  const validator = etag ?? headers['last-modified'] ?? null;
  const [, first, whole] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  if (statusCode === 416) return { kind: 'stale' };
  if (statusCode === 206) {
    const fits = Number(first) === kept.size && Number(whole) === kept.total;
    return fits ? { kind: 'body', from: kept.size, total: kept.total, validator: validator ?? kept.validator } : { kind: 'stale' };
  }
  if (statusCode === 200) {
    const total = Number(headers['content-length'] ?? Number.NaN);
    if (!Number.isSafeInteger(total) || total <= 0 || total > maxBytes)
      throw new Failure('download-failed', 'The server does not say how large the file is, or it is larger than any model.');
    return { kind: 'body', from: 0, total, validator };
  }
  response.destroy();
  if ([401, 403, 404, 410, 451].includes(statusCode)) throw new Failure('download-not-found', `The server answered ${statusCode}.`);
  if (statusCode >= 500 || statusCode === 429 || statusCode === 408) throw new Error(`the server answered ${statusCode}`);
  throw new Failure('download-failed', `The server answered ${statusCode}.`);
}

type Kept = { size: number; total: number; validator: string | null };

/** What lies here of that very address, and can be gone on from; of another one nothing is taken over. */
async function keptPart(url: string, { part, note }: Paths): Promise<Kept> {
  const found = partNote.safeParse(
    await readFile(note, 'utf8')
      .then(JSON.parse)
      .catch(() => null),
  ).data;
  const size = await sizeOf(part);
  const none = { size: 0, total: 0, validator: null };
  if (found === undefined || found.url !== url || size === 0 || size > found.total) return none;
  // without a validator nobody can tell whether the rest would be the rest of this file
  if (found.validator === null && size < found.total) return none;
  return { size, total: found.total, validator: found.validator };
}

/** Follows redirects, each of which is looked at as the first address was. */
async function request(url: URL, kept: Kept, reach: Reach, signal: AbortSignal): Promise<IncomingMessage> {
  let next = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const refused = refusedAt(next, reach);
    if (refused !== null) throw refused;
    const response = await requestOne(next, kept, reach, signal);
    const { location } = response.headers;
    const { statusCode = 0 } = response;
    if (statusCode < 300 || statusCode >= 400 || location === undefined) return response;
    response.destroy();
    next = URL.parse(location, next.href) ?? next;
  }
  throw new Failure('download-failed', 'The server sends from one address to the next.');
}

function requestOne(url: URL, kept: Kept, reach: Reach, signal: AbortSignal): Promise<IncomingMessage> {
  const range = kept.size === 0 ? {} : { range: `bytes=${kept.size}-`, ...(kept.validator === null ? {} : { 'if-range': kept.validator }) };
  const headers = { 'user-agent': 'axon', 'accept-encoding': 'identity', ...range };
  const { get } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    get(url, { headers, signal, lookup: lookupWithin(reach), agent: false }, resolve).on('error', reject);
  });
}

/** The address that is asked is the one that was looked at: a name cannot mean another one a moment later. */
function lookupWithin(reach: Reach): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const [first, ...others] = error === null ? found : [];
      if (error !== null || first === undefined) return done(error ?? new Error(`nobody knows ${hostname}`), []);
      const refused = found.find(({ address }) => !reach.ip(address));
      if (refused !== undefined) return done(inside(refused.address), []);
      if (options.all === true) return done(null, [first, ...others] satisfies LookupAddress[]);
      return done(null, first.address, first.family);
    });
  };
}

async function finish({ sha256 }: FileSource, { file, part, note }: Paths, signal: AbortSignal): Promise<void> {
  if (sha256 !== undefined) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(part, { highWaterMark: 256 * 1024 }), hash, { signal });
    const found = hash.digest('hex');
    if (found !== sha256) {
      await rm(part, { force: true });
      throw new Failure('checksum-wrong', `The SHA-256 is ${found}, and ${sha256} was expected.`);
    }
  }
  try {
    await readGguf(part);
  } catch (error) {
    // with a cause it could not be read just now, which says nothing of what is in it
    const { cause } = error as Error;
    if (cause !== undefined) throw new Failure('download-failed', `The file cannot be read: ${String(cause)}`.slice(0, 2000), { cause });
    if (error instanceof Failure && error.code === 'model-broken') await rm(part, { force: true });
    throw error;
  }
  // it may have come another way meanwhile
  if (await exists(file)) throw hereAlready(file);
  await rename(part, file);
  await rm(note, { force: true });
  if (sha256 === undefined) return;
  const { size, mtimeMs } = await stat(file);
  // as model-files.ts reads it: spares reading all of it once more
  await writeFile(`${file}.verified`, `${sha256} ${size} ${mtimeMs}\n`);
}

const badAddress = (message: string): Failure => new Failure('bad-model-address', message);
const hereAlready = (file: string): Failure => new Failure('model-exists', `${path.basename(file)} is in the models folder already.`);
const inside = (address: string): Failure => badAddress(`${address} is an address of this machine or its network.`);

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function pauseFor(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', ended);
      resolve();
    });
    signal.addEventListener('abort', ended, { once: true });
  });
}
