// The loopback door of one node: the web window's files, its session, secrets as downloads, and the control socket.
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { WebSocketServer } from 'ws';
import { secretRequest, type SecretRequest } from '../../src-shared/control.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { Log } from '../jobs/ports.ts';
import { maxMessageBytes, serveControl } from './control-socket.ts';
import type { ServeSocket } from './control-socket.ts';
import { bearer, controlProtocol, guard, subprotocolToken } from './guard.ts';
import { contentSecurityPolicy } from '../../src-shared/page-policy.ts';
import { commonHeaders, createPage } from './page.ts';
import type { Page } from './page.ts';
import { createTokens, doorProof, newToken, sameToken } from './tokens.ts';
import type { Tokens } from './tokens.ts';

/** How many ports after the wished one are tried. */
const portsTried = 20;
const maxBodyBytes = 1024;
const maxSockets = 128;

export type DoorOptions = {
  /** 0: any free one */
  port: number;
  /** The port was asked for by hand: taken is a failure, not a reason to look further. */
  exactPort?: boolean;
  /** The handlers of src-shared/control.ts. */
  router: AnyRouter;
  /** Hands out a secret of src-shared/control.ts. Fails with no-key, not-found, not-admin. */
  secret: (request: SecretRequest) => Promise<string>;
  /** The built renderer; null: no web window. */
  pageDir: string | null;
  log: Log;
};

export type Door = {
  readonly port: number;
  /** For the entry file: what the command line shows at the control socket. */
  readonly token: string;
  /** A fresh address of the web window; it opens one session within the hour. */
  oneTimeUrl(): string;
  /** Ends every connection and stream. */
  close(): Promise<void>;
};

type Room = {
  port: number;
  token: string;
  tokens: Tokens;
  page: Page;
  secret: DoorOptions['secret'];
  oneTimeUrl: () => string;
};

/**
 * Listens on 127.0.0.1 only.
 * @throws Failure port-in-use when `exactPort` is taken, or no port of the next twenty is free
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  // A program that opens connections and stays silent loses them.
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 });
  server.maxConnections = maxSockets * 2;
  const port = await listen(server, options.port, options.exactPort === true);
  const tokens = createTokens(Date.now);
  const oneTimeUrl = (): string => `http://127.0.0.1:${port}/#token=${tokens.oneTime()}`;
  const room: Room = { port, token: newToken(), tokens, page: createPage(options.pageDir), secret: options.secret, oneTimeUrl };

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: chooseProtocol,
  });
  const serve = serveControl(options.router);
  server.on('request', (request, response) => {
    answer(room, request, response).catch((error: unknown) => {
      options.log.error('the loopback door failed', { reason: error instanceof Error ? error.message : String(error) });
      refuse(response, 500);
    });
  });
  server.on('upgrade', (request, socket, head) => upgrade(room, { sockets, serve }, request, socket, head));
  server.on('connect', (_request, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => refuseRaw(socket, 400));
  options.log.info('the loopback door is open', { port });

  return { port, token: room.token, oneTimeUrl, close: () => close(server, sockets) };
}

async function listen(server: Server, wished: number, exact: boolean): Promise<number> {
  const last = exact || wished === 0 ? wished : Math.min(wished + portsTried, 65_535);
  for (let port = wished; port <= last; port += 1) {
    const taken = await new Promise<boolean>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(true);
        else reject(error);
      };
      server.once('error', failed);
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
        server.off('error', failed);
        resolve(false);
      });
    });
    if (!taken) return (server.address() as AddressInfo).port;
  }
  throw new Failure('port-in-use', `No port could be opened on 127.0.0.1 from ${wished} to ${last}.`);
}

async function answer(room: Room, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refusal = guard(request, room.port);
  if (refusal !== null) return refuse(response, refusal);
  // Not read as a URL: that would tidy ".." and take "//name" for a host.
  const pathname = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${pathname}`;
  switch (route) {
    case 'POST /session':
      return await openSession(room, request, response);
    case 'GET /session':
      return mayUseWindow(room, request) ? reply(response, 204) : refuse(response, 401);
    case 'POST /key':
      return await sendSecret(room, { kind: 'key' }, request, response);
    case 'POST /secret':
      return await sendSecret(room, null, request, response);
    case 'POST /window':
      return hasEntryToken(room, request) ? replyJson(response, { url: room.oneTimeUrl() }) : refuse(response, 401);
    case 'GET /proof':
      return prove(room, request, response);
    default:
      return await sendFile(room, request, response, pathname);
  }
}

async function openSession(room: Room, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readJson(request);
  const oneTime = typeof body === 'object' && body !== null ? (body as { token?: unknown }).token : undefined;
  const session = typeof oneTime === 'string' ? room.tokens.open(oneTime) : null;
  if (session === null) return refuse(response, 401);
  replyJson(response, { token: session });
}

/** What a secret is called when it is saved. */
const fileNames: Readonly<Record<SecretRequest['kind'], string>> = {
  key: 'swarm.key',
  invite: 'swarm.axon-invite',
  'invite-picture': 'invite.svg',
  recovery: 'axon-recovery.txt',
  ledger: 'axon-ledger.csv',
};

/**
 * Always as an attachment of no known type, so that no browser shows it or runs it. A page shows its session, the command line (which has
 * no origin) the entry token. What is wrong is told as 404 or 409 with the failure's shape.
 * @param wanted null: the body says it
 */
async function sendSecret(room: Room, wanted: SecretRequest | null, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const program = request.headers.origin === undefined && hasEntryToken(room, request);
  if (!mayUseWindow(room, request) && !program) return refuse(response, 401);
  const parsed = wanted ?? secretRequest.safeParse(await readJson(request)).data;
  if (parsed === undefined) return refuse(response, 400);
  try {
    const text = await room.secret(parsed);
    const disposition = `attachment; filename="${fileNames[parsed.kind]}"`;
    reply(response, 200, { 'content-type': 'application/octet-stream', 'content-disposition': disposition }, text);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code === 'internal') throw error;
    const missing = failure.code === 'no-key' || failure.code === 'not-found';
    reply(response, missing ? 404 : 409, { 'content-type': 'application/json' }, JSON.stringify(failure.toShape()));
  }
}

/** Answers the challenge of the command line, which sends its token only to a door that knows it. */
function prove(room: Room, request: IncomingMessage, response: ServerResponse): void {
  const nonce = request.headers['x-axon-nonce'];
  if (typeof nonce !== 'string' || !/^[0-9a-f]{64}$/.test(nonce)) return refuse(response, 400);
  replyJson(response, { proof: doorProof(room.token, nonce, room.port) });
}

async function sendFile(room: Room, request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
  if (request.method === 'POST') return refuse(response, 405);
  const file = await room.page.read(pathname);
  if (file === null) return refuse(response, 404);
  const policy = { 'content-security-policy': contentSecurityPolicy(`'self' ws://${request.headers.host ?? ''}`) };
  reply(response, 200, { 'content-type': file.type, ...policy }, request.method === 'HEAD' ? '' : file.body);
}

function upgrade(
  room: Room,
  control: { sockets: WebSocketServer; serve: ServeSocket },
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy());
  const refusal = guard(request, room.port);
  if (refusal !== null) return refuseRaw(socket, refusal);
  if (request.url !== '/control') return refuseRaw(socket, 404);
  if (!mayControl(room, request)) return refuseRaw(socket, 401);
  if (control.sockets.clients.size >= maxSockets) return refuseRaw(socket, 503);
  control.sockets.handleUpgrade(request, socket, head, (opened) => {
    // Too large, not UTF-8, cut off: the close event follows and ends the streams.
    opened.on('error', () => undefined);
    control.serve(opened);
  });
}

/** A program shows the entry token and has no origin; a page shows its session and has one (the guard has seen that it is ours). */
function mayControl(room: Room, request: IncomingMessage): boolean {
  if (request.headers.origin === undefined) return hasEntryToken(room, request);
  const session = subprotocolToken(request);
  return session !== null && room.tokens.isSession(session);
}

function mayUseWindow(room: Room, request: IncomingMessage): boolean {
  const token = bearer(request);
  return token !== null && room.tokens.isSession(token);
}

function hasEntryToken(room: Room, request: IncomingMessage): boolean {
  const token = bearer(request);
  return token !== null && sameToken(token, room.token);
}

/** The token is never echoed as the chosen subprotocol. */
function chooseProtocol(offered: Set<string>): string | false {
  return offered.has(controlProtocol) ? controlProtocol : false;
}

/** undefined: not JSON, or more than a kilobyte. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.byteLength;
    if (length > maxBodyBytes) return undefined;
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function replyJson(response: ServerResponse, body: unknown): void {
  reply(response, 200, { 'content-type': 'application/json' }, JSON.stringify(body));
}

/** One shape for every refusal: the status's own words, no product, no version. */
function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) return void response.destroy();
  reply(response, status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }, STATUS_CODES[status] ?? '');
}

function reply(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): void {
  response.writeHead(status, { ...commonHeaders, ...headers });
  response.end(body);
}

function refuseRaw(socket: Duplex, status: number): void {
  if (!socket.writable) return void socket.destroy();
  const headers = { ...commonHeaders, 'content-type': 'text/plain; charset=utf-8', 'content-length': '0', connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
}

async function close(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
