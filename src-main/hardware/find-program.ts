// Programs in PATH, found without a shell.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

type World = { platform: NodeJS.Platform; env: NodeJS.ProcessEnv };

/** These are no programs on a Mac before its developer tools are there: asked, they open a window that wants to install them. */
const macShims: ReadonlySet<string> = new Set(['git', 'python3', 'gcc', 'clang', 'make']);
const macTools = ['/Library/Developer/CommandLineTools/usr/bin', '/Applications/Xcode.app/Contents/Developer/usr/bin'];

/**
 * The first program of that name in PATH; null: there is none.
 * Folders that are relative or that anybody may write into are left out: what lies there may be anybody's.
 */
export async function findProgram(name: string, world: World = { platform: process.platform, env: process.env }): Promise<string | null> {
  const windows = world.platform === 'win32';
  const at = windows ? path.win32 : path.posix;
  const folders = (world.env['PATH'] ?? world.env['Path'] ?? '').split(at.delimiter).filter((folder) => at.isAbsolute(folder));
  const endings = windows ? ['.exe', '.com'] : [''];
  for (const folder of folders.slice(0, 200)) {
    // what lies in there opens the shop when it is called
    if (windows && /\\WindowsApps\\?$/i.test(folder)) continue;
    for (const ending of endings) {
      const file = at.join(folder, `${name}${ending}`);
      if ((await isProgram(file)) && !(await isOpenToAll(folder, windows)) && !(await isShim(name, folder, world.platform))) return file;
    }
  }
  return null;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function isOpenToAll(folder: string, windows: boolean): Promise<boolean> {
  return !windows && ((await stat(folder)).mode & 0o002) !== 0;
}

async function isShim(name: string, folder: string, platform: NodeJS.Platform): Promise<boolean> {
  if (platform !== 'darwin' || folder !== '/usr/bin' || !macShims.has(name)) return false;
  const real = await Promise.all(macTools.map((tools) => isProgram(path.posix.join(tools, name))));
  return !real.includes(true);
}
