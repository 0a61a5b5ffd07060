// Failures are closed codes: they cross doors and wires, and the renderer (or the CLI) turns them into words.
import { z } from 'zod';

export const failureCodes = [
  // key and home
  'no-key',
  'key-wrong-header',
  'key-wrong-length',
  'key-bad-digits',
  'key-unknown-encoding',
  'key-empty',
  'key-folder',
  'key-too-large',
  'key-binary',
  'key-two-keys',
  'key-exists',
  'home-in-use',
  'identity-sealed',
  // finding and reaching others
  'no-leader',
  'not-reachable',
  'not-let-in',
  'leader-lost',
  'bad-address',
  'port-in-use',
  'too-old',
  // trust
  'pending',
  'revoked',
  'not-admin',
  'last-admin',
  'roster-full',
  'roster-damaged',
  'invite-bad',
  'invite-expired',
  'invite-used',
  'code-wrong',
  'code-expired',
  'recovery-wrong',
  // asking
  'bad-request',
  'prompt-too-long',
  'import-unknown',
  'import-damaged',
  'import-too-large',
  'model-missing',
  'download-failed',
  'no-vision',
  'too-many-images',
  'queue-full',
  'timed-out',
  'draining',
  'paused',
  'rate-limited',
  'quota-used',
  'not-permitted',
  // engines
  'engine-missing',
  'engine-failed',
  'engine-locked',
  'engine-crashed',
  'engine-stalled',
  'model-broken',
  'model-in-use',
  // models that the owner has downloaded
  'bad-model-address',
  'checksum-wrong',
  'disk-full',
  'download-begun',
  'download-not-found',
  'model-exists',
  'model-too-big',
  'server-gone',
  'out-of-memory',
  'engine-vulnerable',
  // keeping
  'conversations-damaged',
  // doors
  'not-allowed',
  'not-found',
  'disconnected',
  'internal',
] as const;

export const failureCode = z.enum(failureCodes);
export type FailureCode = z.infer<typeof failureCode>;

/** What crosses a door: `message` is for logs and developers (English), people read a text made from `code`. */
export const failureShape = z.object({
  code: failureCode,
  message: z.string().max(2000),
  hint: z.string().max(2000).optional(),
  /** When it is worth trying again, ms from now. */
  retryAfterMs: z.number().nonnegative().optional(),
});
export type FailureShape = z.infer<typeof failureShape>;

/** The one error class of Axon. Anything else that reaches a door becomes `internal`. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureCode, message: string, options: { hint?: string; retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }

  toShape(): FailureShape {
    const { code, message, hint, retryAfterMs } = this;
    return { code, message, ...(hint === undefined ? {} : { hint }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
}

/** Turns anything thrown into a Failure; a Failure (or its shape, after a wire) keeps its code. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const shape = failureShape.safeParse(error);
  if (shape.success) {
    const { code, message, hint, retryAfterMs } = shape.data;
    return new Failure(code, message, { ...(hint === undefined ? {} : { hint }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }
  return new Failure('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

/** True for the error of an aborted signal: cancel is not a failure. */
export function isCancel(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
