// How long jobs take here, from what was measured: for the line's estimates, and for what an answer is expected to cost.
import { imageTokens } from '../../src-shared/attachment.ts';
import type { ChatRequest } from '../../src-shared/chat.ts';
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import { imageFacts } from '../../src-shared/image.ts';

/** Characters of a token, about: the rule of thumb for English text. Figures of finished answers replace it. */
const charactersPerToken = 4;
/** What is expected to be written before anything was measured, tokens. */
const firstGuess = 256;
/** Weight of the newest job in the averages. */
const newest = 0.2;
/** Models that are remembered. */
const maxModels = 256;

export type Took = {
  /** From the lease to its end, ms. */
  ms: number;
  promptTokens: number;
  written: number;
};

export type Expected = {
  /** Read and written. */
  tokens: number;
  /** null: nothing was measured yet */
  ms: number | null;
};

export type Pace = {
  took(model: string, job: Took): void;
  expects(model: string, job: { promptTokens: number; maxTokens?: number | undefined }): Expected;
};

type Averages = { msPerToken: number; written: number };

export function pace(): Pace {
  const models = new Map<string, Averages>();
  return {
    took(model, { ms, promptTokens, written }) {
      // what wrote nothing was refused or cut, and tells nothing
      if (written === 0) return;
      const perToken = ms / (promptTokens + written);
      const before = models.get(model) ?? { msPerToken: perToken, written };
      models.delete(model);
      models.set(model, {
        msPerToken: before.msPerToken + newest * (perToken - before.msPerToken),
        written: before.written + newest * (written - before.written),
      });
      dropOldest(models, maxModels);
    },
    expects(model, { promptTokens, maxTokens = Number.POSITIVE_INFINITY }) {
      const known = models.get(model);
      const tokens = promptTokens + Math.max(1, Math.min(maxTokens, Math.round(known?.written ?? firstGuess)));
      return { tokens, ms: known === undefined ? null : known.msPerToken * tokens };
    },
  };
}

/** Tokens of what a request gives the model to read, by the length of its texts and the size of its pictures; at least 1. */
export function promptTokensOf({ messages, continued }: ChatRequest): number {
  const pictures = messages.flatMap(({ images = [] }) => images.map((image) => imageFacts(image)));
  const seen = pictures.reduce((sum, facts) => sum + (facts === null ? 0 : imageTokens(facts)), 0);
  return Math.max(1, Math.ceil(textsOf({ messages, continued }) / charactersPerToken) + seen);
}

/** UTF-16 units of a request, its pictures included: what it takes while it waits. */
export function charactersOf(request: Held): number {
  const pictures = request.messages.reduce((sum, { images = [] }) => sum + images.reduce((all, { length }) => all + length, 0), 0);
  return textsOf(request) + pictures;
}

type Held = Pick<ChatRequest, 'messages' | 'continued'>;

function textsOf({ messages, continued }: Held): number {
  return messages.reduce((sum, { content }) => sum + content.length, continued?.text.length ?? 0);
}

/**
 * When each of a line will get a slot, ms from now, if nothing else comes; null where a job ahead has no known duration.
 * @param slots left of each running job, ms (null: unknown); a free slot is 0
 * @param line expected durations, in the order of service
 */
export function waits(slots: readonly (number | null)[], line: readonly (number | null)[]): (number | null)[] {
  // unknown counts as later than all that is known
  const free = slots.map((ms) => ms ?? Number.POSITIVE_INFINITY);
  return line.map((ms) => {
    const first = Math.min(...free);
    free[free.indexOf(first)] = first + (ms ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(first) ? first : null;
  });
}
