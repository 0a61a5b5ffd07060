// Which model to begin with on a machine. Pure.
import type { HardwareFacts } from './hardware.ts';

export type RecommendedModel = {
  /** For people: "Qwen3 8B". */
  title: string;
  /** In Ollama's library, and what that weighs in bytes. */
  ollama: { name: string; sizeBytes: number };
  /** For the built-in engine: one file, at a revision that does not change. */
  file: { url: string; sizeBytes: number; sha256: string };
};

const file = (repository: string, revision: string, name: string, sizeBytes: number, sha256: string): RecommendedModel['file'] => ({
  url: `https://huggingface.co/Qwen/${repository}/resolve/${revision}/${name}`,
  sizeBytes,
  sha256,
});

/**
 * Smallest first. One family (Qwen3, Apache-2.0, needs no account), so that what is larger is also better. Sizes and digests of the files are
 * those of their makers' repositories (huggingface.co/Qwen/*-GGUF, the LFS pointers at these revisions); those of Ollama are rounded, as its
 * library states them (ollama.com/library/qwen3/tags). Its makers give the two smallest out in 8 bits only.
 */
export const recommendedModels = [
  {
    title: 'Qwen3 0.6B',
    ollama: { name: 'qwen3:0.6b', sizeBytes: 523_000_000 },
    file: file(
      'Qwen3-0.6B-GGUF',
      '23749fefcc72300e3a2ad315e1317431b06b590a',
      'Qwen3-0.6B-Q8_0.gguf',
      639_446_688,
      '9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031',
    ),
  },
  {
    title: 'Qwen3 1.7B',
    ollama: { name: 'qwen3:1.7b', sizeBytes: 1_400_000_000 },
    file: file(
      'Qwen3-1.7B-GGUF',
      '90862c4b9d2787eaed51d12237eafdfe7c5f6077',
      'Qwen3-1.7B-Q8_0.gguf',
      1_834_426_016,
      '061b54daade076b5d3362dac252678d17da8c68f07560be70818cace6590cb1a',
    ),
  },
  {
    title: 'Qwen3 4B',
    ollama: { name: 'qwen3:4b', sizeBytes: 2_500_000_000 },
    file: file(
      'Qwen3-4B-GGUF',
      'bc640142c66e1fdd12af0bd68f40445458f3869b',
      'Qwen3-4B-Q4_K_M.gguf',
      2_497_280_256,
      '7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5',
    ),
  },
  {
    title: 'Qwen3 8B',
    ollama: { name: 'qwen3:8b', sizeBytes: 5_200_000_000 },
    file: file(
      'Qwen3-8B-GGUF',
      '7c41481f57cb95916b40956ab2f0b139b296d974',
      'Qwen3-8B-Q4_K_M.gguf',
      5_027_783_488,
      'd98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785',
    ),
  },
  {
    title: 'Qwen3 14B',
    ollama: { name: 'qwen3:14b', sizeBytes: 9_300_000_000 },
    file: file(
      'Qwen3-14B-GGUF',
      '530227a7d994db8eca5ab5ced2fb692b614357fd',
      'Qwen3-14B-Q4_K_M.gguf',
      9_001_752_960,
      '500a8806e85ee9c83f3ae08420295592451379b4f8cf2d0f41c15dffeb6b81f0',
    ),
  },
  {
    title: 'Qwen3 30B-A3B',
    ollama: { name: 'qwen3:30b', sizeBytes: 19_000_000_000 },
    file: file(
      'Qwen3-30B-A3B-GGUF',
      'e4d4bafdfb96a411a163846265362aceb0b9c63a',
      'Qwen3-30B-A3B-Q4_K_M.gguf',
      18_556_685_824,
      '0d003f6662faee786ed5da3e31b29c978de5ae5d275c8794c606a7f3c01aa8f5',
    ),
  },
] as const satisfies readonly RecommendedModel[];

const gib = 1024;

/**
 * From how much memory on (MiB) which model is the one to begin with, as an index into recommendedModels. On a graphics card it is the largest
 * that goes wholly into it with its context (fitOf agrees, see recommended-fit.test.ts); cards say a little less than their name. A processor
 * reads a model once for each token, at 20 to 60 GB/s, so that 5 to 10 tokens/s, a reader's pace, end at about 3 GB whatever the memory is.
 */
const classes = {
  card: [
    [23 * gib, 5],
    [11.5 * gib, 4],
    [7.5 * gib, 3],
    [3.5 * gib, 2],
    [2.5 * gib, 1],
    [0, 0],
  ],
  processor: [
    [15 * gib, 2],
    [7.5 * gib, 1],
    [0, 0],
  ],
} as const;

/**
 * Exactly one to begin with, and all of them in the order of their size. A machine of which too little is known gets what runs nearly
 * everywhere: the second smallest.
 */
export function recommendedFor(machine: HardwareFacts): { best: RecommendedModel; all: readonly RecommendedModel[] } {
  const { kind, mb } = memoryFor(machine);
  const index = mb === null ? 1 : (classes[kind].find(([from]) => mb >= from)?.[1] ?? 0);
  return { best: recommendedModels[index], all: recommendedModels };
}

/**
 * The memory in which a model would work: cards of their own together (engines share a model out between them), else the part of the RAM that a
 * graphics unit may take where it says so (Apple's), else the RAM. MiB; null: unknown.
 */
export function memoryFor({ gpus, ram, unknown }: HardwareFacts): { kind: 'card' | 'processor'; mb: number | null } {
  const own = gpus.filter(({ unified }) => !unified);
  if (own.length > 0) {
    const sizes = own.map(({ vramMb }) => vramMb);
    return { kind: 'card', mb: sizes.reduce<number | null>((sum, mb) => (sum === null || mb === null ? null : sum + mb), 0) };
  }
  const shared = gpus.find(({ unified, vramMb }) => unified && vramMb !== null)?.vramMb ?? null;
  if (shared !== null) return { kind: 'card', mb: shared };
  return { kind: 'processor', mb: unknown?.includes('gpus') === true ? null : ram.totalMb };
}
