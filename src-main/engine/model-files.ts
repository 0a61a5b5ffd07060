// Model files in the folders where Axon looks, and the names people type for them.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { toFailure } from '../../src-shared/failure.ts';
import type { Failure } from '../../src-shared/failure.ts';
import type { ModelCapability } from '../../src-shared/model.ts';
import { readGguf } from './gguf.ts';
import type { GgufFacts } from './gguf.ts';

export type ModelFile = {
  name: string;
  path: string;
  sizeBytes: number;
  contextLength: number | undefined;
  quantization: string | undefined;
  parameters: string | undefined;
  capabilities: ModelCapability[] | undefined;
  /** SHA-256, hex; undefined until it is known */
  digest: string | undefined;
  /** Set when the header cannot be read: the model is listed nowhere, but asking for it says why. */
  failure: Failure | undefined;
};

export type ModelFiles = {
  /** Looks into the folders; unchanged files are not read again. A folder that does not exist holds nothing. */
  scan(): Promise<ModelFile[]>;
  /** Hashes the next file without a digest; false when there is none. The digest shows in the next scan. */
  hashNext(signal: AbortSignal): Promise<boolean>;
};

const quantization = /[.\-_]((?:I?Q\d|TQ\d|MXFP\d)[A-Z0-9_]*|BF16|F16|F32|FP16)$/i;
const shard = /-(\d{5})-of-(\d{5})$/;

/** "SmolLM2-135M-Instruct.Q4_1.gguf" -> "smollm2-135m-instruct" */
export function modelName(file: string): string {
  const stem = path
    .basename(file)
    .replace(/\.gguf$/i, '')
    .replace(shard, '')
    .replace(quantization, '');
  return (
    stem
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 200) || 'model'
  );
}

/** Looks after the files in `dirs`; when two folders hold a file of one name, the earlier folder wins. */
export function modelFiles(dirs: readonly string[]): ModelFiles {
  type Known = { stamp: string; facts: GgufFacts | undefined; failure: Failure | undefined; digest: string | undefined };
  const known = new Map<string, Known>();

  const look = async (file: string): Promise<(Known & { path: string; sizeBytes: number }) | undefined> => {
    const found = await stat(file).catch(() => undefined);
    if (found === undefined || !found.isFile()) return undefined;
    const stamp = `${found.size} ${found.mtimeMs}`;
    let entry = known.get(file);
    if (entry?.stamp !== stamp) {
      const read = await readGguf(file).then(
        (facts) => ({ facts, failure: undefined }),
        (error: unknown) => ({ facts: undefined, failure: toFailure(error) }),
      );
      entry = { stamp, ...read, digest: await notedDigest(file, stamp) };
      known.set(file, entry);
    }
    return { ...entry, path: file, sizeBytes: found.size + (await otherShards(file)) };
  };

  return {
    async scan() {
      const files: ModelFile[] = [];
      for (const file of await ggufFiles(dirs)) {
        const found = await look(file);
        if (found === undefined) continue;
        const { facts, failure, digest, sizeBytes } = found;
        files.push({
          name: freeName(file, files),
          path: file,
          sizeBytes,
          contextLength: facts?.contextLength,
          quantization: facts?.quantization,
          parameters: facts?.parameters,
          capabilities: facts?.capabilities,
          digest,
          failure,
        });
      }
      return files;
    },
    async hashNext(signal) {
      for (const [file, entry] of known) {
        if (entry.digest !== undefined || entry.failure !== undefined) continue;
        const hash = createHash('sha256');
        await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), hash, { signal });
        entry.digest = hash.digest('hex');
        return true;
      }
      return false;
    },
  };
}

/** Two quantizations of one model: the second keeps its suffix in the name. */
function freeName(file: string, taken: readonly ModelFile[]): string {
  const name = modelName(file);
  if (!taken.some((other) => other.name === name)) return name;
  const full = path
    .basename(file)
    .replace(/\.gguf$/i, '')
    .replace(shard, '')
    .toLowerCase();
  return full.slice(0, 200);
}

async function ggufFiles(dirs: readonly string[]): Promise<string[]> {
  const seen = new Map<string, string>();
  for (const dir of dirs) {
    const names = await readdir(dir).catch(() => []);
    for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
      // A model in several files is opened through its first; an mmproj file is no model of its own.
      const part = shard.exec(name.replace(/\.gguf$/i, ''))?.[1];
      if (!/\.gguf$/i.test(name) || /^mmproj/i.test(name) || (part !== undefined && part !== '00001')) continue;
      if (!seen.has(name)) seen.set(name, path.join(dir, name));
    }
  }
  return [...seen.values()];
}

async function otherShards(file: string): Promise<number> {
  const match = /^(.*)-00001-of-(\d{5})\.gguf$/i.exec(file);
  if (match === null) return 0;
  let bytes = 0;
  for (let index = 2; index <= Math.min(Number(match[2]), 1000); index++) {
    const part = `${match[1]}-${String(index).padStart(5, '0')}-of-${match[2]}.gguf`;
    bytes += await stat(part).then(
      (found) => found.size,
      () => 0,
    );
  }
  return bytes;
}

/** scripts/model.mjs leaves a note "SHA-256 size time" beside a file that it verified; valid while size and time hold. */
async function notedDigest(file: string, stamp: string): Promise<string | undefined> {
  const note = await readFile(`${file}.verified`, 'utf8').catch(() => '');
  const match = /^([0-9a-f]{64}) (.+)\n$/.exec(note);
  return match !== null && match[2] === stamp ? match[1] : undefined;
}
