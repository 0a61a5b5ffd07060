import { open } from 'node:fs/promises';
import { Failure } from '../../src-shared/failure.ts';

/** Writes a new file with mode 0600. @throws Failure bad-request when there is one: a secret does not go into a file that others may read */
export async function writeNewPrivate(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('bad-request', error.code === 'EEXIST' ? `${path} is there already.` : error.message);
  });
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
