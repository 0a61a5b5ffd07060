// Sets of small numbers. A roster's ancestors are compared so often that Set would be the slowest part of it.

/** Bit i of word i >> 5; numbers past its end are not in it. */
export type Bits = Uint32Array;

/** Room for the numbers below `size`. */
export function noBits(size: number): Bits {
  return new Uint32Array((size + 31) >>> 5);
}

export function has(bits: Bits, number: number): boolean {
  return (((bits[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
}

/** `number` must be within its room. */
export function put(bits: Bits, number: number): void {
  bits[number >>> 5] = (bits[number >>> 5] ?? 0) | (1 << (number & 31));
}

/** `target` must have at least the room of `source`. */
export function putAll(target: Bits, source: Bits): void {
  for (let word = 0; word < source.length; word += 1) target[word] = (target[word] ?? 0) | (source[word] ?? 0);
}
