// `axon key new|import|show`: through the running node when there is one, otherwise on the file itself.
import { open, stat } from 'node:fs/promises';
import { maxKeyFileBytes } from '../../src-shared/control.ts';
import { Failure } from '../../src-shared/failure.ts';
import { invitePrefix } from '../../src-shared/member.ts';
import { fingerprint, newSwarmKey, parseSwarmKey, swarmKeyText } from '../network/swarm-key.ts';
import type { Home } from '../store/home.ts';
import { readSwarmKey } from '../store/swarm-key-file.ts';
import { joinBy } from './invite.ts';
import type { Io } from './io.ts';
import { putKeyOffline } from './offline.ts';
import { findRunning } from './reach.ts';
import { say } from './words.ts';

/** True when there is a file, whatever is in it. */
export function hasSwarmKey(home: Home): boolean {
  return readSwarmKey(home.swarmKey) !== undefined;
}

/** The fingerprint of this home's key. @throws Failure no-key, or a key-* code when the file is damaged */
export function ownFingerprint(home: Home): string {
  const content = readSwarmKey(home.swarmKey);
  if (content === undefined) throw new Failure('no-key', 'There is no swarm.key in this home.');
  return fingerprint(parseSwarmKey(content));
}

/** @throws Failure key-exists */
export async function keyNew(home: Home, options: { replace: boolean }, io: Io): Promise<void> {
  if (hasSwarmKey(home) && !options.replace) throw new Failure('key-exists', 'There is a swarm.key already.');
  await putKey(home, newSwarmKey(), options, true);
  await io.out(`${say('key.made', { path: home.swarmKey })}\n`);
  await io.out(`${say('key.fingerprint', { fingerprint: ownFingerprint(home) })}\n${say('key.carry')}\n${say('key.secret')}\n`);
}

/** @throws Failure key-exists, or the key-* code of what is wrong with the file */
export async function keyImport(home: Home, file: string, options: { replace: boolean }, io: Io): Promise<void> {
  const { content, size } = await readStart(file);
  const text = Buffer.from(content).toString('utf8');
  if (text.trimStart().startsWith(invitePrefix)) return await joinBy(home, text.trim(), { ...options, json: false, mdns: true }, io);
  const key = parseSwarmKey(content, { size });
  const same = hasSwarmKey(home) && isSame(home, fingerprint(key));
  if (hasSwarmKey(home) && !same && !options.replace) throw new Failure('key-exists', 'This home has another swarm.key already.');
  if (!same) await putKey(home, key, options, false);
  await io.out(`${say('key.imported', { path: home.swarmKey })}\n${say('key.fingerprint', { fingerprint: fingerprint(key) })}\n`);
}

/** The key itself is never printed: it would end in a terminal's history. */
export async function keyShow(home: Home, options: { public: boolean }, io: Io): Promise<void> {
  const shown = ownFingerprint(home);
  if (options.public) return await io.out(`${shown}\n`);
  await io.out(`${home.swarmKey}\n${say('key.fingerprint', { fingerprint: shown })}\n${say('key.secret')}\n`);
}

/** @param founding the key is new: this machine begins its swarm */
async function putKey(home: Home, key: Uint8Array, { replace }: { replace: boolean }, founding: boolean): Promise<void> {
  const running = await findRunning(home);
  if (running === null) return putKeyOffline(home, key, founding);
  try {
    const content = Buffer.from(swarmKeyText(key));
    if (founding) {
      // the running node makes its own, so that it is the one that founds
      if (replace) await running.client.key.forget();
      await running.client.key.create();
    } else await running.client.key.import({ content: content.toString('base64'), size: content.byteLength, replace });
  } catch (error) {
    throw running.failure(error);
  } finally {
    await running.close();
  }
}

function isSame(home: Home, other: string): boolean {
  try {
    return ownFingerprint(home) === other;
  } catch {
    return false;
  }
}

/** The first bytes of a file and its whole size; a device or a film is not read to its end. */
async function readStart(file: string): Promise<{ content: Uint8Array; size: number }> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('not-found', `${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  if (!found.isFile()) throw new Failure('key-folder', `${file} is no file.`);
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(maxKeyFileBytes);
    const { bytesRead } = await handle.read(buffer, 0, maxKeyFileBytes, 0);
    return { content: new Uint8Array(buffer.subarray(0, bytesRead)), size: found.size };
  } finally {
    await handle.close();
  }
}
