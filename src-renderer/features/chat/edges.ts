import type { FailureShape } from '../../../src-shared/failure.ts';
import type { ReadContent } from './attach/read-content.ts';
import type { Tuning } from '../../../src-shared/settings.ts';
import type { ControlClient } from '../../node/index.ts';

/** What the chat needs from outside; a test passes its own. */
export type ChatEdges = {
  node: () => ControlClient;
  /** What a new conversation starts with. */
  newTuning: () => Tuning;
  newId: () => string;
  now: () => number;
  /** Runs something at the next frame; returns how to cancel it. */
  frame: (run: () => void) => () => void;
  /** Runs something after ms; returns how to cancel it. */
  after: (ms: number, run: () => void) => () => void;
  /** What is in a file; rejects only with the signal's reason. */
  readFile: (file: File, signal: AbortSignal) => Promise<ReadContent>;
  /** The conversation that was open when the page was loaded anew; null: none, or a new one. */
  openBefore: () => string | null;
  failureOf: (error: unknown) => FailureShape;
};
