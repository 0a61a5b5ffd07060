// The real terminal as an Io.
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import type { Io } from './io.ts';

/** After the first signal this long until the process ends whatever it is doing, ms. */
const hardEndMs = 5_000;

export function terminal(): Io & { drained(): Promise<void> } {
  const stopper = new AbortController();
  const onSignal = (reason: 'interrupt' | 'terminate') => (): void => {
    const code = reason === 'interrupt' ? 130 : 0;
    if (stopper.signal.aborted) process.exit(130);
    stopper.abort(reason);
    setTimeout(() => process.exit(code), hardEndMs).unref();
  };
  process.on('SIGINT', onSignal('interrupt'));
  process.on('SIGTERM', onSignal('terminate'));
  // The terminal was closed.
  process.on('SIGHUP', onSignal('terminate'));
  // `axon ask ... | head`: the reader has enough.
  process.stdout.on('error', () => stopper.abort('interrupt'));
  process.stderr.on('error', () => undefined);

  return {
    stop: stopper.signal,
    onTerminal: process.stdout.isTTY === true,
    watched: process.stderr.isTTY === true,
    out: (words) =>
      new Promise((resolve) => {
        process.stdout.write(words, () => resolve());
      }),
    err: (words) => void process.stderr.write(words),
    input: () => text(process.stdin),
    question: async (words) => {
      if (!process.stdin.isTTY) return null;
      const reader = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return await reader.question(words, { signal: stopper.signal });
      } finally {
        reader.close();
      }
    },
    drained: async () => {
      for (const stream of [process.stdout, process.stderr]) {
        await new Promise<void>((resolve) => {
          stream.write('', () => resolve());
        });
      }
    },
  };
}
