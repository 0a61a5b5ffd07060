// What the scripts share: where things are, and how to run a program and see what it said. Needs nothing but Node 20.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The entry file of a package's command, to be run with `process.execPath`: the same on every system, no shell involved. */
export function bin(packageName, command = packageName) {
  const folder = path.join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[command]);
}

/** The environment of programs we start: our Node first on PATH, so that "#!/usr/bin/env node" means it too. */
export function environment(extra = {}) {
  const folders = [path.dirname(process.execPath), path.join(root, 'node_modules', '.bin')];
  return { ...process.env, PATH: [...folders, process.env.PATH ?? ''].join(path.delimiter), ...extra };
}

/**
 * Runs a program to its end. `show`: its output goes to ours as it comes ('stderr': only that one); otherwise it is returned.
 * Resolves with {code, output, seconds} whatever the exit code; code 127 when it cannot be started, 128 + n when a signal ended it.
 */
export function run(command, args, { cwd = root, env = environment(), show = false, timeoutMs = 0 } = {}) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', show === true ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'] });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const timer = timeoutMs > 0 ? setTimeout(() => child.kill('SIGKILL'), timeoutMs) : undefined;
    const end = (code, note = '') => {
      clearTimeout(timer);
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') + note, seconds: seconds() });
    };
    child.on('error', (error) => end(127, `${command}: ${error.message}\n`));
    child.on('close', (code, signal) => end(code ?? 128, signal === null ? '' : `ended by ${signal}\n`));
  });
}

/** Runs one of our JavaScript tools on this Node. */
export const runNode = (args, options) => run(process.execPath, args, options);

/** Every file under `folders` (relative to `base`, "/" as separator) whose name ends in one of `endings`. */
export function filesUnder(folders, endings, base = root) {
  const found = [];
  for (const folder of folders) {
    const absolute = path.join(base, folder);
    if (!existsSync(absolute)) continue;
    for (const entry of readdirSync(absolute, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
        found.push(path.relative(base, file).split(path.sep).join('/'));
    }
  }
  return found.sort();
}

/** True in the module that was started as the program; pass import.meta.url. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(url));
}

/** A heading in the output of a long run. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}
