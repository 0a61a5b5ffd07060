// The file by which a person brought swarm.key: deleted once its key was taken over and the person wants that, and no other file ever is.
import { randomBytes } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { access, lstat, open, realpath, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { maxKeyFileBytes } from '../../src-shared/control.ts';
import type { KeyFileEnd, KeyFileFate } from '../../src-shared/desktop.ts';

export type KeyFileParts = {
  /** The bytes of the key that such a content holds. Throws when it is no swarm.key. */
  parse: (content: Uint8Array) => Uint8Array;
  /** The text of the key that this machine has now. Rejects while it has none. */
  ownKey: () => Promise<string>;
};

export type BroughtKeyFile = {
  /** The preload says where the file lies that a person dropped on the window or chose in it. Only the last one counts. */
  brought(file: string): void;
  /** What may become of it, now that a key was taken over; asked once for each file. */
  fate(): Promise<KeyFileFate>;
  /** Overwrites and removes what `fate` called deletable, if it still is. */
  remove(): Promise<KeyFileEnd>;
};

/** Such a file, as it was looked at. */
type Found = { file: string; dev: bigint; ino: bigint; key: Uint8Array };

/**
 * The page never learns where a file lies and cannot name one: it can only have the last one deleted that a person brought, if that holds
 * exactly the key that this machine has. Not deleted are links, files with a second name, and what lies in the data of an Axon.
 */
export function keyFile({ parse, ownKey }: KeyFileParts): BroughtKeyFile {
  let last: string | null = null;
  let deletable: Found | null = null;

  const keyIn = (content: Uint8Array): Uint8Array | null => {
    try {
      return parse(content);
    } catch {
      return null;
    }
  };

  return {
    brought(file) {
      last = file;
      deletable = null;
    },
    async fate() {
      const file = last;
      last = null;
      deletable = null;
      if (file === null || !path.isAbsolute(file)) return 'by-hand';
      try {
        if (await liesInAxon(file)) return 'needed';
        const [found, own] = [await readWhole(file, constants.O_RDONLY), keyIn(Buffer.from(await ownKey()))];
        const key = found === null ? null : keyIn(found.content);
        if (found === null || key === null || own === null || !isSame(key, own)) return 'by-hand';
        deletable = { file, dev: found.dev, ino: found.ino, key };
        return 'deletable';
      } catch {
        // gone meanwhile, not to be read, or no key here any more
        return 'by-hand';
      }
    },
    async remove() {
      const wanted = deletable;
      deletable = null;
      if (wanted === null) return 'kept';
      try {
        const { file, dev, ino, key } = wanted;
        const found = await readWhole(file, constants.O_RDWR, async (handle, { content, ...place }) => {
          const now = keyIn(content);
          if (place.dev !== dev || place.ino !== ino || now === null || !isSame(now, key)) return false;
          await overwrite(handle, content.byteLength);
          return true;
        });
        if (found?.done !== true) return 'kept';
        const again = await lstat(file, { bigint: true });
        if (again.dev !== dev || again.ino !== ino) return 'emptied';
        return await unlink(file).then(
          () => 'deleted' as const,
          () => 'emptied' as const,
        );
      } catch {
        return 'kept';
      }
    },
  };
}

/** The swarm.key of this node, or of another one on this machine: without it that node is in no swarm. */
async function liesInAxon(file: string): Promise<boolean> {
  const folder = path.dirname(await realpath(file));
  return await access(path.join(folder, 'identity.json')).then(
    () => true,
    () => false,
  );
}

type Whole = { content: Uint8Array; dev: bigint; ino: bigint };

/** A plain file of the size of a key, with one name; null: it is none. `then` is done while it is open. */
async function readWhole(
  file: string,
  flags: number,
  then: (handle: FileHandle, whole: Whole) => Promise<boolean> = () => Promise.resolve(false),
): Promise<(Whole & { done: boolean }) | null> {
  // before it is opened: opening a pipe or a device can do things
  const named = await lstat(file, { bigint: true });
  if (!isPlain(named)) return null;
  // what came into its place meanwhile is not followed either (Windows has no such flag: there the numbers below have to do)
  const handle = await open(file, flags | (constants.O_NOFOLLOW ?? 0));
  try {
    const opened = await handle.stat({ bigint: true });
    const { dev, ino } = opened;
    if (!isPlain(opened) || dev !== named.dev || ino !== named.ino) return null;
    const buffer = Buffer.alloc(maxKeyFileBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, 0);
    if (bytesRead > maxKeyFileBytes) return null;
    const whole = { content: new Uint8Array(buffer.subarray(0, bytesRead)), dev, ino };
    return { ...whole, done: await then(handle, whole) };
  } finally {
    await handle.close();
  }
}

function isPlain(stat: BigIntStats): boolean {
  return stat.isFile() && stat.nlink === 1n && stat.size <= BigInt(maxKeyFileBytes);
}

/** In place, and onto the disk, before it is emptied. A disk that moves what it writes (an SSD, a journal, a snapshot) keeps the old bytes. */
async function overwrite(handle: FileHandle, length: number): Promise<void> {
  await handle.write(randomBytes(length), 0, length, 0);
  await handle.sync();
  await handle.truncate(0);
  await handle.sync();
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(Buffer.from(other));
}
