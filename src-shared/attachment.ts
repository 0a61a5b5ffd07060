// What a person puts to a question besides its words: pictures, and files whose text is read with it.
import { z } from 'zod';
import { attachmentLimits } from './attachment-limits.ts';
import { imageFacts, imageLimits } from './image.ts';
import { plainText } from './name.ts';

const named = {
  id: z.uuid(),
  name: z.string().min(1).max(attachmentLimits.name),
  /** Of the file as it was brought. */
  bytes: z.number().int().nonnegative().max(attachmentLimits.fileBytes.pdf),
} as const;
const characters = z.number().int().nonnegative().max(attachmentLimits.textBytes);
const pages = z.number().int().positive().max(attachmentLimits.pages);
const side = z.number().int().positive().max(imageLimits.side);

/** What is known of one without its content. width, height: of the picture as it is sent, pixels; characters: UTF-16 units of the text */
export const attachment = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('image'), ...named, width: side, height: side }),
  z.object({ kind: z.literal('text'), ...named, characters }),
  z.object({ kind: z.literal('pdf'), ...named, characters, pages }),
]);
export type Attachment = z.infer<typeof attachment>;

const text = z.string().min(1).max(attachmentLimits.textBytes);

/** One with its content, as it is stored and exported. `data`: the text, of a picture its bytes in base64 */
export const carriedAttachment = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('image'), ...named, data: z.string().max(imageLimits.characters) }),
  z.object({ kind: z.literal('text'), ...named, data: text }),
  z.object({ kind: z.literal('pdf'), ...named, pages, data: text }),
]);
export type CarriedAttachment = z.infer<typeof carriedAttachment>;

/** As it is given on: with its content. @param data as in carriedAttachment */
export function carriedWith(attachment: Attachment, data: string): CarriedAttachment {
  const { id, name, bytes } = attachment;
  const content = { id, name, bytes, data };
  return attachment.kind === 'pdf' ? { kind: 'pdf', ...content, pages: attachment.pages } : { kind: attachment.kind, ...content };
}

/** What is known of it, from its content; null: it is no picture that can be sent, or its text is too long. */
export function factsOf(carried: CarriedAttachment): Attachment | null {
  const { id, bytes } = carried;
  const name = attachmentName(carried.name);
  if (carried.kind === 'image') {
    const facts = imageFacts(carried.data);
    return facts === null ? null : { kind: 'image', id, name, bytes, width: facts.width, height: facts.height };
  }
  if (new TextEncoder().encode(carried.data).length > attachmentLimits.textBytes) return null;
  const known = { id, name, bytes, characters: carried.data.length };
  return carried.kind === 'text' ? { kind: 'text', ...known } : { kind: 'pdf', ...known, pages: carried.pages };
}

/** A file's name as it is kept: without what cannot be shown, its end (which says its kind) kept where it is too long. */
export function attachmentName(name: string): string {
  const plain = plainText(name).trim() || '?';
  if (plain.length <= attachmentLimits.name) return plain;
  // a cut may part the two halves of a character
  return plainText(`${plain.slice(0, attachmentLimits.name - 21)}…${plain.slice(-20)}`);
}

/** Tokens that a picture takes, at most: models that read it finest make one of each 28 by 28 pixels (Qwen2.5-VL), others some hundreds. */
export function imageTokens({ width, height }: { width: number; height: number }): number {
  return Math.ceil(width / 28) * Math.ceil(height / 28);
}

/** A question as a model sees it: what is attached, each with its name, before the words. */
export function withAttachedTexts(question: string, attached: readonly { name: string; text: string }[]): string {
  if (attached.length === 0) return question;
  const documents = attached.map(
    ({ name, text: said }) => `<document name="${name.replaceAll(/["<>&]/g, '_')}">\n${said}\n</document>\n\n`,
  );
  return documents.join('') + question;
}
