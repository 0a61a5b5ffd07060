// Files are read in a worker of their own each, which is ended when the file is not read in time: a hostile one cannot hold the window up.
// oxlint-disable-next-line import/default -- made by the bundler
import workerUrl from './file-worker.ts?worker&url';
import type { FromWorker, ReadContent } from './read-content.ts';

/** A PDF of 300 pages takes a slow machine some seconds. */
const patienceMs = 30_000;

type ScriptPolicy = { createScriptURL: (url: string) => string };
type TrustedTypes = { createPolicy: (name: string, rules: ScriptPolicy) => ScriptPolicy };

// The page's policy takes no text for a script, with this one exception: the address of our own worker, made here and nowhere else. It is
// made when the window starts, and a second one of the name is refused.
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const rules: ScriptPolicy = {
  createScriptURL: (url) => {
    if (url !== workerUrl) throw new TypeError('not a script of this window');
    return url;
  },
};
const policy = trustedTypes?.createPolicy('axon-worker', rules) ?? rules;

/** Its content, or why it cannot be attached. Never rejects, save with the signal's reason. */
export function readFile(file: Blob, signal: AbortSignal): Promise<ReadContent> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const worker = new Worker(policy.createScriptURL(workerUrl), { type: 'module' });
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      worker.terminate();
    };
    const settle = (content: ReadContent): void => {
      end();
      resolve(content);
    };
    const abort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => settle({ refused: 'slow' }), patienceMs);
    signal.addEventListener('abort', abort);
    worker.addEventListener('message', ({ data }: MessageEvent<Partial<FromWorker>>) => {
      if (data.content !== undefined) settle(data.content);
    });
    // out of memory, or its script could not be loaded
    worker.addEventListener('error', () => settle({ refused: 'unreadable' }));
    worker.postMessage(file);
  });
}
