// `npm run bench [-- PART ...]`: sets up as the tests do, then measures (test/bench/bench.ts) and writes reports/bench.json.
// Exits 1 when a figure misses its goal.
import { ensureDebianPackages } from './debian-packages.mjs';
import { setup } from './setup.mjs';
import { environment, run, runNode, say } from './tasks.mjs';

await setup();
ensureDebianPackages(['window', 'app', 'fault']);
for (const script of ['model.mjs', 'build.mjs']) {
  const { code } = await runNode([`scripts/${script}`], { show: true });
  if (code !== 0) {
    say(`[bench] scripts/${script} failed`);
    process.exit(1);
  }
}
const runtime = await runNode(['scripts/electron-runtime.mjs'], { show: 'stderr' });
const electron = runtime.code === 0 ? { AXON_BENCH_ELECTRON: runtime.output.trim().split('\n').at(-1) } : {};
const args = ['test/bench/bench.ts', ...process.argv.slice(2)];
const env = environment(electron);
const screen = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
const { code } = screen
  ? await run('xvfb-run', ['-a', '-s', '-screen 0 1400x1000x24', process.execPath, ...args], { show: true, env })
  : await runNode(args, { show: true, env });
process.exit(code);
