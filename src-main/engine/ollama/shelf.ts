// Deleting a model of the Ollama of this machine.
import { Failure } from '../../../src-shared/failure.ts';
import type { ModelShelf } from '../../jobs/ports.ts';
import type { ModelsInUse } from '../models-in-use.ts';
import { ollamaClient } from './client.ts';
import { ollamaFailure } from './failures.ts';
import type { Tag } from './wire.ts';

/** A large model's files take a while to go, ms. */
const removeMs = 60_000;

export type ShelfOptions = {
  using: ModelsInUse;
  /** Ollama runs on another machine. */
  remote: () => boolean;
  /** Looks now; `tag` is undefined where there is no such model. */
  find(model: string): Promise<{ address: string; tags: readonly Tag[]; tag: Tag | undefined; loaded: boolean }>;
  gone(): Promise<void>;
};

export function ollamaShelf({ using, remote, find, gone }: ShelfOptions): ModelShelf {
  return {
    removable: () => !remote(),
    async remove(model) {
      const { address, tags, tag, loaded } = await find(model);
      if (remote()) throw new Failure('not-allowed', 'This Ollama runs on another machine, whose models are not deleted from here.');
      if (tag === undefined) throw new Failure('model-missing', `Ollama has no model ${model}.`);
      await using.leave(tag.name, async () => {
        const client = ollamaClient(address, AbortSignal.timeout(removeMs));
        try {
          if (loaded) await client.generate({ model: tag.name, prompt: '', keep_alive: 0, stream: false });
          await client.delete({ model: tag.name });
        } catch (error) {
          throw ollamaFailure(error, address, false);
        }
      });
      await gone();
      // two names of one model: only the name went
      const shared = tags.some((other) => other.name !== tag.name && other.digest !== undefined && other.digest === tag.digest);
      return { freedBytes: shared ? 0 : (tag.size ?? null), atMost: true };
    },
  };
}
