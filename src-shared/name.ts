// What people and machines are called. Names come from other machines, and stand beside what a person decides by.
import { z } from 'zod';

/** The longest name, UTF-16 units. */
const nameLength = 63;
/** Controls (C0, C1), ends of lines, halves of characters, and what turns the writing around, cannot be seen, or hides what can. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** What somebody calls itself or a thing, in one line and as it stands there: without characters that would show as something else. */
export function plainText(text: string): string {
  return text.replaceAll(unseen, '');
}

/** What another machine calls itself, as it may be shown: plain, and cut to the length of a name. May be nothing at all. */
export function plainName(text: string): string {
  return plainText(plainText(text).trim().slice(0, nameLength)).trim();
}

/** A name as it may be written into a roster or a setting: plain. Refused when nothing is left of it, or too much. */
export const memberName = z
  .string()
  .max(1000)
  .transform((text) => plainText(text).trim())
  .pipe(z.string().min(1).max(nameLength));

/** As `memberName` was before it took anything out: what a statement that is signed already may say. Show it through plainName. */
export const spokenName = z.string().trim().min(1).max(nameLength);
