// The one list of Debian (and Ubuntu) packages, with what needs each. Run alone: node scripts/debian-packages.mjs [use ...].
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { isMain, say } from './tasks.mjs';

/**
 * use -> packages. A list inside is one package under its names in different releases (t64: after the 64-bit time change);
 * `command`: any of these programs on PATH is as good.
 */
const packages = {
  /** The app's window, on any screen. */
  window: [
    { names: ['libgtk-3-0', 'libgtk-3-0t64'], why: 'Electron draws with GTK' },
    { names: ['libnss3'], why: 'Electron: certificates' },
    { names: ['libasound2', 'libasound2t64'], why: 'Electron links with ALSA' },
    { names: ['libgbm1'], why: 'Electron: graphics buffers' },
    { names: ['fonts-dejavu-core'], why: 'text in windows and screenshots' },
  ],
  /** Tests of the app: a screen, a browser, a session bus. */
  app: [
    { names: ['xvfb'], why: 'a screen without a monitor', command: ['Xvfb'] },
    { names: ['xauth'], why: 'xvfb-run needs it', command: ['xauth'] },
    { names: ['chromium'], why: 'the web window is tested in a real browser', command: ['chromium', 'chromium-browser', 'google-chrome'] },
    { names: ['dbus'], why: 'the tray is tested over a session bus of its own', command: ['dbus-run-session'] },
  ],
  /** Tests with machines of their own: network namespaces. */
  fault: [{ names: ['iproute2'], why: 'makes network namespaces and veth pairs', command: ['ip'] }],
};

const onPath = (command) =>
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .concat(['/usr/sbin', '/sbin'])
    .some((folder) => {
      try {
        accessSync(path.join(folder, command), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

function isInstalled(name) {
  const result = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { encoding: 'utf8' });
  return result.status === 0 && result.stdout === 'installed';
}

/** The name this release knows; the first one when apt knows none (its list may be empty before an update). */
function nameHere({ names }) {
  if (names.length === 1) return names[0];
  // A real package has versions of its own; a virtual one (libasound2 on newer releases) prints nothing here.
  return (
    names.find((name) => spawnSync('apt-cache', ['show', '--no-all-versions', name], { encoding: 'utf8' }).stdout?.includes('Package: ')) ??
    names[0]
  );
}

const isThere = (item) => item.command?.some(onPath) || item.names.some(isInstalled);

/** The missing packages of these uses; empty on systems without dpkg, where people know their own way. */
function missingPackages(uses) {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/dpkg-query')) return [];
  return uses.flatMap((use) => packages[use] ?? []).filter((item) => !isThere(item));
}

function apt(args) {
  say(`[setup] apt-get ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // -q: no terminal drawing in logs. Other runs of apt hold a lock: wait for it.
  return (
    spawnSync('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', ...args], { stdio: ['ignore', 'inherit', 'inherit'], env })
      .status === 0
  );
}

/**
 * Sees to the Debian packages of these uses (window, app, fault): as root they are installed, otherwise the command to run is printed.
 * Returns the names that are still missing.
 */
export function ensureDebianPackages(uses) {
  const missing = missingPackages(uses);
  if (missing.length === 0) return [];
  for (const item of missing) say(`[setup] missing: ${item.names[0]} (${item.why})`);
  if (process.getuid?.() !== 0) {
    say(`[setup] run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.map(nameHere).join(' ')}`);
    return missing.map(({ names }) => names[0]);
  }
  apt(['update']);
  apt(['install', '--no-install-recommends', ...missing.map(nameHere)]);
  const still = missing.filter((item) => !isThere(item)).map(({ names }) => names[0]);
  if (still.length > 0) say(`[setup] apt-get did not bring: ${still.join(', ')}`);
  return still;
}

if (isMain(import.meta.url)) {
  const uses = process.argv.slice(2);
  process.exit(ensureDebianPackages(uses.length > 0 ? uses : Object.keys(packages)).length > 0 ? 1 : 0);
}
