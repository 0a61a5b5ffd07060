// What is asked of a server with the OpenAI API that is no answer of a model: small, JSON, bounded in time and size.

/** The properties of a model carry its template, tens of KiB; a list of a thousand models stays within this too. Bytes. */
const maxBytes = 2 * 1024 * 1024;

export type Said = {
  status: number;
  /** The header Server; llama-server calls itself llama.cpp there */
  server: string | null;
  /** undefined: no JSON, or more than is read */
  json: unknown;
};

/**
 * GET, without following it elsewhere. Any status is an answer.
 * @param key sent as a bearer token
 * Fails with what fetch fails with where nobody answers, and with the signal's reason.
 */
export async function askServer(url: string, { signal, key }: { signal: AbortSignal; key?: string | undefined }): Promise<Said> {
  const headers = { accept: 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
  const response = await fetch(url, { headers, signal, redirect: 'error' });
  const text = await shortText(response);
  return { status: response.status, server: response.headers.get('server'), json: text === undefined ? undefined : parsed(text) };
}

/** undefined: it is longer. */
async function shortText({ body }: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    // leaving the loop ends the connection
    if (bytes > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
