// app://axon: the built window, from our own files only, with a policy that lets it load nothing else.
import { net, protocol, type Session } from 'electron';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { contentSecurityPolicy, pageOrigin } from '../../src-shared/page-policy.ts';

/** Before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
}

/** The file for a request, or null when it is not one of ours. */
export function pageFile(folder: string, requested: string): string | null {
  const url = new URL(requested);
  if (url.origin !== pageOrigin && `${url.protocol}//${url.host}` !== pageOrigin) return null;
  const file = path.normalize(path.join(folder, decodeURIComponent(url.pathname === '/' ? '/index.html' : url.pathname)));
  if (!file.startsWith(folder + path.sep)) return null;
  return existsSync(file) && statSync(file).isFile() ? file : null;
}

export function servePage(session: Session, folder: string): void {
  session.protocol.handle('app', async (request) => {
    const file = request.method === 'GET' ? pageFile(folder, request.url) : null;
    if (file === null) return new Response('not found', { status: 404 });
    const found = await net.fetch(pathToFileURL(file).href, { bypassCustomProtocolHandlers: true });
    const headers = new Headers(found.headers);
    headers.set('content-security-policy', contentSecurityPolicy("'none'"));
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'no-referrer');
    return new Response(found.body, { status: 200, headers });
  });
}
