// The command line's way to a node that already runs.
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import type { ControlClient, SecretRequest } from '../../src-shared/control.ts';
import { Failure, failureShape, isCancel, toFailure } from '../../src-shared/failure.ts';
import { doorProof, sameToken } from './tokens.ts';

export type ControlLink = {
  client: ControlClient;
  /** Resolves once, when the connection is gone. */
  closed: Promise<void>;
  /** What a call or a stream of `client` threw, as a Failure; `disconnected` when the node went away meanwhile. */
  failure(error: unknown): Failure;
  close(): void;
};

/** What the entry file says about a running node. */
export type DoorEntry = { port: number; token: string };

const connectMs = 3_000;
/** A ledger of five files. */
const maxSecretBytes = 64 * 1024 * 1024;

/**
 * Connects to the control socket of the node at this entry.
 * @throws Failure disconnected when nobody is there, or somebody else who does not know the token (who is not told it)
 */
export async function connectControl(entry: DoorEntry): Promise<ControlLink> {
  await demandProof(entry);
  const socket = new WebSocket(`ws://127.0.0.1:${entry.port}/control`, {
    headers: { authorization: `Bearer ${entry.token}` },
    perMessageDeflate: false,
    handshakeTimeout: connectMs,
    followRedirects: false,
  });
  let gone = false;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      gone = true;
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', (error) => reject(nobody(error)));
    socket.once('close', () => reject(nobody()));
  });
  // The adapter asks for a DOM WebSocket; ws has the four members it uses, with the same meaning.
  const link = new RPCLink({ websocket: socket as unknown as ConstructorParameters<typeof RPCLink>[0]['websocket'] });
  return {
    client: createORPCClient<ControlClient>(link),
    closed,
    failure: (error) => controlFailure(error, gone),
    close: () => socket.close(),
  };
}

/** Asks the running node for a fresh address of its web window. Fails as connectControl. */
export async function freshWindowUrl(entry: DoorEntry): Promise<string> {
  await demandProof(entry);
  const body = await callDoor(entry.port, 'POST', '/window', { authorization: `Bearer ${entry.token}` });
  const url = (body as { url?: unknown } | null)?.url;
  if (typeof url !== 'string') throw nobody();
  return url;
}

/** What the contract never carries. Fails as connectControl, and with the node's own failure. */
export async function readSecret(entry: DoorEntry, request: SecretRequest): Promise<string> {
  await demandProof(entry);
  const headers = { authorization: `Bearer ${entry.token}`, 'content-type': 'application/json' };
  const { status, body } = await exchange(entry.port, 'POST', '/secret', headers, {
    send: JSON.stringify(request),
    atMost: maxSecretBytes,
  });
  if (status === 200) return body;
  const shape = failureShape.safeParse(parsed(body));
  throw shape.success ? toFailure(shape.data) : nobody();
}

/** An entry file outlives a crash, and its port may be another program's by now. */
async function demandProof({ port, token }: DoorEntry): Promise<void> {
  const nonce = randomBytes(32).toString('hex');
  const body = await callDoor(port, 'GET', '/proof', { 'x-axon-nonce': nonce });
  const proof = (body as { proof?: unknown } | null)?.proof;
  if (typeof proof !== 'string' || !sameToken(proof, doorProof(token, nonce, port))) throw nobody();
}

/** The JSON answer of a door; null when it is something else. Fails with disconnected. */
async function callDoor(port: number, method: string, path: string, headers: Record<string, string>): Promise<unknown> {
  const { status, body } = await exchange(port, method, path, headers, { send: '', atMost: 4096 });
  return status === 200 ? parsed(body) : null;
}

function exchange(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  { send, atMost }: { send: string; atMost: number },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false, timeout: connectMs });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => reject(nobody(error)));
    request.on('response', (response) => {
      const parts: string[] = [];
      let length = 0;
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        parts.push(part);
        length += part.length;
        if (length > atMost) response.destroy(new Error('too long an answer'));
      });
      response.on('error', (error) => reject(nobody(error)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parts.join('') }));
    });
    request.end(send);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/**
 * What a call of a control client threw, as a Failure.
 * @param gone the connection ended meanwhile
 */
export function controlFailure(error: unknown, gone: boolean): Failure {
  if (error instanceof ORPCError) {
    const shape = failureShape.safeParse(error.data);
    if (shape.success) return toFailure(shape.data);
    if (error.code === 'BAD_REQUEST') return new Failure('bad-request', error.message, { cause: error });
  }
  if (gone || isCancel(error)) return new Failure('disconnected', 'The running Axon node went away.', { cause: error });
  return toFailure(error);
}

function nobody(cause?: unknown): Failure {
  return new Failure('disconnected', 'No Axon node runs here.', { cause });
}
