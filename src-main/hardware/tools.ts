// Programs of use to a swarm that this machine has, and their versions as they say themselves.
import { stat } from 'node:fs/promises';
import type { ToolFacts } from '../../src-shared/hardware.ts';
import { findProgram } from './find-program.ts';
import { runBriefly } from './run.ts';

const versionMs = 3_000;

/** How each is asked, where it is not `--version`. */
const known: readonly { name: string; args?: readonly string[] }[] = [
  { name: 'ollama' },
  { name: 'llama-server' },
  { name: 'llama-cli' },
  { name: 'docker' },
  { name: 'podman' },
  { name: 'git' },
  { name: 'python3' },
  { name: 'uv' },
  { name: 'node' },
  { name: 'go', args: ['version'] },
  { name: 'cargo' },
  { name: 'cmake' },
  { name: 'gcc' },
  { name: 'clang' },
  { name: 'nvidia-smi' },
  { name: 'nvcc' },
  { name: 'rocminfo', args: [] },
  { name: 'ffmpeg', args: ['-version'] },
];

/** rocminfo has no version to tell, and says pages about the cards instead. */
const silent: ReadonlySet<string> = new Set(['rocminfo']);

type Asked = { key: string; version: string | null };

/** Looks which programs are there each time; asks one for its version only when its file is another one than before. */
export function toolProbe(
  find: (name: string) => Promise<string | null> = findProgram,
  run: typeof runBriefly = runBriefly,
): () => Promise<ToolFacts[]> {
  const asked = new Map<string, Asked>();
  return async () => {
    const found: ToolFacts[] = [];
    // one after the other: whoever sits at the machine should not notice
    for (const { name, args = ['--version'] } of known) {
      const file = await find(name);
      if (file === null) continue;
      const key = await identity(file);
      let one = asked.get(name);
      if (one?.key !== key) {
        one = { key, version: silent.has(name) ? null : await versionOf(file, args, run) };
        asked.set(name, one);
      }
      found.push({ name, version: one.version });
    }
    return found;
  };
}

async function identity(file: string): Promise<string> {
  const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0 }));
  return `${file} ${mtimeMs} ${size}`;
}

async function versionOf(file: string, args: readonly string[], run: typeof runBriefly): Promise<string | null> {
  try {
    const { out, err } = await run(file, args, versionMs);
    return versionIn(`${out}\n${err}`);
  } catch {
    return null;
  }
}

/** "git version 2.39.5 (Apple Git-154)" -> "2.39.5"; "version: 4567 (abc1234)" -> "4567". null: it says none */
export function versionIn(said: string): string | null {
  const text = said.slice(0, 4000);
  const own = /^version:\s+v?(\d[\w.+-]*)/im.exec(text)?.[1];
  const dotted = /(?:^|[^\d.])v?(\d+(?:\.\d+)+(?:[-+~][\w.+-]*)?)/m.exec(text)?.[1];
  const found = own ?? dotted;
  return found?.slice(0, 60) ?? null;
}
