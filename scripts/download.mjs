// Fetches one large file over HTTP so that nothing is lost when the line, the machine or the patience gives out.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';

/** A server that sends nothing for so long is gone. */
const silenceMs = 30_000;
const retryDelaysMs = [500, 1000, 2000, 4000, 8000];

/** Raised when the bytes are not the ones that were promised; the bad file is removed first. */
export class WrongDigest extends Error {
  name = 'WrongDigest';
}

/** An answer of the server that trying again will not change. */
class Refused extends Error {
  name = 'Refused';
}

/**
 * Downloads `url` to `file`, resuming `file.part` by HTTP range, and checks its SHA-256.
 * `ca`: PEM text of extra certificate authorities. `onProgress({received, total, bytesPerSecond, secondsLeft})` is
 * called about 4 times a second; total and secondsLeft are null when the server does not tell.
 * Rejects with WrongDigest, the signal's reason, or the last network error after 5 tries without progress.
 */
export async function download({ url, file, sha256, ca, onProgress = () => {}, signal, retryDelays = retryDelaysMs }) {
  await mkdir(path.dirname(file), { recursive: true });
  const part = `${file}.part`;
  const unlock = await lock(`${file}.lock`);
  try {
    let fresh = (await sizeOf(part)) === 0;
    for (;;) {
      await fetchAll({ url, part, ca, onProgress, signal, retryDelays });
      const found = await digestOf(part);
      if (found === sha256) break;
      await rm(part, { force: true });
      // What lay there from an earlier run may have been another file: one more try from nothing.
      if (fresh) throw new WrongDigest(`SHA-256 of ${path.basename(file)} is ${found}, expected ${sha256}`);
      fresh = true;
    }
    await rename(part, file);
  } finally {
    await unlock();
  }
  return file;
}

async function fetchAll({ url, part, ca, onProgress, signal, retryDelays }) {
  if (!/^https?:/.test(url)) throw new Refused(`${new URL(url).protocol} addresses are not fetched here`);
  for (let failures = 0; ;) {
    const before = await sizeOf(part);
    try {
      await fetchRest({ url, part, offset: before, ca, onProgress, signal });
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Refused) throw error;
      failures = (await sizeOf(part)) > before ? 1 : failures + 1;
      if (failures > retryDelays.length) throw error;
      await sleep(retryDelays[failures - 1], undefined, { signal });
    }
  }
}

async function fetchRest({ url, part, offset, ca, onProgress, signal }) {
  const response = await request(url, { offset, ca, signal });
  if (response.statusCode === 416) {
    // Nothing beyond what we have: the digest decides whether that is the whole file.
    response.destroy();
    return;
  }
  const resumed = response.statusCode === 206 && rangeStart(response) === offset;
  if (!resumed && response.statusCode !== 200) {
    response.destroy();
    const message = `${new URL(url).host} answered ${response.statusCode}`;
    throw (response.statusCode ?? 500) >= 500 || response.statusCode === 429 || response.statusCode === 206
      ? new Error(message)
      : new Refused(message);
  }
  const start = resumed ? offset : 0;
  const length = Number(response.headers['content-length']);
  const total = Number.isSafeInteger(length) && response.headers['content-length'] !== undefined ? start + length : null;
  const report = progress(start, total, onProgress);
  response.on('data', (bytes) => report(bytes.length));
  await pipeline(response, createWriteStream(part, { flags: resumed ? 'a' : 'w' }), { signal });
  if (!response.complete) throw new Error('the connection ended early');
  report(0, true);
}

function rangeStart(response) {
  const match = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '');
  return match === null ? -1 : Number(match[1]);
}

function request(url, { offset, ca, signal, redirects = 5 }) {
  const { get } = url.startsWith('https:') ? https : http;
  const headers = { 'user-agent': 'axon', 'accept-encoding': 'identity', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) };
  const trust = ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] };
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { headers, signal, ...trust }, (response) => {
      const { location } = response.headers;
      if (response.statusCode < 300 || response.statusCode >= 400 || location === undefined) return resolve(response);
      response.destroy();
      if (redirects === 0) return reject(new Refused('too many redirects'));
      resolve(request(new URL(location, url).href, { offset, ca, signal, redirects: redirects - 1 }));
    });
    outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`no byte for ${silenceMs / 1000} s`)));
    outgoing.on('error', reject);
  });
}

/** Speed over the last few seconds, so that a resumed or stuttering download tells the truth. */
function progress(start, total, onProgress) {
  const marks = [{ at: performance.now(), received: start }];
  let received = start;
  let lastCall = 0;
  return (bytes, last = false) => {
    received += bytes;
    const now = performance.now();
    if (!last && now - lastCall < 250) return;
    lastCall = now;
    marks.push({ at: now, received });
    while (marks.length > 2 && now - marks[0].at > 5000) marks.shift();
    const seconds = (now - marks[0].at) / 1000;
    const bytesPerSecond = seconds > 0 ? (received - marks[0].received) / seconds : 0;
    const secondsLeft = total === null || bytesPerSecond <= 0 ? null : (total - received) / bytesPerSecond;
    onProgress({ received, total, bytesPerSecond, secondsLeft });
  };
}

/** SHA-256 of a file, hex. */
export async function digestOf(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function sizeOf(file) {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

/** Two starts at the same time must not write into one part file: the second waits for the first. */
async function lock(file) {
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const pid = Number(await readFile(file, 'utf8').catch(() => ''));
      // An empty file is a lock between its creation and its writing; the next look tells.
      if (pid > 0 && !isAlive(pid)) await rm(file, { force: true });
      else await sleep(500);
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Shows progress on stderr: one line that is rewritten on a terminal, a line each 5 s elsewhere.
 * Returns an onProgress; call it with null when done.
 */
export function progressLine(label, out = process.stderr) {
  let lastLine = 0;
  return (state) => {
    if (state === null) {
      if (out.isTTY) out.write('\n');
      return;
    }
    const line = `${label}: ${wordProgress(state)}`;
    if (out.isTTY) out.write(`\r\u001B[K${line}`);
    else if (performance.now() - lastLine > 5000 || state.received === state.total) {
      lastLine = performance.now();
      out.write(`${line}\n`);
    }
  };
}

/** "12.3 of 90.1 MB, 4.2 MB/s, 18 s left" */
export function wordProgress({ received, total, bytesPerSecond, secondsLeft }) {
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  const amount = total === null ? `${mb(received)} MB` : `${mb(received)} of ${mb(total)} MB`;
  const left =
    secondsLeft === null ? '' : `, ${secondsLeft < 90 ? `${Math.ceil(secondsLeft)} s` : `${Math.ceil(secondsLeft / 60)} min`} left`;
  return `${amount}, ${mb(bytesPerSecond)} MB/s${left}`;
}
