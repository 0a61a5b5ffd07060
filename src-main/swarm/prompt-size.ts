// How much of a model's context a question takes. Pure.
import { imageTokens } from '../../src-shared/attachment.ts';
import type { ChatRequest } from '../../src-shared/chat.ts';
import { imageLimits } from '../../src-shared/image.ts';

/** Bytes of a token, and tokens of a picture. */
type Guess = { bytes: number; image: number };
/** Three bytes a token is what code and scripts with accents come to; a picture of the largest size, to a model that reads it finest. */
export const cautiousGuess: Guess = { bytes: 3, image: imageTokens({ width: imageLimits.side, height: imageLimits.side }) };
/** And what the largest vocabularies make of English prose, and models that read pictures of one size. */
export const hopefulGuess: Guess = { bytes: 6, image: 256 };
/** Room for an answer. */
export const replyTokens = 256;
/** Marks around each message, tokens; chat templates have 3 to 8. */
const templateTokens = 8;

/** An estimate from the bytes of UTF-8 alone: every engine counts with a vocabulary of its own. */
export function contextTaken({ messages, continued }: ChatRequest, guess: Guess): number {
  let bytes = continued === undefined ? 0 : Buffer.byteLength(continued.text);
  let pictures = 0;
  for (const { content, images } of messages) {
    bytes += Buffer.byteLength(content);
    pictures += images?.length ?? 0;
  }
  return Math.ceil(bytes / guess.bytes) + pictures * guess.image + messages.length * templateTokens;
}
