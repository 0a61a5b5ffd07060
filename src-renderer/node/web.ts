// The web window: the loopback server of the node, with a one-time token in the URL fragment.
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { SessionRefused } from './link.ts';
import type { ControlClient } from '../../src-shared/control.ts';
import type { Link, LinkSource } from './link.ts';
import { webDesktop } from './web-desktop.ts';

const sessionKey = 'axon.session';

/** Reads the one-time token ("#token=..." or the bare token) and removes it from the address bar and the history. */
export function takeOneTimeToken(target: Window): string | null {
  const fragment = target.location.hash.slice(1);
  if (fragment === '') return null;
  const token = new URLSearchParams(fragment).get('token') ?? fragment;
  target.history.replaceState(null, '', target.location.pathname + target.location.search);
  return token === '' ? null : token;
}

/** Links over WebSocket; the session token lives in sessionStorage, so a reload keeps the session and a new tab does not. */
export function webSource(target: Window): LinkSource {
  let oneTime = takeOneTimeToken(target);
  return async () => {
    if (oneTime !== null) {
      const session = await openSession(oneTime);
      // Used up, whatever comes next.
      oneTime = null;
      if (session !== null) target.sessionStorage.setItem(sessionKey, session);
    }
    const session = target.sessionStorage.getItem(sessionKey);
    if (session === null) throw new SessionRefused();
    return await openSocket(target, session);
  };
}

/** null: the token was refused. Rejects when nobody answers, so that the token is kept for the next attempt. */
async function openSession(token: string): Promise<string | null> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
    cache: 'no-store',
  });
  if (!response.ok) return null;
  const body: unknown = await response.json();
  const session = typeof body === 'object' && body !== null ? (body as { token?: unknown }).token : undefined;
  return typeof session === 'string' ? session : null;
}

async function openSocket(target: Window, session: string): Promise<Link> {
  const socket = new WebSocket(`ws://${target.location.host}/control`, ['axon.control', `axon.token.${session}`]);
  // Binary frames as ArrayBuffer arrive in order; a Blob would have to be read first.
  socket.binaryType = 'arraybuffer';
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve(), { once: true });
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('close', () => reject(new Error('the control socket did not open')), { once: true });
  }).catch(async (error: unknown) => {
    if (await sessionIsRefused(session)) {
      target.sessionStorage.removeItem(sessionKey);
      throw new SessionRefused();
    }
    throw error;
  });
  return {
    control: createORPCClient<ControlClient>(new RPCLink({ websocket: socket })),
    desktop: webDesktop(target, session),
    closed,
    close: () => socket.close(),
  };
}

/** A browser does not tell why a WebSocket was refused; a plain request does. */
async function sessionIsRefused(session: string): Promise<boolean> {
  try {
    const response = await fetch('/session', { headers: { authorization: `Bearer ${session}` }, cache: 'no-store' });
    return response.status === 401 || response.status === 403;
  } catch {
    return false;
  }
}
