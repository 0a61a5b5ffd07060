// What every entry of this repository does first: the packages of the lockfile, and our Node. Runs on Node 20 with an empty clone.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, say } from './tasks.mjs';

/** Oldest Node that is looked at before packages are there. */
const bootstrapNode = [20, 0];
/** Oldest Node that runs TypeScript sources as they are; used where npm brings no Node 24 (macOS). */
const runNode = [22, 18];

const atLeast = (version, [major, minor]) => {
  const [a = 0, b = 0] = version.replace(/^v/, '').split('.').map(Number);
  return a > major || (a === major && b >= minor);
};

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Why packages must be installed, or undefined when node_modules is what the lockfile says.
 * Compared by content: times of files lie after a checkout. Optional packages of other systems may be absent.
 */
export function whyInstall(base = root) {
  const wanted = readJson(path.join(base, 'package-lock.json'))?.packages;
  if (!wanted) throw new Error('package-lock.json is missing or broken');
  const installed = readJson(path.join(base, 'node_modules', '.package-lock.json'))?.packages;
  if (!installed) return 'node_modules is missing or incomplete';
  for (const [name, { version, optional }] of Object.entries(wanted)) {
    if (name === '') continue;
    const have = installed[name];
    if (have ? have.version !== version : !optional) return `${name.slice('node_modules/'.length)} is not at ${version}`;
  }
  return undefined;
}

/** The Node that npm brought for this system, or undefined. */
export function packagedNode(base = root) {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const folder = path.join(base, 'node_modules', `node-${system}-${process.arch}`, 'bin');
  return [path.join(folder, 'node'), path.join(folder, 'node.exe')].find((file) => existsSync(file));
}

function install(reason) {
  say(`[setup] npm ci: ${reason}; about 1 GB of packages, a few minutes on a slow line`);
  const started = performance.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Electron's own download is electron-runtime.mjs's business: there it has progress and a fallback.
  const env = { ...process.env, ELECTRON_SKIP_BINARY_DOWNLOAD: '1' };
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    say('[setup] npm ci failed; its words are above. Behind a proxy or with an own registry, set them in your npmrc and start again.');
    process.exit(1);
  }
  say(`[setup] packages are there (${((performance.now() - started) / 1000).toFixed(0)} s)`);
}

/** Runs this same command on `node` and ends with its exit code; signals go through, so that Ctrl-C ends both. */
function continueOn(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [path.dirname(node), path.join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(path.delimiter),
    },
  });
  // Ctrl-C at a terminal reaches the child by itself; a second one would read as "now!".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise(() => {
    child.on('error', (error) => {
      say(`[setup] ${node}: ${error.message}`);
      process.exit(1);
    });
    child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/**
 * Returns once packages are there and this process runs on a Node that fits; otherwise the rest happens in a child on that Node,
 * and this call never returns.
 */
export async function setup() {
  if (!atLeast(process.version, bootstrapNode)) {
    say(`Axon needs Node ${bootstrapNode[0]} or newer to start from source; this is ${process.version}.`);
    process.exit(1);
  }
  const reason = whyInstall();
  if (reason) install(reason);
  const node = packagedNode();
  if (node && path.resolve(process.execPath) !== path.resolve(node)) {
    if (process.version !== readVersion(node)) return continueOn(node);
  } else if (!node && !atLeast(process.version, runNode)) {
    say(
      `No Node 24 comes from npm for ${process.platform} ${process.arch}; install Node ${runNode.join('.')} or newer (24 is what we test) and start again.`,
    );
    process.exit(1);
  }
  return undefined;
}

function readVersion(node) {
  const result = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : '';
}
