// The one check before routing. A web page in the owner's browser, a rebound name and a program on this machine all reach
// 127.0.0.1; only the exact names, the own origin and a token tell the owner from them.
import type { IncomingMessage } from 'node:http';

/** Why a request is turned away, as an HTTP status. */
export type Refusal = 400 | 401 | 403 | 405 | 415 | 421;

/** The only names of this door. Never compare by suffix: `localhost.evil.example` and rebound names end well too. */
export function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/**
 * Decides over any request or upgrade by its head alone, before its path is looked at.
 * @returns null when it may pass on to routing
 */
export function guard(request: Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>, port: number): Refusal | null {
  const { headers } = request;
  const host = headers.host;
  // Node keeps the first of two Host headers; a proxy in front might have kept the second.
  if (host === undefined || countOf(request.rawHeaders, 'host') !== 1 || !ownHosts(port).includes(host)) return 421;
  // "GET http://elsewhere/ HTTP/1.1" and "OPTIONS *" are not for us.
  if (request.url === undefined || !request.url.startsWith('/')) return 400;
  // The own origin is the one of the name that was used: a page from localhost has no business with 127.0.0.1.
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) return 403;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 403;
  if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST') return 405;
  if (request.method === 'POST' && !hasJsonBody(headers)) return 415;
  return null;
}

/** A form, a beacon and a plain-text POST need no preflight, JSON does. A POST without a body needs no type. */
function hasJsonBody(headers: IncomingMessage['headers']): boolean {
  const type = headers['content-type'];
  if (type === undefined) return headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
  return /^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type);
}

function countOf(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((word, index) => index % 2 === 0 && word.toLowerCase() === name).length;
}

/** The token of `Authorization: Bearer TOKEN`; null without one. */
export function bearer(request: Pick<IncomingMessage, 'headers'>): string | null {
  const found = /^Bearer ([A-Za-z0-9_-]{20,100})$/.exec(request.headers.authorization ?? '');
  return found?.[1] ?? null;
}

/** The token among the subprotocols `axon.control, axon.token.TOKEN`, which is all that a browser can send with a WebSocket. */
export function subprotocolToken(request: Pick<IncomingMessage, 'headers'>): string | null {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim());
  if (!offered.includes(controlProtocol)) return null;
  const token = offered.find((word) => word.startsWith(tokenPrefix))?.slice(tokenPrefix.length);
  return token === undefined || token === '' ? null : token;
}

export const controlProtocol = 'axon.control';
const tokenPrefix = 'axon.token.';
