// The answer as it was shown so far, and what another leader needs to go on from exactly there.
import { chatLimits, type ChatChunk, type Continued } from '../../src-shared/chat.ts';

export type SoFar = {
  /** UTF-16 units shown. */
  readonly length: number;
  /** Tokens written: the ids that came with the text, or one for each piece of text where an engine gives none. */
  readonly tokens: number;
  /** Another leader goes on. */
  next(): void;
  take(chunk: ChatChunk): void;
  /** undefined: nothing was shown yet. */
  continued(): Continued | undefined;
};

type Tokens = NonNullable<Continued['tokens']>;

/** @param from what was shown before this began: an answer that is continued */
export function soFar(from?: Continued): SoFar {
  let text = from?.text ?? '';
  let tokens = 0;
  /** What this leader said of itself. */
  let began: { digest: string; build: string } | undefined;
  /** null: text came without its ids, or from another file or build; no later leader can mend that. */
  let kept: Tokens | null | undefined = from === undefined ? undefined : copyOf(from.tokens);

  const keep = (ids: readonly number[] | undefined): Tokens | null => {
    if (ids === undefined || began === undefined || kept === null) return null;
    if (kept === undefined) return { ids: [...ids], ...began };
    const same = kept.digest === began.digest && kept.build === began.build;
    if (!same || kept.ids.length + ids.length > chatLimits.tokens) return null;
    kept.ids.push(...ids);
    return kept;
  };

  return {
    get length() {
      return text.length;
    },
    get tokens() {
      return tokens;
    },
    next: () => void (began = undefined),
    take(chunk) {
      if (chunk.kind === 'began') began = { digest: chunk.digest, build: chunk.build };
      if (chunk.kind !== 'text') return;
      kept = keep(chunk.tokens);
      text += chunk.text;
      tokens += chunk.tokens?.length ?? 1;
    },
    continued() {
      if (text === '') return undefined;
      return kept == null ? { text } : { text, tokens: { ...kept, ids: [...kept.ids] } };
    },
  };
}

function copyOf(tokens: Tokens | undefined): Tokens | null {
  return tokens === undefined ? null : { ...tokens, ids: [...tokens.ids] };
}
