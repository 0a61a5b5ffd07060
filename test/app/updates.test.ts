// The app's updater in a real Electron, against a server that announces versions: what is fetched, from where, and what is refused.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import path from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { electronProgram, root } from './electron.ts';

/** The old version lies in `old`; a new one is a program that ends at once. */
const oldProgram = '#!/bin/sh\necho old\n';
const newProgram = `#!/bin/sh\nexit 0\n# ${'x'.repeat(200_000)}\n`;
const digest = (text: string): string => createHash('sha512').update(text).digest('base64');
const announcement = process.arch === 'arm64' ? '/latest-linux-arm64.yml' : '/latest-linux.yml';

type Answer = { status?: number; location?: string; body?: string };
type Outcome = { found: { version: string; notes: string } | null; shares: number[]; fault?: string; reason?: string };

let folder = '';
let program = '';
let secure: Server;
let plain: Server;
let answers: Record<string, Answer> = {};
let seen: { url: string; staging: unknown }[] = [];
let seenPlain: string[] = [];

const addressOf = (server: Server, scheme: string): string => `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
const announce = (version: string, sha512: string): string =>
  `version: ${version}\nfiles:\n  - url: Axon-${version}.AppImage\n    sha512: ${sha512}\npath: Axon-${version}.AppImage\nsha512: ${sha512}\n` +
  `releaseNotes: "<p>Faster &amp; calmer.</p><ul><li>One</li></ul>"\n`;

const listener =
  (note: (request: IncomingMessage) => void): RequestListener =>
  (request, response) => {
    note(request);
    const { status = 200, location, body = '' } = answers[request.url?.split('?')[0] ?? ''] ?? { status: 404 };
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...(location === undefined ? {} : { location }) }).end(body);
  };

/** An app of one file around our updater: looks, fetches, and quits. */
const appMain = `
import { app } from 'electron';
import library from 'electron-updater';
import { appUpdater } from './updater.js';
const onQuit = process.env.ON_QUIT === '1';
app.whenReady().then(async () => {
  const updater = new library.AppImageUpdater();
  updater.forceDevUpdateConfig = true;
  const ours = appUpdater({ updater, CancellationToken: library.CancellationToken });
  const outcome = { found: null, shares: [] };
  try {
    outcome.found = await ours.check('stable');
    if (outcome.found !== null) {
      await ours.download((share) => outcome.shares.push(share), new AbortController().signal);
      ours.installOnQuit(onQuit);
    }
  } catch (error) {
    outcome.fault = error.fault;
    outcome.reason = error.message;
  }
  process.stdout.write('OUTCOME ' + JSON.stringify(outcome) + '\\n');
  app.quit();
});
`;

beforeAll(async () => {
  program = electronProgram();
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(path.join(root, '.cache', 'updates-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    build: {
      ssr: path.join(root, 'src-main', 'desktop', 'updater.ts'),
      outDir: folder,
      target: 'node20.18',
      rollupOptions: { output: { format: 'es', entryFileNames: 'updater.js' } },
    },
  });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'axon', version: '1.0.0', type: 'module', main: 'main.js' }));
  writeFileSync(path.join(folder, 'main.js'), appMain);
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name)) as [string, string];
  const subject = ['-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject], { stdio: 'ignore' });
  const note = ({ url = '', headers }: IncomingMessage): void => void seen.push({ url, staging: headers['x-user-staging-id'] });
  secure = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener(note)).listen(0, '127.0.0.1');
  plain = createPlainServer(listener(({ url = '' }) => void seenPlain.push(url))).listen(0, '127.0.0.1');
  await Promise.all([secure, plain].map((server) => new Promise((resolve) => server.once('listening', resolve))));
});
beforeEach(() => {
  [seen, seenPlain] = [[], []];
  answers = {
    [announcement]: { body: announce('2.0.0', digest(newProgram)) },
    '/Axon-2.0.0.AppImage': { body: newProgram },
  };
});
afterAll(() => {
  for (const server of [secure, plain]) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One start of that app; `installed`: what stands where the old version was, when it has quit. */
async function start(url: string, onQuit = false): Promise<Outcome & { installed: string; pending: string[] }> {
  const home = mkdtempSync(path.join(folder, 'home-'));
  const file = path.join(home, 'Axon.AppImage');
  writeFileSync(file, oldProgram, { mode: 0o755 });
  writeFileSync(path.join(folder, 'dev-app-update.yml'), `provider: generic\nurl: ${url}\nupdaterCacheDirName: axon-updater\n`);
  const unsandboxed = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  // the server's certificate is nobody's but the test's
  const args = [...unsandboxed, '--ignore-certificate-errors', folder, `--user-data-dir=${path.join(home, 'data')}`];
  const environment = {
    ELECTRON_RUN_AS_NODE: '',
    APPIMAGE: file,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    ON_QUIT: onQuit ? '1' : '',
  };
  const app = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment } });
  let said = '';
  app.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  await new Promise((resolve) => app.once('close', resolve));
  const line = /^OUTCOME (.*)$/m.exec(said)?.[1];
  if (line === undefined) throw new Error(`the app said nothing: ${said}`);
  const cache = path.join(home, 'cache', 'axon-updater', 'pending');
  const pending = ((): string[] => {
    try {
      return readdirSync(cache).filter((name) => name.endsWith('.AppImage'));
    } catch {
      return [];
    }
  })();
  return { ...(JSON.parse(line) as Outcome), installed: readFileSync(file, 'utf8'), pending };
}

test('a newer version is fetched, and stays beside the installed one while that is wanted', async () => {
  const { found, shares, fault, installed, pending } = await start(addressOf(secure, 'https'));
  expect(fault).toBeUndefined();
  expect(found).toEqual({ version: '2.0.0', notes: 'Faster & calmer.\n- One' });
  expect(shares.at(-1)).toBe(1);
  expect(pending).toEqual(['Axon-2.0.0.AppImage']);
  expect(installed).toBe(oldProgram);
  // nothing that tells this machine from another
  expect(new Set(seen.map(({ staging }) => staging))).toEqual(new Set(['00000000-0000-0000-0000-000000000000']));
});

test('by quitting it takes the place of the installed one', async () => {
  const { installed } = await start(addressOf(secure, 'https'), true);
  expect(installed).toBe(newProgram);
});

test('what is not what was announced is thrown away', async () => {
  answers['/Axon-2.0.0.AppImage'] = { body: newProgram.replace('x', 'y') };
  const { fault, installed, pending } = await start(addressOf(secure, 'https'), true);
  expect({ fault, pending, same: installed === oldProgram }).toEqual({ fault: 'refused', pending: [], same: true });
});

test('one that is announced without a digest is not fetched', async () => {
  answers[announcement] = { body: 'version: 2.0.0\nfiles:\n  - url: Axon-2.0.0.AppImage\npath: Axon-2.0.0.AppImage\n' };
  const { fault, installed } = await start(addressOf(secure, 'https'), true);
  expect(fault).toBe('refused');
  expect(installed).toBe(oldProgram);
  expect(seen.map(({ url }) => url)).not.toContain('/Axon-2.0.0.AppImage');
});

test('nothing is asked without https, nor after being sent elsewhere', async () => {
  expect((await start(addressOf(plain, 'http'), true)).fault).toBe('other');
  answers['/Axon-2.0.0.AppImage'] = { status: 302, location: `${addressOf(plain, 'http')}/Axon-2.0.0.AppImage` };
  const { fault, installed } = await start(addressOf(secure, 'https'), true);
  expect(fault).toBe('other');
  expect(installed).toBe(oldProgram);
  expect(seenPlain).toEqual([]);
});

test('the same version is none, an older one neither, and a place that does not answer is said to be', async () => {
  answers[announcement] = { body: announce('1.0.0', digest(newProgram)) };
  expect((await start(addressOf(secure, 'https'))).found).toBeNull();
  answers[announcement] = { body: announce('0.9.0', digest(newProgram)) };
  expect((await start(addressOf(secure, 'https'))).found).toBeNull();
  answers = {};
  expect((await start(addressOf(secure, 'https'))).fault).toBe('other');
  const nobody = createPlainServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => nobody.once('listening', resolve));
  const nowhere = addressOf(nobody, 'https');
  await new Promise((resolve) => nobody.close(resolve));
  expect((await start(nowhere)).fault).toBe('unreachable');
});
