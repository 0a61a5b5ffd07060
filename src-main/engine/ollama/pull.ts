// Downloads a model through Ollama, and says how far it is.
import { z } from 'zod';
import { Failure, type FailureCode } from '../../../src-shared/failure.ts';
import type { Clock, Pulled } from '../../jobs/ports.ts';
import { ollamaClient } from './client.ts';
import { stallGuard } from '../server-life.ts';

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
 * Yields how far it is; ends when the model can be run. Fails with download-not-found, disk-full and download-failed, and with the signal's
 * reason. What was downloaded before a failure or an abort stays with Ollama, which goes on from there the next time.
 */
export async function* pullModel(options: PullOptions, signal: AbortSignal): AsyncGenerator<Pulled, void> {
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
      const checking = /^(verifying|writing|removing)/.test(status);
      if (clock.now() - toldAt < reportMs && !checking) continue;
      toldAt = clock.now();
      yield { ...sumOf([...layers.values()]), ...(checking ? { checking } : {}) };
    }
    if (!ended) throw new Error('it ended without its last word');
  } catch (error) {
    signal.throwIfAborted();
    const why = stall.signal.aborted ? 'it stood still' : error instanceof Error ? error.message : String(error);
    throw new Failure(codeOf(why), `${model} could not be downloaded: ${why}`.slice(0, 2000), { cause: error });
  } finally {
    over.abort();
    stall.end();
  }
}

/** Ollama tells causes in English only (server/images.go, server/download.go; the disk's is the system's own, as Go words it). */
function codeOf(why: string): FailureCode {
  if (/file does not exist|not found/i.test(why)) return 'download-not-found';
  return /no space left|not enough space/i.test(why) ? 'disk-full' : 'download-failed';
}

/** All layers together; their sizes come one after the other, so the total grows at first. */
function sumOf(layers: readonly { total: number; completed: number }[]): Pulled {
  const total = layers.reduce((sum, layer) => sum + layer.total, 0);
  const completed = layers.reduce((sum, layer) => sum + layer.completed, 0);
  return total === 0 ? { receivedBytes: 0, totalBytes: null } : { receivedBytes: Math.min(total, completed), totalBytes: total };
}
