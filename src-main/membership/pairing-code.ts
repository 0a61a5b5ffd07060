// The eight characters by which a machine without a key finds "Add a device". They find; the compared words and Allow let in.

/** 32 that nobody mistakes for each other on a screen across the room: no 0 and O, no 1 and I. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Wrong codes that close the door. */
export const maxTries = 3;
/** It closes by itself after this long, ms. */
export const codeMs = 120_000;

/** @param random 5 bytes, all 40 bits of which are used */
export function pairingCode(random: Uint8Array): string {
  let bits = 0n;
  for (const byte of random.subarray(0, 5)) bits = (bits << 8n) | BigInt(byte);
  let code = '';
  for (let shift = 35n; shift >= 0n; shift -= 5n) code += alphabet.charAt(Number((bits >> shift) & 31n));
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** As it is shown ("K7QM-4XWP") from what a person typed: any case, with or without dashes and spaces; what is in no code is read as
 * what looks like it, 0 and O as Q, 1 and I as L. null: no code. */
export function normaliseCode(typed: string): string | null {
  const code = typed.slice(0, 64).toUpperCase().replaceAll(/[\s-]/g, '').replaceAll(/[0O]/g, 'Q').replaceAll(/[1I]/g, 'L');
  return /^[2-9A-Z]{8}$/.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : null;
}

/** The door while "Add a device" is on screen. `until`: on this device's clock, ms. */
export type Tries = { readonly left: number; readonly until: number };

export function openTries(now: number): Tries {
  return { left: maxTries, until: now + codeMs };
}

export function isOpen(tries: Tries, now: number): boolean {
  return tries.left > 0 && now < tries.until;
}

/** `right` leaves the door as it is: the same machine may have lost the answer. */
export function tryCode(tries: Tries, code: string, typed: string, now: number): { kind: 'right' | 'wrong' | 'closed'; tries: Tries } {
  if (!isOpen(tries, now)) return { kind: 'closed', tries };
  const given = normaliseCode(typed);
  if (given !== null && given === normaliseCode(code)) return { kind: 'right', tries };
  return { kind: 'wrong', tries: { ...tries, left: tries.left - 1 } };
}
