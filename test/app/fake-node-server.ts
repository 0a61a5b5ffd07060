// A node that is played: the control contract over a loopback WebSocket with scripted data, and the built window beside it.
// It behaves (a key is remembered, a draft is kept, an answer streams), so that the window can be tested without machines and models.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { secretRequest } from '../../src-shared/control.ts';
import type { Conversation } from '../../src-shared/conversation.ts';
import type { DiscoveryReport } from '../../src-shared/discovery.ts';
import type { DoctorCheck } from '../../src-shared/doctor.ts';
import type { FoundServer } from '../../src-shared/local-engine.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { MembershipView, NearbyDoor } from '../../src-shared/member.ts';
import { contentSecurityPolicy } from '../../src-shared/page-policy.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { AnswerScript } from './played-answers.ts';
import { fakeControl } from './played-control.ts';
import type { PlayedOllama } from './played-engines.ts';
import { done } from './played-household.ts';
import { secrets } from './played-secrets.ts';
import type { FakeNode } from './played-stage.ts';

/** As in production. */
const policy = contentSecurityPolicy("'self'");

export async function startFakeNode(options: { view: SwarmView; root: string }): Promise<FakeNode> {
  let view = options.view;
  let script: AnswerScript = () => [{ kind: 'text', text: 'Hello.' }, done()];
  let aborted = 0;
  let refusing = false;
  const watchers = new Set<() => void>();
  const conversations = new Map<string, Conversation>();
  const calls: FakeNode['calls'] = [];
  const sockets = new Set<WebSocket>();
  const ledger: FakeNode['ledger'] = { entries: [], brokenAt: null, missing: 0 };
  const holds = new Set<(why: FailureCode | null) => void>();
  let ollama: PlayedOllama | null = null;
  let servers: readonly FoundServer[] = [];
  let discovery: DiscoveryReport = { findings: [], settled: true };
  let welcome: () => void = () => undefined;
  let doors: NearbyDoor[] = [];
  let searched: Promise<unknown> = Promise.resolve();
  let checks: DoctorCheck[] | Promise<DoctorCheck[]> = [];

  const change: FakeNode['change'] = (edit) => {
    view = { ...edit(view), revision: view.revision + 1 };
    for (const watcher of watchers) watcher();
  };
  const changeMembership = (edit: (membership: MembershipView) => Partial<MembershipView>): void =>
    change((old) => ({ ...old, membership: { ...old.membership, ...edit(old.membership) } }));
  const endHolds = (why: FailureCode): void => {
    for (const end of holds) end(why);
  };
  const handler = new RPCHandler(
    fakeControl({
      view: () => view,
      change,
      watchers,
      conversations,
      calls,
      script: (question, continued) => script(question, continued),
      onAbort: () => {
        aborted++;
      },
      changeMembership,
      ledger,
      ollama: () => ollama,
      servers: () => servers,
      discovery: () => discovery,
      nearby: () => doors,
      checks: () => checks,
      searched: () => searched,
      holds,
      onWelcome: (then) => {
        welcome = then;
      },
    }),
  );

  const server = createServer((request, response) => void serve(options, request, response));
  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => (protocols.has('axon.control') ? 'axon.control' : false),
  });
  server.on('upgrade', (request, socket, head) => {
    if (refusing || request.url !== '/control' || !(request.headers['sec-websocket-protocol'] ?? '').includes('axon.token.session-token')) {
      socket.destroy();
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (connected) => {
      sockets.add(connected);
      connected.on('close', () => sockets.delete(connected));
      void handler.upgrade(connected, {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    address: `${origin}/#token=one-time-token`,
    origin,
    view: () => view,
    change,
    conversations,
    calls,
    script: (next) => {
      script = next;
    },
    aborted: () => aborted,
    cut: (how) => {
      refusing = how?.refuse === true;
      for (const socket of sockets) socket.terminate();
    },
    heal: () => {
      refusing = false;
    },
    knock: (applicant) => changeMembership(({ applicants }) => ({ applicants: [...applicants, applicant] })),
    wrongCode: () => {
      changeMembership(({ pairing }) => ({ pairing: pairing === null ? null : { ...pairing, triesLeft: pairing.triesLeft - 1 } }));
      if (view.membership.pairing?.triesLeft === 0) endHolds('code-wrong');
    },
    expireCode: () => {
      changeMembership(({ pairing }) => ({ pairing: pairing === null ? null : { ...pairing, expiresAt: Date.now() } }));
      endHolds('code-expired');
    },
    holding: () => holds.size,
    welcome: () => welcome(),
    ledger,
    ollama: (found) => {
      ollama = found;
    },
    servers: (there) => {
      servers = there;
    },
    discovery: (report) => {
      discovery = report;
    },
    doctor: (found) => {
      checks = found;
    },
    searches: (when) => {
      searched = when;
    },
    nearby: (found) => {
      doors = found;
      for (const watcher of watchers) watcher();
    },
    stop: async () => {
      for (const socket of sockets) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

async function serve(options: { root: string }, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://local').pathname;
  if (path === '/session') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: 'session-token' }));
    return;
  }
  if (path === '/secret') {
    let body = '';
    for await (const part of request) body += String(part);
    const known = request.headers.authorization === 'Bearer session-token' && request.headers['content-type'] === 'application/json';
    const { kind, id } = secretRequest.parse(JSON.parse(body));
    const text = secrets[kind];
    if (!known || (kind.startsWith('invite') && id === undefined)) response.writeHead(401).end();
    else response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' }).end(text);
    return;
  }
  const file = join(options.root, normalize(path === '/' ? 'index.html' : path));
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy });
  createReadStream(file).pipe(response);
}
