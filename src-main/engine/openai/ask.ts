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

export type ServerAsking = {
  signal: AbortSignal;
  /** Sent as a bearer token. */
  key?: string | undefined;
  /** POST with this as JSON; left out: GET */
  body?: object;
};

/** Without following it elsewhere: neither a question nor a key goes to an address that nobody set. Fails as fetch does. */
export function askRaw(url: string, { signal, key, body }: ServerAsking): Promise<Response> {
  const headers = {
    accept: 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return fetch(url, { headers, signal, redirect: 'error', ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) });
}

/** Any status is an answer. Fails with what fetch fails with where nobody answers, and with the signal's reason. */
export async function askServer(url: string, asking: ServerAsking): Promise<Said> {
  const response = await askRaw(url, asking);
  const text = await shortText(response);
  return { status: response.status, server: response.headers.get('server'), json: text === undefined ? undefined : parsed(text) };
}

/** undefined: it is longer than any of these answers. */
export async function shortText({ body }: Response): Promise<string | undefined> {
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
