// Who gets past the door: every host x origin x method x type x route, against the door and against a server that checks nothing.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDoor } from './loopback-door.ts';
import type { Door } from './loopback-door.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

type Case = { name: string; method: string; path: string; headers: [string, string][]; body: string; good: boolean };
type Answer = { status: number; head: string; body: string };

/** Writes a request byte by byte as given: no library mends or refuses it. */
function send(port: number, { method, path: target, headers, body }: Case): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    socket.write(`${method} ${target} HTTP/1.1\r\n${lines}${length}Connection: close\r\n\r\n${body}`);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      // An upgrade that was let in stays open.
      if (text.startsWith('HTTP/1.1 101')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1] ?? 0), head: head.toLowerCase(), body: rest.join('\r\n\r\n') });
    });
  });
}

const upgradeHeaders: [string, string][] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
];

/** Routes as a page of elsewhere would call them, with a token that is right: only the head may decide. */
function routes(token: string): { name: string; method: string; path: string; headers: [string, string][]; body: string }[] {
  const bearer: [string, string] = ['Authorization', `Bearer ${token}`];
  const json: [string, string] = ['Content-Type', 'application/json'];
  return [
    { name: 'front page', method: 'GET', path: '/', headers: [], body: '' },
    { name: 'unknown path', method: 'GET', path: '/nothing/here', headers: [], body: '' },
    { name: 'session', method: 'POST', path: '/session', headers: [json], body: '{"token":"no"}' },
    { name: 'window', method: 'POST', path: '/window', headers: [json, bearer], body: '{}' },
    { name: 'key', method: 'POST', path: '/key', headers: [json, bearer], body: '{}' },
    { name: 'secret', method: 'POST', path: '/secret', headers: [json, bearer], body: '{"kind":"key"}' },
    { name: 'control', method: 'GET', path: '/control', headers: [...upgradeHeaders, bearer], body: '' },
    { name: 'session asked', method: 'GET', path: '/session', headers: [bearer], body: '' },
    { name: 'proof', method: 'GET', path: '/proof', headers: [['X-Axon-Nonce', 'ab'.repeat(32)]], body: '' },
    {
      name: 'event stream',
      method: 'GET',
      path: '/events',
      headers: [['Accept', 'text/event-stream'], ['Cache-Control', 'no-cache'], bearer],
      body: '',
    },
    { name: 'head', method: 'HEAD', path: '/', headers: [], body: '' },
    { name: 'unknown upgrade', method: 'GET', path: '/other', headers: [...upgradeHeaders, bearer], body: '' },
  ];
}

function cases(port: number, token: string): Case[] {
  const own = `127.0.0.1:${port}`;
  const badHosts: [string, string][][] = [
    [],
    ...[
      'evil.test',
      `evil.test:${port}`,
      '127.0.0.1',
      'localhost',
      `localhost.:${port}`,
      `localhost.evil.test:${port}`,
      `evil-localhost:${port}`,
      `127.0.0.1.nip.io:${port}`,
      `0.0.0.0:${port}`,
      `127.1:${port}`,
      `127.0.0.2:${port}`,
      `2130706433:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `[::]:${port}`,
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:0${port}`,
      `127.0.0.1:${port}@evil.test`,
      `evil.test@127.0.0.1:${port}`,
      `printer.local:${port}`,
      `LOCALHOST.internal:${port}`,
    ].map((host): [string, string][] => [['Host', host]]),
    [
      ['Host', own],
      ['Host', 'evil.test'],
    ],
    [
      ['Host', 'evil.test'],
      ['Host', own],
    ],
  ];
  const badOrigins = [
    'http://evil.test',
    'null',
    `https://${own}`,
    `http://${own}.evil.test`,
    `http://localhost:${port}`,
    'http://127.0.0.1',
    `http://127.0.0.1:${port + 1}`,
    'file://',
    `http://${own}, http://evil.test`,
    'chrome-extension://abc',
  ];
  const badSites = ['cross-site', 'same-site', 'anything'];
  const badMethods = ['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'];
  const badTypes = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/json, text/plain',
    'application/jsonp',
    '',
  ];
  const all: Case[] = [];
  for (const route of routes(token)) {
    const add = (why: string, change: Partial<Case>, good = false): void => {
      all.push({ ...route, headers: [['Host', own], ...route.headers], ...change, name: `${route.name}: ${why}`, good });
    };
    for (const host of badHosts) add(`host ${JSON.stringify(host)}`, { headers: [...host, ...route.headers] });
    for (const origin of badOrigins) add(`origin ${origin}`, { headers: [['Host', own], ['Origin', origin], ...route.headers] });
    for (const site of badSites) add(`sec-fetch-site ${site}`, { headers: [['Host', own], ['Sec-Fetch-Site', site], ...route.headers] });
    for (const method of badMethods) add(`method ${method}`, { method });
    add('preflight', {
      method: 'OPTIONS',
      headers: [
        ['Host', own],
        ['Origin', 'http://evil.test'],
        ['Access-Control-Request-Method', 'POST'],
      ],
      body: '',
    });
    add('absolute target', { path: `http://evil.test${route.path}` });
    if (route.method === 'POST') {
      for (const type of badTypes) {
        add(`type ${type}`, {
          headers: [
            ['Host', own],
            ...route.headers.filter(([name]) => name !== 'Content-Type'),
            ...(type === '' ? [] : [['Content-Type', type] as [string, string]]),
          ],
        });
      }
    }
    add('good', {}, true);
    for (const host of [`localhost:${port}`, `[::1]:${port}`])
      add(`good as ${host}`, { headers: [['Host', host], ...route.headers] }, true);
    if (route.name !== 'control')
      add(
        'good with own origin',
        { headers: [['Host', own], ['Origin', `http://${own}`], ['Sec-Fetch-Site', 'same-origin'], ...route.headers] },
        true,
      );
  }
  return all;
}

/** Refused by the head alone, as opposed to let in, unknown, or without the right token. */
const turnedAway = (status: number): boolean => [0, 400, 403, 405, 415, 421, 501].includes(status);

let pageDir: string;
let door: Door;
let naive: Server;
beforeAll(async () => {
  pageDir = await mkdtemp(path.join(tmpdir(), 'axon-page-'));
  await writeFile(path.join(pageDir, 'index.html'), '<!doctype html><title>page</title>');
  door = await openDoor({ port: 0, router: {}, secret: async () => 'KEY TEXT', pageDir, log: silent });
  // The planted fault: what one writes without thinking of the browser next door.
  naive = createServer({ requireHostHeader: false }, (_request, response) =>
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('ok'),
  );
  naive.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  await new Promise<void>((resolve) => {
    naive.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  await door.close();
  naive.close();
  await rm(pageDir, { recursive: true });
});

/** Every case that a server treats wrongly. */
async function faults(port: number, token: string): Promise<{ count: number; wrong: string[] }> {
  const all = cases(port, token);
  const wrong: string[] = [];
  for (const one of all) {
    const { status, head, body } = await send(port, one);
    if (turnedAway(status) === one.good) wrong.push(`${one.name} -> ${status}`);
    if (head.includes('access-control-')) wrong.push(`${one.name} -> CORS header`);
    if (!one.good && /axon|node|version|\d\.\d\.\d/i.test(body + head.replace(/^http\/1\.1/, '')))
      wrong.push(`${one.name} -> tells what it is`);
    if (!one.good && body.includes('KEY TEXT')) wrong.push(`${one.name} -> key`);
  }
  return { count: all.length, wrong };
}

describe('the request matrix', () => {
  test('only good requests pass', async () => {
    const { count, wrong } = await faults(door.port, door.token);
    expect(count).toBeGreaterThan(250);
    expect(wrong).toEqual([]);
  });

  test('the matrix sees a server without a guard fail', async () => {
    const { count, wrong } = await faults((naive.address() as AddressInfo).port, door.token);
    expect(wrong.length).toBeGreaterThan(count / 2);
  });

  test('a fault inside says no more than that there was one', async () => {
    const broken = await openDoor({
      port: 0,
      router: {},
      secret: () => Promise.reject(new Error('EACCES: /home/secret')),
      pageDir,
      log: silent,
    });
    const host: [string, string] = ['Host', `127.0.0.1:${broken.port}`];
    const json: [string, string] = ['Content-Type', 'application/json'];
    const ask = (target: string, headers: [string, string][], body: string): Promise<Answer> =>
      send(broken.port, { name: target, method: 'POST', path: target, headers: [host, json, ...headers], body, good: true });
    const oneTime = new URL(broken.oneTimeUrl()).hash.replace('#token=', '');
    const session = await ask('/session', [], JSON.stringify({ token: oneTime }));
    const { token } = JSON.parse(/\{.*\}/.exec(session.body)?.[0] ?? '') as { token: string };
    const { status, head, body } = await ask('/key', [['Authorization', `Bearer ${token}`]], '{}');
    await broken.close();
    expect(status).toBe(500);
    expect(body).toMatch(/^15\r\nInternal Server Error\r\n0\r\n\r\n$/);
    expect(head).not.toContain('access-control-');
    expect(head).toContain('x-content-type-options: nosniff');
  });

  test.each([
    'GET /nope',
    'POST /',
    'PUT /session',
    'GET /key',
    'GET /proof',
    'POST /window',
    'POST /control',
    'GET /control',
    'POST /session',
  ])('%s: no CORS header on the error', async (route) => {
    const [method = '', target = ''] = route.split(' ');
    const { status, head } = await send(door.port, {
      name: route,
      method,
      path: target,
      headers: [['Host', `127.0.0.1:${door.port}`]],
      body: '',
      good: false,
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(head).not.toContain('access-control-');
    expect(head).toContain('x-content-type-options: nosniff');
  });
});
