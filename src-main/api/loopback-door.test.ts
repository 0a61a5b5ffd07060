import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { implement } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { control, type SecretRequest } from '../../src-shared/control.ts';
import { Failure } from '../../src-shared/failure.ts';
import { connectControl, freshWindowUrl, readSecret } from './control-client.ts';
import type { ControlLink } from './control-client.ts';
import { openDoor } from './loopback-door.ts';
import type { Door } from './loopback-door.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const os = implement(control);
const request = { id: '0d4c0d1e-5f5a-4a3e-9d51-111111111111', messages: [{ role: 'user' as const, content: 'hi' }], parameters: {} };

const floodBytes = 60_000;
let written: number;
let ended: number;
/** ask writes for ever, to "flood" as fast as it can; the other handlers do the least. */
const router = {
  doctor: os.doctor.handler(() => ({ checks: [{ name: 'key', code: 'key-there', outcome: 'ok', found: 'yes' }] })),
  role: { set: os.role.set.handler(({ errors }) => Promise.reject(errors.FAILURE({ data: { code: 'draining', message: 'not now' } }))) },
  ask: os.ask.handler(async function* endless({ input, signal }) {
    const flood = input.request.messages[0]?.content === 'flood';
    try {
      while (signal?.aborted !== true) {
        written += 1;
        yield { kind: 'text' as const, text: 'x'.repeat(flood ? floodBytes : 1000) };
        await new Promise((resolve) => {
          setTimeout(resolve, flood ? 0 : 5);
        });
      }
    } finally {
      ended += 1;
    }
  }),
};

/** Hands out what is asked for, as far as there is a key. */
const secret = async ({ kind, id }: SecretRequest): Promise<string> => {
  if (kind === 'recovery') throw new Failure('not-admin', 'Only an admin can.');
  if (kind !== 'key') return `${kind} ${id ?? ''}`;
  if (key === null) throw new Failure('no-key', 'There is no swarm.key.');
  return key;
};
let pageDir: string;
let door: Door;
let links: ControlLink[];
let key: string | null;
beforeEach(async () => {
  written = 0;
  ended = 0;
  links = [];
  key = '/key/swarm/psk/1.0.0/\n/base16/\nabc\n';
  pageDir = await mkdtemp(path.join(tmpdir(), 'axon-page-'));
  await mkdir(path.join(pageDir, 'assets'));
  await writeFile(path.join(pageDir, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(path.join(pageDir, 'assets', 'index-1.js'), 'export {};');
  await writeFile(path.join(pageDir, 'assets', 'notes.secret'), 'not served');
  await writeFile(path.join(path.dirname(pageDir), `${path.basename(pageDir)}.html`), 'outside');
  await symlink('/etc/passwd', path.join(pageDir, 'assets', 'link.html'));
  door = await openDoor({ port: 0, router, secret, pageDir, log: silent });
});
afterEach(async () => {
  for (const link of links) link.close();
  await door.close();
  await rm(pageDir, { recursive: true });
  await rm(`${pageDir}.html`);
});

const url = (target: string): string => `http://127.0.0.1:${door.port}${target}`;
const post = (target: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url(target), { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
const oneTimeToken = (): string => new URL(door.oneTimeUrl()).hash.replace('#token=', '');

async function session(): Promise<string> {
  const response = await post('/session', { token: oneTimeToken() });
  return ((await response.json()) as { token: string }).token;
}

async function connected(): Promise<ControlLink> {
  const link = await connectControl(door);
  links.push(link);
  return link;
}

/** The HTTP status an upgrade ends with; 101 when it opens. */
function upgradeStatus(options: {
  origin?: string;
  host?: string;
  protocols?: string[];
  authorization?: string;
  path?: string;
}): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
    };
    const socket = new WebSocket(`ws://127.0.0.1:${door.port}${options.path ?? '/control'}`, options.protocols ?? [], { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

describe('sessions', () => {
  test('a one-time token opens one session', async () => {
    const token = oneTimeToken();
    expect((await post('/session', { token })).status).toBe(200);
    expect((await post('/session', { token })).status).toBe(401);
  });

  test.each([{ token: 'wrong' }, {}, null, [], { token: 7 }, { token: 'x'.repeat(2000) }])('a wrong body opens none', async (body) => {
    expect((await post('/session', body)).status).toBe(401);
  });

  test('tells whether a session still holds', async () => {
    expect((await fetch(url('/session'), { headers: { authorization: `Bearer ${await session()}` } })).status).toBe(204);
    expect((await fetch(url('/session'), { headers: { authorization: `Bearer ${door.token}` } })).status).toBe(401);
    expect((await fetch(url('/session'))).status).toBe(401);
  });

  test('swarm.key goes out to a session only, as an attachment that nothing keeps', async () => {
    const given = await post('/key', {}, { authorization: `Bearer ${await session()}` });
    expect(await given.text()).toBe(key);
    expect(given.headers.get('content-disposition')).toBe('attachment; filename="swarm.key"');
    expect(given.headers.get('cache-control')).toBe('no-store');
    expect((await post('/key', {})).status).toBe(401);
    expect((await post('/key', {}, { authorization: `Bearer ${oneTimeToken()}` })).status).toBe(401);
    // As the window asks: no body, no type.
    expect((await fetch(url('/key'), { method: 'POST', headers: { authorization: `Bearer ${await session()}` } })).status).toBe(200);
    key = null;
    expect((await post('/key', {}, { authorization: `Bearer ${await session()}` })).status).toBe(404);
  });

  test('secrets go to a session and to the command line, never shown by a browser', async () => {
    const given = await post('/secret', { kind: 'invite-picture', id: 'a' }, { authorization: `Bearer ${await session()}` });
    expect([await given.text(), given.headers.get('content-type')]).toEqual(['invite-picture a', 'application/octet-stream']);
    expect(given.headers.get('content-disposition')).toMatch(/^attachment; /);
    expect(await readSecret(door, { kind: 'invite', id: 'b' })).toBe('invite b');
    await expect(readSecret(door, { kind: 'recovery' })).rejects.toMatchObject({ code: 'not-admin' });
    const own = `http://127.0.0.1:${door.port}`;
    // a page that had stolen the entry token is still a page
    expect((await post('/secret', { kind: 'key' }, { authorization: `Bearer ${door.token}`, origin: own })).status).toBe(401);
    expect((await post('/secret', { kind: 'key' })).status).toBe(401);
    for (const body of [{}, null, { kind: 'everything' }, { kind: 'invite', id: 'x'.repeat(101) }])
      expect((await post('/secret', body, { authorization: `Bearer ${door.token}` })).status).toBe(400);
  });

  test('a fresh window address is for the holder of the entry token', async () => {
    expect(await freshWindowUrl(door)).toMatch(new RegExp(`^http://127.0.0.1:${door.port}/#token=[\\w-]{43}$`));
    expect((await post('/window', {}, { authorization: `Bearer ${await session()}` })).status).toBe(401);
  });
});

describe('the page', () => {
  test('comes with a policy that loads nothing from elsewhere', async () => {
    const page = await fetch(url('/'));
    expect(await page.text()).toContain('<title>page');
    expect(page.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self' ws://127.0.0.1:${door.port}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types axon-worker`,
    );
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect((await fetch(url('/assets/index-1.js'))).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  test.each(['/../', '/%2e%2e/', '/assets/..%2f..%2f', '/assets/../../', '/..%5c', '//', '/assets/%00'])(
    '%s leads nowhere',
    async (prefix) => {
      // fetch would tidy the path: the bytes are written as they are.
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const asked = httpRequest({ host: '127.0.0.1', port: door.port, path: `${prefix}${path.basename(pageDir)}.html` }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject);
        asked.end();
      });
      expect(status).toBe(404);
    },
  );

  test('links and unknown kinds of files are not served', async () => {
    await fetch(url('/'));
    expect((await fetch(url('/assets/link.html'))).status).toBe(404);
    expect((await fetch(url('/assets/notes.secret'))).status).toBe(404);
  });
});

describe('the control socket', () => {
  test('serves calls and typed failures', async () => {
    const { client, failure } = await connected();
    expect(await client.doctor()).toEqual({ checks: [{ name: 'key', code: 'key-there', outcome: 'ok', found: 'yes' }] });
    const error = await client.role.set({ role: 'leader' }).catch((thrown: unknown) => thrown);
    expect(failure(error)).toMatchObject({ code: 'draining', message: 'not now' });
    const bad = await client.role.set({ role: 'king' as 'leader' }).catch((thrown: unknown) => thrown);
    expect(failure(bad)).toMatchObject({ code: 'bad-request' });
  });

  test('lets in own pages with a session and programs with the entry token, and nobody else', async () => {
    const own = `http://127.0.0.1:${door.port}`;
    const withToken = (token: string): string[] => ['axon.control', `axon.token.${token}`];
    expect(await upgradeStatus({ origin: own, protocols: withToken(await session()) })).toBe(101);
    expect(await upgradeStatus({ authorization: `Bearer ${door.token}` })).toBe(101);
    expect(await upgradeStatus({ origin: 'http://evil.test', protocols: withToken(await session()) })).toBe(403);
    expect(await upgradeStatus({ origin: 'null', protocols: withToken(await session()) })).toBe(403);
    expect(await upgradeStatus({ host: `evil.test:${door.port}`, authorization: `Bearer ${door.token}` })).toBe(421);
    expect(await upgradeStatus({ origin: own, protocols: withToken(door.token) })).toBe(401);
    expect(await upgradeStatus({ origin: own, authorization: `Bearer ${door.token}` })).toBe(401);
    expect(await upgradeStatus({ protocols: withToken(await session()) })).toBe(401);
    expect(await upgradeStatus({ authorization: `Bearer ${await session()}` })).toBe(401);
    expect(await upgradeStatus({})).toBe(401);
    expect(await upgradeStatus({ path: '/elsewhere', authorization: `Bearer ${door.token}` })).toBe(404);
  });

  test('aborting a stream ends its producer', async () => {
    const { client } = await connected();
    const stop = new AbortController();
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of await client.ask({ request }, { signal: stop.signal })) {
        seen += chunk.kind === 'text' ? 1 : 0;
        if (seen === 3) stop.abort();
      }
    })();
    await expect(reading).rejects.toThrow();
    await expect.poll(() => ended, { timeout: 1000, interval: 10 }).toBe(1);
  });

  test('a client that goes away ends its streams', async () => {
    const { client, close } = await connected();
    const stream = await client.ask({ request });
    await stream.next();
    close();
    await expect.poll(() => ended, { timeout: 1000, interval: 10 }).toBe(1);
  });

  test('a client that does not read stops its producer, and nothing piles up', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${door.port}/control`, { headers: { authorization: `Bearer ${door.token}` } });
    const flood = { ...request, messages: [{ role: 'user', content: 'flood' }] };
    await new Promise<void>((resolve) => {
      socket.once('message', () => resolve());
      socket.on('open', () => socket.send(JSON.stringify({ i: '1', p: { u: '/ask', b: { json: { request: flood } } } })));
    });
    socket.pause();
    // Without back-pressure it would never stand still.
    let before = -1;
    const standsStill = (): boolean => {
      const still = written === before && written > 0;
      before = written;
      return still;
    };
    await expect.poll(standsStill, { timeout: 20_000, interval: 250 }).toBe(true);
    expect(written * floodBytes).toBeLessThan(20_000_000);
    socket.terminate();
    await expect.poll(() => ended, { timeout: 1000, interval: 10 }).toBe(1);
  });

  test('closing the door ends streams and says so', async () => {
    const { client, closed, failure } = await connected();
    const stream = await client.ask({ request });
    await stream.next();
    await door.close();
    await closed;
    const error = await (async () => {
      for await (const _chunk of stream);
    })().catch((thrown: unknown) => thrown);
    expect(failure(error)).toMatchObject({ code: 'disconnected' });
    await expect.poll(() => ended, { timeout: 1000, interval: 10 }).toBe(1);
  });

  test('what is no message of the contract ends the connection', async () => {
    for (const bad of ['{', 'null', '{"i":1}', '{"i":"1","p":{"u":"http://evil.test/doctor"}}', Buffer.from([1, 2, 3])]) {
      const socket = new WebSocket(`ws://127.0.0.1:${door.port}/control`, { headers: { authorization: `Bearer ${door.token}` } });
      const code = await new Promise<number>((resolve) => {
        socket.on('open', () => socket.send(bad));
        socket.on('close', resolve);
      });
      expect(code).toBe(1007);
    }
  });

  test('too large a message ends the connection', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${door.port}/control`, { headers: { authorization: `Bearer ${door.token}` } });
    socket.on('error', () => undefined);
    const code = await new Promise<number>((resolve) => {
      socket.on('open', () => socket.send('x'.repeat(17 * 1024 * 1024)));
      socket.on('close', resolve);
    });
    expect([1009, 1006]).toContain(code);
  });
});

describe('who is there', () => {
  test('nobody: disconnected', async () => {
    await door.close();
    await expect(connectControl(door)).rejects.toMatchObject({ code: 'disconnected' });
  });

  test('a program that took the port is not told the token', async () => {
    const heard: string[] = [];
    const squatter = createServer((asked, response) => {
      heard.push(JSON.stringify(asked.headers));
      // It may even ask the real door.
      void fetch(url('/proof'), { headers: { 'x-axon-nonce': String(asked.headers['x-axon-nonce']) } })
        .then((real) => real.text())
        .then((body) => response.end(body));
    });
    await new Promise<void>((resolve) => {
      squatter.listen(0, '127.0.0.1', resolve);
    });
    const { port } = squatter.address() as AddressInfo;
    await expect(connectControl({ port, token: door.token })).rejects.toMatchObject({ code: 'disconnected' });
    squatter.close();
    expect(heard).toHaveLength(1);
    expect(heard.join()).not.toContain(door.token);
  });

  test('a taken port: the next one, or a failure when it was asked for', async () => {
    const options = { router, secret, pageDir: null, log: silent };
    const second = await openDoor({ ...options, port: door.port });
    expect(second.port).toBeGreaterThan(door.port);
    await second.close();
    await expect(openDoor({ ...options, port: door.port, exactPort: true })).rejects.toMatchObject({ code: 'port-in-use' });
  });
});
