import { Failure, failureShape, toFailure } from '../../src-shared/failure.ts';

/**
 * Turns what a call rejected with into a Failure: the contract's FAILURE error keeps its code, a refused input is `bad-request`,
 * a broken link `disconnected`.
 */
export function callFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (typeof error !== 'object' || error === null) return toFailure(error);
  const { code, data, name } = error as { code?: unknown; data?: unknown; name?: unknown };
  const shape = failureShape.safeParse(data);
  if (shape.success) return toFailure(shape.data);
  if (code === 'BAD_REQUEST') return new Failure('bad-request', error instanceof Error ? error.message : 'refused input');
  // The transport ends every call of a closed link with an AbortError, or cannot send at all.
  if (name === 'AbortError' || /not open|closed|aborted/i.test(error instanceof Error ? error.message : '')) {
    return new Failure('disconnected', 'the connection to the node was lost');
  }
  return toFailure(error);
}
