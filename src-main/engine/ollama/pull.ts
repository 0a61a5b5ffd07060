// Downloads a model through Ollama, and says how far it is.
import { z } from 'zod';
import { Failure } from '../../../src-shared/failure.ts';
import type { Clock } from '../../jobs/ports.ts';
import { ollamaClient } from './client.ts';
import { stallGuard } from './server-life.ts';

/** One line of /api/pull; a model comes in layers, each with bytes of its own. */
const pullLine = z.object({
  status: z.string(),
  digest: z.string().optional(),
  total: z.number().nonnegative().optional(),
  completed: z.number().nonnegative().optional(),
});

/** Between two reports, ms. */
const reportMs = 500;

export type PullOptions = {
  address: string;
  model: string;
  clock: Clock;
  /** Without a word, ms: Ollama tries a download that stands still again by itself, and says so. */
  patienceMs: number;
};

/**
 * Yields the share of the bytes that are here, 0..1, undefined while nobody knows; ends when the model can be run. Fails with download-failed,
 * and with the signal's reason. What was downloaded before a failure or an abort stays with Ollama, which goes on from there the next time.
 */
export async function* pullModel(options: PullOptions, signal: AbortSignal): AsyncGenerator<number | undefined, void> {
  const { address, model, clock, patienceMs } = options;
  const over = new AbortController();
  const stall = stallGuard(clock, signal, patienceMs);
  const layers = new Map<string, { total: number; completed: number }>();
  let toldAt = Number.NEGATIVE_INFINITY;
  let ended = false;
  try {
    for await (const raw of await ollamaClient(address, AbortSignal.any([stall.signal, over.signal])).pull({ model, stream: true })) {
      stall.expect(patienceMs);
      const { status, digest, total, completed } = pullLine.parse(raw);
      ended = status === 'success';
      if (digest !== undefined && total !== undefined) layers.set(digest, { total, completed: completed ?? 0 });
      if (clock.now() - toldAt < reportMs) continue;
      toldAt = clock.now();
      yield shareOf([...layers.values()]);
    }
    if (!ended) throw new Error('it ended without its last word');
  } catch (error) {
    signal.throwIfAborted();
    const why = stall.signal.aborted ? 'it stood still' : error instanceof Error ? error.message : String(error);
    throw new Failure('download-failed', `${model} could not be downloaded: ${why}`.slice(0, 2000), { cause: error });
  } finally {
    over.abort();
    stall.end();
  }
}

function shareOf(layers: readonly { total: number; completed: number }[]): number | undefined {
  const total = layers.reduce((sum, layer) => sum + layer.total, 0);
  return total === 0 ? undefined : Math.min(1, layers.reduce((sum, layer) => sum + layer.completed, 0) / total);
}
