// The `ollama` package with a signal for every request, and without its habit of writing to the console.
import { Ollama } from 'ollama';
import { ServerError } from '../server-failures.ts';

/** A client for one piece of work: aborting `signal` ends whatever it does, also before the first byte came. */
export function ollamaClient(address: string, signal: AbortSignal): Ollama {
  return new Ollama({
    host: address,
    fetch: async (input, init) => {
      const signals = init?.signal instanceof AbortSignal ? [init.signal, signal] : [signal];
      const response = await fetch(input, { ...init, redirect: 'error', signal: AbortSignal.any(signals) });
      if (!response.ok) throw new ServerError(response.status, await errorText(response));
      return response;
    },
  });
}

async function errorText(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 2000);
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not JSON: a proxy's page, perhaps. The text itself will do.
  }
  return text || `status ${response.status}`;
}
