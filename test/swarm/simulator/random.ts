// Chance that can be had again: sfc32 (Chris Doty-Humphrey's small fast counting generator, 128 bits of state), seeded by a text.
// Every part of a simulation draws from a stream of its own, named by what it is for: a fault that is left out does not move the others.

export type Random = {
  /** 0 <= x < 1 */
  next(): number;
  /** A whole number, 0 <= n < bound. */
  below(bound: number): number;
  between(least: number, most: number): number;
  chance(share: number): boolean;
  /** Fails when there is nothing to pick. */
  pick<T>(items: readonly T[]): T;
  /** Times between events that know nothing of each other. */
  exponential(mean: number): number;
  shuffled<T>(items: readonly T[]): T[];
};

/** @param seed the same text gives the same numbers, on every machine */
export function randomFor(seed: string): Random {
  let [a, b, c, d] = hashed(seed);
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // the first numbers still show the seed
  for (let round = 0; round < 12; round += 1) next();
  const below = (bound: number): number => Math.floor(next() * bound);

  return {
    next,
    below,
    between: (least, most) => least + next() * (most - least),
    chance: (share) => next() < share,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new Error('nothing to pick from');
      return items[below(items.length)] as T;
    },
    exponential: (mean) => -Math.log(1 - next()) * mean,
    shuffled<T>(items: readonly T[]): T[] {
      const all = [...items];
      for (let index = all.length - 1; index > 0; index -= 1) {
        const other = below(index + 1);
        [all[index], all[other]] = [all[other] as T, all[index] as T];
      }
      return all;
    },
  };
}

/** FNV-1a over the text, four times with different beginnings. */
function hashed(text: string): [number, number, number, number] {
  const one = (start: number): number => {
    let hash = start;
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    return hash ^ (hash >>> 15);
  };
  return [one(0x811c9dc5), one(0x9e3779b9), one(0x85ebca6b), one(0xc2b2ae35)];
}
