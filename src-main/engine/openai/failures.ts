// Turns what servers with the OpenAI API and the connection to them say into failures with a code.
import { Failure } from '../../../src-shared/failure.ts';
import { brokeOff, ServerError } from '../server-failures.ts';

/** Which server, for the words. */
export type ServerNamed = { server: string; address: string };

/** `began`: some of the answer had come. */
export function openaiFailure(error: unknown, at: ServerNamed, began: boolean): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof ServerError) return saidFailure(error, at);
  if (began) return brokeOff(at.server, error);
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Failure('engine-stalled', `${at.server} at ${at.address} does not answer.`, { cause: error });
  return new Failure('engine-missing', `${at.server} does not answer at ${at.address}.`, {
    cause: error,
    hint: 'Start it, or set its address.',
  });
}

export function wantsKey({ server, address }: ServerNamed, cause?: unknown): Failure {
  return new Failure('engine-locked', `${server} at ${address} wants a key, or another one.`, {
    cause,
    hint: 'Set its address and its key in the settings, or start Axon with AXON_OPENAI_KEY set to that key.',
  });
}

/** What stands in an error's JSON: OpenAI's {"error": {"message"}}, LM Studio's {"error": "..."}, or others' own. */
export function errorWords(json: unknown): string | undefined {
  if (typeof json === 'string') return json;
  if (typeof json !== 'object' || json === null) return undefined;
  for (const name of ['error', 'message', 'detail']) {
    const inner = name in json ? errorWords((json as Record<string, unknown>)[name]) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

// Texts: llama-server's (tools/server of llama.cpp 0.5.0), LM Studio's and vLLM's.
function saidFailure(error: ServerError, at: ServerNamed): Failure {
  const message = error.message.slice(0, 1500);
  const { status } = error;
  const options = { cause: error };
  if (status === 401 || status === 403) return wantsKey(at, error);
  if (/context/i.test(message) && /exceed|too long|longer than|overflow|maximum|greater than|only/i.test(message))
    return new Failure('prompt-too-long', message, options);
  if (/out of memory|insufficient (system )?(memory|resources)|(unable|failed) to allocate/i.test(message))
    return new Failure('out-of-memory', message, options);
  if (/failed to load model|unable to load model|corrupt/i.test(message)) return new Failure('model-broken', message, options);
  if (status === 404 || /model.*not (found|exist)/i.test(message)) return new Failure('model-missing', message, options);
  if (status === 503 || status === 429) return new Failure('queue-full', message, options);
  return new Failure('engine-failed', `${at.server}: ${message}`, options);
}
