// Turns what Ollama and the connection to it say into failures with a code.
import { Failure } from '../../../src-shared/failure.ts';
import { brokeOff, ServerError } from '../server-failures.ts';

/** `began`: some of the answer had come. */
export function ollamaFailure(error: unknown, address: string, began: boolean): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ServerError) return statusFailure(error.status, message, error);
  if (began && /did not receive done|terminated|aborted|socket|reset/i.test(message)) return brokeOff('Ollama', error);
  if (isUnreachable(error))
    return new Failure('engine-missing', `Ollama does not answer at ${address}.`, {
      cause: error,
      hint: 'Start Ollama, or set its address.',
    });
  return statusFailure(500, message, error);
}

// Texts: Ollama's server/routes.go and llm/, as of v0.33.
function statusFailure(status: number, said: string, cause: unknown): Failure {
  const message = said.slice(0, 1500);
  if (/(exceed|longer than|too long).*(context|input)|(context|input).*(exceed|too long)/i.test(message))
    return new Failure('prompt-too-long', message, { cause });
  if (/more system memory|out of memory|insufficient memory|unable to allocate/i.test(message))
    return new Failure('out-of-memory', message, { cause });
  if (status === 404) return new Failure('model-missing', message, { cause });
  if (status === 503 || status === 429) return new Failure('queue-full', message, { cause });
  if (/unable to load model|invalid file magic|corrupt/i.test(message)) return new Failure('model-broken', message, { cause });
  return new Failure('engine-failed', `Ollama: ${message}`, { cause });
}

function isUnreachable(error: unknown): boolean {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'string' && /^(ECONN|ENOTFOUND|EHOST|ENET|EAI_|ETIMEDOUT|UND_ERR)/.test(inner.code))
      return true;
  }
  return error instanceof TypeError && error.message === 'fetch failed';
}
