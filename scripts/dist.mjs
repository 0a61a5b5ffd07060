// `npm run dist -- [--dir | --deb | --rpm | --appimage | --dmg | --nsis] [--as-built]`: packages the app with the Electron that is here.
// On the stand-in runtime the result is for testing only, and says so when it starts.
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { electronRuntime } from './electron-runtime.mjs';
import { bin, environment, root, runNode, say } from './tasks.mjs';

const targets = {
  '--dir': ['--dir'],
  '--deb': ['deb'],
  '--rpm': ['rpm'],
  '--appimage': ['AppImage'],
  '--dmg': ['dmg'],
  '--nsis': ['nsis'],
};
const asBuilt = process.argv.includes('--as-built');
const words = process.argv.slice(2).filter((word) => word !== '--as-built');
const unknown = words.find((word) => !(word in targets));
if (unknown !== undefined) {
  say(`${unknown} is no target; there are ${Object.keys(targets).join(', ')}`);
  process.exit(2);
}
const platform = { linux: '--linux', darwin: '--mac', win32: '--win' }[process.platform];

for (const script of asBuilt ? [] : ['model.mjs', 'build.mjs']) {
  const { code } = await runNode([`scripts/${script}`], { show: true });
  if (code !== 0) process.exit(code);
}
const { dist, version, real } = await electronRuntime();
const args = [
  bin('electron-builder'),
  platform,
  ...(words.length === 0 ? [] : words.flatMap((word) => targets[word])),
  '--publish',
  'never',
];
args.push(`-c.electronVersion=${version}`);
const extra = {};
if (!real) {
  say(
    `[dist] packaging Electron ${version}, the stand-in: for testing only; such an app refuses to start unless AXON_ALLOW_OLD_ELECTRON=1`,
  );
  args.push(`-c.electronDist=${dist}`);
  // electron-builder's own tool for deb is a download that is out of reach where the stand-in is needed
  const shim = path.join(root, 'scripts', 'deb.mjs');
  chmodSync(shim, 0o755);
  extra.CUSTOM_FPM_PATH = shim;
}
const { code } = await runNode(args, { show: true, env: environment(extra) });
process.exitCode = code;
