// Models that this machine has not, and may download before it answers: which, and for whom.
import type { ChatChunk } from '../../src-shared/chat.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import type { OfferedDownload } from '../../src-shared/peer.ts';
import type { Engine } from '../jobs/ports.ts';

/** Of what the owner listed, what the engine has not and could get. */
export function downloadable(
  listed: readonly OfferedDownload[],
  engine: Pick<Engine, 'pull'> | null,
  models: readonly Pick<ModelInfo, 'name'>[],
): OfferedDownload[] {
  if (engine?.pull === undefined) return [];
  return listed.filter(({ name }) => !models.some((model) => model.name === name));
}

/** Downloads the model with its progress as the chunks of a load. @param done the engine has it now */
export async function* downloaded(
  engine: Pick<Engine, 'pull'>,
  model: string,
  signal: AbortSignal,
  done: () => Promise<void>,
): AsyncGenerator<ChatChunk, void> {
  if (engine.pull === undefined) throw new Failure('model-missing', `There is no model ${model} on this machine.`);
  try {
    for await (const { receivedBytes, totalBytes } of engine.pull(model, signal))
      yield { kind: 'loading', model, ...(totalBytes === null ? {} : { progress: Math.min(1, receivedBytes / totalBytes) }) };
  } catch (error) {
    signal.throwIfAborted();
    // the one word for it that askers of every version know
    throw new Failure('download-failed', toFailure(error).message, { cause: error });
  }
  await done();
}
