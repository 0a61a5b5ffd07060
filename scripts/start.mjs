// `npm start [-- --home DIR] [--headless]`: sets up, fetches the default model and the Electron runtime, builds what is stale, opens the app.
// Without a display (or with --headless) it starts the node in this terminal and prints the address of its web window.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ensureDebianPackages } from './debian-packages.mjs';
import { setup } from './setup.mjs';
import { environment, filesUnder, root, runNode, say } from './tasks.mjs';

const hasDisplay = () => process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);

async function must(name, fault) {
  const { code } = await runNode([`scripts/${name}`], { show: true });
  if (code === 0) return;
  say(`[start] ${fault}; the reason stands above`);
  process.exit(1);
}

/** Time of the newest file that out/ is built from, ms. */
function newestSource() {
  const files = [
    ...filesUnder(['src-shared', 'src-main', 'src-renderer', 'assets'], ['']),
    'package-lock.json',
    '.config/electron.vite.config.ts',
  ];
  return Math.max(...files.filter((file) => existsSync(path.join(root, file))).map((file) => statSync(path.join(root, file)).mtimeMs));
}

/** Time of the oldest file that a build writes, ms; 0 when one is missing. */
function oldestOutput() {
  const files = ['out/main/main.js', 'out/main/cli.js', 'out/renderer/index.html'].map((file) => path.join(root, file));
  if (!files.every((file) => existsSync(file))) return 0;
  const preload = path.join(root, 'out', 'preload');
  if (!existsSync(preload) || readdirSync(preload).length === 0) return 0;
  return Math.min(...files.map((file) => statSync(file).mtimeMs));
}

/** The Electron program; its own words (progress, the stand-in) go to the terminal. */
async function electronProgram() {
  const { code, output } = await runNode(['scripts/electron-runtime.mjs'], { show: 'stderr' });
  const found = output.trim().split('\n').at(-1) ?? '';
  if (code === 0 && existsSync(found)) return found;
  say('[start] no Electron runtime; `npm start -- --headless` runs the node without one');
  process.exit(1);
}

/** Becomes the program: its output is ours, its end is our end. */
function become(program, args, env) {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env });
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    say(`[start] ${program}: ${error.message}`);
    process.exit(1);
  });
  child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

async function openApp(args) {
  const program = await electronProgram();
  const flags = [];
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    say(
      '[start] you are root, and Chromium does not start sandboxed as root: adding --no-sandbox. Start as a normal user to have the sandbox.',
    );
    flags.push('--no-sandbox');
  }
  const env = environment();
  delete env.ELECTRON_RUN_AS_NODE;
  say('[start] opening Axon');
  become(program, [...flags, root, ...args], env);
}

await setup();
const args = process.argv.slice(2).filter((word) => word !== '--headless');
const headless = process.argv.includes('--headless') || !hasDisplay();
if (headless && !process.argv.includes('--headless'))
  say('[start] no display (neither DISPLAY nor WAYLAND_DISPLAY is set): starting the node without a window');
if (!headless) ensureDebianPackages(['window']);
await must('model.mjs', 'the default model could not be fetched');
if (oldestOutput() < newestSource()) {
  say('[start] building');
  await must('build.mjs', 'the build failed');
}
if (headless) become(process.execPath, [path.join(root, 'out', 'main', 'cli.js'), 'start', ...args], environment());
else await openApp(args);
