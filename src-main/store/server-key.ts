// The key of a server with the OpenAI API, for one address: sealed by the system's key store where there is one, else a 0600 file.
import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { writeAtomic } from './atomic-file.ts';
import type { Seal } from './identity.ts';

const stored = z.object({ format: z.literal(1), sealed: z.boolean(), address: z.string().max(300), key: z.base64() });

export type KeptServerKey = { address: string; key: string };

export type ServerKeyFile = {
  /** null: none is kept, or it cannot be had: what is lost is typed in again */
  get(): KeptServerKey | null;
  /** In place of the one before; null: none from now on. Fails as the disk and the key store do. */
  set(kept: KeptServerKey | null): Promise<void>;
};

/** Reads it once. @param warn told why one that is there cannot be used */
export async function openServerKeyFile(path: string, seal: Seal | null, warn: (reason: string) => void): Promise<ServerKeyFile> {
  let kept = await read(path, seal, warn);
  return {
    get: () => kept,
    async set(next) {
      if (next === null) {
        rmSync(path, { force: true });
      } else {
        const bytes = new TextEncoder().encode(next.key);
        const key = Buffer.from(seal === null ? bytes : await seal.seal(bytes)).toString('base64');
        writeAtomic(path, `${JSON.stringify({ format: 1, sealed: seal !== null, address: next.address, key })}\n`);
      }
      kept = next;
    },
  };
}

async function read(path: string, seal: Seal | null, warn: (reason: string) => void): Promise<KeptServerKey | null> {
  try {
    const { sealed, address, key } = stored.parse(JSON.parse(readFileSync(path, 'utf8')));
    const bytes = new Uint8Array(Buffer.from(key, 'base64'));
    if (sealed && seal === null) throw new Error('it is sealed by the key store of the desktop session');
    return { address, key: new TextDecoder().decode(sealed && seal !== null ? await seal.open(bytes) : bytes) };
  } catch (error) {
    // what a damaged file holds stands in the error, and has no place in a log
    const damaged = error instanceof z.ZodError || error instanceof SyntaxError;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') warn(damaged ? 'it is damaged' : String(error));
    return null;
  }
}
