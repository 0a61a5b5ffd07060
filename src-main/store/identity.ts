// The device's private key on disk: sealed by the system's key store where there is one, else a 0600 file.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Failure } from '../../src-shared/failure.ts';
import { writeAtomic } from './atomic-file.ts';

/** The system's key store; implemented in desktop/ with Electron's safeStorage. */
export type Seal = {
  seal(bytes: Uint8Array): Promise<Uint8Array>;
  open(bytes: Uint8Array): Promise<Uint8Array>;
};

const stored = z.object({ format: z.literal(1), sealed: z.boolean(), key: z.base64() });

/**
 * Reads the identity, or makes one with `create` and stores it. A plain one is sealed as soon as a seal is there.
 * Fails with identity-sealed when it is sealed and there is no key store now, or it will not open.
 */
export async function openIdentity(
  path: string,
  seal: Seal | null,
  create: () => Uint8Array,
): Promise<{ key: Uint8Array; kept: 'sealed' | 'file' }> {
  const found = read(path);
  if (found === undefined) return write(path, seal, create());
  const bytes = new Uint8Array(Buffer.from(found.key, 'base64'));
  if (!found.sealed) return seal === null ? { key: bytes, kept: 'file' } : write(path, seal, bytes);
  if (seal === null) {
    throw new Failure('identity-sealed', 'The identity of this device is sealed by the key store of the desktop session.', {
      hint: 'Start the Axon app in that session, or use another --home.',
    });
  }
  try {
    return { key: await seal.open(bytes), kept: 'sealed' };
  } catch (cause) {
    throw new Failure('identity-sealed', 'The key store did not open the identity of this device.', {
      cause,
      hint: 'Unlock the key store and start Axon again.',
    });
  }
}

async function write(path: string, seal: Seal | null, key: Uint8Array): Promise<{ key: Uint8Array; kept: 'sealed' | 'file' }> {
  const bytes = seal === null ? key : await seal.seal(key);
  writeAtomic(path, `${JSON.stringify({ format: 1, sealed: seal !== null, key: Buffer.from(bytes).toString('base64') })}\n`);
  return { key, kept: seal === null ? 'file' : 'sealed' };
}

/** A damaged identity is a failure and not a new device: a new one would silently be somebody else. */
function read(path: string): z.infer<typeof stored> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    throw new Failure('internal', `The identity file is damaged: ${path}`, {
      hint: 'Restore it from a backup, or delete it to become a new device.',
    });
  }
}
