// The answer as it was shown so far, and what another leader needs to go on from exactly there.
import { chatLimits, isWritten, writtenIn, type ChatChunk, type Continued } from '../../src-shared/chat.ts';

export type SoFar = {
  /** UTF-16 units shown. */
  readonly length: number;
  /** Tokens written: the ids that came with the text and what was thought before it, or one for each piece where an engine gives none. */
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
  /** Of what was thought since the last text: the ids (null: not known), and how many. Another leader thinks again. */
  let thought: { ids: number[] | null; count: number } = { ids: [], count: 0 };
  /** What this leader said of itself. */
  let began: { digest: string; build: string } | undefined;
  /** null: text came without its ids, or from another file or build; no later leader can mend that. */
  let kept: Tokens | null | undefined = from === undefined ? undefined : copyOf(from.tokens);

  const keep = (ids: readonly number[] | null): Tokens | null => {
    if (ids === null || began === undefined || kept === null) return null;
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
    next() {
      began = undefined;
      thought = { ids: [], count: 0 };
    },
    take(chunk) {
      if (chunk.kind === 'began') began = { digest: chunk.digest, build: chunk.build };
      if (!isWritten(chunk)) return;
      // a sign of life and nothing else
      if (chunk.text === '' && chunk.tokens === undefined) return;
      thought.count += writtenIn(chunk);
      if (chunk.tokens === undefined || (thought.ids?.length ?? 0) + chunk.tokens.length > chatLimits.tokens) thought.ids = null;
      else thought.ids?.push(...chunk.tokens);
      if (chunk.kind === 'thinking') return;
      kept = keep(thought.ids);
      text += chunk.text;
      tokens += thought.count;
      thought = { ids: [], count: 0 };
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
