// Server-sent events: the JSON of each, until the server says [DONE].
import { ServerError } from '../server-failures.ts';

/** One event is a few words; what is longer was written by no server of this kind. UTF-16 units. */
const maxEvent = 4 * 1024 * 1024;

/** @param over becomes true when the server said that this was all: a stream that ends before is broken off */
export async function* serverEvents(body: AsyncIterable<Uint8Array>, over: { done: boolean }): AsyncGenerator<unknown, void> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const part of body) {
    held += decoder.decode(part, { stream: true });
    const lines = held.split(/\r\n|\n|\r(?!$)/);
    held = lines.pop() ?? '';
    if (held.length > maxEvent) throw new ServerError(200, 'An event of the stream does not end.');
    for (const line of lines) {
      // comments keep the connection alive, and every event of this API is one line
      if (!line.startsWith('data:')) continue;
      const data = line.slice('data:'.length).trim();
      if (data === '[DONE]') {
        over.done = true;
        return;
      }
      yield parsed(data);
    }
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new ServerError(200, 'An event of the stream is no JSON.');
  }
}
