// What goes wrong with an engine that is a server of its own, whatever it speaks.
import { Failure } from '../../src-shared/failure.ts';

/** What the server itself says went wrong. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  /** Of its answer; 200: it came in the middle of a stream. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @param server what it calls itself */
export function brokeOff(server: string, cause?: unknown): Failure {
  return new Failure('engine-crashed', `${server} broke off in the middle of the answer.`, { cause });
}
