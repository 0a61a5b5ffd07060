// The malicious web page: open in the owner's browser, on another origin, under a rebound name, in a frame of no origin. It even knows
// the tokens. It gets no handler to run, no body to read, and does not learn what it knocked at.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { os } from '@orpc/server';
import type { Browser, Frame, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { openDoor, type Door } from '../../src-main/api/loopback-door.ts';
import { launchChromium } from './browser.ts';
import { attackFromPage, type Loot } from './malicious-page-attacks.ts';

/** Names that an attacker points at this machine. */
const rebound = ['evil.test', 'localhost.evil.test', '127.0.0.1.evil.test', 'printer.local'];
const own = ['127.0.0.1', 'localhost', '0.0.0.0', '127.1'];

let browser: Browser;
let door: Door;
let naive: Server;
let attacker: Server;
let pageDir: string;
/** Calls that got through to what the door guards, and to the naive server's handlers. */
const reached = { door: [] as string[], naive: 0 };
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  pageDir = mkdtempSync(path.join(tmpdir(), 'axon-page-'));
  writeFileSync(path.join(pageDir, 'index.html'), '<!doctype html><title>Axon 0.1.0</title>');
  door = await openDoor({
    port: 0,
    router: {
      view: os.handler(() => void reached.door.push('view')),
      key: { create: os.handler(() => void reached.door.push('key.create')) },
    },
    secret: (request) => {
      reached.door.push(`secret ${request.kind}`);
      return Promise.resolve('KEY TEXT');
    },
    pageDir,
    log: silent,
  });
  // The planted fault: what one writes without thinking of the browser next door.
  naive = createServer((_request, response) => {
    reached.naive++;
    response.writeHead(200, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*',
    });
    response.end('{"name":"axon","version":"0.1.0","key":"KEY TEXT"}');
  });
  new WebSocketServer({ server: naive, handleProtocols: (offered) => [...offered][0] ?? false });
  attacker = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(attackPage));
  for (const server of [naive, attacker]) await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // What Chromium itself does against this (Local Network Access) is off: other browsers and older ones have none of it.
  browser = await launchChromium(
    [`--host-resolver-rules=${rebound.map((name) => `MAP ${name} 127.0.0.1`).join(', ')}`],
    ['LocalNetworkAccessChecks', 'BlockInsecurePrivateNetworkRequests', 'PrivateNetworkAccessSendPreflights'],
  );
});
afterAll(async () => {
  await browser.close();
  await door.close();
  for (const server of [naive, attacker]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(pageDir, { recursive: true });
});

const attackPage = '<!doctype html><title>win a prize</title><body><iframe sandbox="allow-scripts" srcdoc="<body></body>"></iframe></body>';

type Outcome = Loot & { statuses: number[]; bodies: string[] };

/** One page that attacks one address; `from` is where the page claims to be, `sandboxed` runs it in a frame without an origin. */
async function attack(from: string, target: string, tokens: { token: string; oneTime: string }, sandboxed = false): Promise<Outcome> {
  const context = await browser.newContext();
  const page: Page = await context.newPage();
  const statuses: number[] = [];
  const bodies: Promise<string>[] = [];
  const port = new URL(target).port;
  page.on('response', (response) => {
    if (new URL(response.url()).port !== port || response.url().endsWith('/attack')) return;
    statuses.push(response.status());
    bodies.push(response.text().catch(() => ''));
  });
  // A rebound name has first led to the attacker's server, and leads to this machine from then on.
  await context.route(`${from}/attack`, (route) => route.fulfill({ contentType: 'text/html', body: attackPage }));
  await page.goto(`${from}/attack`);
  const frame: Frame | undefined = sandboxed ? page.frames()[1] : page.mainFrame();
  if (frame === undefined) throw new Error('no frame');
  const loot = await frame.evaluate(attackFromPage, { target, ...tokens });
  await context.close();
  // What Chromium shows in the place of a refused frame is its own text.
  return { ...loot, statuses, bodies: (await Promise.all(bodies)).filter((body) => !body.includes('The Chromium Authors')) };
}

/** Who attacks what. */
type Side = [from: string, target: string, sandboxed: boolean];

function sides(port: number): Side[] {
  const foreign = `http://evil.test:${portOf(attacker)}`;
  return [
    ...own.map((name): Side => [foreign, `http://${name}:${port}`, false]),
    ...rebound.map((name): Side => [`http://${name}:${port}`, `http://${name}:${port}`, false]),
    // From another port of this machine: the same site, another origin. And from one of the door's names to the other.
    [`http://127.0.0.1:${portOf(attacker)}`, `http://127.0.0.1:${port}`, false],
    [`http://localhost:${port}`, `http://127.0.0.1:${port}`, false],
    [`http://0.0.0.0:${port}`, `http://0.0.0.0:${port}`, false],
    [foreign, `http://127.0.0.1:${port}`, true],
    [foreign, `http://evil.test:${port}`, true],
  ];
}

const oneTimeOf = (): string => new URL(door.oneTimeUrl()).hash.replace('#token=', '');
const telling = /axon|node\.?js|express|version|KEY TEXT|\d+\.\d+\.\d+/i;

describe('the malicious page', () => {
  test('reaches nothing, reads nothing, learns nothing', async () => {
    let tried = 0;
    const one = async ([from, target, sandboxed]: Side): Promise<void> => {
      const where = `${from} -> ${target}`;
      const oneTime = oneTimeOf();
      const outcome = await attack(from, target, { token: door.token, oneTime }, sandboxed);
      tried += outcome.tried;
      expect(outcome.opened, where).toEqual([]);
      expect(
        outcome.statuses.filter((status) => status < 400),
        where,
      ).toEqual([]);
      expect(
        [...outcome.read, ...outcome.bodies].filter((text) => telling.test(text)),
        where,
      ).toEqual([]);
      // Only a name that was rebound can be read at all, and says no more than its status.
      if (from !== target)
        expect(
          outcome.read.filter((line) => !/^form \S+ $/.test(line)),
          where,
        ).toEqual([]);
    };
    // Most of an attack is waiting for what never comes: three at once, each in a browser's profile of its own.
    const left = sides(door.port);
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (let side = left.shift(); side !== undefined; side = left.shift()) await one(side);
      }),
    );
    expect(reached.door).toEqual([]);
    expect(tried).toBeGreaterThan(2000);
  });

  test('the same page gets everything from a server without a guard', async () => {
    // One of each kind: by number, rebound, from another port of this machine, from a frame without an origin.
    for (const [from, target, sandboxed] of sides(portOf(naive)).filter((_, at) => [0, 4, 8, 11].includes(at))) {
      const before = reached.naive;
      const { read, opened, statuses } = await attack(from, target, { token: 'x'.repeat(43), oneTime: 'x' }, sandboxed);
      const where = `${from} -> ${target}`;
      expect(reached.naive - before, where).toBeGreaterThan(50);
      expect(read.filter((text) => text.includes('KEY TEXT')).length, where).toBeGreaterThan(10);
      expect(opened.filter((line) => line.startsWith('socket')).length, where).toBeGreaterThan(0);
      expect(statuses.filter((status) => status < 400).length, where).toBeGreaterThan(50);
    }
  });

  test("the owner's own page reaches what it shows its session for", async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${door.port}/`);
    const text = await page.evaluate(async (oneTime) => {
      const headers = { 'content-type': 'application/json' };
      const session = await fetch('/session', { method: 'POST', headers, body: JSON.stringify({ token: oneTime }) });
      const { token } = (await session.json()) as { token: string };
      const key = await fetch('/key', { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` }, body: '{}' });
      return await key.text();
    }, oneTimeOf());
    expect(text).toBe('KEY TEXT');
    expect(reached.door).toEqual(['secret key']);
    await page.close();
  });
});
