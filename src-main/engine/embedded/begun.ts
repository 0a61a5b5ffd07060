// An answer that was begun elsewhere, as this model takes it up: from its tokens where they fit, else from its text.
import type { Token } from 'node-llama-cpp';
import type { LoadedModel } from './loaded-models.ts';

export type Begun = { text: string; ids?: number[] | undefined; exactMs: number };

/**
 * The ids as tokens of this model; undefined when they are not what `text` was made of. They come from another machine: one that is not
 * in the vocabulary would end the process, and the end of an answer cannot be in the middle of one.
 */
export function tokensOf({ model }: LoadedModel, { text, ids }: Begun): Token[] | undefined {
  if (ids === undefined || ids.length === 0) return undefined;
  const size = model.fileInfo.metadata.tokenizer?.ggml?.tokens?.length;
  if (size === undefined || ids.some((id) => id >= size)) return undefined;
  const tokens = ids as Token[];
  if (tokens.some((token) => model.isEogToken(token))) return undefined;
  // thoughts come before the text, and some tokenizers leave out the first blank
  return model.detokenize(tokens, false).trimStart().endsWith(text.trimStart()) ? tokens : undefined;
}

/** Tells which made tokens a piece of text was made of, where some wait for the rest of a character or of a stop text. */
export type MadeTokens = {
  made(token: Token): void;
  /** All tokens up to the last of `shown`; undefined: they are not what was made. */
  upTo(shown: readonly Token[]): Token[] | undefined;
};

export function madeTokens(): MadeTokens {
  const waiting: Token[] = [];
  return {
    made: (token) => void waiting.push(token),
    upTo(shown) {
      let end = 0;
      for (const token of shown) {
        const at = waiting.indexOf(token, end);
        if (at < 0) return undefined;
        end = at + 1;
      }
      return waiting.splice(0, end);
    },
  };
}
