// `npm run build`: out/main, out/preload, out/renderer.
import { bin, environment, runNode } from './tasks.mjs';

// electron-vite would read the target from the installed electron package; the config sets it, and no binary is needed to build
const { code } = await runNode([bin('electron-vite'), 'build', '--config', '.config/electron.vite.config.ts'], {
  show: true,
  env: environment({ ELECTRON_MAJOR_VER: '33', NODE_ENV: 'production' }),
});
process.exitCode = code;
