// Deletes a model's files, and nothing else: what lies in Axon's own folder, by name; a link goes, what it names stays.
import { lstat, readdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../src-shared/failure.ts';

/** Whether the file lies in the folder itself; a folder that is a link is the person's own choice of a disk. */
export function liesIn(file: string, folder: string): boolean {
  return path.dirname(path.resolve(file)) === path.resolve(folder);
}

/**
 * The first file of a model with all its parts and the notes beside them.
 * @param own the one folder whose files may go
 * @returns the bytes that the disk got back: 0 for a link, and for a file that has another name elsewhere
 * @throws Failure not-allowed for a file of another folder; the system's own error for one that cannot be deleted
 */
export async function removeModelFiles(file: string, own: string): Promise<number> {
  if (!liesIn(file, own)) throw new Failure('not-allowed', 'Only models in the models folder of this home are deleted.');
  let freed = 0;
  for (const part of await partsOf(path.resolve(file))) {
    freed += await removeOne(part);
    freed += await removeOne(`${part}.verified`);
  }
  return freed;
}

/** The first part last: it is the one that is listed, so that what was interrupted can be deleted again. */
async function partsOf(file: string): Promise<string[]> {
  const match = /^(.*)-00001-of-(\d{5})\.gguf$/i.exec(path.basename(file));
  if (match === null) return [file];
  const [, stem = '', count = ''] = match;
  const folder = path.dirname(file);
  const others = (await readdir(folder)).filter((name) => {
    const part = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(name);
    return part !== null && part[1] === stem && part[3] === count && part[2] !== '00001';
  });
  return [...others.map((name) => path.join(folder, name)), file];
}

async function removeOne(file: string): Promise<number> {
  const found = await lstat(file).catch(() => null);
  if (found === null) return 0;
  await unlink(file);
  return found.isFile() && found.nlink === 1 ? found.size : 0;
}
