// LM Studio's models into memory and out of it, by its own API (0.4 and later; an older one loads what it is asked a question with).
import { ServerError } from '../server-failures.ts';
import { askServer } from './ask.ts';
import { errorWords, openaiFailure, type ServerNamed } from './failures.ts';
import type { ServedModel } from './look.ts';

type At = ServerNamed & { key: string | undefined };

/** Fails with model-broken, out-of-memory, model-missing, engine-*. Does nothing where it is loaded. */
export async function studioLoad(model: ServedModel, at: At, signal: AbortSignal): Promise<void> {
  if (!model.loaded) await post('load', { model: model.name }, at, signal);
}

/** Does nothing where it is not loaded. Fails with engine-*. */
export async function studioUnload(model: ServedModel, at: At, signal: AbortSignal): Promise<void> {
  if (model.loaded) await post('unload', { instance_id: model.id }, at, signal);
}

async function post(what: 'load' | 'unload', body: object, { key, ...at }: At, signal: AbortSignal): Promise<void> {
  try {
    const { status, json } = await askServer(`${at.address}/api/v1/models/${what}`, { signal, key, body });
    const error = errorWords(json);
    // an older one does not know the question, and says so with status 200
    if (error !== undefined && !/unexpected endpoint/i.test(error)) throw new ServerError(status, error);
  } catch (error) {
    signal.throwIfAborted();
    throw openaiFailure(error, at, false);
  }
}
