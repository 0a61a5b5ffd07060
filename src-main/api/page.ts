// The built window as static files. What may be served is listed first and then looked up by its whole path: there is no path to walk.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.woff2': 'font/woff2',
};

export type Page = {
  /** @param urlPath as in the request, without query; null: there is no such file */
  read(urlPath: string): Promise<{ type: string; body: Uint8Array } | null>;
};

/** @param folder the built renderer; null: nothing is served */
export function createPage(folder: string | null): Page {
  let files: ReadonlyMap<string, string> | null = null;
  return {
    read: async (urlPath) => {
      if (folder === null) return null;
      const name = urlPath === '/' ? '/index.html' : urlPath;
      // Looked through again with each visit of the front page: a new build has new names.
      if (files === null || name === '/index.html') files = await listFiles(folder);
      const file = files.get(name);
      const type = types[path.extname(name)];
      if (file === undefined || type === undefined) return null;
      return await readFile(file).then(
        (body) => ({ type, body }),
        () => null,
      );
    },
  };
}

/** "/assets/index-abc.js" -> file. Links are left out: they lead elsewhere. */
async function listFiles(folder: string, prefix = '/'): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const full = path.join(folder, entry.name);
    if (entry.isFile()) found.set(prefix + encodeURIComponent(entry.name), full);
    if (entry.isDirectory())
      for (const [name, file] of await listFiles(full, `${prefix}${encodeURIComponent(entry.name)}/`)) found.set(name, file);
  }
  return found;
}

/** On every answer of the door, errors too. There is no CORS header anywhere, on purpose. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
