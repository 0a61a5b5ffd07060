// Where the program's own parts lie: in a clone (source), in out/ (built), or inside the installed app.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type Places = {
  /** Entry of the embedded engine's child process. */
  engineChild: string;
  /** The built window; null: not built. */
  page: string | null;
  /** Folders with models that came with the program. */
  models: string[];
  /** How people call this program from where it lies. */
  command: string;
};

/** @param here a file of the program */
export function places(here: string = fileURLToPath(import.meta.url)): Places {
  const root = rootOf(path.dirname(here));
  const fromSource = here.startsWith(path.join(root, 'src-main') + path.sep);
  const page = path.join(root, 'out', 'renderer');
  return {
    engineChild: fromSource
      ? path.join(root, 'src-main', 'engine', 'embedded', 'child.ts')
      : path.join(root, 'out', 'main', 'engine-child.js'),
    page: existsSync(path.join(page, 'index.html')) ? page : null,
    // resources/models beside resources/app.asar in the installed app; the download of `npm start` in a clone
    models: [path.join(path.dirname(root), 'models'), path.join(root, '.cache', 'models')].filter((folder) => existsSync(folder)),
    command: existsSync(path.join(root, 'scripts', 'start.mjs')) ? 'npm run --silent axon --' : 'axon',
  };
}

function rootOf(folder: string): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const above = path.dirname(folder);
  if (above === folder) throw new Error('the folder of Axon was not found');
  return rootOf(above);
}
