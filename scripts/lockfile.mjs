// Keeps package-lock.json complete: an optional package that the registry at hand does not carry (binaries for other systems, on a mirror)
// is left out by npm, and then `npm ci` refuses the whole lockfile. --check: exits 1 when entries are missing; otherwise they are added,
// with the exact version their parent asks for and without a digest, which only a registry that carries them could tell.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMain, root, say } from './tasks.mjs';

const file = path.join(root, 'package-lock.json');

const systems = {
  android: 'android',
  darwin: 'darwin',
  mac: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
  win: 'win32',
};
const processors = { arm64: 'arm64', x64: 'x64', arm: 'arm', ppc64: 'ppc64', riscv64: 'riscv64', s390x: 's390x', ia32: 'ia32' };

/** Where npm put `name` as seen from the package at `from`; undefined when it is not in the lockfile. */
export function locate(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === '') return undefined;
  }
}

/** os, cpu and libc as such packages say them in their names: @oxlint/binding-linux-x64-musl. */
function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1).split('-');
  const os = words.map((word) => systems[word]).find(Boolean);
  const cpu = words.map((word) => processors[word]).find(Boolean);
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : words.some((word) => word.startsWith('gnu')) ? 'glibc' : undefined;
  return { ...(cpu ? { cpu: [cpu] } : {}), ...(libc && os === 'linux' ? { libc: [libc] } : {}), ...(os ? { os: [os] } : {}) };
}

function missingEntries(packages) {
  const missing = new Map();
  for (const [place, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (locate(packages, name, place)) continue;
      if (!/^\d+\.\d+\.\d+[\w.-]*$/.test(version)) say(`${name}: ${place} asks for ${version}; only an exact version can be written`);
      else missing.set(`node_modules/${name}`, { version, ...platformOf(name), ...(dev ? { dev: true } : {}), optional: true });
    }
  }
  return missing;
}

function main() {
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingEntries(lock.packages);
  if (process.argv.includes('--check')) {
    for (const place of missing.keys()) say(`not in package-lock.json: ${place}`);
    if (missing.size > 0) say('run: node scripts/lockfile.mjs');
    process.exit(missing.size > 0 ? 1 : 0);
  }
  const entries = [...Object.entries(lock.packages), ...missing].sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, null, 2)}\n`);
  say(`package-lock.json: ${missing.size} optional packages added`);
}

if (isMain(import.meta.url)) main();
